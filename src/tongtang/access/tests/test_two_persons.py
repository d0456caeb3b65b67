"""Approvals by a second person, support access by the school's leave, single pupils with a reason."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from tests.cast import LONG_AGO, Cast, actor_for, person, signed_in

from tongtang.access import approvals, sessions
from tongtang.access.actions import end_role
from tongtang.access.guards import require_reason_for_pupils
from tongtang.access.models import Approval, Role, RoleAssignment, SupportAccess
from tongtang.access.rules import grant, visible, with_reason
from tongtang.access.throttle import Refused
from tongtang.audit.models import Entry
from tongtang.foundation import clock
from tongtang.people.models import Person, Pupil

EXPORT = "export.pupils"


@pytest.fixture
def head(cast: Cast) -> Person:
    return person("廖校长", "h11", Role.SCHOOL_HEAD, school=cast.points[0].school)


def ask(who: Person, about: str = "school:x") -> Approval:
    return approvals.request_approval(
        actor=actor_for(who), action=EXPORT, object=about, title="导出名册：812 人", detail={"rows": 812}
    )


def test_another_person_above_approves_and_it_is_used_once(cast: Cast, head: Person) -> None:
    row = ask(head)
    assert ask(head) == row
    page = signed_in(cast.officer).get("/approvals/").content.decode()
    assert head.name in page
    assert "812" in page
    with pytest.raises(Refused):
        approvals.consume(row, EXPORT, "school:x")
    assert signed_in(cast.officer).post(f"/approvals/{row.public_id}/approve").status_code == 302
    for action, about in (("export.staff", "school:x"), (EXPORT, "school:y")):
        with pytest.raises(Refused):
            approvals.consume(row, action, about)
    approvals.consume(row, EXPORT, "school:x")
    with pytest.raises(Refused):
        approvals.consume(row, EXPORT, "school:x")
    actions = list(
        Entry.objects.filter(action__startswith="approval.").order_by("seq").values_list("action", flat=True)
    )
    assert actions == ["approval.request", "approval.approve", "approval.use"]


def test_for_one_of_two_schools_nobody_of_the_other_answers(cast: Cast, head: Person) -> None:
    first, second = cast.points[0].school, cast.points[1].school
    RoleAssignment.objects.create(person=head, role=Role.SCHOOL_HEAD, school=second, valid_from=LONG_AGO)
    deputies = [person(f"副校长{one.pk}", f"v{one.pk}", Role.SCHOOL_HEAD, school=one) for one in (first, second)]
    for about, may in ((second, [404, 302]), (first, [302, 404])):
        row = ask(head, f"school:{about.public_id}")
        answers = [signed_in(one).post(f"/approvals/{row.public_id}/approve").status_code for one in deputies]
        assert answers == may


def test_nobody_approves_for_themselves(cast: Cast, head: Person) -> None:
    row = ask(head)
    assert (
        head.name not in signed_in(head).get("/approvals/").content.decode().split("halves")[1].split("</section>")[0]
    )
    assert signed_in(head).post(f"/approvals/{row.public_id}/approve").status_code == 404
    with pytest.raises(Refused):
        approvals.approve(actor=actor_for(head), approval=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=row.pk).update(decided_by=head, approved=True)


@pytest.mark.parametrize("who", ["other head", "far officer", "teacher"])
def test_somebody_without_that_place_does_not_approve(cast: Cast, head: Person, who: str) -> None:
    row = ask(head)
    asked = {"other head": cast.head, "far officer": cast.stranger, "teacher": cast.points[0].local}[who]
    assert signed_in(asked).post(f"/approvals/{row.public_id}/approve").status_code == 404
    with pytest.raises(Refused):
        approvals.approve(actor=actor_for(asked), approval=row)


def test_a_head_does_not_approve_for_the_county(cast: Cast, head: Person) -> None:
    row = ask(cast.officer)
    assert signed_in(head).post(f"/approvals/{row.public_id}/approve").status_code == 404


def test_an_approval_is_good_for_a_day(cast: Cast, head: Person) -> None:
    late, used = ask(head), ask(head, "school:z")
    approvals.approve(actor=actor_for(cast.officer), approval=used)
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        with pytest.raises(Refused):
            approvals.approve(actor=actor_for(cast.officer), approval=late)
        with pytest.raises(Refused):
            approvals.consume(used, EXPORT, "school:z")


def test_a_refused_request_is_over(cast: Cast, head: Person) -> None:
    row = ask(head)
    assert signed_in(cast.officer).post(f"/approvals/{row.public_id}/refuse").status_code == 302
    with pytest.raises(Refused):
        approvals.approve(actor=actor_for(cast.officer), approval=row)
    assert ask(head) != row


def test_who_governs_nowhere_asks_for_nothing(cast: Cast) -> None:
    with pytest.raises(Refused):
        ask(cast.teacher)


# ---- support


@pytest.fixture
def helper(cast: Cast) -> Person:
    return person("省技术员", "tech", Role.TECHNICIAN, at=cast.county)


def request_support(who: Person, cast: Cast, hours: int = 2):
    form = {"school": cast.points[0].school.public_id, "reason": "平板没有声音", "hours": hours}
    return signed_in(who).post("/support/ask", form)


def test_who_is_a_technician_no_more_is_inside_no_more(cast: Cast, head: Person, helper: Person) -> None:
    """The hours that a school has given are for somebody whose work it is."""
    request_support(helper, cast)
    row = SupportAccess.objects.get()
    signed_in(head).post(f"/support/{row.public_id}/decide", {"let_in": "1"})
    client = signed_in(helper)
    assert client.post(f"/support/{row.public_id}/enter").status_code == 302
    assert client.get("/people/").status_code == 200
    end_role(actor=actor_for(cast.officer), row=helper.role_assignments.get())
    assert client.get("/people/").status_code == 404


def test_the_school_lets_in_for_some_hours_and_it_ends_by_itself(cast: Cast, head: Person, helper: Person) -> None:
    local = cast.points[0].local
    assert signed_in(helper).get("/people/").status_code == 404
    assert request_support(helper, cast).status_code == 302
    row = SupportAccess.objects.get()
    client = signed_in(helper)
    assert client.post(f"/support/{row.public_id}/enter").status_code == 404
    assert client.post(f"/support/{row.public_id}/decide", {"let_in": "1"}).status_code == 404
    assert "平板没有声音" in signed_in(head).get("/support/").content.decode()
    assert signed_in(head).post(f"/support/{row.public_id}/decide", {"let_in": "1"}).status_code == 302
    before = client.session.session_key
    assert client.post(f"/support/{row.public_id}/enter").status_code == 302
    assert client.session.session_key != before
    page = client.get("/people/").content.decode()
    assert local.name in page
    assert cast.points[1].local.name not in page
    assert 'class="note visit"' in page
    assert helper.name in signed_in(head).get("/people/").content.decode()
    pages = Entry.objects.filter(stream="support", action="support.page").values_list("detail", flat=True)
    assert any("/people/" in str(detail) for detail in pages)
    assert client.post(f"/people/{local.public_id}/code").status_code == 404
    with time_machine.travel(clock.now() + timedelta(hours=2, minutes=1), tick=True):
        session = client.session
        session[sessions.SEEN_AT] = clock.now().timestamp()
        session.save()
        assert client.get("/people/").status_code == 404


def test_the_school_ends_it_at_once_or_refuses(cast: Cast, head: Person, helper: Person) -> None:
    request_support(helper, cast)
    row = SupportAccess.objects.get()
    signed_in(head).post(f"/support/{row.public_id}/decide", {"let_in": "1"})
    client = signed_in(helper)
    client.post(f"/support/{row.public_id}/enter")
    assert client.get("/people/").status_code == 200
    assert signed_in(head).post(f"/support/{row.public_id}/end").status_code == 302
    assert client.get("/people/").status_code == 404
    request_support(helper, cast)
    again = SupportAccess.objects.latest("pk")
    signed_in(head).post(f"/support/{again.public_id}/decide", {"let_in": "0"})
    assert client.post(f"/support/{again.public_id}/enter").status_code == 404


def test_nobody_lets_themselves_in_and_no_longer_than_four_hours(cast: Cast, helper: Person) -> None:
    assert request_support(helper, cast, hours=5).status_code == 422
    assert request_support(cast.officer, cast).status_code == 404
    both = person("又是校长", "both", Role.SCHOOL_HEAD, school=cast.points[0].school)
    low, high = cast.county.span
    both.role_assignments.create(role=Role.TECHNICIAN, code_low=low, code_high=high, valid_from=clock.today())
    request_support(both, cast)
    row = SupportAccess.objects.get()
    assert signed_in(both).post(f"/support/{row.public_id}/decide", {"let_in": "1"}).status_code == 422
    assert SupportAccess.objects.get().starts_at is None
    other = person("外校校长", "h12", Role.SCHOOL_HEAD, school=cast.points[1].school)
    assert signed_in(other).post(f"/support/{row.public_id}/decide", {"let_in": "1"}).status_code == 404


# ---- pupils from above


def test_single_pupils_are_seen_from_above_only_with_a_stated_reason(cast: Cast, head: Person) -> None:
    grants = [
        grant(
            with_reason("enrolments__home_class__school__region_code", "enrolments__home_class__school_id"),
            Role.ADMINISTRATION_OFFICER,
            Role.SCHOOL_HEAD,
        )
    ]
    assert visible(Pupil.objects.all(), actor_for(head), grants).count() == 5
    assert visible(Pupil.objects.all(), actor_for(cast.officer), grants).count() == 0
    client = signed_in(cast.officer)
    assert client.post("/pupils/reason", {"reason": "查"}).status_code == 422
    before = client.session.session_key
    assert client.post("/pupils/reason", {"reason": "核对转学材料", "next": "/lending/"}).url == "/lending/"
    assert client.session.session_key != before
    actor = client.get("/lending/").wsgi_request.actor
    assert visible(Pupil.objects.all(), actor, grants).count() == 15
    assert Entry.objects.filter(stream="reads", action="pupils.reason", reason="核对转学材料").exists()
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=True):
        session = client.session
        session[sessions.SEEN_AT] = clock.now().timestamp()
        session.save()
        assert client.get("/lending/").wsgi_request.actor.pupil_reason is None
    assert signed_in(head).get("/pupils/reason").status_code == 404


def test_a_page_of_pupils_leads_to_the_reason_and_is_recorded(cast: Cast, rf) -> None:
    from django.http import HttpResponse

    client = signed_in(cast.officer)
    page = require_reason_for_pupils(lambda request: HttpResponse("ok"))
    request = client.get("/lending/").wsgi_request
    assert page(request).url == "/pupils/reason?next=%2Flending%2F"
    client.post("/pupils/reason", {"reason": "核对转学材料"})
    assert page(client.get("/lending/").wsgi_request).content == b"ok"
    assert Entry.objects.filter(action="pupils.read").count() == 1
