"""Where dated lessons of a plan meet what schools teach themselves: own lessons of the classes, and of the teachers."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.timetable.models import LocalLesson, LocalMove
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.queries import calendar_of
from tongtang.timetable.sentences import WEEKDAYS

BATCH = 500


def own_clashes(lessons: Sequence[Lesson], county_code: int) -> list[str]:
    """Own lessons in the way of standing lessons, each weekly place once, in words; by school, class and period.

    An own lesson of the same subject is the one that the class receives then, with its own teacher in the room.
    """
    if not lessons:
        return []
    days = min(row.date for row in lessons), max(row.date for row in lessons)
    found = [*_of_classes(lessons, county_code, days), *_of_teachers(lessons, days)]
    return [_words(one) for one in sorted(set(found), key=_place)]


def _place(one: LocalLesson) -> tuple[str, str, int, int]:
    return one.home_class.school.source_id, one.home_class.source_id, one.weekday, one.period_number


def _words(one: LocalLesson) -> str:
    return _("%(school)s %(home_class)s, %(weekday)s period %(period)d, own %(subject)s") % {
        "school": one.home_class.school.name,
        "home_class": one.home_class.name,
        "weekday": WEEKDAYS[one.weekday - 1],
        "period": one.period_number,
        "subject": subject_name(one.subject_id),
    }


def _of_classes(lessons: Sequence[Lesson], county_code: int, days: tuple[date, date]) -> Iterator[LocalLesson]:
    calendar = calendar_of(county_code, *days)
    receptions = _receptions(lessons)
    own = _weekly({row.home_class_id for row in receptions})
    gone = set(
        LocalMove.objects.filter(local_lesson__in=[one.pk for one in own.values()], from_day__range=days).values_list(
            "local_lesson", "from_day"
        )
    )
    for row in receptions:
        weekday = calendar.get(row.date, row.date.isoweekday())
        one = own.get((row.home_class_id, weekday or 0, row.period_number or 0))
        if one is not None and one.subject_id != row.lesson.subject_id and (one.pk, row.date) not in gone:
            yield one


def _receptions(lessons: Sequence[Lesson]) -> list[Reception]:
    keys = [row.pk for row in lessons]
    found: list[Reception] = []
    for start in range(0, len(keys), BATCH):
        rows = Reception.objects.filter(lesson__in=keys[start : start + BATCH], active=True)
        found += rows.select_related("lesson")
    return found


def _weekly(classes: Collection[int]) -> Mapping[tuple[int, int, int], LocalLesson]:
    rows = LocalLesson.objects.filter(home_class__in=classes).select_related("home_class__school")
    return {(row.home_class_id, row.weekday, row.period_number): row for row in rows}


def _of_teachers(lessons: Sequence[Lesson], days: tuple[date, date]) -> Iterator[LocalLesson]:
    """Own lessons as they are held, wherever orders moved them; none is while its class receives."""
    taught: dict[tuple[int, date], list[Lesson]] = defaultdict(list)
    for row in lessons:
        taught[row.teacher_id or 0, row.date].append(row)
    teachers = {teacher for teacher, _day in taught} - {0}
    for one in own_lessons(Q(teacher__in=teachers), days):
        rows = taught.get((one.lesson.teacher_id or 0, civil(one.starts_at).date()), ())
        if any(row.starts_at < one.ends_at and one.starts_at < row.ends_at for row in rows):
            yield one.lesson
