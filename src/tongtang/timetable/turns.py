"""Lessons of every n-th week say so in weeks: whoever looks at one week does not see that the next has none."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tongtang.lessons.models import Lesson
from tongtang.timetable.models import PublishedPlan
from tongtang.timetable.weekly import Entry

Plans = Mapping[int, Sequence[tuple[date, Mapping[str, int]]]]
"""By alliance, in the order of days: from when a plan applies, and its groups that are not taught every week."""


def with_turns(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, those of the plan's every n-th weeks with their n. Two queries."""
    keys = {one.lesson_id for one in entries if one.lesson_id}
    rows = Lesson.objects.filter(pk__in=keys, origin=Lesson.Origin.PLAN, course__isnull=False)
    known = list(rows.values_list("pk", "alliance_id", "course__source_id", "date"))
    plans = _plans({alliance for _key, alliance, _group, _day in known if alliance is not None})
    found = {key: _turn(plans.get(alliance, ()), group, day) for key, alliance, group, day in known}
    return [replace(one, every_weeks=found.get(one.lesson_id, 1)) for one in entries]


def _plans(alliances: set[int]) -> Plans:
    found: dict[int, list[tuple[date, Mapping[str, int]]]] = defaultdict(list)
    rows = PublishedPlan.objects.filter(alliance__in=alliances).order_by("applies_from", "pk")
    for alliance, starts, broadcasts in rows.values_list("alliance_id", "applies_from", "broadcasts"):
        found[alliance].append((starts, _cycles(broadcasts)))
    return found


def _cycles(broadcasts: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """Plans that were published before there were cycles name none."""
    return {one["group_id"]: one["every_weeks"] for one in broadcasts if one.get("every_weeks", 1) > 1}


def _turn(plans: Sequence[tuple[date, Mapping[str, int]]], group: str, day: date) -> int:
    """By the last plan that applies on the day."""
    at = bisect_right(plans, day, key=lambda one: one[0])
    return plans[at - 1][1].get(group, 1) if at else 1
