"""Lessons that are watched recorded: which recording each of them shows.

A class follows a group of the plan and sees its lessons in their order, each once, as soon as they are over. Source:
docs/decisions/0023-what-a-recorded-lesson-shows.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.foundation import clock
from tongtang.lessons.actions import Refused
from tongtang.lessons.models import Course, Lesson, Reception

BEFORE = timedelta(days=7)


def in_order(
    begins: Sequence[datetime], held: Sequence[tuple[datetime, int]], seen: Collection[int], shown: Collection[int]
) -> list[int | None]:
    """What each showing shows: of `held` lessons (end, key) the earliest that is over by then and not `seen`.

    `begins` and `held` are in the order of the clock; `shown` are those of `held` that were watched already. The first
    showing of all goes no further back than `BEFORE`, so that the class begins where its group is, and the others go on
    from there. None where there is nothing to show.
    """
    known = [number for number, (_end, key) in enumerate(held) if key in shown]
    left = [(end, key) for end, key in held[known[0] if known else 0 :] if key not in seen and key not in shown]
    fresh, found = not known, list[int | None]()
    for begin in begins:
        if fresh:
            left = [(end, key) for end, key in left if end > begin - BEFORE]
        over = bool(left) and left[0][0] <= begin
        fresh = fresh and not over
        found.append(left.pop(0)[1] if over else None)
    return found


def bind_showings(among: Q) -> None:
    """Give every showing to come of those courses (a filter of Course) the recording that it shows now.

    What began keeps what it showed. A lesson that its class received live is not shown to it.
    """
    now = clock.now()
    for course in Course.objects.filter(among, follows__isnull=False):
        # What is not held shows nothing to anybody.
        Lesson.objects.filter(course=course, active=False, starts_at__gt=now, shows__isnull=False).update(shows=None)
        for row, key in _chosen(course, now):
            if row.shows_id != key:
                Lesson.objects.filter(pk=row.pk).update(shows=key)


def _chosen(course: Course, now: datetime, without: Collection[int] = ()) -> list[tuple[Lesson, int | None]]:
    """The showings to come of a course, each with what it is to show; `without`: as if these lessons were not held."""
    rows = Lesson.objects.filter(course=course, recorded=True, active=True).exclude(pk__in=without)
    rows = rows.order_by("starts_at", "pk")
    coming = [row for row in rows if row.starts_at > now]
    if not coming:
        return []
    begun = {row.shows_id for row in rows if row.starts_at <= now and row.shows_id is not None}
    held = [(end, key) for end, key in _held(course.follows_id) if key not in without]
    chosen = in_order([row.starts_at for row in coming], held, _received(course, rows), begun)
    return list(zip(coming, chosen, strict=True))


def emptied_without(lesson: int) -> list[Reception]:
    """Receptions of the recorded lessons that would have nothing to show any more if a lesson were not held."""
    courses = Course.objects.filter(touched_by([lesson]), follows__isnull=False)
    chosen = [each for course in courses for each in _chosen(course, clock.now(), [lesson])]
    rows = Reception.objects.filter(
        lesson__in=[row.pk for row, key in chosen if row.shows_id is not None and key is None], active=True
    )
    return list(rows.select_related("lesson", "home_class__school").order_by("starts_at", "pk"))


def check_shown(lessons: Collection[int]) -> None:
    """Those of some lessons that are to be watched have something to show.

    Raises:
        Refused: one of them stands where no lesson that its class has not seen is over yet.
    """
    blank = Lesson.objects.filter(pk__in=lessons, recorded=True, active=True, shows=None).order_by("starts_at").first()
    if blank is not None:
        raise Refused(
            _("On %(day)s there would be no recording that the class has not seen. Choose a later time.")
            % {"day": clock.civil(blank.starts_at).date().isoformat()}
        )


def empty_showings(among: Q) -> set[int]:
    """Keys of showings to come of those courses (a filter of Course) that have nothing to show."""
    rows = Lesson.objects.filter(course__in=Course.objects.filter(among), recorded=True, active=True, shows=None)
    return set(rows.filter(starts_at__gt=clock.now()).values_list("pk", flat=True))


def _held(guide: int | None) -> list[tuple[datetime, int]]:
    """The lessons of a group that stand, past and to come."""
    rows = Lesson.objects.filter(course=guide, recorded=False, active=True).order_by("ends_at", "pk")
    return list(rows.values_list("ends_at", "pk"))


def _received(course: Course, showings: Iterable[Lesson]) -> set[int]:
    """Lessons of the group that the class itself receives live."""
    classes = Reception.objects.filter(lesson__in=[row.pk for row in showings]).values("home_class")
    rows = Reception.objects.filter(home_class__in=classes, lesson__course=course.follows_id, active=True)
    return set(rows.values_list("lesson_id", flat=True))


def touched_by(lessons: Collection[int]) -> Q:
    """The courses whose showings depend on some lessons: those lessons' own, and those that follow them."""
    courses: dict[bool, set[int]] = defaultdict(set)
    for course, recorded in Lesson.objects.filter(pk__in=lessons, course__isnull=False).values_list(
        "course", "recorded"
    ):
        courses[recorded].add(course)
    return Q(pk__in=courses[True]) | Q(follows__in=courses[False])
