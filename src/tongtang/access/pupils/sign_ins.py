"""Sign-ins that a classroom device made: proved again here, recorded once each.

A device checks secrets itself with its pack and hands the sign-ins over as one batch, at once or when the link is back.
A wrong proof and an unknown pupil get the same answer. Failures count by pupil and device, and close that pupil's name
on that device for 15 minutes: 5 of one pupil here, 20 of one pupil anywhere, 40 of a device.
"""

import base64
import binascii
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from tongtang.access.actor import Device, device_subject
from tongtang.access.models import ClassroomDevice
from tongtang.access.pupils import secrets
from tongtang.access.pupils.models import (
    ClassCode,
    Means,
    PupilCredential,
    PupilSession,
    PupilSignInFailure,
    RoomClass,
)
from tongtang.access.pupils.packs import day_of_seal, enrolled_on
from tongtang.access.pupils.recorded import SignedIn, record
from tongtang.access.pupils.together import together
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.organisations.models import School

WINDOW = timedelta(minutes=15)
FAILURES_HERE, FAILURES_ANYWHERE, FAILURES_A_DEVICE = 5, 20, 40
# A tablet that was without a link since Friday, and over a holiday.
HANDED_OVER_WITHIN = timedelta(days=10)
AHEAD = timedelta(minutes=5)
OFFLINE_AFTER = timedelta(minutes=1)
MOST = 120
Digests = Mapping[tuple[int, str], Sequence[tuple[bytes, datetime, datetime | None]]]
RECORDED, KNOWN, REFUSED, WAIT = "recorded", "known", "refused", "wait"


@dataclass(frozen=True)
class Entry:
    """One sign-in as the device sent it; `secret` instead of `proof` without cryptography and for a class code."""

    uuid: UUID
    pupil: UUID
    means: Means
    at_ms: int
    proof: bytes = b""
    secret: str = ""

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


@dataclass(frozen=True)
class Place:
    """The device, the day of its pack, its classes (key -> public id), and who may sign in there.

    `pupils`: pupil's public id -> (pupil, class).
    """

    device: Device
    day: date
    classes: Mapping[int, UUID]
    pupils: Mapping[UUID, tuple[int, int]]


def decoded(text: str) -> bytes:
    """Base64; nothing where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def hand_over(device: Device, seal: str, entries: Sequence[Entry]) -> dict[UUID, str]:
    """Prove and record a batch; by uuid RECORDED, KNOWN (recorded before), REFUSED or WAIT (too many failures).

    Two queries decide about all proofs of the batch, before anything is locked. Then the device's row is, so that
    failures are counted in order; a secret sent by itself is checked there, because a closed name must cost no work.
    """
    day = day_of_seal(seal, device.public_id)
    known_day = day is not None and clock.today() - HANDED_OVER_WITHIN <= day <= clock.today()
    place = _place(device, day) if day is not None and known_day else None
    digests = _digests(place, entries) if place else {}
    proofs = [_proved(place, entry, digests) if place and not entry.secret else None for entry in entries]

    def judged() -> dict[UUID, str]:
        ClassroomDevice.objects.select_for_update().values_list("pk").get(pk=device.id)
        answers = {entry.uuid: REFUSED for entry in entries}
        if place is not None:
            answers = _judged(place, entries, proofs, digests)
        _note_refusals(device, answers)
        return answers

    return together(judged)


def _place(device: Device, day: date) -> Place:
    rooms = RoomClass.objects.filter(room=device.room_id)
    classes = dict(rooms.values_list("home_class", "home_class__public_id"))
    pupils = {public_id: (pupil, home_class) for home_class, pupil, public_id, _name in enrolled_on(classes, day)}
    return Place(device, day, classes, pupils)


def _judged(
    place: Place, entries: Sequence[Entry], proofs: Sequence[SignedIn | None], digests: Digests
) -> dict[UUID, str]:
    counts = _Failures(place.device, entries)
    good = [signed for signed in proofs if signed is not None]
    if len(good) == len(entries) and counts.none:
        # The ordinary morning: one statement records the class, and whatever did not enter by it stood before.
        return _recorded(place, entries, good)
    answers = _known(place, entries)
    accepted: list[SignedIn] = []
    for entry, proof in zip(entries, proofs, strict=True):
        if entry.uuid in answers:
            continue
        if counts.closed(entry):
            answers[entry.uuid] = WAIT
            continue
        signed = _proved(place, entry, digests) if entry.secret else proof
        if signed is None:
            counts.add(entry)
            answers[entry.uuid] = REFUSED
        else:
            accepted.append(signed)
    fresh = [entry for entry in entries if entry.uuid not in answers]
    counts.save()
    return answers | _recorded(place, fresh, accepted)


def _recorded(place: Place, entries: Sequence[Entry], signed: Sequence[SignedIn]) -> dict[UUID, str]:
    """Record what was proved; the answer to each of `entries`, which `signed` was made of.

    Another device with the same uuid, or the same pupil with the same class code, at the same moment: one of them
    stands, nothing fails.
    """
    new = record(place.device.id, place.day, signed)
    stood = _known(place, [entry for entry in entries if entry.uuid not in new]) if len(new) < len(entries) else {}
    return {entry.uuid: RECORDED if entry.uuid in new else stood.get(entry.uuid, REFUSED) for entry in entries}


def _known(place: Place, entries: Sequence[Entry]) -> dict[UUID, str]:
    """Answers for what was recorded before; the same uuid for another pupil or device is refused."""
    rows = PupilSession.objects.filter(uuid__in=[entry.uuid for entry in entries])
    stood = {row[0]: row[1:] for row in rows.values_list("uuid", "device", "pupil__public_id")}
    return {
        entry.uuid: KNOWN if stood[entry.uuid] == (place.device.id, entry.pupil) else REFUSED
        for entry in entries
        if entry.uuid in stood
    }


class _Failures:
    """Failures of the last 15 minutes of the pupils in a batch and of its device, and those that it adds."""

    def __init__(self, device: Device, entries: Sequence[Entry]) -> None:
        self._device, self._now = device, clock.now()
        self._here: Counter[str] = Counter()
        self._anywhere: Counter[str] = Counter()
        self._of_device = 0
        concerned = Q(subject__in={str(entry.pupil) for entry in entries}) | Q(device=device.id)
        recent = PupilSignInFailure.objects.filter(concerned, at__gte=self._now - WINDOW)
        for subject, where in recent.values_list("subject", "device"):
            self._anywhere[subject] += 1
            self._here[subject] += where == device.id
            self._of_device += where == device.id
        self._added: list[PupilSignInFailure] = []

    @property
    def none(self) -> bool:
        """Whether nothing at all speaks against any of the entries."""
        return not self._anywhere

    def closed(self, entry: Entry) -> bool:
        subject = str(entry.pupil)
        if entry.means is Means.CARD:
            # 79 bits are not guessed, and nobody shall close another child's card.
            return False
        return (
            self._here[subject] >= FAILURES_HERE
            or self._anywhere[subject] >= FAILURES_ANYWHERE
            or self._of_device >= FAILURES_A_DEVICE
        )

    def add(self, entry: Entry) -> None:
        subject = str(entry.pupil)
        self._here[subject] += 1
        self._anywhere[subject] += 1
        self._of_device += 1
        self._added.append(PupilSignInFailure(device_id=self._device.id, subject=subject, at=self._now))

    def save(self) -> None:
        PupilSignInFailure.objects.bulk_create(self._added)


def _digests(place: Place, entries: Sequence[Entry]) -> Digests:
    """Credentials of the means shown, of everybody in the place's classes, with those that ended."""
    found: dict[tuple[int, str], list[tuple[bytes, datetime, datetime | None]]] = {}
    shown = {entry.means for entry in entries}
    rows = PupilCredential.objects.filter(home_class__in=list(place.classes), means__in=shown)
    for pupil, means, digest, made, ended in rows.values_list("pupil", "means", "digest", "made_at", "revoked_at"):
        found.setdefault((pupil, means), []).append((bytes(digest), made, ended))
    return found


def _proved(place: Place, entry: Entry, digests: Digests) -> SignedIn | None:
    now = clock.now()
    if clock.civil(entry.at).date() != place.day or entry.at > now + AHEAD:
        return None
    pupil, home_class = place.pupils.get(entry.pupil, (0, 0))
    code = None
    if entry.means is Means.CLASS_CODE:
        code = _class_code(place, entry, pupil, home_class)
        right = code is not None
    else:
        living = [
            digest
            for digest, made, ended in digests.get((pupil, entry.means), ())
            if made <= entry.at + AHEAD and (ended is None or ended > entry.at)
        ]
        right = _shown(place, entry, home_class, living)
    if not right:
        return None
    return SignedIn(
        uuid=entry.uuid,
        pupil=pupil,
        home_class=home_class,
        means=entry.means,
        class_code=code.pk if code else None,
        signed_at=entry.at,
        recorded_at=now,
        offline=now - entry.at > OFFLINE_AFTER,
    )


def _shown(place: Place, entry: Entry, home_class: int, living: Sequence[bytes]) -> bool:
    """Whether the entry's secret or proof fits a living digest; unknown pupils cost the same work."""
    digests = list(living) or [bytes(32)]
    if entry.secret:
        key = secrets.class_key(place.classes[home_class]) if home_class else bytes(32)
        given = secrets.digest_of(key, entry.means, entry.pupil, entry.secret)
        fits = [hmac.compare_digest(given, digest) for digest in digests]
    else:
        fits = [
            hmac.compare_digest(
                secrets.proof_of(
                    digest,
                    uuid=entry.uuid,
                    device=place.device.public_id,
                    pupil=entry.pupil,
                    means=entry.means,
                    at_ms=entry.at_ms,
                ),
                entry.proof,
            )
            for digest in digests
        ]
    return any(fits) and bool(living)


def _class_code(place: Place, entry: Entry, pupil: int, home_class: int) -> ClassCode | None:
    """The living class code that was shown, if this pupil has not used it; only its own device's day of today."""
    now = clock.now()
    if not home_class or now - entry.at > OFFLINE_AFTER:
        return None
    digest = secrets.class_code_digest(place.classes[home_class], entry.secret)
    row = ClassCode.objects.filter(home_class=home_class, expires_at__gt=now, code_digest=digest).first()
    if row is None or PupilSession.objects.filter(class_code=row, pupil=pupil).exists():
        return None
    return row


def _note_refusals(device: Device, answers: Mapping[UUID, str]) -> None:
    counts = Counter(answers.values())
    if counts[REFUSED] or counts[WAIT]:
        append(
            stream="access",
            action="pupil.sign_in",
            actor=device_subject(device.id),
            object=f"device:{device.public_id}",
            result="refused",
            school=School.objects.get(pk=device.school_id),
            detail={"refused": counts[REFUSED], "closed": counts[WAIT]},
        )
