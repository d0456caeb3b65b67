"""Second factors: who must have one, codes that work once, throttling, step-up, sessions that end."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.cast import COUNTY, Cast, person, signed_in

from tongtang.access import factors, sessions
from tongtang.access.models import Account, AuthenticatorApp, RecoveryCode, Role, SignedIn, SignInPolicy
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Person

SECRET = "chalk dust and song"


@pytest.fixture(autouse=True)
def strict(cast: Cast) -> None:
    SignInPolicy.objects.all().delete()


def with_password(who: Person) -> Person:
    account = Account.objects.get(person=who)
    account.set_password(SECRET)
    account.save()
    return who


@pytest.fixture
def officer(cast: Cast) -> Person:
    return with_password(cast.officer)


def enter(who: Person) -> Client:
    client = Client()
    form = {"county": COUNTY, "user_name": who.source_id, "password": SECRET}
    assert client.post("/sign-in", form).status_code == 302
    return client


def code_now(who: Person, steps: int = 0) -> str:
    app = AuthenticatorApp.objects.get(person=who)
    return pyotp.TOTP(factors.secret_of(app)).at(clock.now() + timedelta(seconds=30 * steps))


def enrol(who: Person) -> Client:
    """Through the pages, as a person does."""
    client = enter(who)
    assert client.get("/account/factors").status_code == 200
    answer = client.post("/account/factors", {"code": code_now(who)})
    assert answer.status_code == 200
    return client


def recovery_codes(page: str) -> list[str]:
    return re.findall(r"<li>([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})</li>", page)


def test_who_sees_more_than_one_class_is_led_to_enrol_first(cast: Cast, officer: Person) -> None:
    client = enter(officer)
    assert client.get("/").url == "/account/factors?next=%2F"
    assert client.post("/account/scope", {"scope": ""}).status_code == 403
    page = client.get("/account/factors").content.decode()
    assert "data:image/svg+xml" in page
    assert client.post("/account/factors", {"code": "000000"}).status_code == 422
    shown = client.post("/account/factors", {"code": code_now(officer)})
    assert len(recovery_codes(shown.content.decode())) == 10
    assert "no-store" in shown.headers["Cache-Control"]
    assert client.get("/").status_code == 200


def test_a_teacher_of_one_class_signs_in_with_the_password_alone(cast: Cast) -> None:
    point = cast.points[0]
    assert enter(with_password(point.local)).get("/").status_code == 200
    HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=point.school, name="四年级班", grades=[4], pupil_count=3
    )
    assert enter(point.local).get("/").status_code == 302
    SignInPolicy.objects.create(pk=1, second_factor="governing")
    assert enter(point.local).get("/").status_code == 200


def test_the_next_sign_in_asks_for_a_code(officer: Person) -> None:
    enrol(officer)
    client = enter(officer)
    assert client.get("/people/").url == "/second-factor?next=%2Fpeople%2F"
    assert client.get("/account/factors").url.startswith("/second-factor")
    before = client.session.session_key
    answer = client.post("/second-factor", {"code": code_now(officer, 1), "next": "/lending/"})
    assert answer.url == "/lending/"
    assert client.session.session_key != before
    assert client.get("/lending/").status_code == 200
    assert SignedIn.objects.filter(session_key=client.session.session_key).exists()


def test_a_code_is_taken_once(officer: Person) -> None:
    enrol(officer)
    used = code_now(officer)
    assert enter(officer).post("/second-factor", {"code": used}).status_code == 422
    fresh = code_now(officer, 1)
    assert enter(officer).post("/second-factor", {"code": fresh}).status_code == 302
    assert enter(officer).post("/second-factor", {"code": fresh}).status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=True):
        assert enter(officer).post("/second-factor", {"code": fresh}).status_code == 422


def test_codes_are_not_tried_without_end(officer: Person) -> None:
    enrol(officer)
    client = enter(officer)
    for _ in range(6):
        assert client.post("/second-factor", {"code": "123456"}).status_code == 422
    assert client.post("/second-factor", {"code": code_now(officer, 1)}).status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        assert client.post("/second-factor", {"code": code_now(officer)}).status_code == 302


def test_a_recovery_code_opens_once(officer: Person) -> None:
    client = enter(officer)
    client.get("/account/factors")
    codes = recovery_codes(client.post("/account/factors", {"code": code_now(officer)}).content.decode())
    assert not RecoveryCode.objects.filter(code_hash__in=codes).exists()
    assert enter(officer).post("/second-factor", {"code": codes[0].lower()}).status_code == 302
    assert enter(officer).post("/second-factor", {"code": codes[0]}).status_code == 422
    assert enter(officer).post("/second-factor", {"code": codes[1]}).status_code == 302


def test_the_secret_is_not_in_the_database(officer: Person) -> None:
    enrol(officer)
    app = AuthenticatorApp.objects.get(person=officer)
    assert factors.secret_of(app) not in str(AuthenticatorApp.objects.values())


def test_a_stale_factor_is_asked_again_for_what_needs_a_fresh_one(officer: Person) -> None:
    client = enrol(officer)
    assert client.post("/account/factors/recovery-codes").status_code == 200
    session = client.session
    session[sessions.FACTOR_AT] -= 16 * 60
    session.save()
    asked = client.post("/account/factors/recovery-codes", headers={"Referer": "http://testserver/account/factors"})
    assert asked.url == "/second-factor?next=%2Faccount%2Ffactors"
    assert client.get("/account/factors").url.startswith("/second-factor")
    assert client.get("/lending/").status_code == 200


def test_the_last_factor_stays(officer: Person) -> None:
    client = enrol(officer)
    assert client.post("/account/factors/app/remove").status_code == 422
    assert AuthenticatorApp.objects.filter(person=officer).count() == 1


def test_an_authenticator_of_somebody_else_opens_nothing(cast: Cast, officer: Person) -> None:
    head = with_password(cast.head)
    enrol(officer)
    enrol(head)
    assert enter(head).post("/second-factor", {"code": code_now(officer, 1)}).status_code == 422


def test_the_security_administrator_resets_a_lost_telephone(cast: Cast, officer: Person) -> None:
    office = person("安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county)
    client = enrol(officer)
    address = f"/security/{officer.public_id}/factors"
    assert signed_in(office).post(address, {"reason": "x"}).status_code == 422
    assert signed_in(office).post(address, {"reason": "手机在路上丢了"}).status_code == 302
    assert client.get("/").status_code == 302
    assert enter(officer).get("/").url.startswith("/account/factors")
    far = person("远安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county, county=cast.stranger.county_code)
    far.role_assignments.update(code_low=cast.stranger.county_code, code_high=cast.stranger.county_code)
    assert signed_in(far).post(address, {"reason": "手机在路上丢了"}).status_code == 404


def test_the_rules_are_set_by_whoever_is_responsible_for_the_whole_house(cast: Cast) -> None:
    office = person("安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county)
    form = {"second_factor": "governing", "idle_minutes": 20}
    assert signed_in(office).post("/security/", form).status_code == 302
    assert SignInPolicy.objects.get().idle_minutes == 20
    school = cast.points[0].school
    type(school).objects.filter(pk=school.pk).update(region_code=cast.stranger.county_code)
    assert signed_in(office).post("/security/", form).status_code == 404
    assert signed_in(office).get("/security/").status_code == 200


def test_a_closed_account_is_opened_by_the_security_administrator(cast: Cast, officer: Person) -> None:
    office = person("安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county)
    form = {"county": COUNTY, "user_name": officer.source_id, "password": "wrong"}
    for _ in range(9):
        Client().post("/sign-in", form)
    assert Client().post("/sign-in", form | {"password": SECRET}).status_code == 422
    assert officer.name in signed_in(office).get("/security/").content.decode()
    assert signed_in(office).post(f"/security/{officer.public_id}/unlock").status_code == 302
    assert Client().post("/sign-in", form | {"password": SECRET}).status_code == 302


def test_an_account_that_is_closed_on_the_own_browser_is_opened_too(cast: Cast, officer: Person) -> None:
    """A browser that has signed in before counts its failures by itself: unlocking means this count as well."""
    office = person("安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county)
    form = {"county": COUNTY, "user_name": officer.source_id, "password": "wrong"}
    own = enter(officer)
    own.cookies.pop("sessionid")
    for _ in range(9):
        own.post("/sign-in", form)
    assert own.post("/sign-in", form | {"password": SECRET}).status_code == 422
    assert officer.name in signed_in(office).get("/security/").content.decode()
    assert signed_in(office).post(f"/security/{officer.public_id}/unlock").status_code == 302
    assert own.post("/sign-in", form | {"password": SECRET}).status_code == 302


def test_an_account_whose_second_factor_is_closed_is_opened_too(cast: Cast, officer: Person) -> None:
    office = person("安全员", "sec", Role.SECURITY_ADMINISTRATOR, at=cast.county)
    enrol(officer)
    client = enter(officer)
    for _ in range(7):
        assert client.post("/second-factor", {"code": "000000"}).status_code == 422
    assert client.post("/second-factor", {"code": code_now(officer, 1)}).status_code == 422
    page = signed_in(office).get("/security/").content.decode()
    assert officer.name in page
    assert signed_in(office).post(f"/security/{officer.public_id}/unlock").status_code == 302
    assert client.post("/second-factor", {"code": code_now(officer, 1)}).status_code == 302
    assert officer.name not in signed_in(office).get("/security/").content.decode()


@pytest.mark.parametrize("name", ["\\ud800", "x\\udfff", "\\u0000", "x" * 2000])
def test_a_key_of_no_sense_is_refused(officer: Person, name: str) -> None:
    client = enter(officer)
    client.post("/second-factor/key", content_type="application/json")
    answer = client.post("/second-factor/key/answer", f'{{"id": "{name}"}}', content_type="application/json")
    assert answer.status_code == 422


# ---- sessions


def test_a_session_without_use_ends(cast: Cast) -> None:
    client = enter(with_password(cast.points[0].local))
    with time_machine.travel(clock.now() + timedelta(minutes=29), tick=True):
        assert client.get("/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=58), tick=True):
        assert client.get("/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=90), tick=True):
        assert client.get("/lending/").url == "/sign-in?idle=1&next=%2Flending%2F"
        assert client.get("/lending/").url == "/sign-in?next=/lending/"


def test_own_sessions_are_listed_and_ended(cast: Cast) -> None:
    who = with_password(cast.points[0].local)
    one, two = enter(who), enter(who)
    row = SignedIn.objects.get(session_key=one.session.session_key)
    assert two.get("/account/sessions").content.decode().count("/end") >= 1
    other = enter(with_password(cast.points[1].local))
    assert other.post(f"/account/sessions/{row.public_id}/end").status_code == 404
    assert two.post(f"/account/sessions/{row.public_id}/end").status_code == 302
    assert one.get("/lending/").status_code == 302
    assert two.get("/lending/").status_code == 200
    three = enter(who)
    two.post("/account/sessions/end-others")
    assert three.get("/lending/").status_code == 302


def test_staying_moves_the_end(cast: Cast) -> None:
    client = enter(with_password(cast.points[0].local))
    answer = client.post("/account/stay")
    assert answer.status_code == 204
    assert float(answer.headers["X-Idle-Ends"]) > timezone.now().timestamp() + 29 * 60
