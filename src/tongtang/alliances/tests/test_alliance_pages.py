"""Pages of alliances over HTTP: list, detail, application, decision, history."""

import re
from datetime import date

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, person, point, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Membership
from tongtang.organisations.models import School

NOW = utc(TUESDAY, 12)
pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(cast: Cast) -> School:
    """A teaching point that belongs to no alliance yet."""
    return point(cast.county, cast.bell, 9, 6, cast.central).school


def head_of(school: School, source_id: str = "h90"):
    return person("校长", source_id, Role.SCHOOL_HEAD, school=school)


def apply(who, cast: Cast, school: School) -> int:
    data = {"school": str(school.public_id)}
    return signed_in(who).post(f"/alliances/{cast.alliance.public_id}/apply", data).status_code


def decide(who, row: Membership, decision: str, day: str = "2026-04-20", reason: str = "") -> int:
    data = {"decision": decision, "day": day, "reason": reason}
    return signed_in(who).post(f"/alliances/memberships/{row.public_id}/decide", data).status_code


@time_machine.travel(NOW, tick=False)
def test_from_application_to_membership_to_its_end(cast: Cast, newcomer: School) -> None:
    head = head_of(newcomer)
    assert apply(head, cast, newcomer) == 302
    row = Membership.objects.get(school=newcomer)
    assert (row.state, row.applied_on) == ("applied", TUESDAY)
    assert decide(cast.officer, row, "approve") == 302
    row.refresh_from_db()
    assert (row.state, row.valid_from, row.decided_by, row.decided_on) == (
        "active",
        date(2026, 4, 20),
        cast.officer,
        TUESDAY,
    )
    assert decide(cast.officer, row, "end", "2026-07-03", "撤并") == 302
    row.refresh_from_db()
    assert (row.state, row.valid_to, row.reason) == ("ended", date(2026, 7, 3), "撤并")
    text = signed_in(head).get(f"/alliances/{cast.alliance.public_id}").content.decode()
    assert "2026-04-20—2026-07-03" in text
    assert "撤并" in text


@time_machine.travel(NOW, tick=False)
def test_a_refused_school_may_apply_again_and_the_refusal_stays(cast: Cast, newcomer: School) -> None:
    head = head_of(newcomer)
    apply(head, cast, newcomer)
    row = Membership.objects.get(school=newcomer)
    assert decide(cast.officer, row, "refuse") == 400
    assert decide(cast.officer, row, "refuse", reason="带宽不够") == 302
    assert decide(cast.officer, row, "approve") == 400
    assert apply(head, cast, newcomer) == 302
    assert sorted(Membership.objects.filter(school=newcomer).values_list("state", flat=True)) == ["applied", "refused"]
    text = signed_in(cast.officer).get(f"/alliances/{cast.alliance.public_id}").content.decode()
    assert "带宽不够" in text


@time_machine.travel(NOW, tick=False)
def test_the_topology_refuses_with_its_sentence(cast: Cast) -> None:
    head = head_of(cast.central)
    assert apply(head, cast, cast.central) == 400
    assert not Membership.objects.filter(school=cast.central).exists()


@pytest.mark.parametrize(("day", "reason"), [("x", ""), ("2019-01-01", "")])
@time_machine.travel(NOW, tick=False)
def test_a_refused_decision_changes_nothing_and_loses_nothing(cast: Cast, day: str, reason: str) -> None:
    row = Membership.objects.filter(school=cast.points[0].school).get()
    data = {"decision": "end", "day": day, "reason": "写好的理由"}
    response = signed_in(cast.officer).post(f"/alliances/memberships/{row.public_id}/decide", data)
    assert response.status_code == 400
    assert "写好的理由" in response.content.decode()
    row.refresh_from_db()
    assert row.state == "active"


@time_machine.travel(NOW, tick=False)
def test_who_sees_and_who_decides(cast: Cast, newcomer: School) -> None:
    head = head_of(newcomer)
    row = Membership.objects.get(school=cast.points[0].school)
    detail = f"/alliances/{cast.alliance.public_id}"
    for who in (cast.officer, cast.head, cast.teacher, cast.points[0].local, head):
        client = signed_in(who)
        assert client.get(detail).status_code == 200
        assert cast.alliance.name in client.get("/alliances/").content.decode()
    assert signed_in(cast.stranger).get(detail).status_code == 404
    assert cast.alliance.name not in signed_in(cast.stranger).get("/alliances/").content.decode()
    for who in (cast.head, cast.teacher, cast.points[0].local, head, cast.stranger):
        assert decide(who, row, "end") == 404
    assert decide(cast.officer, row, "promote") == 404
    for who in (cast.points[0].local, cast.head, cast.officer):
        assert apply(who, cast, newcomer) == 404
    assert signed_in(head).post(f"{detail}/apply", {"school": "x"}).status_code == 404
    assert Membership.objects.filter(state="active").count() == 3


@time_machine.travel(NOW, tick=False)
def test_an_application_is_decided_in_the_open_and_a_member_is_ended_behind_a_button(
    cast: Cast, newcomer: School
) -> None:
    apply(head_of(newcomer), cast, newcomer)
    address = f"/alliances/{cast.alliance.public_id}"
    html = signed_in(cast.officer).get(address).content.decode()
    assert html.count('value="approve"') == 1
    assert html.count('<details class="decide">') == html.count('value="end"') == 3
    assert 'value="renew"' not in html, "a membership without a last day is not renewed"
    Membership.objects.filter(school=cast.points[0].school).update(valid_to=date(2026, 7, 3))
    html = signed_in(cast.officer).get(address).content.decode()
    assert html.count('value="renew"') == 1
    assert all(f'for="{key}"' in html for key in re.findall(r'<input type="date" id="([^"]+)"', html))
    row = Membership.objects.filter(school=cast.points[1].school).get()
    refused = signed_in(cast.officer).post(
        f"/alliances/memberships/{row.public_id}/decide", {"decision": "end", "day": "2019-01-01"}
    )
    assert refused.content.decode().count('<details class="decide" open>') == 1, "what was refused stays open"


@time_machine.travel(NOW, tick=False)
def test_a_score_says_how_many_of_its_terms_are_counted(cast: Cast, newcomer: School) -> None:
    html = signed_in(head_of(newcomer)).get("/alliances/matches").content.decode()
    [terms] = re.findall(r'<div class="terms">(.*?)</div>', html, re.DOTALL)
    unknown = terms.count("不计分")
    assert f"6 项中计 {6 - unknown} 项" in html
    assert 0 < unknown < 6


@time_machine.travel(NOW, tick=False)
def test_who_applied_or_is_a_member_is_told_so_and_offered_nothing(cast: Cast, newcomer: School) -> None:
    head = head_of(newcomer)
    button = f'action="/alliances/{cast.alliance.public_id}/apply"'

    def page() -> str:
        html = signed_in(head).get("/alliances/matches").content.decode()
        assert cast.alliance.name in html
        return html

    assert button in page()
    assert apply(head, cast, newcomer) == 302
    assert (button in page(), "已申请" in page()) == (False, True)
    assert decide(cast.officer, Membership.objects.get(school=newcomer), "approve", TUESDAY.isoformat()) == 302
    assert (button in page(), "成员</span>" in page()) == (False, True)
