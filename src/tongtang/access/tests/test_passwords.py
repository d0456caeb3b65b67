"""Staff's passwords under both profiles, their change, and hashing that takes turns."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from tests.cast import COUNTY, Cast, signed_in

from tongtang.access import hashers, passwords
from tongtang.access.models import Account, SignInFailure
from tongtang.foundation import clock
from tongtang.foundation.environment import BadVariable, environment, parse

GOOD = "chalk dust and song"


@pytest.fixture
def account(cast: Cast) -> Account:
    found = Account.objects.get(person=cast.points[0].local)
    passwords.set_password(found, GOOD)
    return found


@pytest.fixture
def djcp3(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is one of a house whose operator chose the other profile."""
    monkeypatch.setenv("TONGTANG_AUTH_PROFILE", "djcp3")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


def test_the_profile_is_one_of_two() -> None:
    assert parse({}).auth_profile == "asvs"
    assert parse({"TONGTANG_AUTH_PROFILE": "djcp3"}).auth_profile == "djcp3"
    with pytest.raises(BadVariable, match="asvs, djcp3"):
        parse({"TONGTANG_AUTH_PROFILE": "none"})


@pytest.mark.parametrize("good", [GOOD, "山里的孩子唱茉莉花真好听", "x" * 8 + "abcdefgh" * 8, "correct horse battery"])
def test_long_and_plain_passwords_are_taken(account: Account, good: str) -> None:
    assert validate_password(good, account) is None


@pytest.mark.parametrize(
    "bad",
    [
        "elevenchars",
        "password1234",
        "aaaaaaaaaaaaaa",
        "本地1本地1第1教学点",
        "第1教学点第1教学点2026",
        "421223-lp01-1!!",
        "19870405-19870405",
        "510123198704051234",
        "G510123201704051234",
        "138001380001380013800",
    ],
)
def test_names_schools_dates_and_numbers_are_refused(account: Account, bad: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(bad, account)


@pytest.mark.parametrize("plain", [GOOD, "correct horse battery"])
def test_composition_is_asked_under_djcp3_only(account: Account, djcp3: None, plain: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(plain, account)
    validate_password("Chalk dust and 9 songs", account)


def change(client: Client, new: str, old: str = GOOD):
    return client.post("/account/password", {"old": old, "password": new, "again": new})


def test_another_password_ends_other_browsers(account: Account) -> None:
    form = {"county": COUNTY, "user_name": account.person.source_id, "password": GOOD}
    here, there = Client(), Client()
    for client in (here, there):
        assert client.post("/sign-in", form).status_code == 302
    assert change(here, "another song of ours", old="wrong").status_code == 422
    assert change(here, "another song of ours").status_code == 302
    assert here.get("/lending/").status_code == 200
    assert there.get("/lending/").status_code == 302
    assert Client().post("/sign-in", form).status_code == 422


def test_the_old_password_is_not_guessed_without_end(account: Account) -> None:
    client = signed_in(account.person)
    for _ in range(8):
        assert change(client, "another song of ours", old="wrong").status_code == 422
    assert change(client, "another song of ours").status_code == 422
    assert SignInFailure.objects.count() == 8


def test_under_djcp3_a_password_ends_after_90_days_and_does_not_come_back(account: Account, djcp3: None) -> None:
    first, second = "Chalk dust and 9 songs", "Rivers run to 8 seas"
    passwords.set_password(account, first)
    form = {"county": COUNTY, "user_name": account.person.source_id, "password": first}
    with time_machine.travel(clock.now() + timedelta(days=89), tick=True):
        client = Client()
        client.post("/sign-in", form)
        assert client.get("/lending/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=91), tick=True):
        client = Client()
        client.post("/sign-in", form)
        assert client.get("/lending/").url == "/account/password?next=%2Flending%2F"
        assert change(client, first, old=first).status_code == 422
        assert change(client, second, old=first).status_code == 302
        assert client.get("/lending/").status_code == 200
        assert change(client, first, old=second).status_code == 422


def test_under_asvs_a_password_does_not_end(account: Account) -> None:
    with time_machine.travel(clock.now() + timedelta(days=400), tick=True):
        client = Client()
        client.post("/sign-in", {"county": COUNTY, "user_name": account.person.source_id, "password": GOOD})
        assert client.get("/lending/").status_code == 200


def test_too_many_at_once_are_asked_to_come_back_and_lose_nothing(account: Account) -> None:
    form = {"county": COUNTY, "user_name": account.person.source_id, "password": GOOD}
    with hashers._turn(), hashers._turn():
        answers = [Client().post("/sign-in", form) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {429}
    assert all(2 <= int(answer.headers["Retry-After"]) <= 9 for answer in answers)
    assert SignInFailure.objects.count() == 0
    assert Client().post("/sign-in", form).status_code == 302


def test_at_most_two_passwords_are_hashed_at_a_time() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with hashers._turn():
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
