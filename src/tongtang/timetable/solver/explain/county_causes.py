"""What of a county could give way: each cause with its whole relief, and its smaller ones step by step."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from tongtang.timetable.solver.explain.cause import Cause, Changes, Kind, Row
from tongtang.timetable.solver.explain.own_causes import OWN, own_counts, own_in_the_way, own_places, without_own
from tongtang.timetable.solver.explain.reason import Change, clock
from tongtang.timetable.solver.facilitation import facilitations
from tongtang.timetable.solver.model import (
    Broadcast,
    County,
    GradeBand,
    Limits,
    Rules,
    School,
    Studio,
    Teacher,
)

PLENTY = 60
"""More lessons, studios or classes than any week holds: a limit of this size does not bind."""
USUAL_CAP, MOST_TEACHERS = 15, 4
FREE_TOLERANCES = (5, 10, 15, 20)
FAR_GRADES = 2.0
"""A class in no band is told before the bands."""
NEW_TEACHER, NEW_STUDIO, NEW_FACILITATOR = "new-teacher", "new-studio", "new-facilitator"
LOCAL_TEACHER = "general"
"""What the files call the subject of a teacher who gives no broadcast."""

Relief = tuple[County, Changes]


def ladder(county: County, cause: Cause) -> Iterator[Relief]:
    """Reliefs of the cause, the smallest change first."""
    return _LADDERS[cause.kind](county, cause)


def without_rows(county: County, cause: Cause, rows: Collection[Row]) -> Relief:
    """The county without these rows of the cause."""
    if cause.kind in OWN:
        return without_own(county, cause, rows)
    if cause.kind is Kind.TEACHER_AWAY:
        teacher = county.teachers[cause.entity]
        gone = [away for away in teacher.unavailable if away in rows]
        kept = tuple(away for away in teacher.unavailable if away not in rows)
        changes = tuple(hour_row(cause.entity, away.weekday, away.start, away.end) for away in gone)
        return with_teacher(county, replace(teacher, unavailable=kept)), changes
    blocked = county.classes[cause.entity].blocked
    gone_slots = sorted(slot for slot in blocked if slot in rows)
    changes = tuple(block_row(cause.entity, *slot) for slot in gone_slots)
    return with_class(county, cause.entity, blocked=blocked - set(gone_slots)), changes


def rows_in_the_way(county: County, cause: Cause, plan: Sequence[Broadcast]) -> list[Row]:
    """The rows of the cause that the plan does not keep."""
    if cause.kind in OWN:
        return [*own_in_the_way(county, cause, plan)]
    if cause.kind is Kind.TEACHER_AWAY:
        teacher, minutes = county.teachers[cause.entity], county.rules.lesson_minutes
        mine = [(each.weekday, each.start) for each in plan if each.teacher_id == cause.entity]
        if any(cause.entity in several for several in county.facilitators.values()):
            free = without_rows(county, cause, teacher.unavailable)[0]
            beside = facilitations(free, plan)
            mine = [(each.weekday, each.start) for each in beside if each.teacher_id == cause.entity]
        return [
            away
            for away in teacher.unavailable
            if any(day == away.weekday and start < away.end and away.start < start + minutes for day, start in mine)
        ]
    school_class, tolerance = county.classes[cause.entity], county.rules.start_tolerance_minutes
    taken = {
        (each.weekday, period.number)
        for each in plan
        if cause.entity in each.class_ids
        for period in county.bell_of(school_class).periods
        if abs(period.start - each.start) <= tolerance
    }
    return [*sorted(school_class.blocked & taken)]


def _own(county: County, cause: Cause) -> Iterator[Relief]:
    yield without_own(county, cause, own_places(county, cause))


def _away(county: County, cause: Cause) -> Iterator[Relief]:
    yield without_rows(county, cause, county.teachers[cause.entity].unavailable)


def hour_row(teacher_id: str, weekday: int, start: int, end: int) -> Change:
    row = {"teacher_id": teacher_id, "weekday": str(weekday), "start": clock(start), "end": clock(end)}
    return Change("teacher_unavailable.csv", row, before="row")


def block_row(class_id: str, weekday: int, period: int) -> Change:
    row = {"class_id": class_id, "weekday": str(weekday), "period": str(period)}
    return Change("class_blocked.csv", row, before="row")


def _cap(county: County, cause: Cause) -> Iterator[Relief]:
    teacher = county.teachers[cause.entity]
    for cap in range(teacher.weekly_cap + 1, PLENTY + 1):
        change = Change("teachers.csv", {"teacher_id": cause.entity}, "weekly_cap", str(teacher.weekly_cap), str(cap))
        yield with_teacher(county, replace(teacher, weekly_cap=cap)), (change,)


def _blocked(county: County, cause: Cause) -> Iterator[Relief]:
    yield without_rows(county, cause, county.classes[cause.entity].blocked)


def _pupils(county: County, cause: Cause) -> Iterator[Relief]:
    """The county's limit as wide as this class is large; then so that others may join it."""
    number, now = county.classes[cause.entity].pupils, county.rules.limits.max_pupils
    for most in (number, number + 10, number + 20, number + 40) if now is not None and number > now else ():
        change = _rule_change(county, "max_pupils_per_broadcast", str(most))
        yield replace(county, rules=_limit(county, max_pupils=most)), (change,)


def _grades(county: County, cause: Cause) -> Iterator[Relief]:
    """The bands that the class stands in joined to one."""
    grades, bands = county.classes[cause.entity].grades, county.rules.limits.grade_bands
    low, high = min(grades), max(grades)
    touched = [band for band in bands if band[0] <= high and low <= band[1]]
    whole = min([low, *(band[0] for band in touched)]), max([high, *(band[1] for band in touched)])
    joined = tuple(sorted([whole, *(band for band in bands if band not in touched)]))
    if joined != bands:
        change = _rule_change(county, "grade_bands", bands_text(joined))
        yield replace(county, rules=_limit(county, grade_bands=joined)), (change,)


def _rule_change(county: County, name: str, after: str) -> Change:
    return Change("rules.csv", {"rule": name}, "value", rule_value(county.rules, name), after)


def bands_text(bands: Sequence[GradeBand]) -> str:
    """As rules.csv writes them."""
    return "|".join(f"{low}-{high}" for low, high in bands)


def _facilitators(county: County, cause: Cause) -> Iterator[Relief]:
    """One person more beside the classes of the school, always there; then another, as many as there are rooms."""
    changes = list[Change]()
    for number in range(1, county.schools[cause.entity].receiving_rooms + 1):
        name = f"{NEW_FACILITATOR}-{cause.entity}-{number}"
        row = {"teacher_id": name, "name": name, "school_id": cause.entity, "subjects": LOCAL_TEACHER}
        changes.append(Change("teachers.csv", {**row, "weekly_cap": str(USUAL_CAP)}, after="row"))
        changes.append(Change("facilitators.csv", {"school_id": cause.entity, "teacher_id": name}, after="row"))
        county = with_teacher(county, Teacher(name, frozenset({LOCAL_TEACHER}), USUAL_CAP))
        several = (*county.facilitators[cause.entity], name)
        county = replace(county, facilitators={**county.facilitators, cause.entity: several})
        yield county, tuple(changes)


def _rooms(county: County, cause: Cause) -> Iterator[Relief]:
    """Rooms alone; then, where the link carries fewer lessons than there would be rooms, with the link."""
    school = county.schools[cause.entity]
    for number in range(school.receiving_rooms + 1, _most_at_once(county, cause.entity, school.receiving_rooms) + 1):
        rooms = _school_change(cause.entity, "receiving_rooms", school.receiving_rooms, number)
        yield with_school(county, replace(school, receiving_rooms=number)), (rooms,)
        if school.max_streams < number:
            streams = _school_change(cause.entity, "max_streams", school.max_streams, number)
            both = replace(school, receiving_rooms=number, max_streams=number)
            yield with_school(county, both), (rooms, streams)


def _streams(county: County, cause: Cause) -> Iterator[Relief]:
    school = county.schools[cause.entity]
    for number in range(school.max_streams + 1, _most_at_once(county, cause.entity, school.max_streams) + 1):
        change = _school_change(cause.entity, "max_streams", school.max_streams, number)
        yield with_school(county, replace(school, max_streams=number)), (change,)


def _most_at_once(county: County, school_id: str, now: int) -> int:
    return max(sum(one.school_id == school_id for one in county.classes.values()), now + 1)


def _school_change(school_id: str, column: str, before: int, after: int) -> Change:
    return Change("schools.csv", {"school_id": school_id}, column, str(before), str(after))


def _school_bell(county: County, cause: Cause) -> Iterator[Relief]:
    for bell_id in _other_bells(county, county.schools[cause.entity].bell_id):
        yield _rung(county, [cause.entity], bell_id)


def _bell(county: County, cause: Cause) -> Iterator[Relief]:
    schools = [school.school_id for school in county.schools.values() if school.bell_id == cause.entity]
    for bell_id in _other_bells(county, cause.entity):
        yield _rung(county, schools, bell_id)


def _rung(county: County, school_ids: Sequence[str], bell_id: str) -> Relief:
    changes = tuple(
        Change("schools.csv", {"school_id": one}, "bell_id", county.schools[one].bell_id, bell_id) for one in school_ids
    )
    for one in school_ids:
        county = with_school(county, replace(county.schools[one], bell_id=bell_id))
    return county, changes


def _other_bells(county: County, bell_id: str) -> list[str]:
    """The rarest first: the last of a ladder is the one that most schools have."""
    used = Counter(county.bell_of(county.classes[owed.class_id]).bell_id for owed in county.requirements)
    return sorted((one for one in used if one != bell_id), key=lambda one: used[one])


def _studios(county: County, _cause: Cause) -> Iterator[Relief]:
    school_id = min((one.school_id for one in county.studios.values()), default=min(county.schools))
    studios, changes = dict(county.studios), list[Change]()
    for number in range(1, 21):
        one = Studio(f"{NEW_STUDIO}-{number}", school_id)
        studios[one.studio_id] = one
        row = {"studio_id": one.studio_id, "school_id": school_id, "name": one.studio_id}
        changes.append(Change("studios.csv", row, after="row"))
        yield replace(county, studios=dict(studios)), tuple(changes)


def _rule(county: County, cause: Cause) -> Iterator[Relief]:
    for after, rules in _RULES[cause.entity](county):
        yield replace(county, rules=rules), (_rule_change(county, cause.entity, after),)


def rule_value(rules: Rules, name: str) -> str:
    """As rules.csv writes it."""
    found: dict[str, object] = {
        "max_classes_per_broadcast": rules.limits.max_classes,
        "max_pupils_per_broadcast": rules.limits.max_pupils,
        "grade_bands": bands_text(rules.limits.grade_bands),
        "group_is_stable": int(rules.group_is_stable),
    }
    return str(found[name] if name in found else getattr(rules, name))


Ruling = tuple[str, Rules]


def _limit(county: County, **limit: object) -> Rules:
    limits: Limits = replace(county.rules.limits, **limit)  # type: ignore[arg-type]
    return replace(county.rules, limits=limits)


def _max_classes(county: County) -> Iterator[Ruling]:
    now = county.rules.limits.max_classes
    for most in range(now + 1, 11) if now is not None else ():
        yield str(most), _limit(county, max_classes=most)


def _max_pupils(county: County) -> Iterator[Ruling]:
    """First what the largest class has, then by fives."""
    now = county.rules.limits.max_pupils
    if now is None:
        return
    largest = max(one.pupils for one in county.classes.values())
    steps = sorted({*range(now + 5, 3 * largest + 5, 5), largest})
    for most in steps:
        if most > now:
            yield str(most), _limit(county, max_pupils=most)


def _bands(county: County) -> Iterator[Ruling]:
    """Two neighbours made one, each pair; in the end all."""
    bands = county.rules.limits.grade_bands
    for place in range(len(bands) - 1):
        joined = (*bands[:place], (bands[place][0], bands[place + 1][1]), *bands[place + 2 :])
        yield bands_text(joined), _limit(county, grade_bands=joined)
    grades = [grade for one in county.classes.values() for grade in one.grades]
    if bands and bands != ((min(grades), max(grades)),):
        yield f"{min(grades)}-{max(grades)}", _limit(county, grade_bands=((min(grades), max(grades)),))


def _a_day(county: County) -> Iterator[Ruling]:
    for number in range(county.rules.same_subject_per_class_and_day + 1, 5):
        yield str(number), replace(county.rules, same_subject_per_class_and_day=number)


def _tolerance(county: County) -> Iterator[Ruling]:
    """A larger one binds less, but two periods may then fit one start."""
    now = county.rules.start_tolerance_minutes
    for minutes in sorted(FREE_TOLERANCES, key=lambda minutes: (minutes < now, abs(minutes - now), minutes)):
        if minutes != now:
            yield str(minutes), replace(county.rules, start_tolerance_minutes=minutes)


def _changeover(county: County) -> Iterator[Ruling]:
    now = county.rules.changeover_minutes
    for minutes in sorted({0, 5, 10, 15, 20, 30}, reverse=True):
        if minutes < now:
            yield str(minutes), replace(county.rules, changeover_minutes=minutes)


def _lesson(county: County) -> Iterator[Ruling]:
    now = county.rules.lesson_minutes
    shortest = min(period.end - period.start for bell in county.bells.values() for period in bell.periods)
    for minutes in sorted({shortest, *range(now - 5, 34, -5)}, reverse=True):
        if minutes < now:
            yield str(minutes), replace(county.rules, lesson_minutes=minutes)


def _stable(county: County) -> Iterator[Ruling]:
    if county.rules.group_is_stable:
        yield "0", replace(county.rules, group_is_stable=False)


_RULES: Mapping[str, Callable[[County], Iterator[Ruling]]] = {
    "max_classes_per_broadcast": _max_classes,
    "max_pupils_per_broadcast": _max_pupils,
    "grade_bands": _bands,
    "same_subject_per_class_and_day": _a_day,
    "start_tolerance_minutes": _tolerance,
    "changeover_minutes": _changeover,
    "lesson_minutes": _lesson,
    "group_is_stable": _stable,
}
RULES = tuple(_RULES)


def _owed(county: County, cause: Cause) -> Iterator[Relief]:
    """One lesson less, and less, until the class is owed nothing."""
    row = {"class_id": cause.entity, "subject": cause.subject}
    place, owed = next(
        (place, one)
        for place, one in enumerate(county.requirements)
        if (one.class_id, one.subject) == (cause.entity, cause.subject)
    )
    others = county.requirements[:place], county.requirements[place + 1 :]
    now = owed.lessons_per_week
    for number in range(now - 1, 0, -1):
        change = Change("requirements.csv", row, "lessons_per_week", str(now), str(number))
        fewer = replace(owed, lessons_per_week=number)
        yield replace(county, requirements=(*others[0], fewer, *others[1])), (change,)
    gone = Change("requirements.csv", {**row, "lessons_per_week": str(now)}, before="row")
    yield replace(county, requirements=(*others[0], *others[1])), (gone,)


def _new_teacher(county: County, cause: Cause) -> Iterator[Relief]:
    """One more teacher of the subject, with as many lessons as it takes; where that is more than usual, several."""
    usual = max((one.weekly_cap for one in county.teachers.values()), default=0) or USUAL_CAP
    school_id = min((one.school_id for one in county.studios.values()), default=min(county.schools))
    before = list[Change]()
    for number in range(1, MOST_TEACHERS + 1):
        name = f"{NEW_TEACHER}-{cause.entity}-{number}"
        row = {"teacher_id": name, "name": name, "school_id": school_id, "subjects": cause.entity}
        for cap in range(1, usual + 1):
            change = Change("teachers.csv", {**row, "weekly_cap": str(cap)}, after="row")
            yield with_teacher(county, Teacher(name, frozenset({cause.entity}), cap)), (*before, change)
        before.append(change)
        county = with_teacher(county, Teacher(name, frozenset({cause.entity}), usual))


def unusual(county: County, cause: Cause) -> float:
    """How many times as tight the cause is as with its peers; 1 where it has none or is like them."""
    match cause.kind:
        case Kind.TEACHER_CAP:
            caps = {one.teacher_id: one.weekly_cap for one in _main_teachers(county)}
            return median(caps.values()) / max(caps[cause.entity], 0.5)
        case Kind.TEACHER_AWAY:
            hours = [minutes_away(one) for one in _peers(county, cause.entity)]
            return minutes_away(county.teachers[cause.entity]) / max(median(hours), 60)
        case Kind.CLASS_BLOCKED | Kind.CLASS_OWN | Kind.TEACHER_OWN:
            counts = _periods_gone(county, cause.kind)
            return counts[cause.entity] / max(median(counts.values()), 2)
        case Kind.CLASS_GRADES:
            return FAR_GRADES
        case Kind.CLASS_PUPILS:
            return county.classes[cause.entity].pupils / max(1, median(one.pupils for one in county.classes.values()))
        case Kind.SCHOOL_ROOMS | Kind.SCHOOL_STREAMS:
            column = "receiving_rooms" if cause.kind is Kind.SCHOOL_ROOMS else "max_streams"
            served = {county.classes[owed.class_id].school_id for owed in county.requirements}
            numbers = {one: int(getattr(county.schools[one], column)) for one in served}
            return median(numbers.values()) / max(numbers[cause.entity], 0.5)
        case Kind.SCHOOL_BELL:
            served = {county.classes[owed.class_id].school_id for owed in county.requirements}
            periods = {one: len(county.bells[county.schools[one].bell_id].periods) for one in served}
            return median(periods.values()) / periods[cause.entity]
        case Kind.RULE:
            return _unusual_rule(county.rules, cause.entity, county)
        case Kind.OWED:
            mine = {
                one.class_id: one.lessons_per_week / one.every_weeks
                for one in county.requirements
                if one.subject == cause.subject
            }
            return mine[cause.entity] / median(mine.values()) if len(mine) > 1 else mine[cause.entity] / 3
    return 1.0


def _periods_gone(county: County, kind: Kind) -> dict[str, int]:
    """How many periods of each class are given away or its own school's; of each main teacher with own classes."""
    if kind is Kind.CLASS_BLOCKED:
        return {one.class_id: len(one.blocked) for one in county.classes.values()}
    peers = [*county.classes] if kind is Kind.CLASS_OWN else [one.teacher_id for one in _main_teachers(county)]
    counts = own_counts(county, kind)
    return {one: counts[one] for one in peers}


def _unusual_rule(rules: Rules, name: str, county: County) -> float:
    """Rules have no peers: a lesson is compared with the periods, a changeover with a break of a quarter of an hour."""
    if name == "lesson_minutes":
        return rules.lesson_minutes / median(
            period.end - period.start for bell in county.bells.values() for period in bell.periods
        )
    if name == "changeover_minutes":
        return rules.changeover_minutes / 15
    alone = name == "max_classes_per_broadcast" and rules.limits.max_classes == 1
    return 2.0 if alone else 1.0


def _main_teachers(county: County) -> list[Teacher]:
    subjects = {owed.subject for owed in county.requirements}
    return [one for one in county.teachers.values() if one.subjects & subjects]


def _peers(county: County, teacher_id: str) -> list[Teacher]:
    """Whoever teaches by broadcast; of a facilitator all facilitators."""
    beside = {one for several in county.facilitators.values() for one in several}
    return [county.teachers[one] for one in sorted(beside)] if teacher_id in beside else _main_teachers(county)


def minutes_away(teacher: Teacher) -> int:
    """Between 07:00 and 18:00."""
    return sum(max(0, min(away.end, 1080) - max(away.start, 420)) for away in teacher.unavailable)


_LADDERS: Mapping[Kind, Callable[[County, Cause], Iterator[Relief]]] = {
    Kind.TEACHER_AWAY: _away,
    Kind.TEACHER_CAP: _cap,
    Kind.TEACHER_OWN: _own,
    Kind.CLASS_BLOCKED: _blocked,
    Kind.CLASS_OWN: _own,
    Kind.CLASS_PUPILS: _pupils,
    Kind.CLASS_GRADES: _grades,
    Kind.FACILITATORS: _facilitators,
    Kind.SCHOOL_ROOMS: _rooms,
    Kind.SCHOOL_STREAMS: _streams,
    Kind.SCHOOL_BELL: _school_bell,
    Kind.BELL: _bell,
    Kind.STUDIOS: _studios,
    Kind.RULE: _rule,
    Kind.SUBJECT_TEACHER: _new_teacher,
    Kind.OWED: _owed,
}


def with_teacher(county: County, teacher: Teacher) -> County:
    return replace(county, teachers={**county.teachers, teacher.teacher_id: teacher})


def with_school(county: County, school: School) -> County:
    return replace(county, schools={**county.schools, school.school_id: school})


def with_class(county: County, class_id: str, **values: object) -> County:
    changed = replace(county.classes[class_id], **values)  # type: ignore[arg-type]
    return replace(county, classes={**county.classes, class_id: changed})
