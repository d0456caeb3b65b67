"""`tongtang serve`: everything of one home under one supervisor, until Ctrl-C."""

import argparse
from collections.abc import Callable

from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _("Run nginx, web, push, worker and media until Ctrl-C; logs go to TONGTANG_HOME/logs.")


def run(options: argparse.Namespace) -> int:
    return serve_until_stopped(lambda: None)


def serve_until_stopped(greet: Callable[[], None]) -> int:
    """Run all processes; `greet` speaks once they are up, after the address was told."""
    from tongtang.config import home, nginx, services, supervisor
    from tongtang.foundation.environment import environment

    env = environment()
    home.collect_static()
    nginx.write(env)
    for sentence in services.shortcomings():
        supervisor.say(sentence)

    def announce() -> None:
        supervisor.say(_("ready at %(address)s - Ctrl-C ends it") % {"address": _address()})
        greet()

    supervisor.supervise(env, services.services(env), announce)
    return 0


def _address() -> str:
    from tongtang.foundation.environment import environment

    env = environment()
    host = "localhost" if env.bind in ("127.0.0.1", "0.0.0.0", "::", "::1") else env.bind  # noqa: S104 - compared
    return f"{'https' if env.https else 'http'}://{host}:{env.port}/"
