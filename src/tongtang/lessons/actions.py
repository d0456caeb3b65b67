"""Writes of lessons: evidence, extra lessons, receptions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.access.api import Actor
from tongtang.alliances import api as alliances
from tongtang.alliances.models import Alliance
from tongtang.curriculum.models import Subject
from tongtang.foundation import clock
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Mode, Reception, SyncFacet
from tongtang.organisations.models import HomeClass, ReceivingRoom, Studio
from tongtang.people.models import Person

# What a device reports lies within this time before the lesson, or after it.
EARLIEST = timedelta(days=1)
FURTHEST_SECOND = 86_400
# A device's clock may be a little ahead; what lies further in the future did not happen.
CLOCK_TOLERANCE = timedelta(seconds=30)
FACET_OF = {
    EvidenceKind.RECEIVED: SyncFacet.ATTEND,
    EvidenceKind.ROLL_CALL: SyncFacet.ATTEND,
    EvidenceKind.JOINED: SyncFacet.TEACH,
    EvidenceKind.MARKER: SyncFacet.TEACH,
    EvidenceKind.OPENED: SyncFacet.TEACH,
    EvidenceKind.POLL: SyncFacet.PRACTISE,
}


class Refused(ValueError):
    """A rule of lessons refused; the message is a sentence for the person."""


@dataclass(frozen=True)
class Happened:
    """Something to put on record; `uuid` makes a replay harmless."""

    kind: EvidenceKind
    occurred_at: datetime
    payload: Mapping[str, Any]
    uuid: UUID


def happened(kind: EvidenceKind, occurred_at: datetime, payload: Mapping[str, Any] | None = None) -> Happened:
    """A row that is recorded at once, hence under a fresh uuid."""
    return Happened(kind, occurred_at, payload or {}, uuid4())


def _check_moment(reception: Reception, row: Happened, now: datetime) -> None:
    if row.occurred_at > now + CLOCK_TOLERANCE:
        raise Refused(_("The row lies in the future: check the clock of the device."))
    # What is recorded at once, such as a lesson cancelled weeks before, has no other clock than ours.
    if row.occurred_at < min(reception.starts_at - EARLIEST, now - CLOCK_TOLERANCE):
        raise Refused(_("The row lies long before the lesson: check the clock of the device."))


def _check_received(reception: Reception, row: Happened, now: datetime) -> None:
    start, end, mode = row.payload.get("from"), row.payload.get("to"), row.payload.get("mode")
    if not isinstance(start, int) or not isinstance(end, int) or isinstance(start, bool) or isinstance(end, bool):
        raise Refused(_("Received seconds need whole numbers from and to."))
    if mode not in (Mode.LIVE, Mode.RECORDED) or not start < end:
        raise Refused(_("Received seconds need from before to, and mode live or recorded."))
    # Compared as numbers of seconds: a number of any size may come.
    if mode == Mode.LIVE and end > (now + CLOCK_TOLERANCE - reception.starts_at).total_seconds():
        raise Refused(_("Received seconds lie in the future."))
    if max(abs(start), abs(end)) > FURTHEST_SECOND:
        raise Refused(_("Received seconds lie outside the lesson."))


def source_of(actor: Actor | None) -> EvidenceRow.Source:
    if actor is None:
        return EvidenceRow.Source.SYSTEM
    return EvidenceRow.Source.PERSON if actor.person_id else EvidenceRow.Source.DEVICE


def _known(actor: Actor | None, reception: Reception, rows: Sequence[Happened]) -> set[UUID]:
    """Uuids of `rows` that are on record already.

    Raises:
        Refused: a uuid stands for a record of another reception, kind or person.
    """
    kinds = {row.uuid: row.kind for row in rows}
    person = actor.person_id if actor else None
    found = EvidenceRow.objects.filter(uuid__in=kinds).values_list("uuid", "reception_id", "kind", "source", "actor_id")
    for uuid, of, kind, source, by in found:
        other_person = source == EvidenceRow.Source.PERSON and by != person
        if of != reception.pk or kind != kinds[uuid] or other_person:
            raise Refused(_("This number stands for another record. Nothing was recorded. Enter it once more."))
    return {row[0] for row in found}


def record_evidence(
    *,
    actor: Actor | None,
    reception: Reception,
    rows: Sequence[Happened],
    source: EvidenceRow.Source | None = None,
    now: datetime | None = None,
) -> int:
    """Put rows on record; rows whose uuid is on record already change nothing. Returns how many are new.

    `actor` None: the system itself. `source` DEVICE for what a page measured, whoever is signed in there.

    Raises:
        Refused: a row that lies in the future or long before the lesson, a uuid of another record, or received seconds
            of a wrong form; nothing is recorded then.
    """
    now = now or clock.now()
    for row in rows:
        _check_moment(reception, row, now)
        if row.kind == EvidenceKind.RECEIVED:
            _check_received(reception, row, now)
    known = _known(actor, reception, rows)
    fresh = {row.uuid: row for row in rows if row.uuid not in known}
    EvidenceRow.objects.bulk_create(
        [
            EvidenceRow(
                uuid=row.uuid,
                reception=reception,
                kind=row.kind,
                facet=FACET_OF.get(row.kind, ""),
                occurred_at=row.occurred_at,
                recorded_at=now,
                source=source or source_of(actor),
                actor_id=actor.person_id if actor else None,
                device_id=actor.device.id if actor and actor.device else None,
                payload=dict(row.payload),
            )
            for row in fresh.values()
        ],
        # Two replays at once: the second one changes nothing either.
        ignore_conflicts=True,
    )
    return len(fresh)


@dataclass(frozen=True)
class Receiver:
    """A class and the room whose screen it uses; `make_up_of` the reception that it missed."""

    home_class: HomeClass
    room: ReceivingRoom
    period_number: int | None = None
    make_up_of: Reception | None = None
    mode: Mode = Mode.LIVE


CLASHES = {
    "teacher_once_at_a_time": gettext_lazy("The teacher has another lesson at this time."),
    "studio_once_at_a_time": gettext_lazy("The studio is taken at this time."),
    "class_once": gettext_lazy("A class has another lesson at this time."),
    "screen_once_at_a_time": gettext_lazy("The screen of a receiving room is taken at this time."),
    "recorded_is_not_taught": gettext_lazy("A recorded lesson has neither teacher nor studio; it can be moved."),
}


def clash_sentence(error: IntegrityError) -> str:
    """Which rule of no clash the database held, in a sentence.

    Raises:
        IntegrityError: the same error, where it was another rule.
    """
    for name, sentence in CLASHES.items():
        if name in str(error):
            return str(sentence)
    raise error


def check_alliance(
    alliance: Alliance, teacher: Person, studio: Studio, receivers: Sequence[Receiver], day: date
) -> None:
    """Teacher, studio, receiving schools and group size are those that the alliance admits on `day`.

    Raises:
        Refused: with the alliance's own sentence.
    """
    schools = Counter(receiver.home_class.school for receiver in receivers)
    pupils = sum(receiver.home_class.pupil_count for receiver in receivers)
    try:
        alliances.check_teaching(alliance, teacher=teacher, studio=studio, day=day)
        alliances.check_group(alliance, schools=schools, classes=len(receivers), pupils=pupils, day=day)
    except alliances.Refused as refused:
        raise Refused(str(refused)) from refused


def add_lesson(
    *,
    alliance: Alliance,
    subject: Subject,
    title: str,
    teacher: Person,
    studio: Studio,
    starts_at: datetime,
    ends_at: datetime,
    changeover: timedelta,
    receivers: Sequence[Receiver],
    origin: Lesson.Origin = Lesson.Origin.EXTRA,
    is_demo: bool = False,
) -> Lesson:
    """A dated lesson outside the weekly plan, with its receptions, in one transaction.

    Raises:
        Refused: the alliance's rule, or teacher, studio, a class or a screen is taken at that time.
    """
    check_alliance(alliance, teacher, studio, receivers, clock.civil(starts_at).date())
    try:
        with transaction.atomic():
            lesson = Lesson.objects.create(
                alliance=alliance,
                subject=subject,
                title=title,
                school=studio.school,
                region_code=studio.school.region_code,
                teacher=teacher,
                studio=studio,
                date=clock.civil(starts_at).date(),
                starts_at=starts_at,
                ends_at=ends_at,
                busy_until=ends_at + changeover,
                origin=origin,
                is_demo=is_demo,
            )
            add_receptions(lesson, receivers)
    except IntegrityError as error:
        raise Refused(clash_sentence(error)) from error
    return lesson


def add_receptions(lesson: Lesson, receivers: Sequence[Receiver]) -> list[Reception]:
    """Receptions of `lesson`; a clash is an IntegrityError of the named constraint."""
    return Reception.objects.bulk_create(
        [
            Reception(
                lesson=lesson,
                home_class=receiver.home_class,
                school_id=receiver.home_class.school_id,
                region_code=receiver.home_class.school.region_code,
                room=receiver.room,
                period_number=receiver.period_number,
                date=lesson.date,
                starts_at=lesson.starts_at,
                ends_at=lesson.ends_at,
                make_up_of=receiver.make_up_of,
                mode=receiver.mode,
            )
            for receiver in receivers
        ]
    )
