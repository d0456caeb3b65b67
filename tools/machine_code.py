"""Compile the quick search of classic timetables, so that its first user does not wait: `python tools/machine_code.py`.

Numba keeps the machine code below `__pycache__`, in a folder for each state of the code; folders of other states go.
"""

import math
import shutil
import sys

from tongtang.timetable.solver.classic.blocks import blocks_of
from tongtang.timetable.solver.classic.compiled import HERE, KEPT, KEPT_IN
from tongtang.timetable.solver.classic.model import Activity, Institution
from tongtang.timetable.solver.classic.swap import Swapper

MARKER = HERE / "__pycache__/machine-code"
"""Touched last: set-up asks whether it is there."""


def main() -> int:
    """Place one lesson: what is compiled does not depend on what the institution has."""
    if not KEPT:
        print(f"{KEPT_IN} may not be written: the machine code cannot be kept there.", file=sys.stderr)
        return 1
    for folder in (HERE / "__pycache__").glob("*/"):
        if folder != KEPT_IN:
            shutil.rmtree(folder)
    activity = Activity(1, 1, ("teacher",), ("class",), 1)
    institution = Institution(
        ("day",), ("hour",), {1: activity}, {"class": frozenset({"class"})}, {}, frozenset(), {}, ()
    )
    search = Swapper(blocks_of(institution, {}), seed=1)
    if not search.run(math.inf):
        print("the compiled search does not place a single lesson", file=sys.stderr)
        return 1
    MARKER.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
