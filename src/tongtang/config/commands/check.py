"""`tongtang check`: what is ready in this home and on this machine, and what is missing."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tongtang.config import home, nginx, tls
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `vital` ones decide the exit code."""

    name: str
    ready: bool
    words: str
    vital: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))


def run(options: argparse.Namespace) -> int:
    findings = list(_findings())
    ready = all(finding.ready for finding in findings if finding.vital)
    if options.json:
        print(json.dumps({"ready": ready, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    for finding in findings:
        print(f"{'+' if finding.ready else '-'} {finding.name}: {finding.words}", file=sys.stderr)
    return 0 if ready else 1


def _findings() -> Iterator[Finding]:
    env = environment()
    state = home.schema()
    yield Finding("home", True, str(env.home))
    yield Finding("database", state in (home.Schema.CURRENT, home.Schema.EMPTY), _schema_words(state))
    nginx_path = nginx.program()
    yield Finding("nginx", bool(nginx_path), nginx_path or _("missing, run `make setup`"))
    for name in ("janus", "janus-pp-rec", "ffmpeg", "pdftoppm", "soffice"):
        path = shutil.which(name)
        yield Finding(name, bool(path), path or _("missing, run `make setup`"), vital=False)
    addresses = tls.lan_addresses()
    words = ", ".join(addresses) or _("none but loopback: lessons go out as HLS instead of WebRTC")
    yield Finding("addresses", bool(addresses), words, vital=False)


def _schema_words(state: home.Schema) -> str:
    return {
        home.Schema.EMPTY: _("empty, set up at the first start"),
        home.Schema.OLDER: _("of an older version, run `tongtang migrate`"),
        home.Schema.CURRENT: _("current"),
        home.Schema.NEWER: _("of a newer version than this program"),
    }[state]
