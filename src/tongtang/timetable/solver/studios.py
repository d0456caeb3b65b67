"""A studio for each broadcast of a plan that never has more at once than there are studios."""

from collections import defaultdict
from dataclasses import replace
from math import gcd

from ortools.sat.python import cp_model

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.model import Broadcast, County

LIMITS = Limits(5, deterministic=2)


def with_studios(county: County, lessons: list[Broadcast]) -> list[Broadcast]:
    """The broadcasts with their studios. ValueError where there are too few.

    First fit by start uses no more studios than the fullest moment needs, where all lessons are weekly. Lessons of
    alternate weeks may need another choice, which is searched for.
    """
    days: dict[int, list[int]] = defaultdict(list)
    for place, each in enumerate(lessons):
        days[each.weekday].append(place)
    chosen: dict[int, str] = {}
    for places in days.values():
        several = [lessons[place] for place in places]
        found = _first_fit(county, several) or _searched(county, several)
        if found is None:
            raise ValueError(f"too few studios on weekday {several[0].weekday}")
        chosen |= dict(zip(places, found, strict=True))
    return [replace(each, studio_id=chosen[place]) for place, each in enumerate(lessons)]


def _exclude(county: County, one: Broadcast, other: Broadcast) -> bool:
    """Whether the lessons of one weekday cannot have one studio: near in time, in a week that has both."""
    near = abs(one.start - other.start) < county.rules.lesson_minutes + county.rules.changeover_minutes
    return near and (one.week - other.week) % gcd(one.every_weeks, other.every_weeks) == 0


def _first_fit(county: County, lessons: list[Broadcast]) -> list[str] | None:
    taken: dict[str, list[Broadcast]] = {studio_id: [] for studio_id in sorted(county.studios)}
    found: dict[int, str] = {}
    order = sorted(range(len(lessons)), key=lambda n: (lessons[n].start, lessons[n].every_weeks, lessons[n].group_id))
    for place in order:
        each = lessons[place]
        free = (one for one, held in taken.items() if not any(_exclude(county, each, other) for other in held))
        studio_id = next(free, None)
        if studio_id is None:
            return None
        taken[studio_id].append(each)
        found[place] = studio_id
    return [found[place] for place in range(len(lessons))]


def _searched(county: County, lessons: list[Broadcast]) -> list[str] | None:
    model = cp_model.CpModel()
    studios = sorted(county.studios)
    at = [[model.new_bool_var("") for _studio in studios] for _lesson in lessons]
    for place, each in enumerate(lessons):
        model.add_exactly_one(at[place])
        for other in range(place):
            if _exclude(county, each, lessons[other]):
                for number in range(len(studios)):
                    model.add_at_most_one([at[place][number], at[other][number]])
    outcome = cpsat.solve(model, LIMITS)
    if not outcome.solved:
        return None
    return [next(one for one, here in zip(studios, row, strict=True) if outcome.is_true(here)) for row in at]
