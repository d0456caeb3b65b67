"""Make-ups and cancelled lessons: what was missed is given again, or is not given at all, and both stay on record."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.lessons.actions import (
    Receiver,
    Refused,
    add_lesson,
    add_receptions,
    clash_sentence,
    happened,
    record_evidence,
)
from tongtang.lessons.events import tell_cancelled
from tongtang.lessons.models import EvidenceKind, Lesson, Mode, Reception
from tongtang.lessons.queries import figures_of
from tongtang.lessons.showings import bind_showings, touched_by
from tongtang.organisations.api import lock_schools
from tongtang.organisations.models import ReceivingRoom, Studio
from tongtang.people.models import Person


def check_missed(reception: Reception, now: datetime) -> None:
    """A make-up may stand in place of this reception.

    Raises:
        Refused: it was delivered, it may still be, or it has a make-up already.
    """
    found = figures_of([reception])[reception.pk]
    if found.delivered:
        raise Refused(_("This class received the lesson. There is nothing to make up."))
    if now < reception.ends_at and not (found.reported_missing or found.cancelled):
        raise Refused(_("The lesson is not over yet. Arrange a make-up once it was missed."))
    if Reception.objects.filter(make_up_of=reception, active=True).exists():
        raise Refused(_("This lesson has a make-up already."))


@transaction.atomic
def arrange_make_up(
    *,
    actor: Actor,
    missed: Reception,
    starts_at: datetime,
    changeover: timedelta,
    room: ReceivingRoom,
    studio: Studio,
    period_number: int | None = None,
) -> Reception:
    """A dated lesson of its own for the class that missed one; the missed reception's minutes never change.

    What was to be watched recorded is shown again: `studio` is not needed then.

    Raises:
        Refused: it is in the past, not missed, has a make-up already, or teacher, studio, class or screen is taken.
    """
    now = clock.now()
    if starts_at <= now:
        raise Refused(_("The make-up lies in the past. Choose a later time."))
    check_missed(missed, now)
    lesson = missed.lesson
    if lesson.recorded:
        made = _shown_again(missed, starts_at, changeover, room, period_number)
    elif lesson.teacher is None:
        raise Refused(_("A demonstration lesson cannot be made up."))
    else:
        made = _taught_again(missed, lesson.teacher, starts_at, changeover, room, studio, period_number)
    reception = made.receptions.get()
    rows = [happened(EvidenceKind.MAKE_UP, now, {"reception": str(reception.public_id)})]
    record_evidence(actor=actor, reception=missed, rows=rows, now=now)
    return reception


def _taught_again(
    missed: Reception,
    teacher: Person,
    starts_at: datetime,
    changeover: timedelta,
    room: ReceivingRoom,
    studio: Studio,
    period_number: int | None,
) -> Lesson:
    lesson = missed.lesson
    return add_lesson(
        alliance=lesson.alliance,
        subject=lesson.subject,
        title=lesson.title,
        teacher=teacher,
        studio=studio,
        starts_at=starts_at,
        ends_at=starts_at + (lesson.ends_at - lesson.starts_at),
        changeover=changeover,
        receivers=[Receiver(missed.home_class, room, period_number, make_up_of=missed)],
        origin=Lesson.Origin.MAKE_UP,
    )


def _shown_again(
    missed: Reception, starts_at: datetime, changeover: timedelta, room: ReceivingRoom, period_number: int | None
) -> Lesson:
    """The recording that the class did not watch, at another time; nobody teaches, and no studio is taken.

    Raises:
        Refused: there was nothing to show, or class or screen is taken.
    """
    lesson = missed.lesson
    if lesson.shows is None:
        raise Refused(_("There is no recording to be shown in this lesson."))
    ends_at = starts_at + (lesson.ends_at - lesson.starts_at)
    receiver = Receiver(missed.home_class, room, period_number, make_up_of=missed, mode=Mode.RECORDED)
    try:
        with transaction.atomic():
            made = Lesson.objects.create(
                alliance=lesson.alliance,
                subject=lesson.subject,
                title=lesson.title,
                school=lesson.school,
                region_code=lesson.region_code,
                teacher=None,
                studio=None,
                date=clock.civil(starts_at).date(),
                starts_at=starts_at,
                ends_at=ends_at,
                busy_until=ends_at + changeover,
                origin=Lesson.Origin.MAKE_UP,
                recorded=True,
                shows=lesson.shows,
            )
            add_receptions(made, [receiver])
    except IntegrityError as error:
        raise Refused(clash_sentence(error)) from error
    return made


@transaction.atomic
def cancel_lesson(*, actor: Actor, lesson: Lesson, reason: str) -> Lesson:
    """The lesson is not given: it blocks nobody, and its classes are short of a period until it is made up.

    Raises:
        Refused: no reason, or the lesson began, is over, or is cancelled already.
    """
    if not reason.strip():
        raise Refused(_("Say why the lesson is cancelled."))
    now = clock.now()
    # The schools, then the lesson, then its receptions: the order in which everybody takes their locks.
    lock_schools(lesson.receptions.values_list("school", flat=True).distinct())
    Lesson.objects.select_for_update().get(pk=lesson.pk)
    planned = Lesson.objects.filter(pk=lesson.pk, state=Lesson.State.PLANNED, starts_at__gt=now)
    receptions = list(lesson.receptions.filter(active=True))
    lesson.receptions.filter(active=True, lesson__in=planned).update(active=False)
    if not planned.update(state=Lesson.State.CANCELLED, active=False, shows=None):
        raise Refused(_("Only a lesson that has not begun can be cancelled."))
    for reception in receptions:
        rows = [happened(EvidenceKind.CANCELLED, now, {"reason": reason.strip()})]
        record_evidence(actor=actor, reception=reception, rows=rows, now=now)
    bind_showings(touched_by([lesson.pk]))
    tell_cancelled([reception.pk for reception in receptions])
    lesson.refresh_from_db()
    return lesson


def cancel_make_up(*, actor: Actor, make_up: Reception, reason: str) -> Lesson:
    """Take back a make-up that has not begun; the class is short of the period again.

    Raises:
        Refused: it is no make-up, or as in `cancel_lesson`.
    """
    if make_up.make_up_of_id is None:
        raise Refused(_("This is not a make-up."))
    return cancel_lesson(actor=actor, lesson=make_up.lesson, reason=reason)
