"""`tongtang demo`: the demonstration county under the supervisor."""

import argparse
import os

from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lan", action="store_true", help=_("serve other devices of this network over HTTPS"))


def run(options: argparse.Namespace) -> int:
    """The variables are set before anything reads them: the home is made as a demonstration."""
    os.environ["TONGTANG_DEMO"] = "1"
    # What a demonstration holds can be made again.
    os.environ.setdefault("TONGTANG_BACKUP_HOURS", "0")
    if options.lan:
        _open_to_the_network()
    from tongtang.config import home

    home.load_django()
    home.require_current_schema()
    from tongtang.config.commands import serve
    from tongtang.demo import county

    county.prepare()
    return serve.serve_until_stopped(lambda: _greet(options.lan))


def _open_to_the_network() -> None:
    from tongtang.config import tls
    from tongtang.demo.identities import IDENTITIES
    from tongtang.foundation.environment import parse

    addresses = tls.lan_addresses()
    env = parse(os.environ)
    hosts = [*env.hosts, *addresses]
    os.environ.setdefault("TONGTANG_BIND", "0.0.0.0")  # noqa: S104 - what LAN=1 asks for
    os.environ.update(TONGTANG_HTTPS="1", TONGTANG_HOSTS=" ".join(hosts))
    env.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A wildcard directly below a top-level name is accepted by no browser: each identity's name stands by itself.
    names = ["localhost", *(f"{identity.host}.localhost" for identity in IDENTITIES)]
    tls.make_certificate(env, ["127.0.0.1", *addresses], names)


def _greet(lan: bool) -> None:
    from tongtang.config import tls
    from tongtang.config.supervisor import say
    from tongtang.demo import county
    from tongtang.foundation.environment import environment

    env = environment()
    if lan:
        for address in tls.lan_addresses():
            say(_("other devices: https://%(address)s:%(port)d/") % {"address": address, "port": env.port})
            say(
                _("to trust it, open http://%(address)s:%(port)d/tongtang.crt there and install it as an authority")
                % {"address": address, "port": env.port}
            )
        say(_("its SHA-256 fingerprint must read %(fingerprint)s") % {"fingerprint": tls.fingerprint(env)})
        say(_("the names ending in .localhost below work on this machine only; other devices open the address above"))
    for line in county.greeting():
        print(line, flush=True)
