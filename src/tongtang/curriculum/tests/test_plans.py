"""The curriculum plans of the house: their sums, shares and sources, and where a timetable departs from them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.curriculum.api import plan_on, violation_sentence, violations
from tongtang.curriculum.models import CurriculumArea, CurriculumPlan
from tongtang.curriculum.names import AREAS, SUBJECTS
from tongtang.curriculum.plans import Area, Grade, Plan, periods_of, printed_periods, share, total_periods
from tongtang.curriculum.queries import plan_of

pytestmark = pytest.mark.django_db
HANGZHOU, CHONGYANG = 330100000000, 421223000000
DAY = date(2026, 4, 14)
# Periods a week of one way to fill the national plan, by subject for grades 1 to 9.
WEEK = {
    "chinese": [8, 8, 6, 6, 6, 6, 6, 6, 6],
    "maths": [4, 4, 4, 4, 4, 4, 5, 5, 5],
    "english": [0, 0, 3, 3, 3, 3, 3, 3, 3],
    "ethics": [2, 2, 2, 2, 2, 2, 2, 2, 2],
    "history": [0, 0, 0, 0, 0, 0, 2, 2, 2],
    "geography": [0, 0, 0, 0, 0, 0, 2, 2, 0],
    "science": [1, 1, 2, 2, 2, 2, 0, 0, 0],
    "biology": [0, 0, 0, 0, 0, 0, 3, 2, 0],
    "physics": [0, 0, 0, 0, 0, 0, 0, 2, 4],
    "chemistry": [0, 0, 0, 0, 0, 0, 0, 0, 3],
    "it": [0, 0, 1, 1, 1, 1, 1, 0, 0],
    "pe": [4, 4, 3, 3, 3, 3, 3, 3, 3],
    "music": [2, 2, 2, 2, 2, 2, 1, 1, 1],
    "art": [2, 2, 2, 2, 2, 2, 1, 1, 1],
    "labour": [1, 1, 1, 1, 1, 1, 2, 2, 2],
    "practice": [1, 1, 2, 2, 2, 2, 2, 2, 1],
    "local": [1, 1, 2, 2, 2, 2, 1, 1, 1],
}
FULL = {(grade, subject): row[grade - 1] for subject, row in WEEK.items() for grade in range(1, 10)}


@pytest.mark.parametrize("county", [HANGZHOU, CHONGYANG])
def test_the_nine_years_have_9522_periods(county: int) -> None:
    plan = plan_on(county, DAY)
    assert total_periods(plan) == 9522 == CurriculumPlan.objects.get(code=plan.code).total_periods
    weekly = {one.grade: one.periods_per_week for one in plan.grades}
    assert weekly == {1: 26, 2: 26, 3: 30, 4: 30, 5: 30, 6: 30, 7: 34, 8: 34, 9: 34}


def test_a_province_has_its_own_plan_and_the_others_the_nations() -> None:
    assert (plan_on(HANGZHOU, DAY).code, plan_on(CHONGYANG, DAY).code) == ("zhejiang-2022", "national-2022")
    with pytest.raises(CurriculumPlan.DoesNotExist):
        plan_on(CHONGYANG, date(2001, 9, 1))


def test_zhejiangs_pe_is_what_it_prints() -> None:
    plan = plan_on(HANGZHOU, DAY)
    pe = plan.area_of("pe")
    assert printed_periods(plan, pe) == 1009
    assert round(share(1009, total_periods(plan)), -1) == pe.printed == 1060
    assert {one.code: one.printed for one in plan.areas if one.printed} == {
        "ethics": 660,
        "history_geography": 325,
        "it": 220,
        "pe": 1060,
    }
    assert all(one.low <= one.printed <= one.high for one in plan.areas if one.printed)


def test_every_figure_has_a_source_and_every_area_known_subjects_and_a_name() -> None:
    rows = list(CurriculumArea.objects.all())
    assert all(row.source and row.plan.source for row in rows)
    assert {row.code for row in rows} == set(AREAS)
    for plan in CurriculumPlan.objects.all():
        subjects = [subject for row in plan.areas.all() for subject in row.subjects]
        assert sorted(subjects) == sorted(SUBJECTS)


def test_the_shares_can_all_be_met_at_once() -> None:
    plan = plan_on(CHONGYANG, DAY)
    assert sum(one.low for one in plan.areas) <= 10_000 <= sum(one.high for one in plan.areas)


def test_a_full_timetable_has_no_violation() -> None:
    assert [violation_sentence(one) for one in violations(plan_on(CHONGYANG, DAY), FULL)] == []


def test_a_violation_names_grade_and_subject() -> None:
    plan = plan_on(HANGZHOU, DAY)
    sentences = [violation_sentence(one) for one in violations(plan, FULL | {(5, "music"): 0, (5, "art"): 0})]
    assert any("五年级" in one and "艺术" in one for one in sentences)
    sentences = [violation_sentence(one) for one in violations(plan, FULL | {(2, "pe"): 3, (2, "local"): 2})]
    assert [one for one in sentences if "体育" in one and "二年级" in one and "4" in one]
    short = violations(plan, {key: count for key, count in FULL.items() if key[1] != "english"})
    assert {(one.code, one.grade) for one in short if one.area == "foreign_language"} == {
        *(("missing", grade) for grade in range(3, 10)),
        ("share_low", None),
    }


weeks = st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"])), st.integers(0, 9), max_size=6)


@given(weeks)
def test_shares_of_all_areas_are_the_whole(week: dict) -> None:
    areas = (Area("x", frozenset(["a"]), frozenset(), 0, 10_000), Area("y", frozenset(["b"]), frozenset(), 0, 10_000))
    plan = Plan("p", tuple(Grade(grade, 9, 30) for grade in (1, 2, 3)), areas)
    assert sum(periods_of(plan, area, week) for area in areas) == 30 * sum(week.values())
    assert not [one for one in violations(plan, week) if one.code.startswith("share")]


def test_plan_of_keeps_what_the_rows_say() -> None:
    row = CurriculumPlan.objects.get(code="zhejiang-2022")
    assert plan_of(row).area_of("pe").per_week == {1: 4, 2: 4, **dict.fromkeys(range(3, 10), 3)}
