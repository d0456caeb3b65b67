"""What the local teacher's phone hands over, at once or after an outage: each row once, by its uuid."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.classroom.actions.session import Refused
from tongtang.classroom.announcements import announce_note, announce_room, announce_tally
from tongtang.classroom.models import LiveSession, Poll, PollCount, RaisedHand
from tongtang.foundation import clock
from tongtang.lessons.api import Happened, record_evidence
from tongtang.lessons.api import Refused as LessonsRefused
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception
from tongtang.people.api import pupils_of
from tongtang.people.models import Person
from tongtang.preparation.models import ScriptStep

LONGEST_NOTE = 200
WAITS_FOR = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(seconds=30)
REASONS = ("anchor_absent", "link_down", "no_power", "equipment", "school_event", "other")


@dataclass(frozen=True)
class Entry:
    """One thing done on the phone; `at` is the phone's time, corrected by the server's clock."""

    uuid: UUID
    kind: EvidenceKind
    at: datetime
    payload: Mapping[str, Any]


def _check_roll_call(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Each pupil of the class in exactly one list, and nobody else."""
    given = {key: payload.get(key, []) for key in ("present", "absent", "on_leave")}
    lists = {key: [str(one) for one in ids] if isinstance(ids, list) else [] for key, ids in given.items()}
    named = [one for ids in lists.values() for one in ids]
    enrolled = {str(pupil.public_id) for pupil in pupils_of(reception.home_class_id, reception.date)}
    if len(named) != len(set(named)) or set(named) != enrolled:
        raise Refused(_("The roll call does not match the class list. Open the roll call again and check it."))
    return lists


def _uuid(payload: Mapping[str, Any], name: str) -> UUID:
    """The UUID of a payload's field; where it is none, a fresh one, by which nothing is found."""
    try:
        return UUID(str(payload.get(name)))
    except ValueError:
        return uuid4()


def _check_poll(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    poll = Poll.objects.filter(public_id=_uuid(payload, "poll"), session__lesson=reception.lesson_id).first()
    counts = payload.get("counts")
    if not reception.active or poll is None or not isinstance(counts, list) or len(counts) != len(poll.options):
        raise Refused(_("These answers belong to no question of this lesson."))
    if not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in counts):
        raise Refused(_("Answers are whole numbers from 0 on."))
    if sum(counts) > reception.home_class.pupil_count:
        raise Refused(
            _("%(given)s answers for a class of %(pupils)s pupils. Correct the counts.")
            % {"given": sum(counts), "pupils": reception.home_class.pupil_count}
        )
    return {"poll": str(poll.public_id), "counts": counts}


def _check_asked(entry: Entry) -> None:
    """The class was counted while the question stood; it may be handed over long after."""
    poll = Poll.objects.get(public_id=_uuid(entry.payload, "poll"))
    if not poll.opened_at - CLOCKS_DIFFER <= entry.at <= (poll.closed_at or entry.at) + CLOCKS_DIFFER:
        raise Refused(_("The question was not open at that time. Its answers stay as they are."))


def _check_marker(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    step = ScriptStep.objects.filter(lesson=reception.lesson_id, public_id=_uuid(payload, "step")).first()
    if step is None:
        raise Refused(_("This step is not part of the lesson's script."))
    return {"step": str(step.public_id), "title": step.title}


def _check_note(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    text = str(payload.get("text", "")).strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Refused(_("A note has 1 to 200 characters."))
    return {"text": text, "to": "anchor" if payload.get("to") == "anchor" else "class"}


def _check_reason(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    if reception.starts_at + WAITS_FOR > clock.now():
        raise Refused(_("Wait for 5 minutes after the bell before you mark the lesson as not delivered."))
    if payload.get("reason") not in REASONS:
        raise Refused(_("Choose why the lesson was not delivered."))
    return {"reason": payload["reason"], "detail": str(payload.get("detail", ""))[:LONGEST_NOTE]}


def _check_hand(reception: Reception, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"raised": bool(payload.get("raised"))}


CHECKS: dict[EvidenceKind, Callable[[Reception, Mapping[str, Any]], dict[str, Any]]] = {
    EvidenceKind.ROLL_CALL: _check_roll_call,
    EvidenceKind.POLL: _check_poll,
    EvidenceKind.MARKER: _check_marker,
    EvidenceKind.NOTE: _check_note,
    EvidenceKind.NOT_DELIVERED: _check_reason,
    EvidenceKind.HAND: _check_hand,
}


def _follow_hand(actor: Actor, reception: Reception, entry: Happened) -> None:
    raised = RaisedHand.objects.filter(reception=reception, lowered_at=None)
    under_way = LiveSession.objects.filter(lesson=reception.lesson_id, ended_at=None).exists()
    if entry.payload["raised"] and under_way and not raised.exists():
        RaisedHand.objects.create(reception=reception, raised_at=entry.occurred_at)
    elif not entry.payload["raised"]:
        raised.update(lowered_at=clock.now())


def _follow_poll(actor: Actor, reception: Reception, entry: Happened) -> None:
    poll = Poll.objects.get(public_id=entry.payload["poll"])
    PollCount.objects.update_or_create(
        poll=poll,
        reception=reception,
        defaults={
            "uuid": entry.uuid,
            "counts": entry.payload["counts"],
            "submitted_by": Person.objects.get(pk=actor.person_key),
            "submitted_at": entry.occurred_at,
        },
    )
    announce_tally(reception.lesson, poll)


def _follow_note(actor: Actor, reception: Reception, entry: Happened) -> None:
    if entry.payload["to"] == "anchor":
        announce_note(reception, entry.payload["text"], entry.occurred_at.timestamp())


FOLLOWS: dict[EvidenceKind, Callable[[Actor, Reception, Happened], None]] = {
    EvidenceKind.HAND: _follow_hand,
    EvidenceKind.POLL: _follow_poll,
    EvidenceKind.NOTE: _follow_note,
}


@transaction.atomic
def _take(actor: Actor, reception: Reception, entry: Entry) -> bool:
    check = CHECKS.get(entry.kind)
    if check is None:
        raise Refused(_("A phone cannot hand over this kind of record."))
    row = Happened(entry.kind, entry.at, check(reception, entry.payload), entry.uuid)
    if entry.kind == EvidenceKind.POLL:
        _check_asked(entry)
    fresh = record_evidence(actor=actor, reception=reception, rows=[row], source=EvidenceRow.Source.PERSON)
    follow = FOLLOWS.get(entry.kind)
    if fresh and follow is not None:
        follow(actor, reception, row)
    return bool(fresh)


def hand_over(*, actor: Actor, reception: Reception, entries: Sequence[Entry]) -> dict[str, str]:
    """Take entries in their order; a refused one does not hold up the others.

    Returns, by uuid: "recorded", "known" (a replay), or the sentence that refused it.
    """
    answers: dict[str, str] = {}
    for entry in entries:
        try:
            answers[str(entry.uuid)] = "recorded" if _take(actor, reception, entry) else "known"
        except (Refused, LessonsRefused) as refused:
            answers[str(entry.uuid)] = str(refused)
    announce_room(reception)
    return answers


@transaction.atomic
def lower_hand(*, reception: Reception) -> None:
    """The studio lowers a class's hand; a hand that is down stays down."""
    if RaisedHand.objects.filter(reception=reception, lowered_at=None).update(lowered_at=clock.now()):
        announce_room(reception)
