"""No corruption of a valid plan escapes the checker, and its clock agrees with a count of every minute."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.timetable.solver.model import Broadcast, County
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import FACTS, Rule
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.greedy_plan import made_county
from tongtang.timetable.tests.small_county import COUNTY

CHONGYANG = read_folder(FIXTURES / "chongyang")
PLAN = CHONGYANG.broadcasts


@st.composite
def corrupted_plans(draw: st.DrawFn) -> tuple[Broadcast, ...]:
    """The valid plan of the fixture with one row made wrong in a way that no other valid plan has."""
    index = draw(st.integers(0, len(PLAN) - 1))
    row = PLAN[index]
    other = draw(st.sampled_from([each for each in PLAN if each.group_id != row.group_id]))
    strangers = sorted(set(CHONGYANG.county.classes) - set(row.class_ids))
    starts = {each.start for bell in CHONGYANG.county.bells.values() for each in bell.periods}
    nowhere = [start for start in range(0, 1440, 5) if all(abs(start - each) > 10 for each in starts)]
    wrong_rows = st.one_of(
        st.just(()),
        st.just((row, row)),
        st.sampled_from(row.class_ids).map(lambda gone: (_with(row, class_ids=_without(row, gone)),)),
        st.sampled_from(strangers).map(lambda more: (_with(row, class_ids=(*row.class_ids, more)),)),
        st.sampled_from(row.class_ids).map(lambda twice: (_with(row, class_ids=(*row.class_ids, twice)),)),
        st.sampled_from([each for each in CHONGYANG.county.teachers if each != row.teacher_id]).map(
            lambda teacher_id: (_with(row, teacher_id=teacher_id),)
        ),
        st.just((_with(row, weekday=other.weekday, start=other.start, studio_id=other.studio_id),)),
        st.just((_with(row, group_id=other.group_id),)),
        st.sampled_from([0, 8, -1]).map(lambda weekday: (_with(row, weekday=weekday),)),
        st.sampled_from(nowhere).map(lambda start: (_with(row, start=start),)),
        st.sampled_from(["teacher_id", "studio_id", "subject", "group_id"]).map(
            lambda name: (replace(row, **{name: "nobody"}),)
        ),
    )
    return (*PLAN[:index], *draw(wrong_rows), *PLAN[index + 1 :])


def _with(row: Broadcast, **changes: object) -> Broadcast:
    return replace(row, **changes)


def _without(row: Broadcast, gone: str) -> tuple[str, ...]:
    return tuple(each for each in row.class_ids if each != gone)


@given(corrupted_plans())
def test_no_corruption_of_a_valid_plan_escapes(broadcasts):
    found = verify(CHONGYANG.county, broadcasts)
    assert found
    for violation in found:
        assert violation.rows
        assert set(violation.facts) == set(FACTS[violation.rule])


@given(st.permutations(PLAN))
def test_the_order_of_rows_does_not_matter(broadcasts):
    assert verify(CHONGYANG.county, broadcasts) == []


small_broadcasts = st.builds(
    Broadcast,
    group_id=st.sampled_from(["g1", "g2", "g3"]),
    subject=st.just("music"),
    teacher_id=st.sampled_from(["t1", "t3"]),
    studio_id=st.sampled_from(["s1", "s2"]),
    weekday=st.integers(1, 2),
    start=st.sampled_from(range(470, 630, 5)),
    class_ids=st.lists(st.sampled_from(sorted(COUNTY.classes)), min_size=1, max_size=2, unique=True).map(tuple),
)


def minute_by_minute(county: County, broadcasts: list[Broadcast]) -> Iterator[Rule]:
    """The clock rules as a count of who is where in every minute."""
    teachers, studios, classes, rooms, streams = Counter(), Counter(), Counter(), Counter(), Counter()
    for each in broadcasts:
        schools = {county.classes[class_id].school_id for class_id in each.class_ids}
        for minute in range(each.start, each.start + county.rules.lesson_minutes):
            teachers[each.teacher_id, each.weekday, minute] += 1
            studios[each.studio_id, each.weekday, minute] += 1
            classes.update((class_id, each.weekday, minute) for class_id in each.class_ids)
            streams.update((school_id, each.weekday, minute) for school_id in schools)
    rooms.update((county.classes[class_id].school_id, weekday, minute) for class_id, weekday, minute in classes)
    if max(teachers.values(), default=0) > 1:
        yield Rule.TEACHER_OVERLAP
    if max(studios.values(), default=0) > 1:
        yield Rule.STUDIO_OVERLAP
    if max(classes.values(), default=0) > 1:
        yield Rule.CLASS_OVERLAP
    if any(count > county.schools[school_id].receiving_rooms for (school_id, _, _), count in rooms.items()):
        yield Rule.ROOMS_AT_ONCE
    if any(count > county.schools[school_id].max_streams for (school_id, _, _), count in streams.items()):
        yield Rule.STREAMS_AT_ONCE


IN_PERIOD = {
    Rule.CLASS_TWICE_IN_PERIOD: Rule.CLASS_OVERLAP,
    Rule.ROOMS_IN_PERIOD: Rule.ROOMS_AT_ONCE,
    Rule.STREAMS_IN_PERIOD: Rule.STREAMS_AT_ONCE,
}


@given(st.lists(small_broadcasts, max_size=6))
def test_the_clock_agrees_with_a_count_of_every_minute(broadcasts):
    # Lessons of one period always overlap here: they start at most 20 minutes apart and last 40.
    reported = {IN_PERIOD.get(each.rule, each.rule) for each in verify(COUNTY, broadcasts)}
    clock = {Rule.TEACHER_OVERLAP, Rule.STUDIO_OVERLAP, *IN_PERIOD.values()}
    assert reported & clock == set(minute_by_minute(COUNTY, broadcasts))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plans_of_made_counties_verify_clean(tmp_path, seed):
    made = made_county(tmp_path, seed)
    assert len(made.broadcasts) > 20
    assert verify(made.county, made.broadcasts) == []
