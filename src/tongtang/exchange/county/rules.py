"""The rules of a county's timetable: known names and what each may hold."""

import re
from collections.abc import Mapping
from itertools import pairwise

from django.utils.translation import gettext as _

from tongtang.exchange.county.cells import GRADES, BadCell, Parser, whole

BAND = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")


def grade_bands(cell: str) -> tuple[tuple[int, int], ...]:
    """`1-2|3-4`: bands of grades that may share a broadcast; none overlap."""
    bands = []
    for part in cell.split("|"):
        match = BAND.fullmatch(part)
        low, high = (int(number) for number in match.groups()) if match else (0, 0)
        if low not in GRADES or high not in GRADES or low > high:
            raise BadCell(_("Grade bands are written like 1-2|3-4, with grades from 1 to 12."))
        bands.append((low, high))
    bands.sort()
    if any(later[0] <= earlier[1] for earlier, later in pairwise(bands)):
        raise BadCell(_("A grade stands in two grade bands; leave it in one."))
    return tuple(bands)


def yes_or_no(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise BadCell(_("This rule is 1 (on) or 0 (off)."))
    return cell == "1"


RULES: Mapping[str, Parser] = {
    "lesson_minutes": whole(5, 180),
    "start_tolerance_minutes": whole(0, 60),
    "changeover_minutes": whole(0, 60),
    "max_classes_per_broadcast": whole(1, 1000),
    "max_pupils_per_broadcast": whole(1, 100_000),
    "grade_bands": grade_bands,
    "same_subject_per_class_and_day": whole(1, 10),
    "group_is_stable": yes_or_no,
}
