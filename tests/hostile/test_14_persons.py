"""Class 14: two persons are two, nobody speaks for another's child, and what was used is worth nothing any more."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from tests.cast import COUNTY, Browser, Cast, actor_for, person, signed_in
from tongtang.access import approvals
from tongtang.access.actions import make_activation_code
from tongtang.access.models import Account, Approval, Role, RoleAssignment, SupportAccess
from tongtang.access.throttle import Refused
from tongtang.consent.models import ConsentAnswer, DataRequest
from tongtang.consent.tests.family import guardian_of, join, say, slip_for
from tongtang.foundation import clock
from tongtang.people.models import Guardianship, Person

# ---- two persons


@pytest.fixture
def head(cast: Cast) -> Person:
    return person("廖校长", "h11", Role.SCHOOL_HEAD, school=cast.points[0].school)


def ask(who: Person) -> Approval:
    return approvals.request_approval(
        actor=actor_for(who), action="export.pupils", object="school:x", title="导出 812 人"
    )


def above_as_well(cast: Cast, head: Person) -> Person:
    low, high = cast.county.span
    RoleAssignment.objects.create(
        person=head, role=Role.ADMINISTRATION_OFFICER, code_low=low, code_high=high, valid_from=clock.today()
    )
    return head


def lent_to_oneself(cast: Cast, head: Person) -> Person:
    own, (low, high) = cast.officer.role_assignments.get(), cast.county.span
    RoleAssignment.objects.create(
        person=head, role=own.role, code_low=low, code_high=high, valid_from=clock.today(), valid_to=clock.today(),
        delegated_from=own,
    )  # fmt: skip
    return head


SECOND_SELVES: dict[str, Callable[[Cast, Person], Person]] = {
    "in the same role": lambda cast, head: head,
    "in a second office above": above_as_well,
    "in a role lent to oneself": lent_to_oneself,
}


@pytest.mark.parametrize("name", SECOND_SELVES)
@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_nobody_is_the_second_person_of_themselves(cast: Cast, head: Person, name: str, verb: str) -> None:
    row = ask(head)
    client = signed_in(SECOND_SELVES[name](cast, head))
    assert client.post(f"/approvals/{row.public_id}/{verb}").status_code == 404
    row.refresh_from_db()
    assert (row.approved, row.decided_by) == (None, None)


def test_a_person_has_one_account(cast: Cast, head: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(login="421223-h11-second", person=head, password="!")
    admin = signed_in(person("管理员", "m71", Role.SYSTEM_ADMINISTRATOR, at=cast.county))
    form = {"region": str(COUNTY), "user_name": "h11", "name": "廖校长"}
    assert admin.post("/people/new", form).status_code == 422
    assert Account.objects.filter(person=head).count() == 1


def test_an_approval_is_used_once_and_for_what_it_says(cast: Cast, head: Person) -> None:
    row = ask(head)
    approvals.approve(actor=actor_for(cast.officer), approval=row)
    for action, about in [("export.pupils", "school:y"), ("export.pupil", "school:x"), ("", ""), ("export.pupils", "")]:
        with pytest.raises(Refused):
            approvals.consume(row, action, about)
    approvals.consume(row, "export.pupils", "school:x")
    with pytest.raises(Refused):
        approvals.consume(row, "export.pupils", "school:x")
    assert signed_in(cast.officer).post(f"/approvals/{row.public_id}/approve").status_code == 404


@pytest.mark.parametrize("form", [{"hours": "0"}, {"hours": "5"}, {"hours": "-1"}, {"hours": "4.5"}, {"hours": "９９"}])
def test_nobody_is_let_in_for_longer(cast: Cast, form: dict[str, str]) -> None:
    helper = person("技术员", "k71", Role.TECHNICIAN, at=cast.county)
    whole = {"school": str(cast.points[0].school.public_id), "reason": "检查网络", **form}
    assert signed_in(helper).post("/support/", whole).status_code in (404, 405, 422)
    assert SupportAccess.objects.count() == 0


# ---- consent, slips, codes


OF_A_CHILD = [
    ("answer", {"purpose": "recording", "agree": "yes"}),
    ("answer", {"purpose": "images", "agree": "no"}),
    ("correction", {"text": "姓名写错了"}),
    ("deletion", {"password": "mountain-17-river"}),
    ("export", {"password": "mountain-17-river"}),
]


@pytest.mark.parametrize(("what", "form"), OF_A_CHILD, ids=lambda one: str(one)[:20])
@pytest.mark.parametrize("whose", ["a classmate", "another class", "one's own, but ended"])
def test_nobody_speaks_for_the_child_of_another(cast: Cast, whose: str, what: str, form: dict[str, str]) -> None:
    own = cast.points[0].pupils[0]
    client = guardian_of(cast.points[0], own)
    children = {"a classmate": cast.points[0].pupils[1], "another class": cast.points[1].pupils[0]}
    child = children.get(whose, own)
    if child is own:
        Guardianship.objects.update(valid_from=clock.today() - timedelta(days=9))
        Guardianship.objects.update(valid_to=clock.today() - timedelta(days=1))
    more = {"pupil": str(own.public_id), "public_id": str(own.public_id)}
    for body in (form, form | more):
        answer = client.post(f"/consent/children/{child.public_id}/{what}?pupil={own.public_id}", body)
        assert answer.status_code == 404
    assert ConsentAnswer.objects.count() == DataRequest.objects.count() == 0


def test_a_slip_a_code_and_a_command_are_worth_something_once(cast: Cast) -> None:
    point = cast.points[0]
    slip = slip_for(point, point.pupils[0])
    assert join(slip).status_code == 200
    answers = [join(text).status_code for text in (slip, slip.lower(), f" {slip} ", slip.replace("-", ""))]
    assert answers == [422] * 4
    assert Guardianship.objects.count() == 1
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        page = signed_in(point.local).post(f"/rooms/{point.room.public_id}/code").content.decode()
        found = re.search(r'class="digits">(\d{4}) (\d{4})<', page)
        assert found
        codes = [Client().post("/enrol-device", {"code": found[1] + found[2]}).status_code for _n in range(2)]
        assert codes == [302, 422]
        code = make_activation_code(cast.points[1].local)
        words = {"county": COUNTY, "user_name": "lp02-1", "code": code}
        words |= {"password": "chalk dust and song", "again": "chalk dust and song"}
        assert [Client().post("/activate", words).status_code for _n in range(2)] == [302, 422]


def test_a_command_sent_again_is_done_once(cast: Cast) -> None:
    child = cast.points[0].pupils[0]
    client = guardian_of(cast.points[0], child)
    key, address = str(uuid4()), f"/consent/children/{child.public_id}/answer"
    body = {"purpose": "recording", "agree": "yes"}
    for _n in range(5):
        assert client.post(address, body, headers={"Idempotency-Key": key}).status_code == 302
    assert ConsentAnswer.objects.count() == 1
    other = guardian_of(cast.points[1], cast.points[1].pupils[0])
    elsewhere = f"/consent/children/{cast.points[1].pupils[0].public_id}/answer"
    assert other.post(elsewhere, body, headers={"Idempotency-Key": key}).status_code == 400
    assert client.post(address, {**body, "agree": "no"}, headers={"Idempotency-Key": key}).status_code == 400
    assert ConsentAnswer.objects.count() == 1
    assert say(Browser(), child, "recording", "yes").status_code in (302, 404)
