"""Which day each lesson falls on, before its period is looked for.

Given the days, every day is a colouring of a bipartite graph of classes and teachers by periods, which exists whenever
nobody has more lessons than the day has periods (Koenig); what little else binds within a day is easy then.
"""

from collections import defaultdict
from collections.abc import Mapping

from ortools.sat.python import cp_model

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.local_model import WeekModel
from tongtang.timetable.solver.school_model import Pair, days_of
from tongtang.timetable.solver.stated import most_doubles

DayPlan = Mapping[tuple[Pair, int], int]


def plan_days(week: WeekModel, limits: Limits, slack: int) -> DayPlan | None:
    """How many lessons of each pair each day holds. A teacher keeps `slack` periods of each day free, where possible.

    Reads from an open week which slots there are; solves nothing within a day.
    """
    model = cp_model.CpModel()
    days = days_of(week.whole)
    count: dict[tuple[Pair, int], cp_model.IntVar] = {}
    ends = {(class_id, slot[0]): slot[1] for class_id, slot in week.terms.ends}
    room: dict[tuple[str, int], set[int]] = defaultdict(set)
    free: dict[tuple[str, int], set[int]] = defaultdict(set)
    for pair, at in week.places.items():
        row = week.rows[pair]
        fixed = week.terms.fixed.get(pair, frozenset())
        stated = dict[int, int]()
        for day in days:
            periods = {slot[1] for slot in at if slot[0] == day}
            room[row.class_id, day] |= {one for one in periods if one <= ends.get((row.class_id, day), one)}
            free[row.teacher_id, day] |= periods
            held = sum(slot[0] == day for slot in fixed)
            stated[day] = min(len(periods), max(row.most_a_day, held))
            count[pair, day] = model.new_int_var(min(held, stated[day]), len(periods), "")
        model.add(sum(count[pair, day] for day in days) == row.lessons)
        _most_a_day(model, {day: count[pair, day] for day in days}, stated, row.lessons)
        _doubles(model, week, pair, count)
    for (class_id, day), periods in room.items():
        held_there = [one for (pair, other), one in count.items() if pair[0] == class_id and other == day]
        if (class_id, day) in ends:
            model.add(sum(held_there) == len(periods))
        else:
            model.add(sum(held_there) <= len(periods))
    load: dict[tuple[str, int], list[cp_model.IntVar]] = defaultdict(list)
    for (pair, day), one in count.items():
        load[week.rows[pair].teacher_id, day].append(one)
    for key, taught in load.items():
        owed = sum(row.lessons for row in week.rows.values() if row.teacher_id == key[0])
        fair = -(-owed // len(days))
        model.add(sum(taught) <= max(min(len(free[key]), fair), len(free[key]) - slack))
    outcome = cpsat.solve(model, limits)
    return {key: outcome.value(one) for key, one in count.items()} if outcome.solved else None


def _most_a_day(
    model: cp_model.CpModel, count: Mapping[int, cp_model.IntVar], stated: Mapping[int, int], lessons: int
) -> None:
    """No more a day than is stated, but for the lessons that this leaves no day at all."""
    surplus = max(0, lessons - sum(stated.values()))
    over = {day: model.new_int_var(0, surplus, "") for day in count}
    model.add(sum(over.values()) == surplus)
    for day, one in count.items():
        model.add(one <= stated[day] + over[day])


def _doubles(
    model: cp_model.CpModel, week: WeekModel, pair: Pair, count: Mapping[tuple[Pair, int], cp_model.IntVar]
) -> None:
    row = week.rows[pair]
    wanted = min(row.doubles, row.lessons // 2, most_doubles(week.whole, week.places[pair]))
    if not wanted:
        return
    held = []
    for day in days_of(week.whole):
        double = model.new_bool_var("")
        model.add(count[pair, day] >= 2).only_enforce_if(double)
        held.append(double)
    model.add(sum(held) >= min(wanted, len(held)))
