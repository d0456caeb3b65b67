"""The operator's two commands, through the command line."""

import json
import re

import pyotp
import pytest
from django.test import Client
from tests.cast import COUNTY, Cast, region

from tongtang.access import factors
from tongtang.access.models import Account, ActivationCode
from tongtang.config.cli import main
from tongtang.foundation import clock
from tongtang.people.models import Person

CREATE = ["create-administrator", "--county", "421223", "--user", "admin", "--name", "管理员"]


@pytest.fixture(autouse=True)
def migrated(db: None) -> None:
    region(COUNTY, "崇阳县", 6)


def use(user: str, code: str):
    form = {"county": COUNTY, "user_name": user, "code": code}
    client = Client()
    client.post("/activate", form | {"password": "a long enough one", "again": "a long enough one"})
    return client


def test_the_first_administrator_signs_in_and_is_led_to_enrol_a_second_factor(capsys) -> None:
    assert main([*CREATE, "--json"]) == 0
    out, err = capsys.readouterr()
    made = json.loads(out)
    assert (made["county"], made["user"], made["name"]) == (421223, "admin", "管理员")
    assert made["code"] in err
    client = use("admin", made["code"])
    assert client.get("/people/").url == "/account/factors?next=%2Fpeople%2F"
    app = pyotp.TOTP(factors.secret_of(factors.new_app(Person.objects.get())))
    assert client.post("/account/factors", {"code": app.now()}).status_code == 200
    assert client.get("/people/").status_code == 200


def test_the_same_administrator_again_gets_a_new_code(capsys) -> None:
    codes = []
    for _ in range(2):
        assert main([*CREATE, "--json"]) == 0
        codes.append(json.loads(capsys.readouterr().out)["code"])
    assert codes[0] != codes[1]
    assert Person.objects.count() == ActivationCode.objects.count() == 1


def test_a_teachers_user_name_and_an_unknown_county_are_refused(cast: Cast, capsys) -> None:
    before = ActivationCode.objects.count()
    assert main([*CREATE[:4], "t01", "--name", "x"]) == 1
    assert main(["create-administrator", "--county", "999999", "--user", "a", "--name", "x"]) == 1
    assert ActivationCode.objects.count() == before
    out, err = capsys.readouterr()
    assert out == ""
    assert "t01" in err
    assert "load-regions" in err


@pytest.mark.parametrize("wrong", [["--county", "42122"], ["--county", "abcdef"], ["--what"]])
def test_wrong_usage_is_two(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["activation-codes", *wrong])
    assert end.value.code == 2


def test_codes_by_school_for_those_who_never_signed_in(cast: Cast, capsys) -> None:
    Account.objects.filter(person=cast.points[0].local).update(last_login=clock.now())
    Account.objects.filter(person=cast.points[1].local).delete()
    assert main(["activation-codes", "--county", "421223", "--json"]) == 0
    sheets = json.loads(capsys.readouterr().out)["schools"]
    names = {sheet["school"]: [code["user"] for code in sheet["codes"]] for sheet in sheets}
    assert names == {"a01": ["h01", "t01"], "p02": ["lp02-1"], "p03": ["lp03-1"], "": ["o01"]}
    code = sheets[1]["codes"][0]["code"]
    assert use("lp02-1", code).get("/").status_code == 200


def test_a_second_run_makes_nothing_new_until_told_to_renew(cast: Cast, capsys) -> None:
    run = ["activation-codes", "--county", "421223", "--school", "p01"]
    assert main(run) == 0
    first = re.findall(r"(\S{4}-\S{4}-\S{4})  lp01-1", capsys.readouterr().out)
    assert main([*run, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"schools": [], "kept": 1}
    assert "--renew" in err
    assert main([*run, "--renew"]) == 0
    second = re.findall(r"(\S{4}-\S{4}-\S{4})  lp01-1", capsys.readouterr().out)
    assert len(first) == len(second) == 1
    assert use("lp01-1", first[0]).get("/").status_code == 302
    assert use("lp01-1", second[0]).get("/").status_code == 200


def test_an_unknown_school_is_refused(cast: Cast, capsys) -> None:
    assert main(["activation-codes", "--school", "p99"]) == 1
    assert "p99" in capsys.readouterr().err
