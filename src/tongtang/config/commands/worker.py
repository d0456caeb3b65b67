"""`tongtang worker`: background jobs from the database, one at a time."""

import argparse

from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--interval", type=float, default=1.0, help=_("seconds between two looks for new jobs"))


def run(options: argparse.Namespace) -> int:
    from django.core.management import call_command

    call_command("db_worker", interval=options.interval, queue_name="*", startup_delay=False, verbosity=1)
    return 0
