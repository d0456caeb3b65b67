"""On random families: a guardian reaches the own children of today and nothing of any other child."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cast import LONG_AGO, Cast, actor_for, person, signed_in

from tongtang.access.api import Role, can, visible
from tongtang.access.models import ALWAYS_DATED, POWERS, RoleAssignment
from tongtang.consent.policies import AT_SCHOOL, CLASSES, PUPILS, Verb
from tongtang.consent.tests.family import call_roll, past_lesson
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Enrolment, Guardianship, Person, Pupil

PAGES = ("/children/{}", "/consent/children/{}", "/consent/children/{}/export", "/consent/children/{}/deletion")
SCHOOLS, GUARDIANS = 3, 3
YESTERDAY = timedelta(days=-1)


class Link(NamedTuple):
    """A guardian (by number) of a child (by number of school and of child), which may be over or not have begun."""

    guardian: int
    school: int
    child: int
    state: str


links = st.builds(
    Link,
    st.integers(0, GUARDIANS - 1),
    st.integers(0, SCHOOLS - 1),
    st.integers(0, 1),
    st.sampled_from(["now", "now", "now", "over", "later"]),
)
families = st.lists(links, max_size=8, unique_by=lambda link: (link.guardian, link.school, link.child))
moves = st.sets(st.tuples(st.integers(0, SCHOOLS - 1), st.integers(0, 1)), max_size=2)
# What the database lets a person hold without a last day: no guest, no support, no two of the three powers.
LASTING = [role.value for role in Role if role not in (*ALWAYS_DATED, Role.SUPPORT)]
roles = st.lists(st.tuples(st.sampled_from(LASTING), st.integers(0, SCHOOLS - 1)), max_size=2).filter(
    lambda held: len({role for role, _school in held} & set(POWERS)) < 2
)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)


def build(cast: Cast, found: list[Link], moved: set[tuple[int, int]]) -> list[Person]:
    today = clock.today()
    for school, child in moved:
        pupil = cast.points[school].pupils[child]
        Enrolment.objects.filter(pupil=pupil).update(valid_to=today + YESTERDAY)
        Enrolment.objects.create(
            pupil=pupil, home_class=cast.points[(school + 1) % SCHOOLS].home_class, valid_from=today
        )
    people = [person(f"监护{number}", f"g{number}") for number in range(GUARDIANS)]
    for link in found:
        RoleAssignment.objects.get_or_create(
            person=people[link.guardian],
            role=Role.GUARDIAN,
            school=cast.points[link.school].school,
            defaults={"valid_from": LONG_AGO},
        )
        Guardianship.objects.create(
            guardian=people[link.guardian],
            pupil=cast.points[link.school].pupils[link.child],
            kind="father",
            valid_from=today + timedelta(days=3) if link.state == "later" else LONG_AGO,
            valid_to=today + YESTERDAY if link.state == "over" else None,
        )
    return people


def children_of(cast: Cast, found: list[Link], guardian: int) -> set[Pupil]:
    return {
        cast.points[link.school].pupils[link.child]
        for link in found
        if link.guardian == guardian and link.state == "now"
    }


def looks(client: Client, pupil: Pupil, own: bool, others: list[Pupil]) -> None:
    for page in PAGES:
        answer = client.get(page.format(pupil.public_id))
        assert answer.status_code == (200 if own else 404), page
        text = answer.content.decode()
        for other in others:
            assert other.name not in text
            assert str(other.public_id) not in text


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, phases=AS_FOUND, suppress_health_check=SLOW)
@given(families, moves)
def test_no_guardian_sees_anything_of_another_child(cast: Cast, found: list[Link], moved: set[tuple[int, int]]) -> None:
    with transaction.atomic():
        people = build(cast, found, moved)
        lesson = past_lesson(cast)
        for point in cast.points:
            call_roll(lesson, point, present=point.pupils[:3], absent=point.pupils[3:])
        everybody = [pupil for point in cast.points for pupil in point.pupils]
        for number, who in enumerate(people):
            own = children_of(cast, found, number)
            client = signed_in(who)
            for pupil in everybody:
                if pupil in own or pupil in [point.pupils[n] for point in cast.points for n in (0, 1, 2)]:
                    looks(client, pupil, pupil in own, [one for one in everybody if one not in own])
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, phases=AS_FOUND, suppress_health_check=SLOW)
@given(families, moves, roles)
def test_what_is_visible_is_what_the_rules_say(
    cast: Cast, found: list[Link], moved: set[tuple[int, int]], held: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        people = build(cast, found, moved)
        for role, school in held:
            RoleAssignment.objects.get_or_create(
                person=people[0],
                role=role,
                school=cast.points[school].school,
                defaults={"valid_from": LONG_AGO},
            )
        actor = actor_for(people[0])
        everybody = list(Pupil.objects.order_by("pk"))
        place = {row.pupil_id: row.home_class.school_id for row in Enrolment.objects.filter(valid_to=None)}
        own = {pupil.pk for pupil in children_of(cast, found, 0)} if Role.GUARDIAN in actor.roles else set()
        at = {
            kind: {cast.points[school].school.pk for role, school in held if role in kind}
            for kind in (AT_SCHOOL, (Role.SCHOOL_HEAD,))
        }
        staff = {kind: {pupil.pk for pupil in everybody if place[pupil.pk] in at[kind]} for kind in at}
        expected = {
            **dict.fromkeys((Verb.ANSWER, Verb.ASK, Verb.SEE_CHILD), own),
            **dict.fromkeys((Verb.ENTER_PAPER, Verb.PRINT_SLIP), staff[AT_SCHOOL]),
            Verb.DECIDE: staff[(Role.SCHOOL_HEAD,)],
            Verb.EXPORT: own | staff[(Role.SCHOOL_HEAD,)],
        }
        assert set(expected) == set(PUPILS)
        for verb, keys in expected.items():
            assert {row.pk for row in visible(Pupil.objects.all(), actor, PUPILS[verb])} == keys, verb
            assert {row.pk for row in everybody if can(actor, PUPILS[verb], row)} == keys, verb
        classes = visible(HomeClass.objects.all(), actor, CLASSES[Verb.SEE_CLASS])
        assert {row.school_id for row in classes} == at[AT_SCHOOL]
        transaction.set_rollback(True)
