"""Proofs that a school has no week: by counting, then of one teacher or one class alone, then of as few as possible."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.explain.engine import Patience
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, doubts_of
from tongtang.timetable.solver.local_model import Terms, close_week, open_week
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.school_model import LocalLesson, LocalRequirement, WholeSchool, given_away, slots_of

PART_WORK = 1.0
"""The most work of one proof, in CP-SAT's own measure."""
WEEK_WORK = {Patience.GLANCE: 0.7, Patience.LONG: 2.0}
USUAL_CLASSES = 18
"""A larger school has more work in proportion for one week."""
EASY, PART_EASY = 0.2, 0.02
"""What a search that came to an end is taken to have spent: so much of the limit of a week, so much for a part."""
TEACHER_WEEK, CLASS_WEEK, CORE_WEEK = "teacher_week", "class_week", "core_week"
Rows = Sequence[LocalRequirement]


def proofs_of(whole: WholeSchool, budget: Budget) -> list[Doubt]:
    """Every count that cannot be met; where all can, who alone has no week; where all have, the fewest who have none.

    Empty where a week was found, or where the work for a part ended before its proof.
    """
    whole = replace(whole, base=())
    found = list(doubts_of(whole, {})) or [*_parts(whole, budget)]
    return found or _core(whole, budget)


def proofs_again(whole: WholeSchool, known: Sequence[Doubt], budget: Budget) -> list[Doubt]:
    """By counting; where the counts can be met, those of the known proofs that still hold."""
    whole = replace(whole, base=())
    return list(doubts_of(whole, {})) or [one for one in known if _holds(whole, one, budget)]


def week_of(whole: WholeSchool, patience: Patience, budget: Budget) -> tuple[LocalLesson, ...] | None:
    """A week that keeps the hard rules, passed by the checker; None if none was found within the work."""
    whole = replace(whole, base=())
    week = open_week(whole, Terms())
    close_week(week)
    work = WEEK_WORK[patience] * max(1.0, len(whole.classes) / USUAL_CLASSES)
    outcome = cpsat.solve(week.model, Limits(budget.seconds, work, linear=0))
    budget.spend(work if outcome.status is Status.UNKNOWN else EASY * work)
    if not outcome.solved:
        return None
    lessons = week.lessons(outcome)
    return lessons if keeps(whole, lessons) else None


def keeps(whole: WholeSchool, lessons: Sequence[LocalLesson]) -> bool:
    """Whether the week breaks no hard rule of the school."""
    return not examine(whole, lessons).breaches


def _parts(whole: WholeSchool, budget: Budget) -> Iterator[Doubt]:
    by_teacher: dict[str, list[LocalRequirement]] = defaultdict(list)
    by_class: dict[str, list[LocalRequirement]] = defaultdict(list)
    for row in whole.requirements:
        by_teacher[row.teacher_id].append(row)
        by_class[row.class_id].append(row)
    for teacher_id, rows in by_teacher.items():
        if _impossible(whole, rows, budget):
            yield Doubt(TEACHER_WEEK, teacher_id, {"teacher_id": teacher_id, **_amounts(whole, rows)})
    for class_id, rows in by_class.items():
        if _impossible(whole, rows, budget):
            yield Doubt(CLASS_WEEK, class_id, {"class_id": class_id, **_amounts(whole, rows)})


def _amounts(whole: WholeSchool, rows: Rows) -> dict[str, Fact]:
    """What the rows need, and in how many slots one of them could be."""
    gone = given_away(whole)
    classes = {row.class_id for row in rows}
    slots = [slot for slot in slots_of(whole) if any((one, slot) not in gone for one in classes)]
    return {
        "needed": sum(row.lessons for row in rows),
        "is": len(slots),
        "class_ids": tuple(sorted(classes)),
        "teacher_ids": tuple(sorted({row.teacher_id for row in rows})),
    }


def _holds(whole: WholeSchool, known: Doubt, budget: Budget) -> bool:
    """Whether the part that a proof was about is still impossible."""
    if known.code == TEACHER_WEEK:
        return _impossible(whole, [row for row in whole.requirements if row.teacher_id == known.entity], budget)
    if known.code == CLASS_WEEK:
        return _impossible(whole, [row for row in whole.requirements if row.class_id == known.entity], budget)
    if known.code == CORE_WEEK:
        return _impossible(whole, _of_teachers(whole, _names(known.facts["teacher_ids"])), budget)
    return False


def _names(fact: Fact) -> Collection[str]:
    return [str(one) for one in fact] if isinstance(fact, tuple) else [str(fact)]


def _of_teachers(whole: WholeSchool, teacher_ids: Collection[str]) -> list[LocalRequirement]:
    return [row for row in whole.requirements if row.teacher_id in teacher_ids]


def _impossible(whole: WholeSchool, rows: Rows, budget: Budget) -> bool:
    """Whether it is proven that the rows have no week; False where the work ended before."""
    if not rows or budget.is_over:
        return False
    week = open_week(replace(whole, requirements=tuple(rows)), Terms())
    close_week(week)
    outcome = cpsat.solve(week.model, Limits(budget.seconds, PART_WORK, linear=0))
    budget.spend(PART_WORK if outcome.status is Status.UNKNOWN else PART_EASY)
    return outcome.status is Status.INFEASIBLE


def _core(whole: WholeSchool, budget: Budget) -> list[Doubt]:
    """The fewest teachers whose lessons together are impossible: none of them can be left out."""
    teachers = sorted({row.teacher_id for row in whole.requirements})
    if not _impossible(whole, whole.requirements, budget):
        return []
    core = _fewest(whole, [], [], teachers, budget)
    rows = _of_teachers(whole, core)
    load = {one: sum(row.lessons for row in rows if row.teacher_id == one) for one in core}
    first = max(core, key=lambda one: (load[one], one))
    return [Doubt(CORE_WEEK, first, {"teacher_id": first, **_amounts(whole, rows)})]


def _fewest(whole: WholeSchool, kept: list[str], added: list[str], left: list[str], budget: Budget) -> list[str]:
    """Junker's QuickXplain (AAAI 2004): the members of `left` that are needed beside `kept` to make it impossible."""
    if added and _impossible(whole, _of_teachers(whole, kept), budget):
        return []
    if len(left) == 1:
        return left
    half = len(left) // 2
    first, second = left[:half], left[half:]
    right = _fewest(whole, kept + first, first, second, budget)
    return _fewest(whole, kept + right, right, first, budget) + right
