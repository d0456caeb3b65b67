"""The one independent checker of weekly plans: pure Python, shares no code with any solver.

Checks every rule of a county's plan one by one and reports each breach with its rows and numbers. One cause gives one
breach where that can be told: a class named twice in a broadcast counts once elsewhere, and a clash on the clock that
is already a clash in one period is not repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tongtang.timetable.solver.checked_plan import (
    Attendance,
    CheckedPlan,
    breach_about,
    breach_of,
    grouped,
    moment_of,
    plan_of,
    row_of,
    weeks_of,
)
from tongtang.timetable.solver.fit import close_pairs, fitting_periods, nearest_period, overlap_cliques, overlaps
from tongtang.timetable.solver.model import Broadcast, County, Limits, RecordedLesson, SchoolClass
from tongtang.timetable.solver.receiving_check import (
    cycles,
    facilitators,
    own_lessons_of_classes,
    own_lessons_of_teachers,
    recorded_lessons,
)
from tongtang.timetable.solver.violation import Fact, Row, Rule, Violation

DAY_MINUTES: Final = 24 * 60


def verify(
    county: County,
    broadcasts: Sequence[Broadcast],
    limits: Mapping[str, Limits] | None = None,
    recorded: Sequence[RecordedLesson] = (),
) -> list[Violation]:
    """Every breach of the weekly plan, none if it may be published.

    `recorded` lessons take a period of their class, a room and a facilitator like live ones, but no line and nobody's
    time at the anchor.
    `limits` maps alliance -> its own group limits; a broadcast without alliance obeys `county.rules.limits`. Source of
    the rules: "Rules that a plan must satisfy" of the fixtures' README. The same plan always gives the same list, in
    the order of `Rule`.
    """
    plan = plan_of(county, broadcasts, limits or {}, recorded)
    order = {rule: place for place, rule in enumerate(Rule)}
    found = [violation for check in _CHECKS for violation in check(plan)]
    for number, week in enumerate(weeks_of(plan)):
        breaches = [breach for check in _WEEKLY_CHECKS for breach in check(week)]
        # One that returns in each week is one.
        found += breaches if number == 0 else [breach for breach in breaches if breach not in found]
    return sorted(found, key=lambda violation: order[violation.rule])


def _unknown_references(plan: CheckedPlan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        for class_id in dict.fromkeys(broadcast.class_ids):
            if class_id not in plan.county.classes:
                yield breach_of(Rule.UNKNOWN_CLASS, broadcast, class_id=class_id)
        if broadcast.teacher_id not in plan.county.teachers:
            yield breach_of(Rule.UNKNOWN_TEACHER, broadcast, teacher_id=broadcast.teacher_id)
        if broadcast.studio_id not in plan.county.studios:
            yield breach_of(Rule.UNKNOWN_STUDIO, broadcast, studio_id=broadcast.studio_id)
        if broadcast.alliance_id is not None and broadcast.alliance_id not in plan.limits:
            yield breach_of(Rule.UNKNOWN_ALLIANCE, broadcast, alliance_id=broadcast.alliance_id)


def _shape_of_broadcasts(plan: CheckedPlan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        weekday = broadcast.weekday
        start, end = plan.span(broadcast)
        if not 1 <= weekday <= 7:
            yield breach_of(Rule.WEEKDAY_OUTSIDE_WEEK, broadcast, weekday=weekday)
        if start < 0 or end > DAY_MINUTES:
            yield breach_of(Rule.LESSON_OUTSIDE_DAY, broadcast, weekday=weekday, start=start, end=end)
        if not broadcast.class_ids:
            yield breach_of(Rule.BROADCAST_WITHOUT_CLASS, broadcast, weekday=weekday, start=start)
        for class_id, count in Counter(broadcast.class_ids).items():
            if count > 1:
                yield breach_of(Rule.CLASS_TWICE_IN_BROADCAST, broadcast, class_id=class_id, count=count)


def _teacher_of_subject(plan: CheckedPlan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        teacher = plan.county.teachers.get(broadcast.teacher_id)
        if teacher and broadcast.subject not in teacher.subjects | teacher.stands_in_for:
            yield breach_of(
                Rule.TEACHER_NOT_OF_SUBJECT,
                broadcast,
                teacher_id=teacher.teacher_id,
                subject=broadcast.subject,
                teacher_subjects=tuple(sorted(teacher.subjects)),
            )


def _requirements(plan: CheckedPlan) -> Iterator[Violation]:
    owed = {(each.class_id, each.subject): each.lessons_per_week for each in plan.county.requirements}
    served = grouped(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.subject))
    subjects = grouped(owed, lambda pair: pair[0])
    for (class_id, subject), attendances in served.items():
        required = tuple(sorted(pair[1] for pair in subjects.get(class_id, [])))
        for each in attendances if subject not in required else []:
            yield breach_of(
                Rule.SUBJECT_NOT_REQUIRED,
                each.broadcast,
                class_id=class_id,
                subject=subject,
                required_subjects=required,
            )
    for (class_id, subject), lessons in owed.items():
        broadcasts = [each.broadcast for each in served.get((class_id, subject), [])]
        if len(broadcasts) != lessons:
            rule = Rule.REQUIREMENT_MISSED if len(broadcasts) < lessons else Rule.REQUIREMENT_EXCEEDED
            row = Row("requirements", class_id)
            yield breach_about(
                rule, row, broadcasts, class_id=class_id, subject=subject, count=len(broadcasts), limit=lessons
            )


def _fit_to_bells(plan: CheckedPlan) -> Iterator[Violation]:
    tolerance = plan.county.rules.start_tolerance_minutes
    for each in plan.attendances:
        if each.period is not None:
            continue
        broadcast, bell = each.broadcast, plan.county.bell_of(each.school_class)
        facts: dict[str, Fact] = {
            "class_id": each.school_class.class_id,
            "school_id": each.school_class.school_id,
            "bell_id": bell.bell_id,
            "weekday": broadcast.weekday,
            "start": broadcast.start,
            "tolerance": tolerance,
        }
        periods = tuple(period.number for period in fitting_periods(bell, broadcast.start, tolerance))
        if periods:
            yield breach_of(Rule.START_FITS_SEVERAL_PERIODS, broadcast, **facts, periods=periods)
        else:
            nearest = nearest_period(bell, broadcast.start)
            facts |= {"nearest_period": nearest.number, "nearest_start": nearest.start}
            yield breach_of(Rule.START_FITS_NO_PERIOD, broadcast, **facts)


def _class_periods(plan: CheckedPlan) -> Iterator[Violation]:
    taken = grouped(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.weekday, each.period))
    for (class_id, _, period), attendances in taken.items():
        broadcasts = [each.broadcast for each in attendances]
        if period is not None and len(broadcasts) > 1:
            row = Row("classes", class_id)
            facts = moment_of(broadcasts)
            yield breach_about(Rule.CLASS_TWICE_IN_PERIOD, row, broadcasts, class_id=class_id, period=period, **facts)


def _blocked_periods(plan: CheckedPlan) -> Iterator[Violation]:
    for each in plan.attendances:
        broadcast = each.broadcast
        if each.period is not None and (broadcast.weekday, each.period) in each.school_class.blocked:
            yield breach_of(
                Rule.CLASS_BLOCKED,
                broadcast,
                class_id=each.school_class.class_id,
                weekday=broadcast.weekday,
                start=broadcast.start,
                period=each.period,
            )


def _class_clock(plan: CheckedPlan) -> Iterator[Violation]:
    minutes = plan.county.rules.lesson_minutes
    days = grouped(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.weekday))
    for (class_id, _), day in days.items():
        for first, second in close_pairs([plan.span(each.broadcast) for each in day]):
            pair = [day[first].broadcast, day[second].broadcast]
            if day[first].period is None or day[first].period != day[second].period:
                row = Row("classes", class_id)
                yield breach_about(
                    Rule.CLASS_OVERLAP, row, pair, class_id=class_id, **moment_of(pair), lesson_minutes=minutes
                )


def _subject_a_day(plan: CheckedPlan) -> Iterator[Violation]:
    limit = plan.county.rules.same_subject_per_class_and_day
    days = grouped(
        plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.subject, each.broadcast.weekday)
    )
    for (class_id, subject, _), attendances in days.items():
        broadcasts = [each.broadcast for each in attendances]
        if len(broadcasts) > limit:
            facts: dict[str, Fact] = {"class_id": class_id, "subject": subject, **moment_of(broadcasts)}
            row = Row("classes", class_id)
            yield breach_about(
                Rule.SUBJECT_TOO_OFTEN_A_DAY, row, broadcasts, **facts, count=len(broadcasts), limit=limit
            )


def _group_limits(plan: CheckedPlan) -> Iterator[Violation]:
    same = grouped(
        plan.broadcasts, lambda each: (each.group_id, each.subject, each.alliance_id, frozenset(each.class_ids))
    )
    for broadcasts in same.values():
        first = broadcasts[0]
        limits = plan.limits.get(first.alliance_id or "", plan.county.rules.limits)
        for rule, facts in _breached_limits(plan.known_classes(first), limits):
            facts |= {"group_id": first.group_id, "subject": first.subject}
            yield Violation(rule, tuple(map(row_of, broadcasts)), facts)


def _breached_limits(classes: Sequence[SchoolClass], limits: Limits) -> Iterator[tuple[Rule, dict[str, Fact]]]:
    class_ids = tuple(each.class_id for each in classes)
    grades = tuple(sorted({grade for each in classes for grade in each.grades}))
    bands = limits.grade_bands
    if bands and not any(all(low <= grade <= high for grade in grades) for low, high in bands):
        yield Rule.GRADES_SHARE_NO_BAND, {"class_ids": class_ids, "grades": grades, "grade_bands": bands}
    if limits.max_classes is not None and len(classes) > limits.max_classes:
        yield Rule.TOO_MANY_CLASSES, {"class_ids": class_ids, "count": len(classes), "limit": limits.max_classes}
    pupils = sum(each.pupils for each in classes)
    if limits.max_pupils is not None and pupils > limits.max_pupils:
        yield Rule.TOO_MANY_PUPILS, {"class_ids": class_ids, "count": pupils, "limit": limits.max_pupils}


def _one_thing_at_a_time(plan: CheckedPlan) -> Iterator[Violation]:
    teachers = grouped(plan.broadcasts, lambda each: (each.teacher_id, each.weekday))
    for (teacher_id, _), day in teachers.items():
        rules = Rule.TEACHER_OVERLAP, Rule.TEACHER_CHANGEOVER
        yield from _clashes(plan, day, rules, Row("teachers", teacher_id), {"teacher_id": teacher_id})
    studios = grouped(plan.broadcasts, lambda each: (each.studio_id, each.weekday))
    for (studio_id, _), day in studios.items():
        rules = Rule.STUDIO_OVERLAP, Rule.STUDIO_CHANGEOVER
        yield from _clashes(plan, day, rules, Row("studios", studio_id), {"studio_id": studio_id})


def _clashes(
    plan: CheckedPlan, day: Sequence[Broadcast], rules: tuple[Rule, Rule], row: Row, who: dict[str, Fact]
) -> Iterator[Violation]:
    minutes, changeover = plan.county.rules.lesson_minutes, plan.county.rules.changeover_minutes
    for first, second in close_pairs([plan.span(each) for each in day], changeover):
        pair = [day[first], day[second]]
        between = pair[1].start - pair[0].start - minutes
        facts: dict[str, Fact] = {**who, **moment_of(pair), "lesson_minutes": minutes}
        if between < 0:
            yield breach_about(rules[0], row, pair, **facts)
        else:
            yield breach_about(rules[1], row, pair, **facts, count=between, limit=changeover)


def _teacher_absences(plan: CheckedPlan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        teacher = plan.county.teachers.get(broadcast.teacher_id)
        start, end = plan.span(broadcast)
        for away in teacher.unavailable if teacher else ():
            if away.weekday == broadcast.weekday and overlaps((start, end), (away.start, away.end)):
                facts: dict[str, Fact] = {"teacher_id": broadcast.teacher_id, "weekday": away.weekday}
                facts |= {"start": start, "end": end, "away_start": away.start, "away_end": away.end}
                yield breach_of(Rule.TEACHER_UNAVAILABLE, broadcast, **facts)


def _teacher_caps(plan: CheckedPlan) -> Iterator[Violation]:
    for teacher_id, taught in grouped(plan.broadcasts, lambda each: each.teacher_id).items():
        teacher = plan.county.teachers.get(teacher_id)
        if teacher and len(taught) > teacher.weekly_cap:
            row, count = Row("teachers", teacher_id), len(taught)
            limit = teacher.weekly_cap
            yield breach_about(Rule.TEACHER_ABOVE_CAP, row, taught, teacher_id=teacher_id, count=count, limit=limit)


def _school_capacity(plan: CheckedPlan) -> Iterator[Violation]:
    days = grouped(plan.attendances, lambda each: (each.school_class.school_id, each.broadcast.weekday))
    for (school_id, _), day in days.items():
        for period, attendances in grouped(day, lambda each: each.period).items():
            if period is not None:
                yield from _over_capacity(
                    plan, school_id, attendances, (Rule.ROOMS_IN_PERIOD, Rule.STREAMS_IN_PERIOD), {"period": period}
                )
        spans = [plan.span(each.broadcast) for each in day]
        for clique in overlap_cliques(spans):
            attendances = [day[index] for index in sorted(clique)]
            periods = {each.period for each in attendances}
            if len(periods) > 1 or None in periods:
                moment: dict[str, Fact] = {
                    "start": max(spans[index][0] for index in clique),
                    "end": min(spans[index][1] for index in clique),
                }
                yield from _over_capacity(
                    plan, school_id, attendances, (Rule.ROOMS_AT_ONCE, Rule.STREAMS_AT_ONCE), moment
                )


def _over_capacity(
    plan: CheckedPlan,
    school_id: str,
    attendances: Sequence[Attendance],
    rules: tuple[Rule, Rule],
    when: dict[str, Fact],
) -> Iterator[Violation]:
    school = plan.county.schools[school_id]
    broadcasts = list({each.index: each.broadcast for each in attendances if each.index >= 0}.values())
    shown = list({each.index: each.broadcast for each in attendances}.values())
    class_ids = tuple(dict.fromkeys(each.school_class.class_id for each in attendances))
    facts: dict[str, Fact] = {"school_id": school_id, "class_ids": class_ids, **moment_of(shown), **when}
    row = Row("schools", school_id)
    if len(class_ids) > school.receiving_rooms:
        yield breach_about(rules[0], row, shown, **facts, count=len(class_ids), limit=school.receiving_rooms)
    if len(broadcasts) > school.max_streams:
        facts |= moment_of(broadcasts)
        yield breach_about(rules[1], row, broadcasts, **facts, count=len(broadcasts), limit=school.max_streams)


def _stable_groups(plan: CheckedPlan) -> Iterator[Violation]:
    for group_id, broadcasts in grouped(plan.broadcasts, lambda each: each.group_id).items():
        rows = tuple(map(row_of, broadcasts))
        subjects = tuple(dict.fromkeys(each.subject for each in broadcasts))
        if len(subjects) > 1:
            yield Violation(Rule.GROUP_CHANGES_SUBJECT, rows, {"group_id": group_id, "subjects": subjects})
        teacher_ids = tuple(dict.fromkeys(each.teacher_id for each in broadcasts))
        if len(teacher_ids) > 1:
            yield Violation(Rule.GROUP_CHANGES_TEACHER, rows, {"group_id": group_id, "teacher_ids": teacher_ids})
        members = [frozenset(each.class_ids) for each in broadcasts]
        if changing := tuple(sorted(frozenset.union(*members) - frozenset.intersection(*members))):
            yield Violation(Rule.GROUP_CHANGES_CLASSES, rows, {"group_id": group_id, "class_ids": changing})


def _stable_classes(plan: CheckedPlan) -> Iterator[Violation]:
    served = grouped(plan.live, lambda each: (each.school_class.class_id, each.broadcast.subject))
    for (class_id, subject), attendances in served.items():
        broadcasts = [each.broadcast for each in attendances]
        group_ids = tuple(dict.fromkeys(each.group_id for each in broadcasts))
        teacher_ids = tuple(dict.fromkeys(each.teacher_id for each in broadcasts))
        facts: dict[str, Fact] = {"class_id": class_id, "subject": subject}
        row = Row("classes", class_id)
        if len(group_ids) > 1:
            yield breach_about(Rule.CLASS_CHANGES_GROUP, row, broadcasts, **facts, group_ids=group_ids)
        # Within one group the change of teacher is the group's breach, reported once there.
        if len(group_ids) > 1 and len(teacher_ids) > 1:
            yield breach_about(Rule.CLASS_CHANGES_TEACHER, row, broadcasts, **facts, teacher_ids=teacher_ids)


def _stability(plan: CheckedPlan) -> Iterator[Violation]:
    if plan.county.rules.group_is_stable:
        yield from _stable_groups(plan)
        yield from _stable_classes(plan)


_CHECKS: Final[tuple[Callable[[CheckedPlan], Iterator[Violation]], ...]] = (
    _unknown_references,
    _shape_of_broadcasts,
    _teacher_of_subject,
    _requirements,
    cycles,
    recorded_lessons,
    _fit_to_bells,
    _blocked_periods,
    own_lessons_of_classes,
    _group_limits,
    _teacher_absences,
    own_lessons_of_teachers,
    _stability,
)
_WEEKLY_CHECKS: Final[tuple[Callable[[CheckedPlan], Iterator[Violation]], ...]] = (
    _class_periods,
    _class_clock,
    _subject_a_day,
    _one_thing_at_a_time,
    _teacher_caps,
    _school_capacity,
    facilitators,
)
