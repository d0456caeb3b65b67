"""Counts that no plan can meet: arithmetic proofs that a county has no complete plan, in milliseconds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from ortools.sat.python import cp_model

from tongtang.timetable.solver.cpsat import Limits, Status, solve
from tongtang.timetable.solver.demand import Block, bands_of, receivers_at_once
from tongtang.timetable.solver.problem import Mask, Problem, bits

SECONDS, EFFORT = 5, 2.0


class Kind(StrEnum):
    """What is short. The facts of each: what is `needed` and what there `is`, in lessons a week.

    The last two are proven by a search in a part of the county (`explain.county_week`), the others by counting.
    """

    NO_PLACE = "no_place"
    NO_TEACHER = "no_teacher"
    CLASS_DAYS = "class_days"
    CLASS_PERIODS = "class_periods"
    SCHOOL_ROOMS = "school_rooms"
    STUDIOS = "studios"
    SUBJECT_SUPPLY = "subject_supply"
    TEACHERS_TOGETHER = "teachers_together"
    SCHOOL_WEEK = "school_week"
    SUBJECT_WEEK = "subject_week"


@dataclass(frozen=True, slots=True)
class Shortage:
    """`entity` is the id of the class, school or subject that is short; empty where the whole county is."""

    kind: Kind
    entity: str
    facts: Mapping[str, str | int]


def shortages(problem: Problem) -> list[Shortage]:
    """Every count that cannot be met; none proves nothing. `problem` holds all starts that could matter."""
    found = [
        Shortage(Kind.NO_PLACE, owed.class_id, {"subject": owed.subject, "needed": owed.lessons_per_week, "is": 0})
        for owed in problem.demand.hopeless
    ]
    found += [*_class_days(problem), *_class_periods(problem), *_school_rooms(problem), *_studios(problem)]
    supply = list(_subject_supply(problem))
    found += supply or _teachers_together(problem)
    return found


def most_lessons(problem: Problem, free: Mask) -> int:
    """How many lessons one teacher or studio can hold at most in the free slots: earliest first, day by day."""
    count = 0
    while free:
        slot = next(bits(free))
        count += 1
        free &= ~problem.busy[slot]
    return count


def _class_days(problem: Problem) -> Iterator[Shortage]:
    taught: dict[str, Mask] = defaultdict(int)
    for subject, teachers in problem.teachers_of.items():
        for teacher in teachers:
            taught[subject] |= problem.teacher_free[teacher]
    for place, need in enumerate(problem.demand.needs):
        teachers = problem.teachers_of[need.subject]
        a_week = sum(
            min(problem.per_day, count)
            for count in _periods(problem, place, problem.need_free[place] & taught[need.subject])
        )
        lessons = need.every * a_week
        owed = problem.lessons(place)
        if lessons < owed:
            kind = Kind.CLASS_DAYS if teachers else Kind.NO_TEACHER
            yield Shortage(kind, need.class_id, {"subject": need.subject, "needed": owed, "is": lessons})


def _periods(problem: Problem, need: int, mask: Mask) -> list[int]:
    """How many periods of the class the slots take on each weekday."""
    by_day = problem.bell(problem.class_of[need].school_id).by_day
    return [sum(1 for slots in periods if slots & mask) for periods in by_day]


def _a_week(problem: Problem, needs: Sequence[int]) -> int:
    """Lessons of the needs in their fullest week at least: the average of all weeks, rounded up."""
    return ceil(sum(Fraction(problem.lessons(place), problem.demand.needs[place].every) for place in needs))


def _broadcasts_a_week(blocks: Sequence[Block]) -> int:
    """Broadcasts of the blocks in their fullest week at least."""
    return ceil(sum(Fraction(block.lessons * block.fewest, block.every) for block in blocks))


def _class_periods(problem: Problem) -> Iterator[Shortage]:
    owed: dict[str, list[int]] = defaultdict(list)
    for place, need in enumerate(problem.demand.needs):
        owed[need.class_id].append(place)
    for class_id, needs in owed.items():
        needed = _a_week(problem, needs)
        there = sum(_periods(problem, needs[0], _free_for_any(problem, needs)))
        if needed > there:
            yield Shortage(Kind.CLASS_PERIODS, class_id, {"needed": needed, "is": there})


def _free_for_any(problem: Problem, needs: Sequence[int]) -> Mask:
    """The slots that one of a class's needs may take."""
    mask = 0
    for place in needs:
        mask |= problem.need_free[place]
    return mask


def _school_rooms(problem: Problem) -> Iterator[Shortage]:
    needs: dict[str, list[int]] = defaultdict(list)
    for place, school_class in enumerate(problem.class_of):
        needs[school_class.school_id].append(place)
    for school_id, mine in needs.items():
        lessons = _a_week(problem, mine)
        periods = problem.bell(school_id).periods
        there: dict[tuple[int, int | None], set[str]] = defaultdict(set)
        for place in mine:
            for slot in bits(problem.need_free[place]):
                there[problem.slots[slot][0], periods[slot]].add(problem.class_of[place].class_id)
        rooms = receivers_at_once(problem.county, school_id)
        places = sum(min(rooms, len(each)) for each in there.values())
        if lessons > places:
            facts: dict[str, str | int] = {"needed": lessons, "is": places, "rooms": rooms}
            if rooms < problem.county.schools[school_id].receiving_rooms:
                facts["facilitators"] = rooms
            yield Shortage(Kind.SCHOOL_ROOMS, school_id, facts)


def _studios(problem: Problem) -> Iterator[Shortage]:
    studios = len(problem.county.studios)
    there = studios * most_lessons(problem, problem.everything)
    needed = problem.demand.bound
    if problem.weeks > 1:
        needed = _broadcasts_a_week(problem.demand.blocks) if not _may_choose(problem) else 0
    if needed > there:
        yield Shortage(Kind.STUDIOS, "", {"needed": needed, "is": there, "studios": studios})


def _may_choose(problem: Problem) -> bool:
    """Whether a class may be in several grade bands: then the blocks' own counts prove nothing together."""
    limits = problem.county.rules.limits
    return any(len(bands_of(each, limits)) > 1 for each in problem.class_of)


def _subject_supply(problem: Problem) -> Iterator[Shortage]:
    """Groups stay with a teacher: a cap of 14 holds four groups of three lessons."""
    blocks: dict[str, list[Block]] = defaultdict(list)
    for block in problem.demand.blocks:
        blocks[block.subject].append(block)
    for subject, mine in blocks.items():
        teachers = problem.teachers_of[subject]
        needed = _broadcasts_a_week(mine)
        there = sum(_capacity(problem, teacher, mine) for teacher in teachers)
        if teachers and needed > there:
            yield Shortage(Kind.SUBJECT_SUPPLY, subject, {"needed": needed, "is": there, "teachers": len(teachers)})


def _lessons_of(problem: Problem, teacher: str) -> int:
    return min(problem.county.teachers[teacher].weekly_cap, most_lessons(problem, problem.teacher_free[teacher]))


def _capacity(problem: Problem, teacher: str, blocks: list[Block]) -> int:
    """The most lessons that whole groups of these blocks can fill of the teacher's week."""
    most = _lessons_of(problem, teacher)
    if any(block.every > 1 for block in blocks):
        return most
    reached = {0}
    for total in range(1, most + 1):
        if any(total - block.lessons in reached for block in blocks):
            reached.add(total)
    return max(reached)


def _teachers_together(problem: Problem) -> list[Shortage]:
    """Teachers of several subjects may suffice for each and not for all."""
    model = cp_model.CpModel()
    loads: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
    for block in problem.demand.blocks:
        counts = []
        for teacher in problem.teachers_of[block.subject]:
            counts.append(model.new_int_var(0, block.fewest, ""))
            loads[teacher].append(problem.weeks // block.every * block.lessons * counts[-1])
        model.add(sum(counts) >= block.fewest)
    for teacher, several in loads.items():
        model.add(sum(several) <= problem.weeks * _lessons_of(problem, teacher))
    if solve(model, Limits(SECONDS, EFFORT)).status != Status.INFEASIBLE:
        return []
    there = sum(_lessons_of(problem, teacher) for teacher in loads)
    needed = _broadcasts_a_week(problem.demand.blocks)
    return [Shortage(Kind.TEACHERS_TOGETHER, "", {"needed": needed, "is": there})]
