"""Guardians: joining by slips, the own child's page, answers; and that nobody else stands in any of it."""

from datetime import time, timedelta

import pytest
from django.test import Client
from tests.cast import Browser, Cast, add_lesson, signed_in

from tongtang.access.models import SignedIn
from tongtang.audit.models import Entry
from tongtang.consent.models import ConsentAnswer, GuardianSlip
from tongtang.consent.tests.family import (
    PASSWORD,
    call_roll,
    guardian_of,
    join,
    past_lesson,
    person_of,
    say,
    slip_for,
)
from tongtang.foundation import clock
from tongtang.people.models import Guardianship, Pupil


def test_a_slip_makes_a_guardian_once_and_the_password_signs_in_again(cast: Cast) -> None:
    one = cast.points[0]
    code = slip_for(one, one.pupils[0])
    client = Browser()
    page = join(code, client, name="王大山").content.decode()
    guardian = person_of(one.pupils[0])
    assert guardian.name == "王大山"
    assert guardian.source_id in page
    assert client.get("/children/", follow=True).status_code == 200
    assert join(code).status_code == 422
    again = Client()
    form = {"county": guardian.county_code, "user_name": guardian.source_id, "password": PASSWORD}
    assert again.post("/sign-in", form).status_code == 302
    assert again.get("/").headers["Location"] == "/children/"
    assert code not in str(list(GuardianSlip.objects.values())) + str(list(Entry.objects.values()))


def test_a_further_slip_adds_a_child_to_the_same_guardian(cast: Cast) -> None:
    one, other = cast.points[0], cast.points[1]
    client = guardian_of(one, one.pupils[0])
    join(slip_for(other, other.pupils[0]), client)
    assert Guardianship.objects.values("guardian").distinct().count() == 1
    page = client.get("/children/").content.decode()
    assert one.pupils[0].name in page
    assert other.pupils[0].name in page


def test_a_slip_ends_when_another_is_printed_after_thirty_days_and_with_its_child(cast: Cast) -> None:
    one = cast.points[0]
    first = slip_for(one, one.pupils[0])
    second = slip_for(one, one.pupils[0])
    assert join(first).status_code == 422
    GuardianSlip.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert join(second).status_code == 422
    third = slip_for(one, one.pupils[0])
    Pupil.objects.filter(pk=one.pupils[0].pk).update(ended_on=clock.today())
    assert join(third).status_code == 422
    assert not Guardianship.objects.exists()


@pytest.mark.parametrize("password", ["short1", "12345678", "password"])
def test_weak_passwords_are_refused_and_the_slip_stays_good(cast: Cast, password: str) -> None:
    code = slip_for(cast.points[0], cast.points[0].pupils[0])
    assert join(code, password=password, again=password).status_code == 422
    assert join(code).status_code == 200


def test_guesses_of_slips_are_bounded(cast: Cast) -> None:
    code = slip_for(cast.points[0], cast.points[0].pupils[0])
    for _ in range(11):
        assert join("2222-2222-2222").status_code == 422
    assert join(code).status_code == 422
    assert not Guardianship.objects.exists()


def test_the_childs_page_shows_its_week_and_its_own_attendance_and_no_peer(cast: Cast) -> None:
    one = cast.points[0]
    child = one.pupils[0]
    client = guardian_of(one, child)
    there, away, unknown = (past_lesson(cast, days) for days in (2, 3, 4))
    call_roll(there, one, present=one.pupils, absent=[])
    call_roll(away, one, present=one.pupils[1:], absent=[child])
    add_lesson(cast, clock.at(clock.today(), time(20)), title="今天的课")
    page = client.get(f"/children/{child.public_id}").content.decode()
    assert "今天的课" in page
    for words in ("出席", "没来", "不清楚", "尚未提供"):
        assert words in page
    for other in Pupil.objects.exclude(pk=child.pk):
        assert other.name not in page
        assert str(other.public_id) not in page
    assert f"/{len(one.pupils)}" not in page.replace("</", "")
    assert unknown.pk


def test_a_guardian_who_has_just_joined_sees_that_sign_in_listed(cast: Cast) -> None:
    one = cast.points[0]
    client = guardian_of(one, one.pupils[0])
    assert SignedIn.objects.get(account__person=person_of(one.pupils[0])).session_key == client.session.session_key


def test_answers_stand_in_the_ledger_with_notice_and_responsible_person(cast: Cast) -> None:
    one = cast.points[0]
    client = guardian_of(one, one.pupils[0])
    assert say(client, one.pupils[0], "recording", "yes").status_code == 302
    assert say(client, one.pupils[0], "recording", "no").status_code == 302
    given, withdrawn = ConsentAnswer.objects.order_by("id")
    assert (given.decision, withdrawn.decision, given.channel) == ("given", "withdrawn", "page")
    assert given.by == f"person:{person_of(one.pupils[0]).pk}"
    assert one.school.name in given.responsible
    actions = list(Entry.objects.filter(stream="consent").order_by("seq").values_list("action", flat=True))
    assert actions == ["guardian.slip_printed", "guardian.joined", "consent.given", "consent.withdrawn"]
    assert one.pupils[0].name not in str(list(Entry.objects.values()))


def test_a_refusal_takes_nothing_from_learning(cast: Cast) -> None:
    one = cast.points[0]
    child = one.pupils[0]
    client = guardian_of(one, child)
    for purpose in ("recording", "analytics", "images"):
        say(client, child, purpose, "no")
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5))
    reception = lesson.receptions.get(home_class=one.home_class)
    local = signed_in(one.local)
    snapshot = local.get(f"/classroom/receptions/{reception.public_id}/phone/snapshot").json()
    assert child.name in [pupil["name"] for pupil in snapshot["pupils"]]
    assert client.get(f"/children/{child.public_id}").status_code == 200


def test_paper_is_entered_by_the_school_with_its_witness(cast: Cast) -> None:
    one = cast.points[0]
    form = {"purpose": "images", "voice": "guardian", "agree": "yes", "signed_on": "2026-03-01", "witness": "罗桂英"}
    address = f"/consent/pupils/{one.pupils[0].public_id}/paper"
    local = signed_in(one.local)
    assert local.post(address, form | {"witness": " "}).status_code == 422
    assert local.post(address, form | {"signed_on": "2999-01-01"}).status_code == 422
    assert local.post(address, form).status_code == 302
    row = ConsentAnswer.objects.get()
    assert (row.channel, row.witness, row.by) == ("paper", "罗桂英", f"person:{one.local.pk}")
    page = local.get(f"/consent/classes/{one.home_class.public_id}").content.decode()
    assert page.count("已同意") == 1


def test_slips_of_a_class_are_for_children_without_a_guardian(cast: Cast) -> None:
    one = cast.points[0]
    guardian_of(one, one.pupils[0])
    page = signed_in(one.local).post(f"/consent/classes/{one.home_class.public_id}/slips").content.decode()
    assert one.pupils[0].name not in page
    assert all(pupil.name in page for pupil in one.pupils[1:])
