"""The recorded lessons of a weekly plan as dated lessons: which group each class follows, and on which days it watches.

Source: docs/decisions/0023-what-a-recorded-lesson-shows.md.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from tongtang.lessons.api import in_order
from tongtang.timetable.solver.expand import DatedLesson
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson, SchoolClass

MARK = ";"
"""No id of a county's files holds it, so no group has the name of a showing."""
Pair = tuple[str, str]
"""Class and subject."""
Lessons = Mapping[Pair, Collection[tuple[str, date, int]]]
"""Lessons of groups by who saw them, each by the key of `DatedLesson`."""


def name_of(class_id: str, subject: str) -> str:
    """The group name of what a class watches of a subject."""
    return f"{MARK}{class_id}{MARK}{subject}"


def is_showing(lesson: DatedLesson) -> bool:
    return lesson.group_id.startswith(MARK)


def guides_of(
    county: County, broadcasts: Sequence[Broadcast], recorded: Sequence[RecordedLesson]
) -> dict[Pair, Broadcast | None]:
    """A broadcast of the group that each class follows in each subject that it watches; None where there is none.

    A group of the subject with whose classes it may share a broadcast: its own one first, then the one with the most
    grades in common, the same number of lessons a week, the first name.
    """
    groups: dict[str, list[Broadcast]] = defaultdict(list)
    for one in broadcasts:
        groups[one.group_id].append(one)
    owed = {(each.class_id, each.subject): each.lessons_per_week for each in county.requirements}
    found: dict[Pair, Broadcast | None] = {}
    for pair in dict.fromkeys((each.class_id, each.subject) for each in recorded):
        fit = [many for many in groups.values() if many[0].subject == pair[1] and _shares(county, pair[0], many[0])]
        ranked = sorted(fit, key=lambda many: _rank(county, pair[0], many, owed.get(pair, 0)))
        found[pair] = ranked[0][0] if ranked else None
    return found


def guides_before(
    county: County, earlier: Sequence[Broadcast], recorded: Sequence[RecordedLesson]
) -> dict[Pair, Broadcast | None]:
    """The same of groups that are taught no more: a class's own one only where there is no other, it has seen that."""
    others = {
        class_id: [one for one in earlier if class_id not in one.class_ids]
        for class_id in {o.class_id for o in recorded}
    }
    found: dict[Pair, Broadcast | None] = {}
    for each in recorded:
        pair = each.class_id, each.subject
        own = guides_of(county, earlier, [each])[pair]
        found[pair] = guides_of(county, others[each.class_id], [each])[pair] or own
    return found


def _rank(county: County, class_id: str, group: Sequence[Broadcast], lessons: int) -> tuple[bool, int, int, str]:
    grades = set(county.classes[class_id].grades)
    common = {grade for one in group[0].class_ids for grade in county.classes[one].grades} & grades
    own = any(class_id in one.class_ids for one in group)
    return not own, -len(common), abs(len(group) - lessons), group[0].group_id


def _shares(county: County, class_id: str, group: Broadcast) -> bool:
    bands = county.rules.limits.grade_bands
    classes = [county.classes[one] for one in (class_id, *group.class_ids)]
    return not bands or any(all(_inside(each, band) for each in classes) for band in bands)


def _inside(each: SchoolClass, band: tuple[int, int]) -> bool:
    return all(band[0] <= grade <= band[1] for grade in each.grades)


def showings(
    county: County, recorded: Sequence[RecordedLesson], guides: Mapping[Pair, Broadcast | None]
) -> list[Broadcast]:
    """The recorded lessons as broadcasts to one class each, with the guide's teacher and studio, to be expanded."""
    found = []
    for each in recorded:
        guide = guides[each.class_id, each.subject]
        bell = county.bell_of(county.classes[each.class_id])
        start = next(period.start for period in bell.periods if period.number == each.period)
        if guide is not None:
            found.append(
                replace(
                    guide,
                    group_id=name_of(each.class_id, each.subject),
                    weekday=each.weekday,
                    start=start,
                    class_ids=(each.class_id,),
                    line=each.line,
                    every_weeks=1,
                    week=1,
                )
            )
    return found


def with_something_to_show(
    expanded: Sequence[DatedLesson],
    standing: Sequence[DatedLesson],
    guides: Mapping[Pair, Broadcast | None],
    seen: Lessons,
) -> list[DatedLesson]:
    """An expanded plan whose showings take nobody's time, without those for which no recording can be there.

    `standing`: the lessons as they will be, of earlier plans too; `seen`: what each class saw of them before.
    """
    kept = [one for one in expanded if not is_showing(one)]
    for (class_id, subject), guide in guides.items():
        mine = sorted((one for one in expanded if one.group_id == name_of(class_id, subject)), key=_moment)
        lessons = sorted((one for one in standing if guide and one.group_id == guide.group_id), key=_end)
        live = {n for n, one in enumerate(lessons) if any(each.class_id == class_id for each in one.receptions)}
        shown = {n for n, one in enumerate(lessons) if one.key in seen.get((class_id, subject), ())}
        held = [(_end(one), n) for n, one in enumerate(lessons)]
        chosen = in_order([_moment(one) for one in mine], held, live, shown)
        kept += [
            replace(one, teacher_id="", studio_id="") for one, n in zip(mine, chosen, strict=True) if n is not None
        ]
    return kept


def _moment(one: DatedLesson) -> datetime:
    return datetime.combine(one.day, time()) + timedelta(minutes=one.start)


def _end(one: DatedLesson) -> datetime:
    return datetime.combine(one.day, time()) + timedelta(minutes=one.end)
