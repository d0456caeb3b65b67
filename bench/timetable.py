"""How few broadcasts `tongtang timetable solve` needs for made-up counties, and how fast.

    .venv/bin/python -m bench.timetable [--small] [--seconds 30] [--workers 2] [--json]

Each county is written by tests/fixtures/make_county.py, solved through the command line in a process of its own, and
checked by `tongtang timetable check`. Seconds are those of the whole command, start of the interpreter included. The
counting bound is computed here from the CSV files alone: for each subject and grade band, lessons a week times the
classes over `max_classes_per_broadcast`, rounded up (`by_classes`), or one more as long as the smallest classes of the
groups that must be full have too many pupils (`bound`). A county whose teachers cannot hold even those lessons counts
as short, and the command has to say so.

Exit 0 when every complete plan passes the checker, at least 90 % of them have as few broadcasts as the bound, none more
than 1.03 times as many, all counties that are not short are served, and those of 22 points take at most 30 s.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MAKER = ROOT / "tests" / "fixtures" / "make_county.py"
WANTED_SHARE, MOST_RATIO, MOST_SECONDS, USUAL_POINTS = 0.9, 1.03, 30.0, 22


@dataclass(frozen=True)
class Size:
    """Arguments of the maker."""

    points: int
    rooms: int
    teachers: int
    cap: int = 15

    @property
    def name(self) -> str:
        return f"{self.points} points, {self.rooms} rooms, {self.teachers} teachers x {self.cap}"


SIZES: dict[Size, int] = {
    **{Size(22, rooms, 10): 40 for rooms in (1, 2)},
    Size(22, 3, 10): 20,
    Size(22, 1, 10, 12): 10,
    **{Size(5, rooms, 5): 10 for rooms in (1, 2)},
    **{Size(10, rooms, 5): 10 for rooms in (1, 2, 3)},
    **{Size(28, rooms, 10): 10 for rooms in (1, 2)},
    **{Size(40, rooms, 20): 5 for rooms in (1, 2)},
    **{Size(60, rooms, 28): 5 for rooms in (1, 2, 3)},
    Size(22, 2, 8): 5,
    Size(40, 1, 15): 5,
}
"""How many seeds of each."""
SMALL: dict[Size, int] = {Size(22, 1, 10): 3, Size(22, 2, 10): 3, Size(10, 1, 5): 3, Size(22, 2, 8): 1}


@dataclass(frozen=True)
class Result:
    size: str
    seed: int
    status: str
    broadcasts: int | None
    bound: int
    by_classes: int
    short: bool
    seconds: float
    violations: int
    unserved: int

    @property
    def ratio(self) -> float | None:
        return self.broadcasts / self.bound if self.broadcasts else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.timetable", description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="ten counties only")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    options = parser.parse_args()
    results = []
    for size, seeds in (SMALL if options.small else SIZES).items():
        for seed in range(1, seeds + 1):
            results.append(measured(size, seed, options.seconds, options.workers))
            print(_line(results[-1]), file=sys.stderr, flush=True)
    figures = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), **summary(results)}
    print(json.dumps({**figures, "results": [asdict(one) for one in results]}) if options.json else table(results))
    if not options.json:
        print(json.dumps(figures, indent=2))
    return 0 if figures["kept"] else 1


def measured(size: Size, seed: int, seconds: float, workers: int) -> Result:
    """One county made, solved and checked through the front door."""
    with tempfile.TemporaryDirectory(prefix="tongtang-bench-") as folder:
        county = Path(folder) / "county"
        arguments = ["--seed", seed, "--points", size.points, "--rooms", size.rooms, "--teachers", size.teachers]
        made = [*arguments, "--cap", size.cap, "--lessons", 0, "--out", county]
        subprocess.run([sys.executable, str(MAKER), *map(str, made)], check=True, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        answer = tongtang("solve", county, "--seconds", str(seconds), "--workers", str(workers))
        took = time.monotonic() - began
        solved = answer["broadcasts"] is not None
        violations = len(tongtang("check", county)["violations"]) if solved else 0
        bound, by_classes, short = counted(county)
    unserved = answer["required"] - answer["served"]
    status = answer["status"]
    return Result(
        size.name, seed, status, answer["broadcasts"], bound, by_classes, short, round(took, 2), violations, unserved
    )


def tongtang(verb: str, folder: Path, *more: str) -> dict[str, Any]:
    """The JSON of `tongtang timetable VERB`."""
    command = [sys.executable, "-m", "tongtang", "timetable", verb, str(folder), "--json", *more]
    environment = {**os.environ, "TONGTANG_HOME": str(folder.parent / "home")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not done.stdout:
        raise SystemExit(done.stderr.strip()[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def counted(folder: Path) -> tuple[int, int, bool]:
    """The bound, the bound by classes alone, and whether the teachers of a subject cannot hold it in whole groups."""
    rules = {row["rule"]: row["value"] for row in _rows(folder, "rules")}
    bands = [tuple(map(int, band.split("-"))) for band in rules["grade_bands"].split("|")]
    classes = {row["class_id"]: row for row in _rows(folder, "classes")}
    blocks: dict[tuple[str, int, int], list[int]] = {}
    for row in _rows(folder, "requirements"):
        mine = classes[row["class_id"]]
        grades = [int(grade) for grade in mine["grades"].split(";")]
        band = next(place for place, (low, high) in enumerate(bands) if all(low <= grade <= high for grade in grades))
        blocks.setdefault((row["subject"], int(row["lessons_per_week"]), band), []).append(int(mine["pupils"]))
    most, limit = int(rules["max_classes_per_broadcast"]), int(rules["max_pupils_per_broadcast"])
    groups: Counter[tuple[str, int]] = Counter()
    for (subject, lessons, _), pupils in blocks.items():
        groups[subject, lessons] += _fewest(sorted(pupils), most, limit)
    teachers = _rows(folder, "teachers")
    short = any(
        count > sum(int(row["weekly_cap"]) // lessons for row in teachers if subject in row["subjects"].split(";"))
        for (subject, lessons), count in groups.items()
    )
    by_classes = sum(lessons * ceil(len(pupils) / most) for (_, lessons, _), pupils in blocks.items())
    return sum(lessons * count for (_, lessons), count in groups.items()), by_classes, short


def _fewest(pupils: list[int], most: int, limit: int) -> int:
    """Groups of a block; `pupils` ascending."""
    groups = ceil(len(pupils) / most)
    while sum(pupils[: most * (full := max(0, len(pupils) - groups * (most - 1)))]) > full * limit:
        groups += 1
    return groups


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"{name}.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def summary(results: list[Result]) -> dict[str, Any]:
    solvable = [one for one in results if not one.short]
    ratios = [one.ratio for one in solvable if one.ratio is not None]
    share = sum(1 for ratio in ratios if ratio <= 1) / max(len(solvable), 1)
    usual = [one.seconds for one in solvable if one.size.startswith(f"{USUAL_POINTS} points")]
    figures = {
        "counties": len(results),
        "short": len(results) - len(solvable),
        "short_said_so": sum(1 for one in results if one.short and one.status == "infeasible"),
        "served": sum(1 for one in solvable if one.unserved == 0),
        "at_the_bound": round(share, 3),
        "at_the_bound_by_classes": round(_share_by_classes(solvable), 3),
        "worst_ratio_by_classes": round(max((one.broadcasts or 0) / one.by_classes for one in solvable), 4),
        "worst_ratio": round(max(ratios, default=0), 4),
        "worst_seconds": max((one.seconds for one in solvable), default=0),
        "worst_seconds_22_points": max(usual, default=0),
        "violations": sum(one.violations for one in results),
    }
    figures["kept"] = (
        figures["served"] == len(solvable)
        and figures["short"] == figures["short_said_so"]
        and figures["violations"] == 0
        and share >= WANTED_SHARE
        and figures["worst_ratio"] <= MOST_RATIO
        and figures["worst_seconds_22_points"] <= MOST_SECONDS
    )
    return figures


def _share_by_classes(solvable: list[Result]) -> float:
    return sum(1 for one in solvable if one.broadcasts == one.by_classes) / max(len(solvable), 1)


def table(results: list[Result]) -> str:
    lines = [f"{'counties':40} {'solved':>7} {'at bound':>9} {'worst':>7} {'median s':>9} {'worst s':>8} {'short':>6}"]
    for size in dict.fromkeys(one.size for one in results):
        mine = [one for one in results if one.size == size]
        ratios = [one.ratio for one in mine if one.ratio is not None]
        seconds = sorted(one.seconds for one in mine)
        lines.append(
            f"{size:40} {len(ratios):>3}/{len(mine):<3} {sum(1 for ratio in ratios if ratio <= 1):>9} "
            f"{max(ratios, default=0):>7.3f} {seconds[len(seconds) // 2]:>9.2f} {seconds[-1]:>8.2f} "
            f"{sum(1 for one in mine if one.short):>6}"
        )
    return "\n".join(lines)


def _line(one: Result) -> str:
    ratio = f"{one.ratio:.3f}" if one.ratio is not None else "-"
    short = " short" if one.short else ""
    return f"{one.size}, seed {one.seed}: {one.status} {one.broadcasts}/{one.bound} {ratio} {one.seconds:.2f} s{short}"


if __name__ == "__main__":
    sys.exit(main())
