"""The one independent checker of weekly plans: pure Python, shares no code with any solver.

Checks every rule of a county's plan one by one and reports each breach with its rows and numbers. One cause gives one
breach where that can be told: a class named twice in a broadcast counts once elsewhere, and a clash on the clock that
is already a clash in one period is not repeated.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from tongtang.timetable.solver import facilitation
from tongtang.timetable.solver.fit import Span, close_pairs, fitting_periods, nearest_period, overlap_cliques, overlaps
from tongtang.timetable.solver.model import Broadcast, County, Limits, Period, RecordedLesson, SchoolClass
from tongtang.timetable.solver.violation import Fact, Row, Rule, Violation

FIRST_LINE: Final = 2
DAY_MINUTES: Final = 24 * 60
RECORDED: Final = ""
"""Stands where a broadcast has its group."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


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
    plan = _plan(county, broadcasts, limits or {}, recorded)
    order = {rule: place for place, rule in enumerate(Rule)}
    found = [violation for check in _CHECKS for violation in check(plan)]
    return sorted(found, key=lambda violation: order[violation.rule])


@dataclass(frozen=True, slots=True)
class _Attendance:
    """One class in one broadcast of the plan, the `index`-th.

    `period` is the one of the class's own bell that the lesson takes, None if not exactly one fits. A recorded lesson
    is a broadcast to its class alone, at the start of its period, with an index below 0.
    """

    index: int
    broadcast: Broadcast
    school_class: SchoolClass
    period: int | None


@dataclass(frozen=True, slots=True)
class _Plan:
    county: County
    broadcasts: tuple[Broadcast, ...]
    attendances: tuple[_Attendance, ...]
    limits: Mapping[str, Limits]
    recorded: tuple[RecordedLesson, ...]

    @property
    def live(self) -> list[_Attendance]:
        return [each for each in self.attendances if each.index >= 0]

    def span(self, broadcast: Broadcast) -> Span:
        return broadcast.start, broadcast.start + self.county.rules.lesson_minutes

    def known_classes(self, broadcast: Broadcast) -> list[SchoolClass]:
        return _known_classes(self.county, broadcast)


def _known_classes(county: County, broadcast: Broadcast) -> list[SchoolClass]:
    return [county.classes[class_id] for class_id in dict.fromkeys(broadcast.class_ids) if class_id in county.classes]


def _plan(
    county: County,
    broadcasts: Sequence[Broadcast],
    limits: Mapping[str, Limits],
    recorded: Sequence[RecordedLesson],
) -> _Plan:
    numbered = tuple(
        broadcast if broadcast.line else replace(broadcast, line=line)
        for line, broadcast in enumerate(broadcasts, FIRST_LINE)
    )
    attendances = tuple(
        _Attendance(index, broadcast, school_class, _only_period(county, school_class, broadcast))
        for index, broadcast in enumerate(numbered)
        for school_class in _known_classes(county, broadcast)
    )
    lined = tuple(each if each.line else replace(each, line=line) for line, each in enumerate(recorded, FIRST_LINE))
    return _Plan(county, numbered, (*attendances, *_watching(county, lined)), limits, lined)


def _watching(county: County, recorded: Sequence[RecordedLesson]) -> Iterator[_Attendance]:
    """The recorded lessons of known classes in periods that their bells have."""
    for number, each in enumerate(recorded, 1):
        school_class = county.classes.get(each.class_id)
        period = _own_period(county, each) if school_class else None
        if school_class and period:
            shown = Broadcast(
                RECORDED, each.subject, "", "", each.weekday, period.start, (each.class_id,), None, each.line
            )
            yield _Attendance(-number, shown, school_class, period.number)


def _own_period(county: County, each: RecordedLesson) -> Period | None:
    bell = county.bell_of(county.classes[each.class_id])
    return next((period for period in bell.periods if period.number == each.period), None)


def _only_period(county: County, school_class: SchoolClass, broadcast: Broadcast) -> int | None:
    periods = fitting_periods(county.bell_of(school_class), broadcast.start, county.rules.start_tolerance_minutes)
    return periods[0].number if len(periods) == 1 else None


def _by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _row(broadcast: Broadcast) -> Row:
    if broadcast.group_id == RECORDED:
        return Row("recorded_lessons", broadcast.class_ids[0], broadcast.line)
    return Row("broadcasts", broadcast.group_id, broadcast.line)


def _one(rule: Rule, broadcast: Broadcast, **facts: Fact) -> Violation:
    return Violation(rule, (_row(broadcast),), {"group_id": broadcast.group_id, **facts})


def _several(rule: Rule, about: Row, broadcasts: Sequence[Broadcast], **facts: Fact) -> Violation:
    return Violation(rule, (about, *map(_row, broadcasts)), facts)


def _when(broadcasts: Sequence[Broadcast]) -> dict[str, Fact]:
    return {
        "weekday": broadcasts[0].weekday,
        "group_ids": tuple(broadcast.group_id for broadcast in broadcasts),
        "starts": tuple(broadcast.start for broadcast in broadcasts),
    }


def _unknown_references(plan: _Plan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        for class_id in dict.fromkeys(broadcast.class_ids):
            if class_id not in plan.county.classes:
                yield _one(Rule.UNKNOWN_CLASS, broadcast, class_id=class_id)
        if broadcast.teacher_id not in plan.county.teachers:
            yield _one(Rule.UNKNOWN_TEACHER, broadcast, teacher_id=broadcast.teacher_id)
        if broadcast.studio_id not in plan.county.studios:
            yield _one(Rule.UNKNOWN_STUDIO, broadcast, studio_id=broadcast.studio_id)
        if broadcast.alliance_id is not None and broadcast.alliance_id not in plan.limits:
            yield _one(Rule.UNKNOWN_ALLIANCE, broadcast, alliance_id=broadcast.alliance_id)


def _shape_of_broadcasts(plan: _Plan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        weekday = broadcast.weekday
        start, end = plan.span(broadcast)
        if not 1 <= weekday <= 7:
            yield _one(Rule.WEEKDAY_OUTSIDE_WEEK, broadcast, weekday=weekday)
        if start < 0 or end > DAY_MINUTES:
            yield _one(Rule.LESSON_OUTSIDE_DAY, broadcast, weekday=weekday, start=start, end=end)
        if not broadcast.class_ids:
            yield _one(Rule.BROADCAST_WITHOUT_CLASS, broadcast, weekday=weekday, start=start)
        for class_id, count in Counter(broadcast.class_ids).items():
            if count > 1:
                yield _one(Rule.CLASS_TWICE_IN_BROADCAST, broadcast, class_id=class_id, count=count)


def _teacher_of_subject(plan: _Plan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        teacher = plan.county.teachers.get(broadcast.teacher_id)
        if teacher and broadcast.subject not in teacher.subjects | teacher.stands_in_for:
            yield _one(
                Rule.TEACHER_NOT_OF_SUBJECT,
                broadcast,
                teacher_id=teacher.teacher_id,
                subject=broadcast.subject,
                teacher_subjects=tuple(sorted(teacher.subjects)),
            )


def _requirements(plan: _Plan) -> Iterator[Violation]:
    owed = {(each.class_id, each.subject): each.lessons_per_week for each in plan.county.requirements}
    served = _by(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.subject))
    subjects = _by(owed, lambda pair: pair[0])
    for (class_id, subject), attendances in served.items():
        required = tuple(sorted(pair[1] for pair in subjects.get(class_id, [])))
        for each in attendances if subject not in required else []:
            yield _one(
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
            yield _several(
                rule, row, broadcasts, class_id=class_id, subject=subject, count=len(broadcasts), limit=lessons
            )


def _recorded_lessons(plan: _Plan) -> Iterator[Violation]:
    """They name a class and a period that there are, and are no more than may be watched recorded."""
    for each in plan.recorded:
        row = Row("recorded_lessons", each.class_id, each.line)
        facts: dict[str, Fact] = {"class_id": each.class_id, "weekday": each.weekday, "period": each.period}
        if each.class_id not in plan.county.classes:
            yield Violation(Rule.RECORDED_FOR_UNKNOWN_CLASS, (row,), {"class_id": each.class_id})
        elif not 1 <= each.weekday <= 7 or _own_period(plan.county, each) is None:
            yield Violation(Rule.RECORDED_IN_NO_PERIOD, (row,), facts)
    for (class_id, subject), several in _by(plan.recorded, lambda each: (each.class_id, each.subject)).items():
        limit = plan.county.recordable.get((class_id, subject), 0)
        if len(several) > limit:
            rows = tuple(Row("recorded_lessons", class_id, each.line) for each in several)
            facts = {"class_id": class_id, "subject": subject, "count": len(several), "limit": limit}
            yield Violation(Rule.RECORDED_TOO_OFTEN, rows, facts)


def _facilitators(plan: _Plan) -> Iterator[Violation]:
    """Whoever can be beside the classes of a school that receive at once must be enough for them."""
    for school_id, teacher_ids in plan.county.facilitators.items():
        people = [plan.county.teachers[one] for one in teacher_ids]
        here = [each for each in plan.attendances if each.school_class.school_id == school_id]
        for weekday, day in _by(here, lambda each: each.broadcast.weekday).items():
            spans = [plan.span(each.broadcast) for each in day]
            short = facilitation.too_few(people, weekday, spans)
            if short is not None:
                several, there = short
                met = [day[place] for place in several]
                broadcasts = [each.broadcast for each in met]
                facts: dict[str, Fact] = {
                    "school_id": school_id,
                    "class_ids": tuple(each.school_class.class_id for each in met),
                    **_when(broadcasts),
                    "count": len(met),
                    "limit": there,
                }
                yield _several(Rule.FACILITATORS_AT_ONCE, Row("schools", school_id), broadcasts, **facts)


def _fit_to_bells(plan: _Plan) -> Iterator[Violation]:
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
            yield _one(Rule.START_FITS_SEVERAL_PERIODS, broadcast, **facts, periods=periods)
        else:
            nearest = nearest_period(bell, broadcast.start)
            facts |= {"nearest_period": nearest.number, "nearest_start": nearest.start}
            yield _one(Rule.START_FITS_NO_PERIOD, broadcast, **facts)


def _class_periods(plan: _Plan) -> Iterator[Violation]:
    taken = _by(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.weekday, each.period))
    for (class_id, _, period), attendances in taken.items():
        broadcasts = [each.broadcast for each in attendances]
        if period is not None and len(broadcasts) > 1:
            row = Row("classes", class_id)
            facts = _when(broadcasts)
            yield _several(Rule.CLASS_TWICE_IN_PERIOD, row, broadcasts, class_id=class_id, period=period, **facts)
    for each in plan.attendances:
        broadcast = each.broadcast
        if each.period is not None and (broadcast.weekday, each.period) in each.school_class.blocked:
            yield _one(
                Rule.CLASS_BLOCKED,
                broadcast,
                class_id=each.school_class.class_id,
                weekday=broadcast.weekday,
                start=broadcast.start,
                period=each.period,
            )


def _class_clock(plan: _Plan) -> Iterator[Violation]:
    minutes = plan.county.rules.lesson_minutes
    days = _by(plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.weekday))
    for (class_id, _), day in days.items():
        for first, second in close_pairs([plan.span(each.broadcast) for each in day]):
            pair = [day[first].broadcast, day[second].broadcast]
            if day[first].period is None or day[first].period != day[second].period:
                row = Row("classes", class_id)
                yield _several(Rule.CLASS_OVERLAP, row, pair, class_id=class_id, **_when(pair), lesson_minutes=minutes)


def _subject_a_day(plan: _Plan) -> Iterator[Violation]:
    limit = plan.county.rules.same_subject_per_class_and_day
    days = _by(
        plan.attendances, lambda each: (each.school_class.class_id, each.broadcast.subject, each.broadcast.weekday)
    )
    for (class_id, subject, _), attendances in days.items():
        broadcasts = [each.broadcast for each in attendances]
        if len(broadcasts) > limit:
            facts: dict[str, Fact] = {"class_id": class_id, "subject": subject, **_when(broadcasts)}
            row = Row("classes", class_id)
            yield _several(Rule.SUBJECT_TOO_OFTEN_A_DAY, row, broadcasts, **facts, count=len(broadcasts), limit=limit)


def _group_limits(plan: _Plan) -> Iterator[Violation]:
    same = _by(plan.broadcasts, lambda each: (each.group_id, each.subject, each.alliance_id, frozenset(each.class_ids)))
    for broadcasts in same.values():
        first = broadcasts[0]
        limits = plan.limits.get(first.alliance_id or "", plan.county.rules.limits)
        for rule, facts in _breached_limits(plan.known_classes(first), limits):
            facts |= {"group_id": first.group_id, "subject": first.subject}
            yield Violation(rule, tuple(map(_row, broadcasts)), facts)


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


def _one_thing_at_a_time(plan: _Plan) -> Iterator[Violation]:
    teachers = _by(plan.broadcasts, lambda each: (each.teacher_id, each.weekday))
    for (teacher_id, _), day in teachers.items():
        rules = Rule.TEACHER_OVERLAP, Rule.TEACHER_CHANGEOVER
        yield from _clashes(plan, day, rules, Row("teachers", teacher_id), {"teacher_id": teacher_id})
    studios = _by(plan.broadcasts, lambda each: (each.studio_id, each.weekday))
    for (studio_id, _), day in studios.items():
        rules = Rule.STUDIO_OVERLAP, Rule.STUDIO_CHANGEOVER
        yield from _clashes(plan, day, rules, Row("studios", studio_id), {"studio_id": studio_id})


def _clashes(
    plan: _Plan, day: Sequence[Broadcast], rules: tuple[Rule, Rule], row: Row, who: dict[str, Fact]
) -> Iterator[Violation]:
    minutes, changeover = plan.county.rules.lesson_minutes, plan.county.rules.changeover_minutes
    for first, second in close_pairs([plan.span(each) for each in day], changeover):
        pair = [day[first], day[second]]
        between = pair[1].start - pair[0].start - minutes
        facts: dict[str, Fact] = {**who, **_when(pair), "lesson_minutes": minutes}
        if between < 0:
            yield _several(rules[0], row, pair, **facts)
        else:
            yield _several(rules[1], row, pair, **facts, count=between, limit=changeover)


def _teacher_time(plan: _Plan) -> Iterator[Violation]:
    for broadcast in plan.broadcasts:
        teacher = plan.county.teachers.get(broadcast.teacher_id)
        start, end = plan.span(broadcast)
        for away in teacher.unavailable if teacher else ():
            if away.weekday == broadcast.weekday and overlaps((start, end), (away.start, away.end)):
                facts: dict[str, Fact] = {"teacher_id": broadcast.teacher_id, "weekday": away.weekday}
                facts |= {"start": start, "end": end, "away_start": away.start, "away_end": away.end}
                yield _one(Rule.TEACHER_UNAVAILABLE, broadcast, **facts)
    for teacher_id, taught in _by(plan.broadcasts, lambda each: each.teacher_id).items():
        teacher = plan.county.teachers.get(teacher_id)
        if teacher and len(taught) > teacher.weekly_cap:
            row, count = Row("teachers", teacher_id), len(taught)
            limit = teacher.weekly_cap
            yield _several(Rule.TEACHER_ABOVE_CAP, row, taught, teacher_id=teacher_id, count=count, limit=limit)


def _school_capacity(plan: _Plan) -> Iterator[Violation]:
    days = _by(plan.attendances, lambda each: (each.school_class.school_id, each.broadcast.weekday))
    for (school_id, _), day in days.items():
        for period, attendances in _by(day, lambda each: each.period).items():
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
    plan: _Plan, school_id: str, attendances: Sequence[_Attendance], rules: tuple[Rule, Rule], when: dict[str, Fact]
) -> Iterator[Violation]:
    school = plan.county.schools[school_id]
    broadcasts = list({each.index: each.broadcast for each in attendances if each.index >= 0}.values())
    shown = list({each.index: each.broadcast for each in attendances}.values())
    class_ids = tuple(dict.fromkeys(each.school_class.class_id for each in attendances))
    facts: dict[str, Fact] = {"school_id": school_id, "class_ids": class_ids, **_when(shown), **when}
    row = Row("schools", school_id)
    if len(class_ids) > school.receiving_rooms:
        yield _several(rules[0], row, shown, **facts, count=len(class_ids), limit=school.receiving_rooms)
    if len(broadcasts) > school.max_streams:
        facts |= _when(broadcasts)
        yield _several(rules[1], row, broadcasts, **facts, count=len(broadcasts), limit=school.max_streams)


def _stable_groups(plan: _Plan) -> Iterator[Violation]:
    for group_id, broadcasts in _by(plan.broadcasts, lambda each: each.group_id).items():
        rows = tuple(map(_row, broadcasts))
        subjects = tuple(dict.fromkeys(each.subject for each in broadcasts))
        if len(subjects) > 1:
            yield Violation(Rule.GROUP_CHANGES_SUBJECT, rows, {"group_id": group_id, "subjects": subjects})
        teacher_ids = tuple(dict.fromkeys(each.teacher_id for each in broadcasts))
        if len(teacher_ids) > 1:
            yield Violation(Rule.GROUP_CHANGES_TEACHER, rows, {"group_id": group_id, "teacher_ids": teacher_ids})
        members = [frozenset(each.class_ids) for each in broadcasts]
        if changing := tuple(sorted(frozenset.union(*members) - frozenset.intersection(*members))):
            yield Violation(Rule.GROUP_CHANGES_CLASSES, rows, {"group_id": group_id, "class_ids": changing})


def _stable_classes(plan: _Plan) -> Iterator[Violation]:
    served = _by(plan.live, lambda each: (each.school_class.class_id, each.broadcast.subject))
    for (class_id, subject), attendances in served.items():
        broadcasts = [each.broadcast for each in attendances]
        group_ids = tuple(dict.fromkeys(each.group_id for each in broadcasts))
        teacher_ids = tuple(dict.fromkeys(each.teacher_id for each in broadcasts))
        facts: dict[str, Fact] = {"class_id": class_id, "subject": subject}
        row = Row("classes", class_id)
        if len(group_ids) > 1:
            yield _several(Rule.CLASS_CHANGES_GROUP, row, broadcasts, **facts, group_ids=group_ids)
        # Within one group the change of teacher is the group's breach, reported once there.
        if len(group_ids) > 1 and len(teacher_ids) > 1:
            yield _several(Rule.CLASS_CHANGES_TEACHER, row, broadcasts, **facts, teacher_ids=teacher_ids)


def _stability(plan: _Plan) -> Iterator[Violation]:
    if plan.county.rules.group_is_stable:
        yield from _stable_groups(plan)
        yield from _stable_classes(plan)


_CHECKS: Final[tuple[Callable[[_Plan], Iterator[Violation]], ...]] = (
    _unknown_references,
    _shape_of_broadcasts,
    _teacher_of_subject,
    _requirements,
    _recorded_lessons,
    _facilitators,
    _fit_to_bells,
    _class_periods,
    _class_clock,
    _subject_a_day,
    _group_limits,
    _one_thing_at_a_time,
    _teacher_time,
    _school_capacity,
    _stability,
)
