"""`tongtang web`: the pages, as synchronous WSGI behind nginx."""

import argparse

from tongtang.config.addresses import WEB
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=2, help=_("processes that share the requests"))
    parser.add_argument("--threads", type=int, default=8, help=_("requests handled at the same time"))


def run(options: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces

    socket = WEB.path(environment())
    socket.unlink(missing_ok=True)
    Granian(
        "tongtang.config.wsgi:application",
        uds=socket,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        backlog=2048,
        backpressure=512,
        respawn_failed_workers=True,
    ).serve()
    return 0
