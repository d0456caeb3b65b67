"""Reads what teachers may teach and how much: subjects of their posts, lessons of a civil week against the caps."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q

from tongtang.foundation import clock
from tongtang.lessons.models import Lesson
from tongtang.people.models import Post
from tongtang.timetable.models import ChangeOrder, LessonBase, LessonChange
from tongtang.timetable.orders.judge import Load, monday_of

Week = tuple[int, date]
"""A teacher and the Monday of a civil week."""
SUNDAY = timedelta(days=6)


def subjects_of(teachers: Collection[int]) -> dict[int, frozenset[str]]:
    """Subject codes that the posts of these people name, which have not ended."""
    found: dict[int, set[str]] = defaultdict(set)
    posts = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gte=clock.today()), person__in=teachers)
    for teacher, subjects in posts.values_list("person", "subjects"):
        found[teacher] |= set(subjects)
    return {teacher: frozenset(subjects) for teacher, subjects in found.items()}


def loads_of(teachers: Collection[int], mondays: Collection[date], touched: Collection[int]) -> dict[Week, Load]:
    """What these people give in each of these weeks; who has no post then has no cap and is left out."""
    if not teachers or not mondays:
        return {}
    caps = _caps(teachers, mondays)
    taught = Lesson.objects.filter(teacher__in=teachers, active=True, recorded=False, is_demo=False)
    days = min(mondays), max(mondays) + SUNDAY
    rows = list(taught.filter(date__range=days).values_list("pk", "teacher", "starts_at", "base"))
    others = Counter((teacher or 0, monday_of(start)) for key, teacher, start, _base in rows if key not in touched)
    placed = Counter((teacher or 0, monday_of(start)) for _key, teacher, start, base in rows if base is None)
    placed.update(_placed_otherwise(teachers))
    return {week: Load(cap, others[week], placed[week]) for week, cap in caps.items()}


def _caps(teachers: Collection[int], mondays: Collection[date]) -> dict[Week, int]:
    """The caps of all posts that a person holds on some day of a week, together."""
    still = Q(valid_to=None) | Q(valid_to__gte=min(mondays))
    posts = Post.objects.filter(still, person__in=teachers)
    caps: Counter[Week] = Counter()
    for teacher, cap, first, last in posts.values_list("person", "weekly_cap", "valid_from", "valid_to"):
        for monday in mondays:
            if first <= monday + SUNDAY and (last is None or last >= monday):
                caps[teacher, monday] += cap
    return dict(caps)


def _placed_otherwise(teachers: Collection[int]) -> Iterator[Week]:
    """Where the plan has lessons on which orders stand, and where day transfers put them, in another week."""
    bases = LessonBase.objects.filter(lesson__recorded=False, lesson__is_demo=False, values__teacher__in=list(teachers))
    planned: dict[int, Week] = {
        key: (values["teacher"], monday_of(datetime.fromisoformat(values["starts_at"])))
        for key, values in bases.values_list("lesson", "values")
    }
    yield from planned.values()
    transferred = LessonChange.objects.filter(
        order__state=ChangeOrder.State.APPLIED, order__kind=ChangeOrder.Kind.DAY_TRANSFER, lesson__in=planned
    )
    for key, patch in transferred.values_list("lesson", "patch"):
        week = planned[key][0], monday_of(datetime.fromisoformat(patch["starts_at"]))
        if week != planned[key]:
            yield week
