"""`tongtang consent replay-tombstones`: children deleted once are deleted again after a restore of an older backup."""

import argparse
import json
import sys
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.consent import tombstones
from tongtang.consent.erasure import replay_tombstones

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["replay-tombstones", "tombstones"], help=_("what to do"))
    parser.add_argument("--from", type=Path, dest="source", metavar="FILE", help=_("also those of this file"))
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 done (even if nobody had come back), 1 refused and nothing written."""
    if options.source is not None and not options.source.is_file():
        print(_("There is no file %(path)s.") % {"path": options.source}, file=sys.stderr)
        return REFUSED
    if options.action == "tombstones":
        return _list(options)
    if options.source is not None:
        tombstones.take_in(options.source)
    count = replay_tombstones()
    if options.json:
        print(json.dumps({"deleted_again": count, "tombstones": len(tombstones.all_tombstones())}))
    words = ngettext("%(n)d child was deleted again.", "%(n)d children were deleted again.", count)
    print(words % {"n": count}, file=sys.stderr)
    return DONE


def _list(options: argparse.Namespace) -> int:
    """The lines of the file, to be kept apart from this machine."""
    rows = tombstones.all_tombstones()
    if options.json:
        print(json.dumps({digest: at.isoformat() for digest, at in rows.items()}))
    else:
        print("\n".join(f"{digest} {at.isoformat()}" for digest, at in rows.items()))
    return DONE
