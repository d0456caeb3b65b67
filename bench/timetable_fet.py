"""FET files: ours beside Debian's fet-cl, one after the other on the same machine.

    .venv/bin/python -m bench.timetable_fet [--seconds 60] [--seed 1] [--sizes 6,12,18] [--files DIR] [--json]

Files of several sizes and mixes of constraints are generated; with --files every covered .fet file below DIR is run
instead (FET brings some two hundred examples). For each file:

fet       seconds of fet-cl until its first timetable, whole process; "-" when it found none in time.
ours      seconds until our first timetable with the same limits: reading, building and searching, in this process.
cpu       the seconds of a processor that each of them used: what to compare on a machine that others use too.
accepts   whether fet-cl, given our timetable as locked starts and rooms, agrees; whether our checker agrees with FET's.
conflicts what the constraints with weights below 100 cost, FET's and ours, both as our checker counts them.

Exit 0 when ours solves at least as many files and each side accepts the other's timetables, else 1; the ratio of
times is printed beside its aim of 5 and decides nothing.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtang.config.settings")
django.setup()

from bench.fet_schools import MIXES, write_school  # noqa: E402

from tongtang.exchange.timetables.fet.elements import UnreadableFile  # noqa: E402
from tongtang.exchange.timetables.fet.reader import FetFile, read_fet  # noqa: E402
from tongtang.exchange.timetables.fet.result import timetable_inside  # noqa: E402
from tongtang.exchange.timetables.fet.writer import write_fet  # noqa: E402
from tongtang.timetable.solver.classic.check import check, cost  # noqa: E402
from tongtang.timetable.solver.classic.model import UNITS_PER_CONFLICT  # noqa: E402
from tongtang.timetable.solver.classic.solve import solve_institution  # noqa: E402
from tongtang.timetable.solver.cpsat import Limits  # noqa: E402

AIM = 5.0
PATIENCE = 20.0
"""Seconds after its own limit in which fet-cl may end; on some files it never does, and has then found nothing."""
QUIET = [
    *(
        f"--writetimetables{what}=false"
        for what in (
            *("statistics", "dayshorizontal", "daysvertical", "timehorizontal", "timevertical", "subgroups", "groups"),
            *("years", "teachers", "teachersfreeperiods", "rooms", "subjects", "activitytags", "activities"),
        )
    ),
    *(
        f"--warn{what}=false"
        for what in (
            *("ifusingnotperfectconstraints", "ifusingstudentsminhoursdailywithallowemptydays"),
            "subgroupswiththesameactivities",
        )
    ),
]


@dataclass(frozen=True)
class Row:
    """Times in seconds, None where nothing was found; acceptance is None where there is nothing to accept."""

    name: str
    activities: int
    fet: float | None
    ours: float | None
    fet_cpu: float
    our_cpu: float
    fet_accepts: bool | None
    we_accept: bool | None
    fet_conflicts: float | None
    our_conflicts: float | None


def fet_cl(path: Path, folder: Path, seconds: float, seed: int) -> tuple[Path | None, float, float]:
    """The file with FET's timetable (None: not found), the seconds of the whole process and of the processor.

    fet-cl ends with 0 even when it gave up: its words decide. It asks questions, and waits, where it can be answered.
    """
    seeds = [f"--randomseeds{place}={seed + more}" for more, place in enumerate((10, 11, 12, 20, 21, 22))]
    command = ["fet-cl", f"--inputfile={path}", f"--outputdir={folder}", "--htmllevel=0", *seeds, *QUIET]
    began, used = time.monotonic(), _processor(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            [*command, f"--timelimitseconds={int(seconds)}"],
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds + PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None, time.monotonic() - began, _processor(resource.RUSAGE_CHILDREN) - used
    spent = time.monotonic() - began
    found = sorted(folder.rglob("*_data_and_timetable.fet"))
    solved = found and "Simulation successful" in done.stdout
    return (found[0] if solved else None), spent, _processor(resource.RUSAGE_CHILDREN) - used


def _processor(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def one_file(path: Path, folder: Path, seconds: float, seed: int) -> Row | None:
    """None for a file that is not covered or not readable: it is no part of the comparison."""
    try:
        fet = read_fet(path)
    except UnreadableFile:
        return None
    if fet.uncovered:
        return None
    theirs, their_seconds, their_cpu = fet_cl(path, folder / "fet", seconds, seed)
    read_again, used = time.monotonic(), _processor(resource.RUSAGE_SELF)
    fet = read_fet(path)
    result = solve_institution(fet.institution, Limits(seconds, seed=seed), first=True)
    our_seconds, our_cpu = time.monotonic() - read_again, _processor(resource.RUSAGE_SELF) - used
    we_accept, their_conflicts = _judged(fet, theirs)
    solved = result.timetable is not None and not any(b.binding for b in check(fet.institution, result.timetable))
    accepted = None
    if solved and result.timetable is not None:
        locked = folder / "ours" / "ours.fet"
        write_fet(fet, result.timetable, locked)
        accepted = fet_cl(locked, folder / "again", seconds, seed)[0] is not None
    return Row(
        path.stem,
        len(fet.institution.activities),
        their_seconds if theirs else None,
        our_seconds if solved else None,
        their_cpu,
        our_cpu,
        accepted,
        we_accept,
        their_conflicts,
        result.cost / UNITS_PER_CONFLICT if solved and result.cost is not None else None,
    )


def _judged(fet: FetFile, theirs: Path | None) -> tuple[bool | None, float | None]:
    if theirs is None:
        return None, None
    breaches = check(fet.institution, timetable_inside(read_fet(theirs)))
    return not any(breach.binding for breach in breaches), cost(breaches) / UNITS_PER_CONFLICT


def files(options: argparse.Namespace, folder: Path) -> list[Path]:
    if options.files is not None:
        return sorted(options.files.rglob("*.fet"))
    sizes = [int(size) for size in options.sizes.split(",")]
    return [write_school(folder, size, mix, options.seed) for size in sizes for mix in MIXES]


def summary(rows: list[Row]) -> dict[str, float | int | bool | None]:
    both = [(row.ours, row.fet) for row in rows if row.ours is not None and row.fet is not None]
    ratios = [ours / fet for ours, fet in both]
    used = [row.our_cpu / row.fet_cpu for row in rows if row.ours is not None and row.fet is not None and row.fet_cpu]
    return {
        "files": len(rows),
        "fet_solved": sum(row.fet is not None for row in rows),
        "ours_solved": sum(row.ours is not None for row in rows),
        "fet_accepts_ours": sum(row.fet_accepts is True for row in rows),
        "we_accept_fets": sum(row.we_accept is True for row in rows),
        "ratio_of_sums": sum(ours for ours, _fet in both) / sum(fet for _ours, fet in both) if both else None,
        "ratio_median": statistics.median(ratios) if ratios else None,
        "ratio_of_processor_median": statistics.median(used) if used else None,
        "aim": AIM,
        "kept": sum(row.ours is not None for row in rows) >= sum(row.fet is not None for row in rows)
        and not any(row.fet_accepts is False or row.we_accept is False for row in rows),
    }


def _cell(value: float | bool | None) -> str:
    if value is None:
        return "-"
    return ("yes" if value else "NO") if isinstance(value, bool) else f"{value:.2f}"


def show(row: Row) -> str:
    cells = [
        row.fet,
        row.ours,
        row.fet_cpu,
        row.our_cpu,
        row.fet_accepts,
        row.we_accept,
        row.fet_conflicts,
        row.our_conflicts,
    ]
    return f"{row.activities:6d} " + " ".join(f"{_cell(cell):>8}" for cell in cells) + f"  {row.name}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", default="6,12,18,24")
    parser.add_argument("--files", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every n-th file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    print("  acts      fet     ours  fet-cpu  our-cpu  fet-yes  we-yes  fet-cost our-cost", file=sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        for number, path in enumerate(files(options, Path(directory))[:: options.every]):
            row = one_file(path, Path(directory) / str(number), options.seconds, options.seed)
            if row is not None:
                rows.append(row)
                print(show(row), file=sys.stderr, flush=True)
    found = summary(rows)
    print(json.dumps({"summary": found, "rows": [asdict(row) for row in rows]}) if options.json else found)
    return 0 if found["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
