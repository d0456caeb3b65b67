"""The demo's guardian, and what the guardians of the demo classes have answered."""

from tongtang.access.api import Actor, Role, assign_school_role
from tongtang.consent.actions import enter_paper
from tongtang.consent.models import ConsentAnswer, Purpose, Voice
from tongtang.demo.folder import COUNTY, POINTS
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass
from tongtang.people.api import pupils_of
from tongtang.people.models import Guardianship, Person, Pupil

GUARDIAN = "demo-guardian"
# One child of the third point is not to be recorded: its class goes on stage with a warning.
REFUSES = "d03"


def _pupils(point: str) -> list[Pupil]:
    home_class = HomeClass.objects.get(county_code=COUNTY, source_id=f"{point}-g3")
    return list(pupils_of(home_class.pk, clock.today()))


def make_guardian(person: Person) -> None:
    """The demo guardian's child is the first of the first point; a second start changes nothing."""
    home_class = HomeClass.objects.select_related("school").get(county_code=COUNTY, source_id=f"{POINTS[0]}-g3")
    assign_school_role(person=person, role=Role.GUARDIAN, school=home_class.school)
    child = _pupils(POINTS[0])[:1]
    for pupil in child:
        Guardianship.objects.get_or_create(
            guardian=person, pupil=pupil, valid_to=None, defaults={"kind": "mother", "valid_from": clock.today()}
        )


def enter_demo_answers() -> None:
    """Paper of all children of the demo classes, once; the demo guardian's own child waits for its answer."""
    if ConsentAnswer.objects.exists():
        return
    own = set(Pupil.objects.filter(guardianships__guardian__source_id=GUARDIAN).values_list("pk", flat=True))
    for point in POINTS:
        local = Person.objects.get(county_code=COUNTY, source_id=f"l{point}-1")
        for number, pupil in enumerate(_pupils(point)):
            for purpose in () if pupil.pk in own else (Purpose.RECORDING, Purpose.IMAGES):
                enter_paper(
                    actor=Actor(person_id=local.pk),
                    pupil=pupil,
                    purpose=purpose,
                    voice=Voice.GUARDIAN,
                    agree=point != REFUSES or number > 0,
                    witness=local.name,
                    signed_on=clock.today(),
                )
