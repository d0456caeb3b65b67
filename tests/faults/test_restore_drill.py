"""The drill: a served house under traffic dies with all its data, and comes back as of a moment.

Everything acknowledged before that moment is there (SQLite: before the last look at the log, 1 s), nothing after it.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import psycopg
import pytest
from tools.with_postgres import server

from tests.house.test_repeats import ask, seeded
from tests.houses import House, fresh_house, furnish, wait_for
from tongtang.operations.backup import postgres, sqlite

LONGEST = 600
LOOK, CALLS = 1.0, 20
HELD = "SELECT public_id FROM operations_helpcall"


@dataclass
class Traffic:
    """Calls for help as fast as they are answered: when each was sent and acknowledged."""

    house: House
    facts: dict[str, Any]
    sent: dict[str, float] = field(default_factory=dict)
    acked: dict[str, float] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        room = self.facts["rooms"][0]
        while not self.ended.wait(0.02):
            uuid = str(uuid4())
            wish = {"uuid": uuid, "kind": "no_sound", "at": time.time() - 1}
            self.sent[uuid] = time.time()
            try:
                code, _answer = ask(
                    self.house, f"/operations/receptions/{room['reception']}/help", room["local"], wish, ""
                )
            except OSError:
                continue
            if code == 200:
                self.acked[uuid] = time.time()

    def goes_on(self) -> None:
        """Wait for some calls more, also on a busy machine."""
        before = len(self.acked)
        assert wait_for(lambda: len(self.acked) >= before + CALLS, 120), "the house does not answer"


@contextmanager
def calling(house: House, facts: dict[str, Any]) -> Iterator[Traffic]:
    traffic = Traffic(house, facts)
    thread = threading.Thread(target=traffic.run)
    thread.start()
    try:
        yield traffic
    finally:
        traffic.ended.set()
        thread.join()


@dataclass
class Place:
    """A house with its backups elsewhere, and how its database is destroyed and read."""

    house: House
    url: str = ""
    served: "subprocess.Popen[str] | None" = None

    def serve(self) -> None:
        """Serve it, and wait until its first backup stands."""
        self.served = self.house.serve()
        made = self.house.home.parent / "vault/manifests"
        assert wait_for(lambda: any(made.glob("2*")), 60), self.house.said()

    def destroy(self) -> None:
        self.house.kill_all()
        if self.served is not None:
            self.served.wait()
        assert wait_for(self.house.is_gone)
        shutil.rmtree(self.house.home)
        if self.url:
            data = Path(parse_qs(urlsplit(self.url).query)["host"][0]) / "data"
            os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            shutil.rmtree(data, ignore_errors=True)

    def restore(self, *words: str) -> "subprocess.CompletedProcess[str]":
        data = ["--postgres-data", str(self.restored())] if self.url else []
        return self.house.tongtang("restore", "--json", *data, *words)

    def restored(self) -> Path:
        return self.house.home.parent / "data"

    def held(self) -> set[str]:
        """Uuids of the calls in the restored database."""
        if not self.url:
            with sqlite.reading(self.house.home / sqlite.NAME) as connection:
                return {_dashed(row[0]) for row in connection.execute(HELD)}
        with (
            postgres.running(self.restored()) as folder,
            psycopg.connect(postgres.url_at(self.url, folder)) as connection,
        ):
            return {str(row[0]) for row in connection.execute(HELD)}


def _dashed(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with ExitStack() as stack:
        house = stack.enter_context(fresh_house())
        house.home.parent.chmod(0o755)
        house.variables = {
            "TONGTANG_BACKUP": str(house.home.parent / "vault"),
            "TONGTANG_BACKUP_KEY": str(house.home.parent / "backup.key"),
        }
        url = stack.enter_context(server()) if request.param == "postgresql" else ""
        if url:
            house.variables["TONGTANG_DATABASE_URL"] = url
            assert house.tongtang("migrate").returncode == 0
        else:
            furnish(house)
        yield Place(house, url)


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_a_house_comes_back_as_of_a_moment(place: Place) -> None:
    house = place.house
    facts = seeded(house)
    recording = house.home / "media/library/film/a.mp4"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(os.urandom(9_000_000))
    film, secret = recording.read_bytes(), (house.home / "secrets/django").read_text()
    place.serve()
    with calling(house, facts) as traffic:
        traffic.goes_on()
        made = house.tongtang("backup", "--json")
        assert made.returncode == 0, made.stderr
        traffic.goes_on()
        time.sleep(2 * LOOK)
        then = time.time()
        time.sleep(2 * LOOK)
        traffic.goes_on()
    place.destroy()
    began = time.monotonic()
    done = place.restore("--to", moment(then))
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert seconds < LONGEST
    outcome = json.loads(done.stdout)
    assert outcome["unsound"] == []
    assert recording.read_bytes() == film
    assert (house.home / "secrets/django").read_text() == secret
    held = place.held()
    due = {uuid for uuid, at in traffic.acked.items() if at < then - (0 if place.url else LOOK)}
    late = {uuid for uuid, at in traffic.sent.items() if at > then}
    assert len(due) >= CALLS
    assert len(late) >= CALLS
    assert sorted(then - traffic.acked[uuid] for uuid in due - held) == [], done.stderr
    assert held & late == set()
    print(f"restored in {seconds:.1f} s; {len(due)} of {len(due)} before, 0 of {len(late)} after")


def test_a_crash_loses_at_most_the_last_second(place: Place) -> None:
    house = place.house
    facts = seeded(house)
    place.serve()
    with calling(house, facts) as traffic:
        traffic.goes_on()
        time.sleep(2 * LOOK)
        traffic.goes_on()
        died = time.time()
        place.destroy()
    done = place.restore()
    assert done.returncode == 0, done.stderr
    held = place.held()
    lost = [died - at for uuid, at in traffic.acked.items() if at < died and uuid not in held]
    print(f"lost: {len(lost)} calls of the last {max(lost, default=0):.2f} s")
    assert len(held) >= CALLS
    assert max(lost, default=0) <= LOOK
