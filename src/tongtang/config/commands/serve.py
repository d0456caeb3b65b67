"""`tongtang serve`: everything of one home under one supervisor, until Ctrl-C."""

import argparse

from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _("Run nginx, web, push, worker and media until Ctrl-C; logs go to TONGTANG_HOME/logs.")


def run(options: argparse.Namespace) -> int:
    from tongtang.config import home, nginx, services, supervisor
    from tongtang.foundation.environment import environment

    env = environment()
    home.collect_static()
    nginx.write(env)
    supervisor.supervise(env, services.services(env), lambda: supervisor.say(address_words()))
    return 0


def address_words() -> str:
    """Where people find it."""
    from tongtang.foundation.environment import environment

    env = environment()
    scheme = "https" if env.https else "http"
    host = "localhost" if env.bind in ("127.0.0.1", "0.0.0.0", "::", "::1") else env.bind  # noqa: S104 - compared
    return _("ready at %(address)s - Ctrl-C ends it") % {"address": f"{scheme}://{host}:{env.port}/"}
