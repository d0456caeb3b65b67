"""A run that is killed and taken up again leaves what one go leaves."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

SECONDS = 120
COMMAND = [
    sys.executable,
    "-m",
    "tongtang.exchange.tests.generate_small",
    "generate",
    "--scale",
    "small",
    "--seed",
    "7",
]
# What a person would see of the region, without random ids and keys.
VIEWS = {
    "schools": "SELECT s.county_code, s.source_id, s.name, s.kind, s.link, s.boarding, p.source_id, s.ended_on"
    " FROM organisations_school s LEFT JOIN organisations_school p ON p.id = s.parent_id",
    "classes": "SELECT county_code, source_id, name, grades, pupil_count, ended_on FROM organisations_homeclass",
    "pupils": "SELECT p.county_code, p.source_id, p.name, p.sex, p.birth_date, c.source_id, e.valid_to, p.ended_on"
    " FROM people_pupil p JOIN people_enrolment e ON e.pupil_id = p.id"
    " JOIN organisations_homeclass c ON c.id = e.home_class_id",
    "posts": "SELECT p.county_code, p.source_id, p.name, s.source_id, t.subjects, t.weekly_cap, t.valid_to"
    " FROM people_person p JOIN people_post t ON t.person_id = p.id JOIN organisations_school s ON s.id = t.school_id",
    "overlays": "SELECT o.kind, o.name, o.region_code, s.source_id, m.valid_from, m.valid_to"
    " FROM organisations_overlay o JOIN organisations_overlaymembership m ON m.overlay_id = o.id"
    " JOIN organisations_school s ON s.id = m.school_id",
    "alliances": "SELECT a.name, a.topology, a.region_code, s.source_id, m.state, m.valid_from"
    " FROM alliances_alliance a JOIN alliances_membership m ON m.alliance_id = a.id"
    " JOIN organisations_school s ON s.id = m.school_id",
}


def surroundings(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
    return {**own, "TONGTANG_HOME": str(home)}


def run(home: Path, out: Path, *words: str) -> dict:
    command = [*COMMAND, "--year", "2026", "--out", str(out), "--json", *words]
    done = subprocess.run(command, env=surroundings(home), capture_output=True, text=True, timeout=SECONDS, check=True)
    return json.loads(done.stdout)


def finished_counties(home: Path) -> int:
    state = home / "generate" / "small-7-2026" / "state.json"
    return len(json.loads(state.read_text("utf-8"))["done"]) if state.exists() else 0


def start_and_kill(home: Path, out: Path, counties: int, folder: str) -> None:
    """Kill the run by SIGKILL when so many counties are done and a file of `folder` is there."""
    command = [*COMMAND, "--year", "2026", "--out", str(out)]
    with subprocess.Popen(command, env=surroundings(home), stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + SECONDS
        while finished_counties(home) < counties or not (out / folder / "pupils.csv").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)
        process.kill()


def seen(home: Path) -> dict[str, list[tuple]]:
    with sqlite3.connect(home / "tongtang.sqlite3") as database:
        return {name: sorted(database.execute(view).fetchall(), key=repr) for name, view in VIEWS.items()}


@pytest.fixture(scope="module")
def one_go(tmp_path_factory):
    home, out = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out")
    return run(home, out), seen(home)


@pytest.mark.parametrize(("counties", "folder"), [(0, "513322"), (2, "513324")])
def test_a_killed_run_is_resumed_to_the_same_end(counties, folder, one_go, tmp_path):
    home, out = tmp_path / "home", tmp_path / "out"
    start_and_kill(home, out, counties, folder)
    assert finished_counties(home) < 5
    made = run(home, out, "--resume")
    assert made == one_go[0]
    assert len(made["digests"]) == 5
    assert seen(home) == one_go[1]


def test_a_finished_run_is_resumed_in_vain_and_begun_anew_without_change(one_go, tmp_path):
    home, out = tmp_path / "home", tmp_path / "out"
    assert run(home, out) == one_go[0]
    assert run(home, out, "--resume") == one_go[0]
    assert run(home, out) == one_go[0]
    assert seen(home) == one_go[1]


def test_resuming_after_the_database_was_lost_fills_it_again(one_go, tmp_path):
    home, out = tmp_path / "home", tmp_path / "out"
    run(home, out, "--files-only")
    assert run(home, out, "--resume") == one_go[0]
    assert seen(home) == one_go[1]
