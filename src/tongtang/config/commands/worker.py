"""`tongtang worker`: background jobs from the database and the periodic table, until SIGTERM."""

import argparse
import os
import signal
from queue import SimpleQueue

from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--interval", type=float, default=1.0, help=_("seconds between two looks for new jobs"))


def run(options: argparse.Namespace) -> int:
    from tongtang.foundation.worker import work

    ends: SimpleQueue[None] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_ignored: ends.put(None))
    sound = work(ends, options.interval)
    # A job that did not end in time runs in a thread of its own, which nothing but the end of the process stops.
    os._exit(0 if sound else 1)
