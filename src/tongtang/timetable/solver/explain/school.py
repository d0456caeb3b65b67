"""A whole school without a week: what could give way, and what the search for reasons has to know of it."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.explain.cause import Cause, Changes, Kind, Row
from tongtang.timetable.solver.explain.county_causes import NEW_TEACHER, block_row, hour_row, minutes_away
from tongtang.timetable.solver.explain.engine import Ground, Patience, Trial
from tongtang.timetable.solver.explain.reason import Change, Reason, clock
from tongtang.timetable.solver.explain.school_week import keeps, proofs_again, proofs_of, week_of
from tongtang.timetable.solver.explain.together import reasons
from tongtang.timetable.solver.fit import overlaps
from tongtang.timetable.solver.local_doubts import Doubt
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.model import Period, Teacher
from tongtang.timetable.solver.school_model import LocalLesson, LocalRequirement, WholeSchool, days_of, slots_of

WORK = 8.0
"""The most work of one explanation in CP-SAT's own measure, about seconds of a processor."""
MOST_PERIODS, MOST_CAP, MOST_OTHERS = 3, 40, 8
PAUSE = 10
"""Minutes before a period that is added."""
Week = tuple[LocalLesson, ...]
Relief = tuple[WholeSchool, Changes]


def explain_school(whole: WholeSchool, seconds: float, part: float = 1.0) -> tuple[Reason, ...]:
    """Why the school has no week that keeps the hard rules; empty where one was found.

    The work is counted (`part` of the usual), so that the same school has the same reasons on every machine; `seconds`
    are the guard beyond it, noted in the reasons where it ended the search.
    """
    budget = Budget(WORK * part, time.monotonic() + seconds)
    proofs = proofs_of(whole, budget)
    if not proofs and week_of(whole, Patience.LONG, budget) is not None:
        return ()
    return reasons(Trial(SCHOOL, whole, proofs, budget), () if proofs else _whatever_binds(whole))


def _whatever_binds(whole: WholeSchool) -> list[Cause]:
    """Where no proof says which: everybody's absence, what classes have given away, the bell."""
    found = [Cause(Kind.TEACHER_AWAY, one.teacher_id) for one in whole.teachers.values() if one.unavailable]
    for kind in (Kind.CLASS_BLOCKED, Kind.CLASS_TAKEN):
        found += [cause for one in whole.classes if rows_of(whole, cause := Cause(kind, one))]
    return [*found, Cause(Kind.SCHOOL_BELL, whole.school_id)]


def _ladder(whole: WholeSchool, cause: Cause) -> Iterator[Relief]:
    return _LADDERS[cause.kind](whole, cause)


def _all_rows(whole: WholeSchool, cause: Cause) -> Iterator[Relief]:
    yield without_rows(whole, cause, rows_of(whole, cause))


def rows_of(whole: WholeSchool, cause: Cause) -> Collection[Row]:
    """All rows of the cause."""
    if cause.kind is Kind.TEACHER_AWAY:
        return whole.teachers[cause.entity].unavailable
    if cause.kind is Kind.CLASS_BLOCKED:
        return whole.classes[cause.entity].blocked
    return frozenset(slot for class_id, slot in whole.taken if class_id == cause.entity)


def without_rows(whole: WholeSchool, cause: Cause, rows: Collection[Row]) -> Relief:
    """The school without these rows of the cause."""
    if cause.kind is Kind.TEACHER_AWAY:
        teacher = whole.teachers[cause.entity]
        gone = [away for away in teacher.unavailable if away in rows]
        kept = tuple(away for away in teacher.unavailable if away not in rows)
        changes = tuple(hour_row(cause.entity, away.weekday, away.start, away.end) for away in gone)
        return _with_teacher(whole, replace(teacher, unavailable=kept)), changes
    if cause.kind is Kind.CLASS_BLOCKED:
        mine = whole.classes[cause.entity]
        slots = sorted(slot for slot in mine.blocked if slot in rows)
        changed = replace(mine, blocked=mine.blocked - set(slots))
        changes = tuple(block_row(cause.entity, *slot) for slot in slots)
        return replace(whole, classes={**whole.classes, cause.entity: changed}), changes
    freed = sorted((one, slot) for one, slot in whole.taken if one == cause.entity and slot in rows)
    changes = tuple(
        Change(
            "recorded_lessons.csv" if (one, (day, period)) in whole.watched else "broadcasts.csv",
            {"class_id": one, "weekday": str(day), "period": str(period)},
            before="row",
        )
        for one, (day, period) in sorted(freed, key=lambda each: each in whole.watched)
    )
    return replace(whole, taken=whole.taken - set(freed)), changes


def rows_in_the_way(whole: WholeSchool, cause: Cause, week: Week) -> list[Row]:
    """The rows of the cause that the week does not keep."""
    if cause.kind is Kind.TEACHER_AWAY:
        clocks = {period.number: (period.start, period.end) for period in whole.bell.periods}
        mine = [(one.weekday, clocks[one.period]) for one in week if one.teacher_id == cause.entity]
        return [
            away
            for away in whole.teachers[cause.entity].unavailable
            if any(day == away.weekday and overlaps(span, (away.start, away.end)) for day, span in mine)
        ]
    held = {one.slot for one in week if one.class_id == cause.entity}
    return [*sorted(held & {row for row in rows_of(whole, cause) if isinstance(row, tuple)})]


def _with_teacher(whole: WholeSchool, teacher: Teacher) -> WholeSchool:
    return replace(whole, teachers={**whole.teachers, teacher.teacher_id: teacher})


def _cap(whole: WholeSchool, cause: Cause) -> Iterator[Relief]:
    teacher = whole.teachers[cause.entity]
    for cap in range(teacher.weekly_cap + 1, max(MOST_CAP, _load(whole)[cause.entity]) + 1):
        change = Change("teachers.csv", {"teacher_id": cause.entity}, "weekly_cap", str(teacher.weekly_cap), str(cap))
        yield _with_teacher(whole, replace(teacher, weekly_cap=cap)), (change,)


def _load(whole: WholeSchool) -> Counter[str]:
    load = Counter[str]()
    for row in whole.requirements:
        load[row.teacher_id] += row.lessons
    return load


def _periods(whole: WholeSchool, _cause: Cause) -> Iterator[Relief]:
    """More periods a day, after the last one and as long."""
    bell, changes = whole.bell, list[Change]()
    for _more in range(MOST_PERIODS):
        last = max(bell.periods, key=lambda period: period.start)
        start = last.end + PAUSE
        added = Period(max(one.number for one in bell.periods) + 1, start, start + last.end - last.start)
        if added.end > 24 * 60:
            return
        bell = replace(bell, periods=(*bell.periods, added))
        row = {"bell_id": bell.bell_id, "period": str(added.number), "start": clock(start), "end": clock(added.end)}
        changes.append(Change("bells.csv", row, after="row"))
        yield replace(whole, bell=bell), tuple(changes)


def _owed(whole: WholeSchool, cause: Cause) -> Iterator[Relief]:
    place, row = next(
        (place, row) for place, row in enumerate(whole.requirements) if row.pair == (cause.entity, cause.subject)
    )
    before, after = whole.requirements[:place], whole.requirements[place + 1 :]
    key = {"class_id": cause.entity, "subject": cause.subject}
    for number in range(row.lessons - 1, 0, -1):
        change = Change("local_requirements.csv", key, "lessons_per_week", str(row.lessons), str(number))
        yield replace(whole, requirements=(*before, replace(row, lessons=number), *after)), (change,)
    gone = Change("local_requirements.csv", {**key, "lessons_per_week": str(row.lessons)}, before="row")
    yield replace(whole, requirements=(*before, *after)), (gone,)


def _others(whole: WholeSchool, cause: Cause) -> Iterator[Relief]:
    """Classes of the teacher given to somebody else: one row, or as many as it takes; at last to a new teacher."""
    rows = sorted((row for row in whole.requirements if row.teacher_id == cause.entity), key=lambda row: row.lessons)
    for row in rows[:MOST_OTHERS]:
        for other in _able(whole, row):
            yield _given(whole, [(row, other)])
    for count in range(2, len(rows) + 1):
        moved, now = list[tuple[LocalRequirement, str]](), whole
        for row in rows[:count]:
            able = _able(now, row)
            if not able:
                break
            moved.append((row, able[0]))
            now = _given(whole, moved)[0]
        if len(moved) == count:
            yield _given(whole, moved)
    for count in range(1, len(rows) + 1):
        name, subjects = f"{NEW_TEACHER}-{cause.entity}", sorted({row.subject for row in rows[:count]})
        cap = max(sum(row.lessons for row in rows[:count]), 1)
        columns = {"teacher_id": name, "name": name, "school_id": whole.school_id, "subjects": ";".join(subjects)}
        added = Change("teachers.csv", {**columns, "weekly_cap": str(cap)}, after="row")
        larger = _with_teacher(whole, Teacher(name, frozenset(subjects), cap))
        given, changes = _given(larger, [(row, name) for row in rows[:count]])
        yield given, (added, *changes)


def _able(whole: WholeSchool, row: LocalRequirement) -> list[str]:
    """Other teachers of the subject with room for the row, the idlest first."""
    load = _load(whole)
    able = [
        one
        for one in whole.teachers.values()
        if row.subject in one.subjects
        and one.teacher_id != row.teacher_id
        and load[one.teacher_id] + row.lessons <= one.weekly_cap
    ]
    ordered = sorted(able, key=lambda one: (load[one.teacher_id] - one.weekly_cap, one.teacher_id))
    return [one.teacher_id for one in ordered]


def _given(whole: WholeSchool, moved: Sequence[tuple[LocalRequirement, str]]) -> Relief:
    to = {row.pair: teacher_id for row, teacher_id in moved}
    rows = tuple(replace(row, teacher_id=to.get(row.pair, row.teacher_id)) for row in whole.requirements)
    changes = tuple(
        Change(
            "local_requirements.csv",
            {"class_id": row.class_id, "subject": row.subject},
            "teacher_id",
            row.teacher_id,
            teacher_id,
        )
        for row, teacher_id in moved
    )
    return replace(whole, requirements=rows), changes


_LADDERS: Mapping[Kind, Callable[[WholeSchool, Cause], Iterator[Relief]]] = {
    Kind.TEACHER_AWAY: _all_rows,
    Kind.CLASS_BLOCKED: _all_rows,
    Kind.CLASS_TAKEN: _all_rows,
    Kind.TEACHER_CAP: _cap,
    Kind.SCHOOL_BELL: _periods,
    Kind.OWED: _owed,
    Kind.OTHER_TEACHER: _others,
}


def unusual(whole: WholeSchool, cause: Cause) -> float:
    """How many times as tight the cause is as with its peers; 1 where it has none or is like them."""
    match cause.kind:
        case Kind.TEACHER_CAP:
            caps = [one.weekly_cap for one in whole.teachers.values()]
            return median(caps) / max(whole.teachers[cause.entity].weekly_cap, 0.5)
        case Kind.TEACHER_AWAY:
            hours = [minutes_away(one) for one in whole.teachers.values()]
            return minutes_away(whole.teachers[cause.entity]) / max(median(hours), 60)
        case Kind.CLASS_BLOCKED | Kind.CLASS_TAKEN:
            numbers = [len(rows_of(whole, replace(cause, entity=one))) for one in whole.classes]
            return len(rows_of(whole, cause)) / max(median(numbers), 2)
        case Kind.OWED:
            mine = {row.class_id: row.lessons for row in whole.requirements if row.subject == cause.subject}
            return mine[cause.entity] / median(mine.values())
    return 1.0


def suspects(whole: WholeSchool, proof: Doubt) -> list[Cause]:
    """Everything that the proof counts on."""
    names = proof.facts.get("teacher_ids", ()) if proof.code.endswith("_week") else ()
    teachers = {str(one) for one in names} if isinstance(names, tuple) else set[str]()
    classes = set[str]()
    if proof.code in ("teacher_cap", "teacher_hours"):
        teachers.add(proof.entity)
    elif proof.code == "class_hours":
        classes.add(proof.entity)
    elif isinstance(ids := proof.facts.get("class_ids", ()), tuple):
        classes |= {str(one) for one in ids}
    if proof.code == "class_week":
        rows = [row for row in whole.requirements if row.class_id == proof.entity]
    else:
        rows = [row for row in whole.requirements if row.teacher_id in teachers or proof.entity == row.class_id]
    found = [cause for one in sorted(teachers) for cause in _teacher(whole, one, proof.code)]
    found += [cause for one in sorted(classes) for cause in _class(whole, one)]
    found += [Cause(Kind.OWED, row.class_id, row.subject) for row in rows]
    short = proof.code == "class_hours" and _owed_by(whole, proof.entity) > len(slots_of(whole))
    return [*found, Cause(Kind.SCHOOL_BELL, whole.school_id)] if short else found


def _owed_by(whole: WholeSchool, class_id: str) -> int:
    return sum(row.lessons for row in whole.requirements if row.class_id == class_id)


def _teacher(whole: WholeSchool, teacher_id: str, code: str) -> Iterator[Cause]:
    if code == "teacher_cap":
        yield Cause(Kind.TEACHER_CAP, teacher_id)
    elif whole.teachers[teacher_id].unavailable:
        yield Cause(Kind.TEACHER_AWAY, teacher_id)
    yield Cause(Kind.OTHER_TEACHER, teacher_id)


def _class(whole: WholeSchool, class_id: str) -> Iterator[Cause]:
    for kind in (Kind.CLASS_BLOCKED, Kind.CLASS_TAKEN):
        if rows_of(whole, Cause(kind, class_id)):
            yield Cause(kind, class_id)


def _name(proof: Doubt) -> tuple[str, str]:
    return proof.code, proof.entity


def _reason(whole: WholeSchool, proofs: Sequence[Doubt], cause: Cause, changes: Changes) -> Reason:
    proof, facts = (proofs[0].code, proofs[0].facts) if proofs else ("searched", dict[str, Fact]())
    return Reason(cause.entity, proof, facts, str(cause.kind), facts_of(whole, cause), changes, verified=True)


def facts_of(whole: WholeSchool, cause: Cause) -> dict[str, Fact]:
    """What the cause is now, in numbers."""
    match cause.kind:
        case Kind.TEACHER_AWAY | Kind.TEACHER_CAP | Kind.OTHER_TEACHER:
            teacher = whole.teachers[cause.entity]
            slots = len(days_of(whole)) * len(whole.bell.periods)
            away = sum(
                any(
                    overlaps((one.start, one.end), (out.start, out.end))
                    for out in teacher.unavailable
                    if out.weekday == day
                )
                for day in days_of(whole)
                for one in whole.bell.periods
            )
            return {"teacher_id": cause.entity, "hours": len(teacher.unavailable), "is": slots - away,
                    "cap": teacher.weekly_cap, "count": _load(whole)[cause.entity],
                    "subjects": tuple(sorted(teacher.subjects))}  # fmt: skip
        case Kind.CLASS_BLOCKED | Kind.CLASS_TAKEN:
            count = len(rows_of(whole, cause))
            return {"class_id": cause.entity, "count": count, "of": len(days_of(whole)) * len(whole.bell.periods)}
        case Kind.OWED:
            owed = next(row.lessons for row in whole.requirements if row.pair == (cause.entity, cause.subject))
            return {"class_id": cause.entity, "subject": cause.subject, "count": owed}
    periods = len(whole.bell.periods)
    return {"school_id": whole.school_id, "bell_id": whole.bell.bell_id, "periods": periods}


SCHOOL: Ground[WholeSchool, Week, Doubt] = Ground(
    _ladder, without_rows, rows_in_the_way, unusual, suspects, proofs_again, week_of, keeps, _name, _reason
)
