"""`tongtang archive`: each change of the database, written to the backup within a second."""

import argparse
import logging
import signal
import threading

from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _("Follow the database and add its changes to the last backup, until SIGTERM.")


def run(options: argparse.Namespace) -> int:
    from tongtang.operations.backup.archive import archive

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_ignored: stop.set())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    archive(environment(), stop)
    return 0
