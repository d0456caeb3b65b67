"""What was deleted or withdrawn stays so when a backup from before it is restored, on both engines."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.test_restore_drill import LOOK, Place, _dashed, moment, place
from tests.house.test_repeats import ROOT, seeded
from tests.houses import wait_for
from tongtang.operations.backup import postgres, sqlite

__all__ = ["place"]
WITHDRAWN = "SELECT count(*) FROM consent_consentanswer WHERE decision = 'withdrawn'"
AGREE_ONE = """
import django
django.setup()
from tongtang.access.api import Actor
from tongtang.consent.api import enter_paper, Purpose
from tongtang.consent.models import Voice
from tongtang.foundation import clock
from tongtang.people.models import Person, Pupil
actor = Actor(person_id=Person.objects.first().pk)
paper = {"voice": Voice.GUARDIAN, "witness": "x", "signed_on": clock.today(), "purpose": Purpose.RECORDING}
enter_paper(actor=actor, pupil=Pupil.objects.order_by("pk")[1], agree=AGREED, **paper)
print("done")
"""
HELD = "SELECT public_id FROM people_pupil"
DELETE_ONE = """
import django
django.setup()
from tongtang.consent.erasure import erase
from tongtang.people.models import Pupil
child = Pupil.objects.order_by("pk")[0]
print(child.public_id)
erase(child, by="command:test", why="agreed")
"""


def delete_one(place: Place) -> str:
    return run_in(place, DELETE_ONE)


def run_in(place: Place, words: str) -> str:
    """The first line that a program prints which is run in the house."""
    environment = {**place.house.environment(), "DJANGO_SETTINGS_MODULE": "tongtang.config.settings"}
    told = subprocess.run(
        [sys.executable, "-c", words], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return told.stdout.splitlines()[0]


def back_up(place: Place) -> None:
    """A backup of its own, after the one that the house may just be making."""
    assert wait_for(lambda: place.house.tongtang("backup").returncode == 0, 60)


def pupils(place: Place) -> set[str]:
    """Public ids of the children in the restored database."""
    return {str(row[0]) if place.url else _dashed(row[0]) for row in ask(place, HELD)}


def ask(place: Place, words: str) -> list[tuple[Any, ...]]:
    """Rows of the restored database."""
    if not place.url:
        with sqlite.reading(place.house.home / sqlite.NAME) as connection:
            return connection.execute(words).fetchall()
    with (
        postgres.running(place.restored()) as folder,
        psycopg.connect(postgres.url_at(place.url, folder)) as connection,
    ):
        return connection.execute(words).fetchall()


@pytest.mark.parametrize("kept", ["in a later backup", "elsewhere"])
def test_a_restore_of_an_older_backup_brings_no_deleted_child_back(place: Place, kept: str) -> None:
    house = place.house
    seeded(house)
    place.serve()
    run_in(place, AGREE_ONE.replace("AGREED", "True"))
    back_up(place)
    time.sleep(2 * LOOK)
    before = moment(time.time())
    time.sleep(2 * LOOK)
    gone = delete_one(place)
    run_in(place, AGREE_ONE.replace("[1]", "[0]").replace("AGREED", "False"))
    elsewhere = house.home.parent / "children.txt"
    elsewhere.write_text(house.tongtang("consent", "tombstones").stdout)
    if kept == "in a later backup":
        back_up(place)
    place.destroy()
    if kept == "elsewhere":
        (Path(house.variables["TONGTANG_BACKUP"]) / "manifests" / "tombstones").unlink(missing_ok=True)
    done = place.restore("--to", before)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["unsound"] == []
    if kept == "elsewhere" and not place.url:
        # The house burnt before its next backup: the operator's own copy of the tombstones is taken in.
        assert gone in pupils(place)
        again = house.tongtang("consent", "replay-tombstones", "--from", str(elsewhere), "--json")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["deleted_again"] == 1
    if kept == "in a later backup" or not place.url:
        assert gone not in pupils(place)
    if kept == "in a later backup":
        assert ask(place, WITHDRAWN) == [(1,)]
    assert len(pupils(place)) > 0
