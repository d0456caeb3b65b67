"""The `tongtang` command as an operator meets it."""

import json
import sqlite3

import pytest
from tests.houses import House

from tongtang.config.cli import COMMANDS, Needs

CURRENT_ONLY = [name for name, command in COMMANDS.items() if command.needs is Needs.DATABASE]


def test_without_a_command_it_is_usage(house: House) -> None:
    done = house.tongtang()
    assert (done.returncode, done.stdout) == (2, "")
    assert "COMMAND" in done.stderr


def test_an_unknown_command_is_usage_and_names_the_known_ones(house: House) -> None:
    done = house.tongtang("sreve")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sreve" in done.stderr
    assert "serve" in done.stderr


def test_help_lists_every_command_and_makes_no_home(house: House) -> None:
    done = house.tongtang("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"  {name} " not in done.stdout] == []
    assert not house.home.exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(house: House, name: str) -> None:
    done = house.tongtang(name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"tongtang {name}" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TONGTANG_PORT", "eight"),
        ("TONGTANG_PORT", "70000"),
        ("TONGTANG_DEMO", "yes"),
        ("TONGTANG_DATABASE_URL", "mysql://x/y"),
        ("TONGTANG_PROT", "8000"),
    ],
)
def test_a_bad_variable_is_named_in_one_line(house: House, variable: str, value: str) -> None:
    done = house.tongtang("migrate", **{variable: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert variable in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not house.home.exists()


def test_a_home_too_long_for_sockets_is_a_bad_variable(house: House) -> None:
    done = house.tongtang("serve", TONGTANG_HOME=str(house.home / ("long" * 30)))
    assert done.returncode == 2
    assert "TONGTANG_HOME" in done.stderr


def test_an_empty_home_is_set_up_and_a_second_migrate_changes_nothing(house: House) -> None:
    first, second = house.tongtang("migrate", "--json"), house.tongtang("migrate", "--json")
    assert json.loads(first.stdout)["applied"] > 0
    assert json.loads(second.stdout) == {"applied": 0}
    secret = house.home / "secrets/django"
    assert secret.stat().st_mode & 0o777 == 0o600


def test_check_reports_json_alone_on_standard_output(house: House) -> None:
    done = house.tongtang("check", "--json")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert findings["database"]["ready"] is True
    assert findings["nginx"]["ready"] is True


@pytest.fixture
def older_house(furnished: House) -> House:
    """A home that an earlier version left behind: its newest migration is not applied yet."""
    house = furnished
    house.variables["TONGTANG_DATABASE_URL"] = f"sqlite:///{house.home}/tongtang.sqlite3"
    with sqlite3.connect(house.home / "tongtang.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'lessons'")
    database.close()
    return house


def _dump(house: House) -> list[str]:
    database = sqlite3.connect(house.home / "tongtang.sqlite3")
    lines = list(database.iterdump())
    database.close()
    return lines


@pytest.mark.parametrize("name", CURRENT_ONLY)
def test_an_older_schema_is_refused_and_left_alone(older_house: House, name: str) -> None:
    before = _dump(older_house)
    folder = str(older_house.home)
    given = {
        "load-county": [folder],
        "publish-plan": [folder],
        "create-administrator": ["--county", "421223", "--user", "o01", "--name", "周立成"],
        "generate": ["--scale", "point", "--seed", "1"],
        "audit": ["verify"],
        "retention": ["run"],
        "consent": ["replay-tombstones"],
    }
    arguments = given.get(name, [])
    done = older_house.tongtang(name, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert "tongtang migrate" in done.stderr
    assert _dump(older_house) == before


def test_a_newer_schema_is_refused(older_house: House) -> None:
    older_house.tongtang("migrate")
    with sqlite3.connect(older_house.home / "tongtang.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'lessons'")
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('lessons', '0001_initial', '2030-01-01')"
        )
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('lessons', '0999_next', '2030-01-01')"
        )
    database.close()
    done = older_house.tongtang("worker")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
