"""Reads of consent; children reach a view only through these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, Role, visible
from tongtang.access.models import RoleAssignment
from tongtang.consent.ledger import Given, Standing, notice_on, standing_answers, voices_of
from tongtang.consent.models import ConsentAnswer, ConsentNotice, DataRequest, Decision, Purpose, Voice
from tongtang.consent.policies import BY_FAMILY, CLASSES, PUPILS, REQUESTS, Verb, children_now, standing
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, School
from tongtang.people.api import pupils_of
from tongtang.people.models import Enrolment, Guardianship, Pupil


def children_for(actor: Actor, verb: Verb) -> QuerySet[Pupil]:
    """Children for whom `actor` may do `verb`; a guardian also for one that has left, of whom data are still kept."""
    rows = Pupil.objects.all() if verb in BY_FAMILY else children_now()
    return visible(rows, actor, PUPILS[verb]).order_by("pk")


def child_for(actor: Actor, verb: Verb, public_id: UUID) -> Pupil:
    """One child.

    Raises:
        Http404: there is none, or none for whom the actor may do this.
    """
    return get_object_or_404(children_for(actor, verb), public_id=public_id)


def classes_for(actor: Actor) -> QuerySet[HomeClass]:
    """Classes whose answers `actor` may see."""
    rows = HomeClass.objects.filter(ended_on=None).select_related("school")
    return visible(rows, actor, CLASSES[Verb.SEE_CLASS]).order_by("school__source_id", "source_id")


def class_for(actor: Actor, public_id: UUID) -> HomeClass:
    """One class; 404 as in `child_for`."""
    return get_object_or_404(classes_for(actor), public_id=public_id)


def requests_for(actor: Actor) -> QuerySet[DataRequest]:
    """Requests about children of the schools that `actor` decides for, open ones first."""
    rows = visible(DataRequest.objects.all(), actor, REQUESTS[Verb.DECIDE])
    return rows.order_by(F("decided_at").asc(nulls_first=True), "asked_at", "pk")


def request_for(actor: Actor, public_id: UUID) -> DataRequest:
    """One open request; 404 as in `child_for`."""
    return get_object_or_404(requests_for(actor), public_id=public_id, state=DataRequest.State.OPEN)


def class_of(pupil: Pupil, day: date | None = None) -> HomeClass | None:
    """The class that a child belongs to on a day (None: today)."""
    moment = day or clock.today()
    rows = Enrolment.objects.filter(pupil=pupil, valid_from__lte=moment).exclude(valid_to__lt=moment)
    found = rows.select_related("home_class__school").order_by("-valid_from").first()
    return found.home_class if found else None


def school_of(pupil: Pupil) -> School | None:
    """The school that a child belongs to today."""
    home_class = class_of(pupil)
    return home_class.school if home_class else None


def last_school_of(pupil: Pupil) -> School | None:
    """The school that a child belongs to today or belonged to last."""
    rows = Enrolment.objects.filter(pupil=pupil, valid_from__lte=clock.today())
    found = rows.select_related("home_class__school").order_by("-valid_from", "-pk").first()
    return found.home_class.school if found else None


def responsible_of(pupil: Pupil, purpose: Purpose) -> str:
    """Who answers for the data: the notice's words and the name of the school's head."""
    school = school_of(pupil)
    head = (
        RoleAssignment.objects.filter(standing(), role=Role.SCHOOL_HEAD, school=school).select_related("person").first()
        if school
        else None
    )
    words = [
        notice_on(purpose, clock.today()).responsible,
        school.name if school else "",
        head.person.name if head else "",
    ]
    return " ".join(word for word in words if word)[:160]


@dataclass(frozen=True)
class Matter:
    """A purpose as a guardian's page shows it: its notice, the answers that hold by voice, what is still needed."""

    purpose: Purpose
    notice: ConsentNotice
    responsible: str
    guardian: Given | None
    pupil: Given | None
    needs_own_voice: bool

    @property
    def agreed(self) -> bool:
        return self.guardian is not None and self.guardian.decision == Decision.GIVEN

    @property
    def allowed(self) -> bool:
        own = self.pupil is not None and self.pupil.decision == Decision.GIVEN
        return self.agreed and (own or not self.needs_own_voice)


def matters_of(pupil: Pupil) -> list[Matter]:
    """All purposes of one child."""
    answers = standing_answers([pupil.public_id])
    own = Voice.PUPIL in voices_of(pupil.birth_date, clock.today())
    return [
        Matter(
            purpose,
            notice_on(purpose, clock.today()),
            responsible_of(pupil, purpose),
            answers.get((pupil.public_id, purpose, Voice.GUARDIAN)),
            answers.get((pupil.public_id, purpose, Voice.PUPIL)),
            own,
        )
        for purpose in Purpose
    ]


def answers_of(pupil: Pupil) -> QuerySet[ConsentAnswer]:
    """All answers ever given for a child, the latest first."""
    return ConsentAnswer.objects.filter(pupil=pupil.public_id).select_related("notice").order_by("-id")


@dataclass(frozen=True)
class ChildRow:
    """A child on a class's page: by purpose "allowed", "refused" or "waiting"; how many guardians have joined."""

    pupil: Pupil
    states: Sequence[tuple[Purpose, str]]
    guardians: int


@dataclass(frozen=True)
class ClassRow:
    """A class on a school's page: how many children have all their answers, of how many."""

    home_class: HomeClass
    answered: int
    children: int


def state_of(answers: Standing, pupil: Pupil, purpose: Purpose) -> str:
    """`allowed`, `refused` (somebody who is asked said no), else `waiting`."""
    voices = voices_of(pupil.birth_date, clock.today())
    said = [answers.get((pupil.public_id, purpose, voice)) for voice in voices]
    if any(one is not None and one.decision != Decision.GIVEN for one in said):
        return "refused"
    return "waiting" if None in said else "allowed"


def child_rows(home_class: HomeClass) -> list[ChildRow]:
    """The children of a class with their answers. Four queries."""
    pupils = list(pupils_of(home_class.pk, clock.today()))
    answers = standing_answers([pupil.public_id for pupil in pupils])
    joined: dict[int, int] = {}
    for key in Guardianship.objects.filter(standing(), pupil__in=pupils).values_list("pupil_id", flat=True):
        joined[key] = joined.get(key, 0) + 1
    return [
        ChildRow(pupil, [(purpose, state_of(answers, pupil, purpose)) for purpose in Purpose], joined.get(pupil.pk, 0))
        for pupil in pupils
    ]


def class_rows(classes: Sequence[HomeClass]) -> list[ClassRow]:
    """Classes with how many children have an answer to each purpose."""
    found = []
    for home_class in classes:
        rows = child_rows(home_class)
        answered = sum(all(state != "waiting" for _purpose, state in row.states) for row in rows)
        found.append(ClassRow(home_class, answered, len(rows)))
    return found


def data_requests_of(pupil: Pupil) -> QuerySet[DataRequest]:
    """What was asked about one child's data, the latest first."""
    return DataRequest.objects.filter(pupil=pupil.public_id).order_by("-asked_at")


def pupil_of(asked: DataRequest) -> Pupil | None:
    """The child a request is about; None once it was deleted."""
    return Pupil.objects.filter(public_id=asked.pupil).first()


def request_rows(found: Sequence[DataRequest]) -> list[tuple[DataRequest, Pupil | None]]:
    """Requests with their children."""
    pupils = {pupil.public_id: pupil for pupil in Pupil.objects.filter(public_id__in=[one.pupil for one in found])}
    return [(one, pupils.get(one.pupil)) for one in found]
