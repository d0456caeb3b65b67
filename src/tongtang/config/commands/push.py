"""`tongtang push`: the event streams of all open pages."""

import argparse

from tongtang.config.addresses import EVENTS
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _("Hold the event streams behind nginx, on a Unix socket of the home.")


def run(options: argparse.Namespace) -> int:
    from tongtang.foundation.push import server

    socket = EVENTS.path(environment())
    socket.unlink(missing_ok=True)
    server.run(uds=socket)
    return 0
