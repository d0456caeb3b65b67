"""`tongtang web`: the pages, as synchronous WSGI behind nginx.

With `--rush` it serves what all classrooms ask for in the same minute before the first lesson, on a socket of its own:
they queue there at a lower priority of the CPU, and whoever opens another page does not queue behind them.
"""

import argparse
import os
from dataclasses import dataclass

from tongtang.config.addresses import RUSH, WEB, Socket
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import Environment, environment


@dataclass(frozen=True)
class Share:
    """How many processes and threads answer at `socket`, and how far they step back for others (nice)."""

    socket: Socket
    processes: int
    threads: int
    nice: int = 0


PAGES = Share(WEB, processes=2, threads=8)
# More transactions at a time would only wait for one another: requests wait in the socket's backlog instead. On SQLite
# a thread is a classroom that shares a commit with the others (access/pupils/together.py).
CLASSROOMS = Share(RUSH, processes=2, threads=2, nice=10)
CLASSROOMS_ON_SQLITE = Share(RUSH, processes=2, threads=8, nice=10)
BACKLOG = 2048


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, help=_("processes that share the requests"))
    parser.add_argument("--threads", type=int, help=_("requests handled at the same time"))
    parser.add_argument("--rush", action="store_true", help=_("what all classrooms ask for in the same minute"))


def run(options: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces

    share = _share(environment(), options.rush)
    os.nice(share.nice)
    socket = share.socket.path(environment())
    socket.unlink(missing_ok=True)
    Granian(
        "tongtang.config.wsgi:application",
        uds=socket,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        workers=options.processes or share.processes,
        blocking_threads=options.threads or share.threads,
        backlog=BACKLOG,
        backpressure=512,
        respawn_failed_workers=True,
    ).serve()
    return 0


def _share(env: Environment, rush: bool) -> Share:
    if not rush:
        return PAGES
    return CLASSROOMS_ON_SQLITE if env.database_url.startswith("sqlite:") else CLASSROOMS
