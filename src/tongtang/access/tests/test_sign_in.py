"""Entering the house through the browser's door: sign-in, first sign-in, sign-out, and what guessing meets."""

from contextlib import ExitStack
from datetime import timedelta
from time import perf_counter

import pytest
import time_machine
from django.test import Client
from tests.cast import COUNTY, Cast, at_device, person

from tongtang.access.actions import make_activation_code
from tongtang.access.models import Account, Role, SignedIn, SignInFailure
from tongtang.access.throttle import PASSWORD, Refused, attempt
from tongtang.audit.registry import run_all
from tongtang.foundation import clock
from tongtang.people.models import Person

SECRET = "chalk dust and song"


@pytest.fixture
def teacher(cast: Cast) -> Person:
    account = Account.objects.get(person=cast.teacher)
    account.set_password(SECRET)
    account.save()
    return cast.teacher


def sign_in(client: Client, password: str = SECRET, user: str = "t01", county: int = COUNTY, **more: str):
    address = more.pop("address", "10.0.0.1")
    form = {"county": county, "user_name": user, "password": password, **more}
    return client.post("/sign-in", form, REMOTE_ADDR=address)


def words(response) -> str:
    return response.content.decode()


def is_inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_teacher_signs_in_and_the_session_key_changes(teacher: Person) -> None:
    client = Client()
    client.get("/sign-in")
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/")
    assert client.session.session_key != before
    assert is_inside(client)
    assert clock.now() - Account.objects.get(person=teacher).last_login < timedelta(minutes=1)


def test_a_page_sends_a_stranger_to_sign_in_and_back(teacher: Person) -> None:
    client = Client()
    asked = client.get("/people/")
    assert asked.url == "/sign-in?next=/people/"
    assert 'value="/people/"' in words(client.get(asked.url))
    assert sign_in(client, next="/people/").url == "/people/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "/\\elsewhere.example", "http:///x"],
)
def test_nobody_is_sent_to_another_house(teacher: Person, elsewhere: str) -> None:
    client = Client()
    assert "elsewhere" not in words(client.get("/sign-in", {"next": elsewhere}))
    assert sign_in(client, next=elsewhere).url == "/"


def test_known_and_unknown_user_names_get_one_answer(teacher: Person, cast: Cast) -> None:
    Person.objects.create(county_code=COUNTY, source_id="never", name="未激活")
    gone = person("已离任", "gone", Role.LOCAL_TEACHER, school=cast.central)
    gone.account.set_password(SECRET)
    gone.account.save()
    Person.objects.filter(pk=gone.pk).update(ended_on=clock.today())
    answers = set()
    for user, password in [("t01", "wrong"), ("nobody", SECRET), ("never", SECRET), ("gone", SECRET), ("o01", "!")]:
        response = sign_in(Client(), password, user)
        assert response.status_code == 422
        answers.add(words(response).split('role="alert"')[1].split("</div>")[0])
    assert len(answers) == 1


def test_an_unknown_user_name_costs_the_same_time(teacher: Person) -> None:
    def fastest(user: str) -> float:
        times = []
        for number in range(5):
            start = perf_counter()
            sign_in(Client(), "wrong", user, address=f"10.0.9.{number}")
            times.append(perf_counter() - start)
        return min(times)

    sign_in(Client(), "wrong", "warm-up", address="10.0.8.1")
    known, unknown = fastest("t01"), fastest("t99")
    assert 0.5 < known / unknown < 2


def test_wrong_passwords_close_an_account_to_unknown_browsers_only(teacher: Person) -> None:
    own = Client()
    sign_in(own)
    own.post("/sign-out")
    for _ in range(8):
        assert sign_in(Client(), "wrong", address="10.9.9.9").status_code == 422
    # The same attacker and everybody at that address: closed, even with the right password.
    assert sign_in(Client(), address="10.9.9.9").status_code == 422
    for number in range(12):
        sign_in(Client(), "wrong", address=f"10.8.8.{number}")
    assert sign_in(Client(), address="10.7.7.7").status_code == 422
    # The teacher's own browser before the first lesson: open.
    assert sign_in(own, address="10.9.9.9").status_code == 302


def test_the_closed_answer_does_not_tell_who_exists(teacher: Person) -> None:
    answers = []
    for user in ("t01", "t99"):
        for _ in range(8):
            sign_in(Client(), "wrong", user)
        answers.append(words(sign_in(Client(), "wrong", user)).split('role="alert"')[1].split("</div>")[0])
    assert answers[0] == answers[1]


def test_a_closed_account_opens_by_itself(teacher: Person) -> None:
    for _ in range(9):
        sign_in(Client(), "wrong")
    assert sign_in(Client()).status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert sign_in(Client()).status_code == 302


def test_one_address_does_not_try_the_whole_county(cast: Cast) -> None:
    for number in range(200):
        SignInFailure.objects.create(subject=f"421223-x{number}", address="10.1.1.1", at=clock.now())
    account = Account.objects.get(person=cast.officer)
    account.set_password(SECRET)
    account.save()
    assert sign_in(Client(), user="o01", address="10.1.1.1").status_code == 422
    assert sign_in(Client(), user="o01", address="10.1.1.2").status_code == 302


def test_the_front_doors_header_is_believed_only_behind_the_front_door(teacher: Person) -> None:
    Client().post("/sign-in", {"county": COUNTY, "user_name": "t01", "password": "x"}, HTTP_X_REAL_IP="10.3.3.3")
    Client().post(
        "/sign-in",
        {"county": COUNTY, "user_name": "t01", "password": "x"},
        REMOTE_ADDR="",
        HTTP_X_REAL_IP="2001:db8:1:2:3::4",
    )
    assert [row.address for row in SignInFailure.objects.order_by("id")] == ["127.0.0.1", "2001:db8:1:2::/64"]


def test_a_known_browser_note_of_another_account_is_worth_nothing(teacher: Person, cast: Cast) -> None:
    account = Account.objects.get(person=cast.officer)
    account.set_password(SECRET)
    account.save()
    browser = Client()
    sign_in(browser, user="o01")
    browser.post("/sign-out")
    for number in range(21):
        sign_in(Client(), "wrong", address=f"10.8.8.{number}")
    assert sign_in(browser).status_code == 422
    browser.cookies["tongtang_browser"] = browser.cookies["tongtang_browser"].value + "x"
    assert sign_in(browser).status_code == 422


def test_signing_out_ends_the_session_and_keeps_the_device(teacher: Person, cast: Cast) -> None:
    client = at_device(cast.points[0])
    sign_in(client)
    assert client.get("/people/").status_code == 404
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").url == "/sign-in"
    assert client.get("/people/").status_code == 302
    page = client.get("/", follow=True)
    assert page.status_code == 200
    assert cast.points[0].school.name in words(page)


def test_the_county_is_asked_for_only_where_there_are_several(cast: Cast) -> None:
    page = words(Client().get("/sign-in"))
    assert '<select name="county"' in page
    Account.objects.filter(person=cast.stranger).delete()
    cast.stranger.role_assignments.all().delete()
    cast.stranger.delete()
    page = words(Client().get("/sign-in"))
    assert f'<input type="hidden" name="county" value="{COUNTY}"' in page


def test_two_counties_may_hold_the_same_user_name(teacher: Person, cast: Cast) -> None:
    account = Account.objects.get(person=cast.stranger)
    account.set_password("another long one")
    account.save()
    assert sign_in(Client(), "another long one").status_code == 422
    client = Client()
    assert sign_in(client, "another long one", county=cast.stranger.county_code).status_code == 302
    assert cast.stranger.name in words(client.get("/"))


def activate(client: Client, code: str, password: str = SECRET, again: str = "", user: str = "lp02-1"):
    form = {"county": COUNTY, "user_name": user, "code": code, "password": password, "again": again or password}
    return client.post("/activate", form)


@pytest.fixture
def newcomer(cast: Cast) -> Person:
    Account.objects.filter(person=cast.points[1].local).delete()
    return Person.objects.get(pk=cast.points[1].local.pk)


def test_a_first_sign_in_by_code_works_once(newcomer: Person) -> None:
    code = make_activation_code(newcomer)
    client = Client()
    assert activate(client, f" {code.lower().replace('-', ' ')} ").status_code == 302
    assert is_inside(client)
    assert activate(Client(), code).status_code == 422
    assert sign_in(Client(), user="lp02-1").status_code == 302


def test_a_new_code_ends_the_old_one_and_a_used_one_ends_sessions(newcomer: Person) -> None:
    old, new = make_activation_code(newcomer), make_activation_code(newcomer)
    assert activate(Client(), old).status_code == 422
    thief = Client()
    assert activate(thief, new).status_code == 302
    owner = Client()
    assert activate(owner, make_activation_code(newcomer), "a password of her own").status_code == 302
    assert is_inside(owner)
    assert not is_inside(thief)


def test_a_code_ends_after_thirty_days_and_belongs_to_one_person(newcomer: Person) -> None:
    code = make_activation_code(newcomer)
    assert activate(Client(), code, user="lp03-1").status_code == 422
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert activate(Client(), code).status_code == 422
    assert activate(Client(), code).status_code == 302


@pytest.mark.parametrize(
    ("password", "again"),
    [("elevenchars", ""), ("password1234", ""), ("421223-lp02-1", ""), (SECRET, "other one here")],
)
def test_a_weak_or_mistyped_password_is_refused_and_the_code_stays_good(
    newcomer: Person, password: str, again: str
) -> None:
    code = make_activation_code(newcomer)
    response = activate(Client(), code, password, again)
    assert response.status_code == 422
    assert 'class="err"' in words(response)
    assert code not in words(Client().get("/activate"))
    assert SignInFailure.objects.count() == 0
    assert activate(Client(), code).status_code == 302


def test_codes_are_not_tried_without_end(newcomer: Person) -> None:
    code = make_activation_code(newcomer)
    for _ in range(10):
        assert activate(Client(), "2222-2222-2222").status_code == 422
    assert activate(Client(), code).status_code == 422


def test_no_form_is_taken_from_another_site(teacher: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
    assert activate(client, "x").status_code == 403
    assert client.post("/enrol-device", {"code": "12345678"}).status_code == 403
    assert client.post("/sign-out").status_code == 403


@pytest.mark.django_db
def test_guesses_at_the_same_time_are_no_more_than_one_after_the_other() -> None:
    """Each counts from its start: eight that are under way leave no room for a ninth."""
    with ExitStack() as under_way:
        for _ in range(8):
            under_way.enter_context(attempt(PASSWORD, "421223-t01", "10.0.0.1"))
        with pytest.raises(Refused), attempt(PASSWORD, "421223-t01", "10.0.0.1"):
            raise AssertionError("a ninth check ran")
    assert SignInFailure.objects.count() == 0


def test_where_somebody_was_signed_in_is_forgotten_with_the_session(teacher: Person) -> None:
    """Address and browser of a session that is over are kept no longer than the session itself."""
    own = Client()
    sign_in(own)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=True):
        other = Client()
        sign_in(other, user="h01")
        assert not [one.problem for one in run_all(clock.now(), actor="system") if one.problem]
        assert not SignedIn.objects.filter(account__person=teacher).exists()
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        sign_in(own)
        run_all(clock.now(), actor="system")
        assert SignedIn.objects.filter(account__person=teacher).count() == 1
