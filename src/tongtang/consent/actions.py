"""Writes of consent: slips, guardians, answers, requests about a child's data."""

import secrets as random
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tongtang.access.api import (
    Account,
    Actor,
    Refused,
    Role,
    assign_school_role,
    digest,
    open_account,
    readable_secret,
    typed_activation_code,
)
from tongtang.audit import api as audit
from tongtang.consent import withdrawals
from tongtang.consent.ledger import notice_on, standing_answers
from tongtang.consent.models import (
    Channel,
    ConsentAnswer,
    ConsentNotice,
    DataRequest,
    Decision,
    GuardianSlip,
    Purpose,
    Voice,
)
from tongtang.consent.queries import last_school_of, responsible_of, school_of
from tongtang.foundation import clock
from tongtang.people.models import Guardianship, Person, Pupil

SLIP_LIFE = timedelta(days=30)
STREAM = "consent"


def name_of(pupil: Pupil) -> str:
    """How the audit chain names a child."""
    return f"pupil:{pupil.public_id}"


@transaction.atomic
def make_slips(*, actor: Actor, pupils: Sequence[Pupil]) -> dict[int, str]:
    """New one-time slips: pupil key -> code, returned once. An earlier unused slip of the same child ends."""
    now = clock.now()
    codes = {pupil.pk: readable_secret() for pupil in pupils}
    GuardianSlip.objects.filter(pupil__in=list(codes), used_at=None).delete()
    GuardianSlip.objects.bulk_create(
        GuardianSlip(
            pupil_id=key, code_hash=digest(code), made_by=actor.subject, made_at=now, expires_at=now + SLIP_LIFE
        )
        for key, code in codes.items()
    )
    for pupil in pupils:
        audit.append(stream=STREAM, action="guardian.slip_printed", actor=actor.subject, object=name_of(pupil), now=now)
    return codes


def _redeem(code: str) -> GuardianSlip:
    """The slip of a code, its row locked; call inside a transaction.

    Raises:
        Refused: wrong, used or out of date, or its child has left: one sentence for all.
    """
    slip = (
        GuardianSlip.objects.select_for_update(of=("self",))
        .filter(
            code_hash=digest(typed_activation_code(code)),
            used_at=None,
            expires_at__gt=clock.now(),
            pupil__ended_on=None,
        )
        .select_related("pupil")
        .first()
    )
    if slip is None:
        raise Refused(_("The code is wrong, was used already, or is out of date. Ask the school for a new slip."))
    return slip


def _join(slip: GuardianSlip, guardian: Person, kind: str, subject: str) -> Pupil:
    now, today = clock.now(), clock.today()
    slip.used_at, slip.used_by = now, guardian
    slip.save(update_fields=["used_at", "used_by"])
    Guardianship.objects.get_or_create(
        guardian=guardian, pupil=slip.pupil, valid_to=None, defaults={"kind": kind, "valid_from": today}
    )
    school = school_of(slip.pupil)
    if school is not None:
        assign_school_role(person=guardian, role=Role.GUARDIAN, school=school)
    audit.append(stream=STREAM, action="guardian.joined", actor=subject, object=name_of(slip.pupil), now=now)
    return slip.pupil


def _new_user_name(county_code: int) -> str:
    """`g` and eight digits that nobody in the county has: short enough to copy from a telephone's screen."""
    while True:
        name = f"g{random.randbelow(10**8):08d}"
        if not Person.objects.filter(county_code=county_code, source_id=name).exists():
            return name


@transaction.atomic
def become_guardian(*, code: str, kind: str, name: str, password: str) -> Account:
    """A new person with an account, guardian of the slip's child; no telephone number, no ID number.

    Raises:
        Refused: see `_redeem`.
    """
    slip = _redeem(code)
    county = slip.pupil.county_code
    guardian = Person.objects.create(
        county_code=county, source_id=_new_user_name(county), name=name.strip() or _("Guardian")
    )
    account = open_account(person=guardian, password=password)
    _join(slip, guardian, kind, f"person:{guardian.pk}")
    return account


@transaction.atomic
def add_child(*, actor: Actor, code: str, kind: str) -> Pupil:
    """The person who is signed in becomes guardian of a further child.

    Raises:
        Refused: see `_redeem`.
    """
    return _join(_redeem(code), Person.objects.get(pk=actor.person_key), kind, actor.subject)


def _decision(pupil: Pupil, purpose: Purpose, voice: Voice, agree: bool) -> Decision:
    if agree:
        return Decision.GIVEN
    before = standing_answers([pupil.public_id], [purpose]).get((pupil.public_id, purpose, voice))
    return Decision.WITHDRAWN if before and before.decision == Decision.GIVEN else Decision.REFUSED


def _record(
    pupil: Pupil,
    purpose: Purpose,
    voice: Voice,
    agree: bool,
    actor: Actor,
    notice: ConsentNotice,
    **paper: object,
) -> ConsentAnswer:
    now = clock.now()
    # Two answers at once are told apart by the child's row: the later one sees the earlier.
    Pupil.objects.select_for_update().get(pk=pupil.pk)
    row = ConsentAnswer.objects.create(
        pupil=pupil.public_id,
        purpose=purpose,
        voice=voice,
        decision=_decision(pupil, purpose, voice, agree),
        notice=notice,
        by=actor.subject,
        responsible=responsible_of(pupil, purpose),
        at=now,
        **paper,
    )
    audit.append(
        stream=STREAM,
        action=f"consent.{row.decision}",
        actor=actor.subject,
        object=name_of(pupil),
        detail={"purpose": str(purpose), "voice": str(voice), "channel": row.channel, "notice": row.notice.version},
        now=now,
    )
    if not agree:
        withdrawals.note(row)
        # The job is looked up by name: jobs import the actions, not the other way round.
        import_string("tongtang.consent.tasks.take_effect").enqueue(str(pupil.public_id), str(purpose))
    return row


@transaction.atomic
def answer(*, actor: Actor, pupil: Pupil, purpose: Purpose, agree: bool) -> ConsentAnswer:
    """A guardian's answer on the page; what it ends is closed by a job within minutes."""
    notice = notice_on(purpose, clock.today())
    return _record(pupil, purpose, Voice.GUARDIAN, agree, actor, notice, channel=Channel.PAGE)


def _read_on(purpose: Purpose, day: date) -> ConsentNotice:
    try:
        return notice_on(purpose, day)
    except ConsentNotice.DoesNotExist as error:
        raise Refused(_("Nothing was asked for yet on that day. Check the day of the signature.")) from error


def _overtaken(pupil: Pupil, purpose: Purpose, voice: Voice, signed_on: date) -> bool:
    """Whether the same voice said no after the day of a signature."""
    answers = ConsentAnswer.objects.filter(pupil=pupil.public_id, purpose=purpose, voice=voice)
    last = answers.order_by("-id").first()
    if last is None or last.decision == Decision.GIVEN:
        return False
    return signed_on < (last.signed_on or clock.civil(last.at).date())


@transaction.atomic
def enter_paper(
    *, actor: Actor, pupil: Pupil, purpose: Purpose, voice: Voice, agree: bool, witness: str, signed_on: date
) -> ConsentAnswer:
    """An answer on a slip of paper, entered by the school; `witness` saw it being signed.

    Raises:
        Refused: no witness, a day that has not come or on which there was no notice, or a yes that is older than a no.
    """
    if not witness.strip():
        raise Refused(_("Say who saw the paper being signed."))
    if signed_on > clock.today():
        raise Refused(_("The paper cannot have been signed in the future."))
    notice = _read_on(purpose, signed_on)
    Pupil.objects.select_for_update().get(pk=pupil.pk)
    if agree and _overtaken(pupil, purpose, voice, signed_on):
        raise Refused(_("The answer was no on a later day than this paper, and the no holds. Ask for a new signature."))
    paper = {"channel": Channel.PAPER, "witness": witness.strip()[:80], "signed_on": signed_on}
    return _record(pupil, purpose, voice, agree, actor, notice, **paper)


@transaction.atomic
def ask(*, actor: Actor, pupil: Pupil, kind: DataRequest.Kind, text: str) -> DataRequest:
    """A guardian asks for a correction or a deletion.

    Raises:
        Refused: a correction without words, or the same is asked already.
    """
    if kind == DataRequest.Kind.CORRECTION and not text.strip():
        raise Refused(_("Write what is wrong and what is right."))
    school = last_school_of(pupil)
    try:
        with transaction.atomic():
            row = DataRequest.objects.create(
                kind=kind,
                pupil=pupil.public_id,
                text=text.strip()[:500],
                asked_by=actor.subject,
                asked_at=clock.now(),
                school_id=school.pk if school else None,
            )
    except IntegrityError as error:
        raise Refused(_("This was asked already and waits for the school.")) from error
    audit.append(stream=STREAM, action=f"data.{kind}_asked", actor=actor.subject, object=name_of(pupil))
    return row
