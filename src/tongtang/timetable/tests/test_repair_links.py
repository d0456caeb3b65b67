"""A school's link that is lost, narrowed or full: the county's own live lessons count against what it carries."""

import random
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from tongtang.timetable.local_weeks import legal_slots
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.events import DayTransfer, LessonMoved, LineDown, TeacherAway
from tongtang.timetable.solver.model import BellSchedule, Period, School
from tongtang.timetable.solver.repair import mend
from tongtang.timetable.solver.repair_check import faults_of
from tongtang.timetable.solver.repair_fallbacks import COSTS, Kind
from tongtang.timetable.solver.school_model import CountyLesson, LocalLesson, WholeSchool
from tongtang.timetable.tests.small_school import BELL, anchor, requirement, school, with_class
from tongtang.timetable.tests.test_repair import FRIDAY, MONDAY, TUESDAY, full, only

LIMITS = Limits(60, deterministic=30)
WEDNESDAY, SATURDAY = date(2026, 10, 14), date(2026, 10, 17)
CHINESE = [anchor(f"chinese-{day}", "chinese", day, 590) for day in range(1, 6)]
STARTS = {each.number: each.start for each in BELL.periods}


def county(class_id, weekday, period, lesson="m01", shift=0, **cycle) -> CountyLesson:
    start = STARTS[period] + shift
    return CountyLesson(class_id, "music", lesson, weekday, period, start, start + 40, **cycle)


def beside(whole: WholeSchool, *lessons: CountyLesson, streams: int = 1) -> WholeSchool:
    """The school with the county's lessons for another class, and a link for so many lessons."""
    pupils = next(iter(whole.classes.values()))
    others = {one.class_id: replace(pupils, class_id=one.class_id) for one in lessons}
    taken = frozenset((one.class_id, (one.weekday, one.period)) for one in lessons)
    place = School("s", "b", 3, streams)
    return replace(whole, school=place, classes={**whole.classes, **others}, county=lessons, taken=taken)


def received(*lessons: CountyLesson, streams: int = 1) -> WholeSchool:
    """One full class that takes its Chinese from the anchor in the second period."""
    return beside(full(receives=[("a", "chinese")], anchors=CHINESE), *lessons, streams=streams)


def came(found, subject="chinese"):
    return [(one.came[0].isoweekday(), one.came[1]) for one in found.moves if one.subject == subject]


ALONE = {(1, 3), (2, 3), (3, 3), (4, 3), (5, 3)}


@pytest.mark.parametrize("lost", [(1, 1), (1, 3), (1, 4)])
def test_a_reception_goes_to_no_period_in_which_the_county_fills_the_link(lost):
    """Chinese of Monday has to go while the line is down; but for one period the county is on the line all Monday."""
    free = {1, 3, 4} - {lost[1]}
    open_period = min(free)
    lessons = [county("z", 1, period) for period in {1, 3, 4} - {open_period}]
    upset = only(received(*lessons), LineDown("s", MONDAY, MONDAY, 585, 635))
    found = mend(upset, LIMITS)
    assert (found.status, found.fallbacks) == (Status.OPTIMAL, ())
    assert came(found) == [(1, open_period)]
    wider = only(received(*lessons, streams=2), LineDown("s", MONDAY, MONDAY, 585, 635))
    assert mend(wider, LIMITS).cost == found.cost


def everywhere(*but, **cycle):
    return [county("z", day, period, **cycle) for day in range(1, 6) for period in STARTS if (day, period) not in but]


def test_where_the_county_fills_the_link_all_week_the_class_watches_the_recording():
    found = mend(only(received(*everywhere((1, 2))), LineDown("s", MONDAY, MONDAY, 585, 635)), LIMITS)
    assert [(one.kind, one.class_id, one.slot) for one in found.fallbacks] == [(Kind.RECORDED, "a", (1, 2))]
    assert (found.status, found.moves, found.cost) == (Status.OPTIMAL, (), COSTS[Kind.RECORDED])


def test_lessons_of_different_weeks_of_a_cycle_share_the_link_and_the_school_joins_neither():
    """Two a period, one in odd and one in even weeks: one at once, so a link for two has a place."""
    odd, even = everywhere((1, 2), every_weeks=2, week=1), everywhere((1, 2), lesson="m02", every_weeks=2, week=2)
    event = LineDown("s", MONDAY, MONDAY, 585, 635)
    assert mend(only(received(*odd, *even, streams=2), event), LIMITS).fallbacks == ()
    assert mend(only(received(*odd, *even, streams=1), event), LIMITS).cost == COSTS[Kind.RECORDED]


def test_what_the_county_sends_while_the_line_is_down_is_watched_recorded():
    lessons = [county("z", 1, 2), county("z", 1, 3), county("y", 1, 3)]
    found = mend(only(received(*lessons, streams=2), LineDown("s", MONDAY, MONDAY, 835, 900)), LIMITS)
    told = [(one.kind, one.class_id, one.subject, one.slot) for one in found.fallbacks]
    assert told == [(Kind.RECORDED, "z", "music", (1, 3)), (Kind.RECORDED, "y", "music", (1, 3))]
    assert (found.status, found.moves, found.cost) == (Status.OPTIMAL, (), 2 * COSTS[Kind.RECORDED])


def test_a_narrowed_link_carries_the_countys_lesson_and_the_reception_gives_way():
    """The link for two carries one on Tuesday: the county's, which the school cannot move."""
    upset = only(received(county("z", 2, 2), streams=2), LineDown("s", TUESDAY, TUESDAY, streams=1))
    found = mend(upset, LIMITS)
    assert (found.status, found.fallbacks) == (Status.OPTIMAL, ())
    assert came(found) != []
    assert (2, 2) not in came(found)
    # Without the county's lesson one is enough.
    assert mend(only(received(streams=2), LineDown("s", TUESDAY, TUESDAY, streams=1)), LIMITS).cost == 0


def test_of_two_lessons_of_the_county_on_a_narrowed_link_the_one_of_more_classes_stays():
    lessons = [county("z", 2, 3), county("y", 2, 3, lesson="m02"), county("x", 2, 3, lesson="m02")]
    found = mend(only(received(*lessons, streams=2), LineDown("s", TUESDAY, TUESDAY, streams=1)), LIMITS)
    assert [(one.kind, one.class_id) for one in found.fallbacks] == [(Kind.RECORDED, "z")]
    assert found.moves == ()


def test_the_anchors_lesson_moved_onto_a_full_link_is_watched_recorded_and_no_such_time_is_proposed():
    whole = received(county("z", 1, 4))
    event = LessonMoved("chinese-1", MONDAY, MONDAY, 890)
    found = mend(only(whole, event), LIMITS)
    assert [(one.kind, one.slot) for one in found.fallbacks] == [(Kind.RECORDED, (1, 2))]
    assert (MONDAY, 890) not in legal_slots([whole], event)
    assert (TUESDAY, 890) in legal_slots([whole], event)


def test_a_lesson_of_the_county_a_little_beside_the_bell_counts_in_both_periods_that_it_meets():
    late = county("z", 1, 1, shift=15)
    lessons = [late, *everywhere((1, 1), (1, 2))]
    whole = full(receives=[("a", "art")], anchors=[anchor(f"art-{day}", "art", day, 840) for day in range(1, 6)])
    found = mend(only(beside(whole, *lessons), LineDown("s", MONDAY, MONDAY, 835, 885)), LIMITS)
    assert {one.kind for one in found.fallbacks if one.class_id == "a"} == {Kind.RECORDED}


def test_a_transferred_day_brings_the_countys_lessons_along():
    whole = received(county("z", 5, 2), streams=2)
    found = mend(only(whole, DayTransfer(SATURDAY, 5), LineDown("s", SATURDAY, SATURDAY)), LIMITS)
    assert ("z", (6, 2)) in [(one.class_id, one.slot) for one in found.fallbacks]
    assert found.status is Status.OPTIMAL


def test_what_the_base_receives_beyond_the_link_is_no_fault_of_another_event():
    """Two classes of different grades receive at once over a link for one; somebody of another class is away."""
    rows = requirement("a", "maths", 1, "m"), requirement("b", "maths", 1, "n"), requirement("c", "art", 1, "k")
    base = [
        LocalLesson("a", 1, 1, "maths", "m"),
        LocalLesson("b", 1, 1, "maths", "n"),
        LocalLesson("c", 1, 1, "art", "k"),
    ]
    whole = school(*rows, base=base, receives=[("a", "maths"), ("b", "maths")], anchors=[anchor("x", "maths", 1, 540)])
    whole = replace(with_class(whole, "b", grades=(4,)), school=School("s", "b", 3, 1))
    found = mend(only(whole, TeacherAway("k", MONDAY, MONDAY)), LIMITS)
    assert (found.status, [one.subject for one in found.moves]) == (Status.OPTIMAL, ["art"])


def test_the_checker_counts_the_countys_lessons_itself():
    case = only(received(county("z", 1, 4)), LineDown("s", MONDAY, MONDAY, 585, 635))
    swapped = [one for one in case.whole.base if one.slot not in ((1, 2), (1, 4))]
    wrong = [*swapped, LocalLesson("a", 1, 4, "chinese", "c"), LocalLesson("a", 1, 2, "pe", "p")]
    assert "link in (1, 4)" in faults_of(case, wrong, [])


ONE = BellSchedule("b", (Period(1, 540, 580),))


def drawn(seed: int) -> tuple[WholeSchool, int]:
    """Two classes of different grades with one period a day, who receive on two days each, and the county beside."""
    dice = random.Random(seed)
    weeks = {one: dice.sample([f"far-{one}"] * 2 + [f"near-{one}"] * 3, 5) for one in "ab"}
    base = [LocalLesson(one, day, 1, who, who) for one, week in weeks.items() for day, who in enumerate(week, 1)]
    rows = [
        requirement(one, f"{kind}-{one}", count, f"{kind}-{one}")
        for one in "ab"
        for kind, count in (("far", 2), ("near", 3))
    ]
    whole = school(*rows, base=base, receives=[(one, f"far-{one}") for one in "ab"])
    lessons = [county("z", day, 1) for day in range(1, 6) if dice.random() < 0.4]
    whole = replace(with_class(beside(whole, *lessons, streams=dice.choice([1, 2])), "b", grades=(4,)), bell=ONE)
    return whole, dice.randrange(5)


def least_of(whole: WholeSchool, day: int) -> int:
    """Everything is tried: with the line down on `day`, receptions swap with own lessons or are watched recorded."""
    weeks = {one: [each.subject for each in sorted(whole.base) if each.class_id == one] for one in "ab"}
    county_days = {one.weekday - 1 for one in whole.county}
    before = [sum(week[at].startswith("far") for week in weeks.values()) for at in range(5)]
    limits = [max(whole.school.max_streams - (at in county_days), before[at], 0) for at in range(5)]
    limits[day] = 0
    best = 10**9
    choices = {
        one: {(order, kept) for order in set(permutations(week)) for kept in (True, False)}
        for one, week in weeks.items()
    }
    for first, first_kept in choices["a"]:
        for second, second_kept in choices["b"]:
            cost, live = 0, [0] * 5
            for week, order, kept in ((weeks["a"], first, first_kept), (weeks["b"], second, second_kept)):
                recorded = not kept and week[day].startswith("far") and order[day] == week[day]
                cost += COSTS[Kind.RECORDED] * recorded + sum(now != was for now, was in zip(order, week, strict=True))
                for at in range(5):
                    live[at] += order[at].startswith("far") and not (recorded and at == day)
            if all(number <= limit for number, limit in zip(live, limits, strict=True)):
                best = min(best, cost)
    return best + COSTS[Kind.RECORDED] * (day in county_days)


@pytest.mark.parametrize("seed", range(16))
def test_it_costs_as_little_as_anything_that_there_is_to_try(seed):
    whole, day = drawn(seed)
    there = date.fromordinal(MONDAY.toordinal() + day)
    found = mend(only(whole, LineDown("s", there, there)), LIMITS)
    assert found.status is Status.OPTIMAL
    assert found.cost == found.bound == least_of(whole, day)
    assert there <= FRIDAY
