"""How long and with what a verb of `tongtang timetable` searches, and where it writes: for every verb alike."""

import argparse
from pathlib import Path

from django.utils.translation import gettext as _


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(_("%(text)s is not a number of seconds above 0") % {"text": text})
    return number


def processes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= 64:
        raise argparse.ArgumentTypeError(_("%(text)s is not a number of processes from 1 to 64") % {"text": text})
    return int(text)


def seed(text: str) -> int:
    """CP-SAT takes seeds of 31 bits."""
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(_("%(text)s is not a whole number from 0 to 2147483647") % {"text": text})
    return int(text)


def folder_to_be(text: str) -> Path:
    """A folder, or nothing yet."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(_("%(path)s is not a folder") % {"path": text})
    return path


def existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(_("%(path)s is not a file") % {"path": text})
    return path


def add_effort(parser: argparse.ArgumentParser, seconds: float = 60.0) -> None:
    """`--seconds`, `--workers` and `--seed`, as every verb that searches has them."""
    words = _("end at the latest after; default %(seconds)g") % {"seconds": seconds}
    parser.add_argument("--seconds", type=positive, default=seconds, metavar="N", help=words)
    parser.add_argument("--workers", type=processes, default=2, metavar="N", help=_("processes that search; default 2"))
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="N", help=_("another seed searches in another order; default 1")
    )
