"""Schools that have left an alliance: after their last day nothing of it is received there any more."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from tongtang.alliances.api import has_left, last_membership
from tongtang.alliances.models import Alliance, Membership
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.lessons.api import bind_showings, touched_by
from tongtang.lessons.models import Lesson, Reception
from tongtang.notices.api import tell
from tongtang.organisations.api import lock_schools
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import LessonBase, LocalMove
from tongtang.timetable.orders.concerned import local_teachers


def end_receptions_after_last_days() -> None:
    """End what schools would still receive from alliances that they have left. Doing it again changes nothing."""
    for alliance in set(_left().values_list("lesson__alliance", flat=True)):
        _end_in(alliance)


@transaction.atomic
def _end_in(alliance: int) -> None:
    # In the order of everybody who changes an alliance's timetable: alliance, schools, lessons.
    Alliance.objects.select_for_update().get(pk=alliance)
    rows = _left().filter(lesson__alliance=alliance)
    lock_schools(set(rows.values_list("school", flat=True)))
    list(Lesson.objects.select_for_update().filter(pk__in=set(rows.values_list("lesson", flat=True))).order_by("pk"))
    end_receptions(_left().filter(lesson__alliance=alliance))


def left_among(lessons: Collection[int]) -> list[Reception]:
    """Receptions to come of these lessons in schools that have left."""
    return list(_left().filter(lesson__in=lessons))


def _left() -> QuerySet[Reception]:
    rows = Reception.objects.filter(
        has_left(clock.today(), alliance="lesson__alliance", school="school", day="date"),
        active=True,
        starts_at__gt=clock.now(),
        lesson__state=Lesson.State.PLANNED,
        lesson__is_demo=False,
    )
    return rows.select_related("lesson__alliance", "school").order_by("pk")


def end_receptions(rows: Iterable[Reception]) -> None:
    """Take receptions out, inside the caller's transaction and locks: their screens and periods are free again.

    The class's own lessons that had given way to them are held where the school has them. A lesson that nobody receives
    any more, neither live nor by its recording, is not given: it blocks neither teacher nor studio. The rows stay, the
    audit chain says why, and each person concerned is told once of a school that left.
    """
    ended = list(rows)
    if not ended:
        return
    LocalMove.objects.filter(reception__in=ended).delete()
    Reception.objects.filter(pk__in=[row.pk for row in ended]).update(active=False)
    _forget_seats({row.pk for row in ended}, {row.lesson_id for row in ended})
    lessons = {row.lesson_id for row in ended}
    among = touched_by(lessons)
    watched = Lesson.objects.filter(pk__in=lessons, shows__isnull=False).values_list("shows", flat=True)
    lessons |= {key or 0 for key in watched.filter(shows__starts_at__gt=clock.now(), shows__state=Lesson.State.PLANNED)}
    _cancel_unreceived(lessons, recorded=True)
    bind_showings(among)
    _cancel_unreceived(lessons, recorded=False)
    bind_showings(among)
    seat_facilitators({row.school_id for row in ended})
    by_school: dict[tuple[int, int], list[Reception]] = defaultdict(list)
    for row in ended:
        by_school[row.lesson.alliance_id, row.school_id].append(row)
    for several in by_school.values():
        _announce(several)


def _forget_seats(receptions: Collection[int], lessons: Collection[int]) -> None:
    """No order that is taken back brings them back."""
    for base in LessonBase.objects.filter(lesson__in=lessons):
        base.values = base.values | {"seats": [seat for seat in base.values["seats"] if seat[0] not in receptions]}
        base.save(update_fields=["values"])


def _cancel_unreceived(lessons: Collection[int], *, recorded: bool) -> None:
    received = Reception.objects.filter(lesson=OuterRef("pk"), active=True)
    watched = Lesson.objects.filter(shows=OuterRef("pk"), active=True)
    Lesson.objects.filter(
        ~Q(Exists(received)), ~Q(Exists(watched)), pk__in=lessons, recorded=recorded, active=True
    ).update(state=Lesson.State.CANCELLED, active=False, shows=None)


def _announce(rows: Sequence[Reception]) -> None:
    alliance, school = rows[0].lesson.alliance, rows[0].school
    left: Membership = last_membership(alliance, school, clock.today())
    people = {row.lesson.teacher_id or 0 for row in rows} | {row.facilitator_id or 0 for row in rows}
    tell(
        (people | local_teachers({school.pk})) - {0},
        f"membership:{left.public_id}:left",
        _("%(school)s left %(alliance)s after %(day)s. It receives its lessons no more.")
        % {"school": school.name, "alliance": alliance.name, "day": left.valid_to},
    )
    append(
        stream="evidence",
        action="receptions.ended",
        actor="system",
        object=f"membership:{left.public_id}",
        reason=left.reason,
        detail={
            "last_day": left.valid_to.isoformat() if left.valid_to else "",
            "receptions": len(rows),
            "lessons": len({row.lesson_id for row in rows}),
        },
        school=school,
    )
