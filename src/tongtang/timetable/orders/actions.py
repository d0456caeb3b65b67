"""Making, previewing, applying and withdrawing change orders."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.alliances.models import Alliance
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.api import Refused as LessonRefused
from tongtang.lessons.api import clash_sentence, empty_showings, touched_by
from tongtang.lessons.models import Course, Lesson, Reception
from tongtang.notices.api import tell
from tongtang.organisations.api import lock_schools
from tongtang.timetable.facilitators import names_people, unattended
from tongtang.timetable.models import ChangeOrder, DatedBells, DayTransfer, LessonBase, LessonChange
from tongtang.timetable.orders import made_up
from tongtang.timetable.orders.concerned import people_concerned
from tongtang.timetable.orders.patches import Patch, patch_json
from tongtang.timetable.orders.preview import HELD, Change, Preview, verdicts_of
from tongtang.timetable.orders.requests import MakeUp, Request, kind_of, request_json, request_of
from tongtang.timetable.orders.resolve import Refused, Resolved, heard, held_between, resolve, ring_of
from tongtang.timetable.orders.sentences import alone_words, change_line, empty_words, notice_text
from tongtang.timetable.orders.world import Setting, lock_teachers, patches_of
from tongtang.timetable.orders.writing import write

State = ChangeOrder.State


class _Impossible(Exception):
    """Rolls back; `preview` holds what stands in the way."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview


def _lock(alliance_id: int) -> Alliance:
    """One change of an alliance's timetable at a time; publishing a plan takes the same lock."""
    Alliance.objects.select_for_update().get(pk=alliance_id)
    return Alliance.objects.select_related("anchor_school").get(pk=alliance_id)


def _found(alliance: Alliance, order: ChangeOrder, request: Request) -> Resolved:
    """What a request changes; of a make-up, which brings its own lesson, the days alone."""
    if isinstance(request, MakeUp):
        missed = made_up.missed_of(order, request)
        return Resolved(days={missed.date, civil(request.starts_at).date()})
    return resolve(alliance, request)


def _new_order(actor: Actor, alliance: Alliance, request: Request, reason: str) -> ChangeOrder:
    """An order that is not saved.

    Raises:
        Refused: nobody is signed in, or the request names what is not there.
    """
    if actor.person_id is None:
        raise Refused(_("Only a person can change the timetable. Sign in."))
    order = ChangeOrder(
        alliance=alliance,
        kind=kind_of(request),
        request=request_json(request),
        reason=reason.strip()[:200],
        made_by_id=actor.person_id,
        made_at=clock.now(),
    )
    _span(order, _found(alliance, order, request))
    return order


def _span(order: ChangeOrder, found: Resolved) -> None:
    order.first_day, order.last_day = min(found.days), max(found.days)


@transaction.atomic
def make_order(*, actor: Actor, alliance: Alliance, request: Request, reason: str) -> ChangeOrder:
    """A draft: it can be previewed and applied, and changes nothing until then.

    Raises:
        Refused: no reason, or the request names what is not there.
    """
    if not reason.strip():
        raise Refused(_("Say why the timetable is changed."))
    order = _new_order(actor, alliance, request, reason)
    order.save()
    return order


def preview_request(*, actor: Actor, alliance: Alliance, request: Request) -> Preview:
    """What an order would do that nobody has made yet; nothing is written.

    Raises:
        Refused: as in `make_order`, but for the reason.
    """
    return preview_order(_new_order(actor, alliance, request, ""), actor)


def _lessons(keys: Collection[int], lock: bool) -> list[Lesson]:
    rows = Lesson.objects.filter(pk__in=keys).order_by("pk")
    if lock:
        # Locked first, read after: a join would ask for the lock of its other tables as well.
        list(rows.select_for_update())
    return list(rows.select_related("alliance"))


def _check_draft(order: ChangeOrder, now: datetime) -> None:
    state = order.state_on(civil(now).date())
    if state == State.EXPIRED:
        raise Refused(_("The days of this order are over. Make a new one."))
    if state == State.WITHDRAWN:
        raise Refused(_("This order was withdrawn. Make a new one."))


def _judged(order: ChangeOrder, alliance: Alliance, found: Resolved, now: datetime, lock: bool) -> Preview:
    change = Change(alliance, found.patches, found.setting)
    if lock:
        _lock_receivers(found.patches)
        _lock_teachers(found.patches, found.patches.values())
    return Preview(order, verdicts_of(change, _lessons(found.patches, lock), now))


def _lock_receivers(lessons: Collection[int]) -> None:
    """Orders of other alliances in the same schools wait: what is free is looked at by one after the other."""
    lock_schools(Reception.objects.filter(lesson__in=lessons).values_list("school_id", flat=True).distinct())


def _lock_teachers(lessons: Collection[int], patches: Iterable[Patch]) -> None:
    """Whoever teaches these lessons, by the plan or now, and to whom patches give them."""
    now = Lesson.objects.filter(pk__in=lessons).values_list("teacher", flat=True)
    planned = LessonBase.objects.filter(lesson__in=lessons).values_list("values__teacher", flat=True)
    given = [patch.teacher_id for patch in patches]
    lock_teachers(key for key in {*now, *planned, *given} if key is not None)


def _tried(attempt: Callable[[], Preview]) -> Preview:
    """What an attempt would do; all of it is rolled back."""
    try:
        with transaction.atomic():
            raise _Impossible(attempt())
    except _Impossible as undone:
        return undone.preview


def preview_order(order: ChangeOrder, actor: Actor) -> Preview:
    """What a draft would do to each reception, judged now; nothing is written. An order that holds changes no more."""
    now, request = clock.now(), request_of(order.kind, order.request)
    alliance = Alliance.objects.select_related("anchor_school").get(pk=order.alliance_id)
    if order.state == State.APPLIED:
        return Preview(order)
    try:
        _check_draft(order, now)
        if isinstance(request, MakeUp):
            return _tried(lambda: _make_up(actor, order, request))
        found = resolve(alliance, request)
        preview = _judged(order, alliance, found, now, lock=False)
    except (Refused, LessonRefused) as refused:
        return Preview(order, refused=str(refused))
    return _tried_out(actor, preview, set(found.patches)) if preview.possible and _depends(preview) else preview


def _depends(preview: Preview) -> bool:
    """Whether what becomes of it is known only once it is written: recordings are shown, or people named stand by."""
    schools = {one.receiver.school_id for each in preview.verdicts for one in each.effects}
    lessons = [each.touched.lesson_id for each in preview.verdicts]
    shown = Course.objects.filter(touched_by(lessons), follows__isnull=False)
    return any(each.touched.recorded for each in preview.verdicts) or shown.exists() or names_people(schools)


def _tried_out(actor: Actor, preview: Preview, ordered: set[int]) -> Preview:
    """The same, with what its writing says; all of it is rolled back."""
    try:
        # What is taken back of the evidence asks for a reason, which nobody has given yet; it is rolled back with it.
        return _tried(lambda: _written(actor, preview, ordered, preview.order.reason or str(preview.order.kind)))
    except LessonRefused as refused:
        return replace(preview, refused=str(refused))
    except IntegrityError as error:
        return replace(preview, refused=_clash(error))


def _written(actor: Actor, preview: Preview, ordered: set[int], reason: str) -> Preview:
    """Every lesson where it is to be; the preview knows then what has nothing to show and who is alone any more.

    Raises:
        IntegrityError, lessons.Refused: as `write`.
    """
    shapes = [shape for each in preview.verdicts for shape in (each.touched.now, each.touched.target)]
    days = {civil(shape.starts_at).date() for shape in shapes}
    schools = {one.receiver.school_id for each in preview.verdicts for one in each.effects}
    courses = touched_by([each.touched.lesson_id for each in preview.verdicts])
    before, blank = unattended(schools, days), empty_showings(courses)
    write(actor, preview.order, preview.verdicts, ordered, reason)
    return replace(
        preview,
        alone=alone_words(unattended(schools, days) - before),
        empty=empty_words(empty_showings(courses) - blank),
    )


def _make_up(actor: Actor, order: ChangeOrder, request: MakeUp) -> Preview:
    made, alone = made_up.arrange_beside(
        made_up.missed_of(order, request), request.starts_at, lambda: made_up.arrange(actor, order, request)
    )
    return Preview(order, made_up.verdicts_of_made(made.lesson), alone=alone)


def apply_order(*, actor: Actor, order: ChangeOrder, confirmed: Collection[str] = ()) -> Preview:
    """Put a draft in force: all of it in one transaction, or nothing, with everything that stands in the way.

    `confirmed`: the words of the preview's cautions that were read and are wanted all the same; one that is not among
    them stands in the way. An order that holds already stays as it is, so a repeat does nothing. Look at `possible` of
    what comes back.
    """
    try:
        with transaction.atomic():
            alliance = _lock(order.alliance_id)
            order = ChangeOrder.objects.select_for_update().get(pk=order.pk)
            if order.state == State.APPLIED:
                return Preview(order)
            return _apply(actor, order, alliance, set(confirmed))
    except _Impossible as impossible:
        return impossible.preview
    except (Refused, LessonRefused) as refused:
        return Preview(order, refused=str(refused))
    except IntegrityError as error:
        return Preview(order, refused=_clash(error))


def _clash(error: IntegrityError) -> str:
    """The database's refusal in a sentence.

    Raises:
        IntegrityError: the same error, where it is not about a clash.
    """
    for name in ("class_once_a_period", "local_lesson_moved_once", "local_move_once_a_period"):
        if name in str(error):
            return _("A class has another lesson in this period.")
    return clash_sentence(error)


def _apply(actor: Actor, order: ChangeOrder, alliance: Alliance, confirmed: set[str]) -> Preview:
    now, request = clock.now(), request_of(order.kind, order.request)
    _check_draft(order, now)
    found = _found(alliance, order, request)
    if isinstance(request, MakeUp):
        preview = _make_up(actor, order, request)
    else:
        preview = _judged(order, alliance, found, now, lock=True)
    if not preview.possible:
        raise _Impossible(preview)
    _hold(order, found, now)
    if not isinstance(request, MakeUp):
        _record(order, found)
        preview = _written(actor, preview, set(found.patches), order.reason)
    if not {one.words for one in preview.cautions} <= confirmed:
        raise _Impossible(replace(preview, refused=_("Read the warnings of this order and confirm each of them.")))
    _announce(actor, order, preview, "applied", order.reason)
    return preview


def _hold(order: ChangeOrder, found: Resolved, now: datetime) -> None:
    """In force; its days are those of its lessons as they are now, not as they were when it was drafted."""
    _span(order, found)
    order.state, order.applied_at = State.APPLIED, now
    order.save(update_fields=["state", "applied_at", "first_day", "last_day"])


def _record(order: ChangeOrder, found: Resolved) -> None:
    LessonChange.objects.bulk_create(
        [LessonChange(order=order, lesson_id=key, patch=patch_json(patch)) for key, patch in found.patches.items()]
    )
    DatedBells.objects.bulk_create(
        [
            DatedBells(
                order=order,
                school_id=ring.school_id,
                bell_schedule_id=ring.bell_schedule_id,
                first_day=ring.first_day,
                last_day=ring.last_day,
            )
            for ring in found.setting.bells
        ]
    )
    if found.setting.transfer is not None:
        from_day, to_day = found.setting.transfer
        DayTransfer.objects.create(order=order, from_day=from_day, to_day=to_day)


def _announce(actor: Actor, order: ChangeOrder, preview: Preview, step: str, reason: str) -> None:
    """Each person concerned is told once; the audit chain, whose lock is the last one taken, holds who did it.

    `step`: "applied" or "withdrawn".
    """
    verdicts = preview.verdicts
    lines = [change_line(each.touched) for each in verdicts]
    tell(
        people_concerned(verdicts, actor.person_id),
        f"change-order:{order.public_id}:{step}",
        notice_text(order, lines, reason, withdrawn=step == "withdrawn"),
    )
    append(
        stream="evidence",
        action=f"order.{step}",
        actor=actor.subject,
        object=f"order:{order.public_id}",
        reason=reason,
        detail={
            "kind": str(order.kind),
            "first_day": order.first_day.isoformat(),
            "last_day": order.last_day.isoformat(),
            "lessons": len(verdicts),
            "receptions": sum(len(each.effects) for each in verdicts),
            "confirmed": sorted({one.code for one in preview.cautions}),
        },
        school=order.alliance.anchor_school,
    )


def withdraw_order(*, actor: Actor, order: ChangeOrder, reason: str) -> Preview:
    """Take an order back: what is still to come stands again as the plan and the other orders have it.

    What began stays as it was held. Where the old place is taken meanwhile, nothing is changed and it is said why.
    """
    if not reason.strip():
        return Preview(order, refused=_("Say why the order is withdrawn."))
    try:
        with transaction.atomic():
            alliance = _lock(order.alliance_id)
            order = ChangeOrder.objects.select_for_update().get(pk=order.pk)
            if order.state == State.WITHDRAWN:
                return Preview(order)
            return _withdraw(actor, order, alliance, reason.strip())
    except _Impossible as impossible:
        return impossible.preview
    except (Refused, LessonRefused) as refused:
        return Preview(order, refused=str(refused))
    except IntegrityError as error:
        return Preview(order, refused=_clash(error))


def _withdraw(actor: Actor, order: ChangeOrder, alliance: Alliance, reason: str) -> Preview:
    now = clock.now()
    if order.state_on(civil(now).date()) == State.EXPIRED:
        raise Refused(_("The days of this order are over. What was held stays as it was held."))
    was_applied = order.state == State.APPLIED
    made = was_applied and order.kind == ChangeOrder.Kind.MAKE_UP
    if made:
        preview = _unmade(actor, order, alliance, reason)
    else:
        preview = _taken_back(order, alliance, now) if was_applied else Preview(order)
    order.state, order.withdrawn_at, order.withdrawn_by_id = State.WITHDRAWN, now, actor.person_id
    order.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    if preview.verdicts and not made:
        ordered = patches_of([each.touched.lesson_id for each in preview.verdicts])
        write(actor, order, preview.verdicts, {key for key, patches in ordered.items() if patches}, reason)
    if was_applied:
        _announce(actor, order, preview, "withdrawn", reason)
    return preview


def _unmade(actor: Actor, order: ChangeOrder, alliance: Alliance, reason: str) -> Preview:
    """The make-up is cancelled; its verdict says so to whoever was told of it."""
    lesson = made_up.still_to_come(order)
    change = Change(alliance, {lesson.pk: Patch(cancelled=True)}, Setting())
    preview = Preview(order, verdicts_of(change, [lesson], clock.now()))
    made_up.take_back(actor, lesson, reason)
    return preview


def _standing_on(order: ChangeOrder, alliance: Alliance) -> set[int]:
    """Keys of lessons that were placed by the bells or the transferred day of this order, by whichever order.

    Raises:
        Refused: one of them is another alliance's.
    """
    keys = {row.pk for bell in order.dated_bells.all() for row in heard(alliance, [ring_of(bell)])}
    for transfer in DayTransfer.objects.filter(order=order):
        keys |= {row.pk for row in held_between(alliance, transfer.to_day, transfer.to_day)}
    return keys


def _taken_back(order: ChangeOrder, alliance: Alliance, now: datetime) -> Preview:
    """The lessons of an order that are still to come, as they stand without it.

    Raises:
        _Impossible: something stands in the way of one of them.
        Refused: all of them began.
    """
    own = set(order.lesson_changes.values_list("lesson_id", flat=True))
    keys = own | _standing_on(order, alliance)
    _lock_receivers(keys)
    _lock_teachers(keys, [patch for several in patches_of(keys).values() for _order, patch in several])
    lessons = [row for row in _lessons(keys, lock=True) if row.state not in HELD and row.starts_at > now]
    if own and own.isdisjoint(row.pk for row in lessons):
        raise Refused(_("Nothing of this order is still to come. What was held stays as it was held."))
    verdicts = verdicts_of(Change(alliance, {}, Setting(), without=order.pk), lessons, now)
    standing = tuple(each for each in verdicts if not any(one.code == "cancelled_by_hand" for one in each.obstacles))
    preview = Preview(order, standing)
    if not preview.possible:
        raise _Impossible(preview)
    return preview
