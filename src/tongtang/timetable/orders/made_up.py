"""Orders that bring a make-up into being: arranged and taken back by the rules of make-ups."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.api import cancel_make_up
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.api import lock_schools
from tongtang.organisations.models import ReceivingRoom, Studio
from tongtang.timetable.facilitators import unattended
from tongtang.timetable.make_ups import free_at, plan_make_up, rooms_for, studios_for
from tongtang.timetable.models import ChangeOrder, LessonBase, LessonChange
from tongtang.timetable.orders.judge import Verdict
from tongtang.timetable.orders.patches import Patch, patch_json
from tongtang.timetable.orders.preview import Change, verdicts_of
from tongtang.timetable.orders.requests import MakeUp
from tongtang.timetable.orders.resolve import Refused
from tongtang.timetable.orders.sentences import Reason, alone_words, cautions_of
from tongtang.timetable.orders.world import Setting


def missed_of(order: ChangeOrder, request: MakeUp) -> Reception:
    """The reception that is made up.

    Raises:
        Refused: it is none of the alliance's.
    """
    rows = Reception.objects.select_related("lesson__alliance", "lesson__teacher", "home_class__school", "room")
    found = rows.filter(public_id=request.missed, lesson__alliance=order.alliance_id).first()
    if found is None:
        raise Refused(_("This class did not miss a lesson of the alliance. Choose it again."))
    return found


def arrange(actor: Actor, order: ChangeOrder, request: MakeUp) -> Reception:
    """The make-up as the order asks for it, with the order's mark on its lesson.

    Raises:
        Refused, lessons.Refused: as in `plan_make_up`.
    """
    missed = missed_of(order, request)
    rooms, studios = rooms_for(missed), studios_for(missed)
    free_room, free_studio = free_at(missed, request.starts_at, rooms, studios)
    room = next((one for one in rooms if one.public_id == request.room), None) if request.room else free_room
    studio = next((one for one in studios if one.public_id == request.studio), None) if request.studio else free_studio
    if room is None or studio is None:
        raise Refused(_("Choose a room of the class's school and a studio."))
    made = plan_make_up(actor=actor, missed=missed, starts_at=request.starts_at, room=room, studio=studio)
    LessonChange.objects.create(order=order, lesson=made.lesson, patch=patch_json(Patch(made=True)))
    return made


def verdicts_of_made(lesson: Lesson) -> tuple[Verdict, ...]:
    """What is to be said of a make-up that was just written."""
    return verdicts_of(Change(lesson.alliance, {lesson.pk: Patch(made=True)}, Setting()), [lesson], clock.now())


def arrange_beside(
    missed: Reception, starts_at: datetime, arrange: Callable[[], Reception]
) -> tuple[Reception, tuple[Reason, ...]]:
    """The make-up that `arrange` writes, and beside which classes of its school nobody is any more because of it."""
    place = {missed.school_id}, {civil(starts_at).date()}
    lock_schools({missed.school_id})
    before = unattended(*place)
    made = arrange()
    return made, alone_words(unattended(*place) - before)


class Unconfirmed(Exception):
    """What is doubtful was not confirmed: `cautions` are to be read. Nothing is written then."""

    def __init__(self, cautions: Sequence[Reason]) -> None:
        super().__init__()
        self.cautions = cautions


@transaction.atomic
def plan_confirmed(
    *,
    actor: Actor,
    missed: Reception,
    starts_at: datetime,
    room: ReceivingRoom,
    studio: Studio,
    confirmed: Collection[str],
) -> Reception:
    """Arrange a make-up without an order, of which the same is asked as of one; `confirmed`: words of its cautions.

    Raises:
        lessons.Refused: as in `plan_make_up`.
        Unconfirmed: something is doubtful, and not all of it was confirmed.
    """
    made, alone = arrange_beside(
        missed,
        starts_at,
        lambda: plan_make_up(actor=actor, missed=missed, starts_at=starts_at, room=room, studio=studio),
    )
    cautions = [*cautions_of(verdicts_of_made(made.lesson)), *alone]
    if not {one.words for one in cautions} <= set(confirmed):
        raise Unconfirmed(cautions)
    return made


def made_by(order: ChangeOrder) -> Lesson | None:
    """The lesson that the order brought into being, where it stands."""
    rows = Lesson.objects.filter(changes__order=order, active=True, origin=Lesson.Origin.MAKE_UP)
    return rows.select_related("alliance").first()


def still_to_come(order: ChangeOrder) -> Lesson:
    """The order's make-up.

    Raises:
        Refused: it began or is gone.
    """
    lesson = made_by(order)
    if lesson is None or lesson.starts_at <= clock.now():
        raise Refused(_("Nothing of this order is still to come. What was held stays as it was held."))
    return lesson


def take_back(actor: Actor, lesson: Lesson, reason: str) -> Lesson:
    """Cancel the make-up; the class is short of the period again.

    Raises:
        lessons.Refused: it began or is gone.
    """
    cancelled = cancel_make_up(actor=actor, make_up=lesson.receptions.get(active=True), reason=reason)
    # Without the order there is no such lesson: nothing is kept of where other orders found it.
    LessonBase.objects.filter(lesson=lesson).delete()
    return cancelled
