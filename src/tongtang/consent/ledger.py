"""What the ledger of answers amounts to: who allows what, at a moment.

Rules: no answer is no consent; the latest answer of a voice holds, unless a later notice asked anew; below 14 the
guardian's answer decides, from the 14th birthday on the child's own is needed as well (PIPL art. 28 and 31).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tongtang.consent.models import ConsentAnswer, ConsentNotice, Decision, Purpose, Voice
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass
from tongtang.people.api import pupils_of
from tongtang.people.models import Enrolment, Pupil

OWN_VOICE_FROM = 14
# SQLite takes 32,766 values in one statement.
BATCH = 10_000


@dataclass(frozen=True)
class Given:
    """The answer of one voice that holds."""

    decision: str
    at: datetime
    channel: str
    version: str


Standing = Mapping[tuple[UUID, str, str], Given]


def age_on(birth_date: date, day: date) -> int:
    """Completed years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def voices_of(birth_date: date, day: date) -> tuple[Voice, ...]:
    """Whose answers a child of this birth date needs on a day."""
    old_enough = age_on(birth_date, day) >= OWN_VOICE_FROM
    return (Voice.GUARDIAN, Voice.PUPIL) if old_enough else (Voice.GUARDIAN,)


def _asked_anew(day: date) -> dict[str, date]:
    """By purpose, the day from which answers count: that of its latest notice that asks anew."""
    rows = ConsentNotice.objects.filter(asks_anew=True, valid_from__lte=day).order_by("valid_from")
    return dict(rows.values_list("purpose", "valid_from"))


def standing_answers(
    pupils: Sequence[UUID], purposes: Iterable[str] = Purpose.values, at: datetime | None = None
) -> Standing:
    """By (child's public id, purpose, voice), the answer that holds at `at` (None: now)."""
    moment = at or clock.now()
    since = _asked_anew(clock.civil(moment).date())
    found: dict[tuple[UUID, str, str], Given] = {}
    for start in range(0, len(pupils), BATCH):
        rows = ConsentAnswer.objects.filter(
            pupil__in=pupils[start : start + BATCH], purpose__in=list(purposes), at__lte=moment
        ).order_by("id")
        for pupil, purpose, voice, decision, said, channel, version, valid_from in rows.values_list(
            "pupil", "purpose", "voice", "decision", "at", "channel", "notice__version", "notice__valid_from"
        ):
            key = (pupil, purpose, voice)
            if decision != Decision.GIVEN or valid_from >= since.get(purpose, valid_from):
                found[key] = Given(decision, said, channel, version)
            else:
                found.pop(key, None)
    return found


def _agree(birth_date: date, answers: Standing, pupil: UUID, purpose: str, day: date) -> bool:
    given = [answers.get((pupil, purpose, voice)) for voice in voices_of(birth_date, day)]
    return all(one is not None and one.decision == Decision.GIVEN for one in given)


def agreeing(purpose: Purpose, pupils: Iterable[tuple[UUID, date]], at: datetime | None = None) -> set[UUID]:
    """Of children as (public id, birth date), those for whom `purpose` is allowed at `at`."""
    moment = at or clock.now()
    children = list(pupils)
    answers = standing_answers([public_id for public_id, _born in children], [purpose], moment)
    day = clock.civil(moment).date()
    return {public_id for public_id, born in children if _agree(born, answers, public_id, purpose, day)}


def may(purpose: Purpose, who: HomeClass | Iterable[Pupil], at: datetime | None = None) -> bool:
    """Whether `purpose` is allowed for each of these children (of a class: for each enrolled on that day).

    A class whose children are not known is not allowed.
    """
    day = clock.civil(at or clock.now()).date()
    pupils = list(pupils_of(who.pk, day) if isinstance(who, HomeClass) else who)
    children = [(pupil.public_id, pupil.birth_date) for pupil in pupils]
    return bool(children) and len(agreeing(purpose, children, at)) == len(children)


def classes_allowed(purpose: Purpose, home_classes: Iterable[int], day: date) -> set[int]:
    """Of classes (their keys), those all of whose children enrolled on `day` allow `purpose` now. Three queries."""
    enrolled: dict[int, list[tuple[UUID, date]]] = defaultdict(list)
    # Who has left since was there on that day.
    rows = Enrolment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        Q(pupil__ended_on=None) | Q(pupil__ended_on__gt=day),
        home_class__in=set(home_classes),
        valid_from__lte=day,
    )
    for home_class, public_id, born in rows.values_list("home_class_id", "pupil__public_id", "pupil__birth_date"):
        enrolled[home_class].append((public_id, born))
    agreed = agreeing(purpose, [child for children in enrolled.values() for child in children])
    return {key for key, children in enrolled.items() if all(public_id in agreed for public_id, _born in children)}


def allowed_pupils(purpose: Purpose, pupils: QuerySet[Pupil], at: datetime | None = None) -> QuerySet[Pupil]:
    """Those of `pupils` for whom `purpose` is allowed: the filter of every query that tells children apart."""
    agreed = agreeing(purpose, pupils.values_list("public_id", "birth_date"), at)
    return pupils.filter(public_id__in=agreed)


def notice_on(purpose: str, day: date) -> ConsentNotice:
    """The notice that is read out on a day: the latest valid one.

    Raises:
        ConsentNotice.DoesNotExist: none is valid yet.
    """
    return ConsentNotice.objects.filter(purpose=purpose, valid_from__lte=day).latest("valid_from")
