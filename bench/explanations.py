"""Whether `tongtang timetable solve` names what makes a timetable impossible: `python -m bench.explanations`.

Conflicts of many kinds are planted (tongtang/exchange/tests/planted.py) into made counties of 22 points and into made
schools that can be solved. For each: whether one of the entities planted is named, the seconds of the whole command,
and whether the explanation is minimal: each reason's changes, written into the files alone, make the folder solvable;
where several have to give way together, all of them do, and none can be left out. A wish (soft column) that no week
keeps counts as solvable when the next explanation does not name it any more.

Exit 0 when the right entity is named in at least 95 %, every command took at most 10 s, and 90 % are minimal.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.timetable import tongtang

from tongtang.exchange.tests.planted import COUNTY, SCHOOLS, Planter, apply_changes

ROOT = Path(__file__).resolve().parents[1]
MAKERS = ROOT / "tests" / "fixtures"
NAMED, SECONDS, MINIMAL = 0.95, 10.0, 0.9
SOLVED = ("optimal", "feasible")
WISHES = frozenset(("most_a_day", "doubles", "window"))
Items = list[dict[str, Any]]


@dataclass(frozen=True)
class Result:
    kind: str
    seed: int
    status: str
    first: bool
    named: bool
    seconds: float
    cpu: float
    reasons: int
    verified: int
    cut: int
    minimal: bool


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.explanations", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12])
    parser.add_argument("--kinds", nargs="+", default=[*COUNTY, *SCHOOLS])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="tongtang-bench-") as home:
        for seed in options.seeds:
            for kind in options.kinds:
                results.append(measured(Path(home), kind, seed, options.workers))
                print(results[-1], file=sys.stderr, flush=True)
    figures = summary(results)
    print(json.dumps({**figures, "results": [asdict(one) for one in results]} if options.json else figures, indent=2))
    return 0 if figures["kept"] else 1


def made(home: Path, kind: str, seed: int) -> Path:
    """A folder that can be solved; counties have one or two rooms a point, schools six or eighteen classes."""
    county = kind in COUNTY
    folder = home / f"{'county' if county else 'schools'}-{seed}"
    if not folder.exists():
        rooms, classes = ("1", "18-18") if seed % 2 else ("2", "6-12")
        shape = ["--rooms", rooms, "--lessons", "0"] if county else ["--schools", "3", "--classes", classes]
        maker = MAKERS / ("make_county.py" if county else "make_schools.py")
        command = [sys.executable, str(maker), "--seed", str(seed), "--out", str(folder), *shape]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def measured(home: Path, kind: str, seed: int, workers: int) -> Result:
    planter: Planter = {**COUNTY, **SCHOOLS}[kind]
    folder = home / "planted" / "folder"
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(made(home, kind, seed), folder)
    wanted = planter(folder, random.Random(f"{kind} {seed}"))
    began, spent = time.monotonic(), processor()
    answer = solved(folder, workers)
    seconds, cpu = time.monotonic() - began, processor() - spent
    items: Items = answer["explanation"]
    names = [one["entity"] for one in items]
    return Result(
        kind,
        seed,
        answer["status"],
        bool(names) and names[0] in wanted,
        bool(wanted.intersection(names)),
        round(seconds, 1),
        round(cpu, 1),
        len(items),
        sum(one["verified"] for one in items),
        sum(one["cut"] for one in items),
        is_minimal(folder, items, workers),
    )


def processor() -> float:
    """Seconds of a processor that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def solved(folder: Path, workers: int) -> dict[str, Any]:
    out = folder.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    return tongtang("solve", folder, "--out", str(out), "--workers", str(workers), "--seconds", "30")


def is_minimal(folder: Path, items: Items, workers: int) -> bool:
    """Whether each reason alone, or all that belong together and none left out, make the folder solvable."""
    alone = [[one] for one in items if not one["together"]]
    together = [one for one in items if one["together"]]
    sets = [*alone, *([together] if together else [])]
    short = [[one for one in together if one is not left] for left in together]
    return (
        bool(sets)
        and all(solves(folder, items, one, workers) for one in sets)
        and not any(solves(folder, items, one, workers) for one in short)
    )


def solves(folder: Path, items: Items, chosen: Sequence[dict[str, Any]], workers: int) -> bool:
    """Whether the changes of the chosen reasons make the folder solvable, or end the wish that was broken."""
    copy = folder.parent / "changed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    for one in chosen:
        apply_changes(copy, one["changes"])
    if not any(one["changes"] for one in chosen):
        return False
    answer = solved(copy, workers)
    wishes = {(one["entity"], one["kind"]) for one in chosen if one["kind"] in WISHES}
    left = {(one["entity"], one["kind"]) for one in answer["explanation"]}
    return answer["status"] in SOLVED and not wishes & left


def summary(found: Sequence[Result]) -> dict[str, Any]:
    """A county that what was planted leaves solvable (a teacher who can be spared) held no conflict."""
    results = [one for one in found if not (one.kind in COUNTY and one.status in SOLVED)]
    count = len(results)
    named = sum(one.named for one in results) / count
    minimal = sum(one.minimal for one in results) / count
    worst = max(one.seconds for one in results)
    figures: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "planted": count,
        "harmless": len(found) - count,
        "kinds": len({one.kind for one in results}),
        "named": round(named, 3),
        "named_first": round(sum(one.first for one in results) / count, 3),
        "minimal": round(minimal, 3),
        "median_s": median(one.seconds for one in results),
        "worst_s": worst,
        "median_cpu_s": median(one.cpu for one in results),
        "worst_cpu_s": max(one.cpu for one in results),
        "cut": sum(one.cut for one in results),
        "within_10_s": sum(one.seconds <= SECONDS for one in results),
        "missed": [(one.kind, one.seed) for one in results if not (one.named and one.minimal)],
    }
    kept = named >= NAMED and minimal >= MINIMAL and worst <= SECONDS
    return {**figures, "kept": kept}


if __name__ == "__main__":
    sys.exit(main())
