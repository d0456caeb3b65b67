"""Stated wishes that no week keeps: counted at their price, and told with what would have to be stated instead."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.explain.school import explain_school
from tongtang.timetable.solver.explain.wishes import explain_wishes
from tongtang.timetable.solver.local import solve_school
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_model import Free, Terms, close_week, open_week
from tongtang.timetable.solver.local_soft import free_prices, late_meetings, stated_prices
from tongtang.timetable.solver.model import Unavailability
from tongtang.timetable.solver.stated import first_periods, lessons_beyond, most_doubles
from tongtang.timetable.tests.small_school import requirement, school, with_class, with_teacher

LIMITS = Limits(20.0, 20.0)


def told(whole):
    """What a solved school's week says: its penalty, and code and changes of each wish."""
    week = solve_school(whole, LIMITS)
    found = [(each.proof, each.entity, [(c.column, c.after) for c in each.changes]) for each in
             explain_wishes(whole, week.lessons)]  # fmt: skip
    return week.penalty, week.bound, found


def test_more_lessons_than_days():
    whole = school(requirement("a", "maths", 7, "t"), requirement("a", "art", 5, "u"))
    assert told(whole) == (200, 200, [("most_a_day", "a", [("max_per_day", "2")])])


def test_a_double_where_no_two_periods_touch():
    whole = school(requirement("a", "maths", 2, "t", doubles=1, earliest=1, latest=1), requirement("a", "art", 4, "u"))
    penalty, bound, found = told(whole)
    assert (penalty, bound) == (100, 100)
    assert found == [("doubles", "a", [("double", "0")])]


def test_stated_periods_too_few():
    whole = school(requirement("a", "maths", 4, "t", latest=1), requirement("a", "art", 5, "u"))
    whole = with_class(whole, "a", blocked=frozenset({(1, 1), (2, 1), (3, 1)}))
    penalty, bound, found = told(whole)
    assert (penalty, bound) == (200, 200)
    assert [each[:2] for each in found] == [("window", "a")]


def test_a_class_that_owes_more_than_its_stated_periods_hold():
    """22 lessons for 20 periods, of which the last is stated for none but maths: no other class pays for it."""
    rows = [requirement("a", one, 5, one[0], latest=3) for one in ("chinese", "art", "pe")]
    rows += [
        requirement("a", "maths", 3, "m", latest=3),
        requirement("b", "maths", 5, "n"),
        requirement("b", "it", 5, "i"),
    ]
    whole = school(*rows)
    assert lessons_beyond(whole, {}) == {"a": 3}
    week = solve_school(whole, LIMITS)
    assert (week.status, week.penalty, week.bound) == ("optimal", 300, 300)
    assert examine(whole, week.lessons).soft["latest_period"] == 3
    reasons = [each for each in explain_wishes(whole, week.lessons) if each.proof == "class_window"]
    assert [(each.entity, each.proof_facts["count"], each.proof_facts["limit"]) for each in reasons] == [("a", 18, 15)]
    assert len([each for reason in reasons for each in reason.changes]) >= 1


def test_a_double_of_pe_may_begin_in_the_first_period():
    """The only double that the bell allows within what is stated: at the price of one, not of a double given up."""
    whole = school(requirement("a", "pe", 4, "p", doubles=1, earliest=1, latest=2), requirement("a", "art", 5, "u"))
    assert first_periods(whole, whole.requirements[0]) == 1
    week = solve_school(whole, LIMITS)
    assert (week.status, week.penalty, week.bound) == ("optimal", 1, 1)


def test_a_week_that_keeps_everything_says_nothing():
    assert told(school(requirement("a", "maths", 5, "t"), requirement("a", "art", 5, "u"))) == (0, 0, [])


def test_double_periods_are_counted_without_lunch():
    whole = school(requirement("a", "maths", 2, "t"))
    assert most_doubles(whole, [(1, 1), (1, 2), (1, 3), (1, 4)]) == 2
    assert most_doubles(whole, [(1, 2), (1, 3), (2, 1)]) == 0
    assert lessons_beyond(whole, {}) == {}


def test_teachers_of_one_class_who_are_there_at_the_same_time_only():
    """Each alone has room, both together have not: three slots for four lessons."""
    whole = school(requirement("a", "maths", 2, "t"), requirement("a", "art", 2, "u"), requirement("b", "art", 1, "v"))
    away = (*(Unavailability(day, 0, 1440) for day in (1, 2, 3, 4)), Unavailability(5, 0, 580))
    for teacher in ("t", "u"):
        whole = with_teacher(whole, teacher, unavailable=away)
    reasons = explain_school(whole, 10)
    assert reasons[0].proof == "class_week"
    assert {each.entity for each in reasons} >= {"t", "u"}
    assert all(each.verified and not each.together for each in reasons)


ROWS = st.lists(
    st.tuples(st.integers(1, 7), st.integers(1, 2), st.integers(0, 2), st.integers(1, 3), st.integers(0, 3)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@example([(1, 1, 0, 1, 0), (1, 1, 0, 1, 0), (2, 1, 1, 1, 1)], set())
@given(ROWS, st.sets(st.tuples(st.integers(1, 5), st.integers(1, 4)), max_size=4))
def test_the_bound_is_never_above_the_least_penalty(rows, blocked):
    """Against the model in which everything has its price and nothing is bound."""
    wanted = [
        requirement("a", subject, lessons, f"t-{subject}", max_per_day=most, doubles=doubles, earliest=first,
                    latest=min(4, first + wide))
        for subject, (lessons, most, doubles, first, wide) in zip(("maths", "art", "pe"), rows, strict=False)
    ]  # fmt: skip
    whole = with_class(school(*wanted), "a", blocked=frozenset(blocked))
    week = solve_school(whole, LIMITS)
    model = open_week(whole, Terms(free=Free.ANY))
    close_week(model)
    prices = [*stated_prices(model), *free_prices(model), *late_meetings(model)]
    model.model.minimize(sum(weight * literal for weight, literal in prices))
    outcome = cpsat.solve(model.model, LIMITS)
    if not outcome.solved:
        assert week.penalty is None
        return
    least = examine(whole, model.lessons(outcome)).penalty
    assert outcome.status == "optimal"
    assert week.bound <= least <= week.penalty
    if week.status == "optimal":
        assert week.penalty == least
