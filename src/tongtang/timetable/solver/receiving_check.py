"""The checker's rules of lessons of every n-th week, of recorded and own lessons, and of facilitators."""

from collections.abc import Iterator

from tongtang.timetable.solver import facilitation
from tongtang.timetable.solver.checked_plan import (
    MOST_WEEKS,
    CheckedPlan,
    breach_about,
    breach_of,
    grouped,
    moment_of,
    own_period,
)
from tongtang.timetable.solver.fit import overlaps
from tongtang.timetable.solver.violation import Fact, Row, Rule, Violation


def cycles(plan: CheckedPlan) -> Iterator[Violation]:
    """A broadcast names a week of its cycle, and each class is owed the subject in this cycle."""
    for each in plan.broadcasts:
        if not 1 <= each.week <= each.every_weeks <= MOST_WEEKS:
            yield breach_of(Rule.WEEK_OUTSIDE_CYCLE, each, every_weeks=each.every_weeks, week=each.week)
    owed = {(each.class_id, each.subject): each.every_weeks for each in plan.county.requirements}
    for attendance in plan.attendances:
        class_id, broadcast = attendance.school_class.class_id, attendance.broadcast
        limit = owed.get((class_id, broadcast.subject), broadcast.every_weeks)
        if broadcast.every_weeks != limit:
            facts: dict[str, Fact] = {"class_id": class_id, "subject": broadcast.subject}
            yield breach_of(Rule.CYCLE_NOT_AS_OWED, broadcast, **facts, count=broadcast.every_weeks, limit=limit)


def recorded_lessons(plan: CheckedPlan) -> Iterator[Violation]:
    """They name a class and a period that there are, and are no more than may be watched recorded."""
    for each in plan.recorded:
        row = Row("recorded_lessons", each.class_id, each.line)
        facts: dict[str, Fact] = {"class_id": each.class_id, "weekday": each.weekday, "period": each.period}
        if each.class_id not in plan.county.classes:
            yield Violation(Rule.RECORDED_FOR_UNKNOWN_CLASS, (row,), {"class_id": each.class_id})
        elif not 1 <= each.weekday <= 7 or own_period(plan.county, each) is None:
            yield Violation(Rule.RECORDED_IN_NO_PERIOD, (row,), facts)
    for (class_id, subject), several in grouped(plan.recorded, lambda each: (each.class_id, each.subject)).items():
        limit = plan.county.recordable.get((class_id, subject), 0)
        if len(several) > limit:
            rows = tuple(Row("recorded_lessons", class_id, each.line) for each in several)
            facts = {"class_id": class_id, "subject": subject, "count": len(several), "limit": limit}
            yield Violation(Rule.RECORDED_TOO_OFTEN, rows, facts)


def own_lessons_of_classes(plan: CheckedPlan) -> Iterator[Violation]:
    """Where its own school teaches a class, it receives nothing but the same subject."""
    for each in plan.attendances:
        broadcast, class_id = each.broadcast, each.school_class.class_id
        own = plan.county.own_lessons.get((class_id, broadcast.weekday, each.period or 0))
        if own is not None and own[0] != broadcast.subject:
            facts: dict[str, Fact] = {"class_id": class_id, "weekday": broadcast.weekday, "start": broadcast.start}
            facts |= {"period": each.period or 0, "subject": own[0]}
            yield breach_of(Rule.CLASS_TAUGHT_BY_OWN_SCHOOL, broadcast, **facts)


def own_lessons_of_teachers(plan: CheckedPlan) -> Iterator[Violation]:
    """Nobody gives a broadcast while teaching a class of the own school."""
    county = plan.county
    own = grouped(county.own_lessons.items(), lambda each: (each[1][1], each[0][1]))
    for broadcast in plan.broadcasts:
        for (class_id, weekday, number), (subject, _) in own.get((broadcast.teacher_id, broadcast.weekday), ()):
            periods = county.bell_of(county.classes[class_id]).periods
            taught = [(one.start, one.end) for one in periods if one.number == number]
            if any(overlaps(plan.span(broadcast), span) for span in taught):
                facts: dict[str, Fact] = {"teacher_id": broadcast.teacher_id, "class_id": class_id, "weekday": weekday}
                facts |= {"start": broadcast.start, "period": number, "subject": subject}
                yield breach_of(Rule.TEACHER_WITH_OWN_CLASS, broadcast, **facts)


def facilitators(plan: CheckedPlan) -> Iterator[Violation]:
    """Whoever can be beside the classes of a school that receive at once must be enough for them."""
    for school_id, teacher_ids in plan.county.facilitators.items():
        people = [plan.county.teachers[one] for one in teacher_ids]
        here = [each for each in plan.attendances if each.school_class.school_id == school_id]
        for weekday, day in grouped(here, lambda each: each.broadcast.weekday).items():
            spans = [plan.span(each.broadcast) for each in day]
            short = facilitation.too_few(people, weekday, spans)
            if short is not None:
                several, there = short
                met = [day[place] for place in several]
                broadcasts = [each.broadcast for each in met]
                facts: dict[str, Fact] = {
                    "school_id": school_id,
                    "class_ids": tuple(each.school_class.class_id for each in met),
                    **moment_of(broadcasts),
                    "count": len(met),
                    "limit": there,
                }
                yield breach_about(Rule.FACILITATORS_AT_ONCE, Row("schools", school_id), broadcasts, **facts)
