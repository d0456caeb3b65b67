"""Repeats that arrive together at a real house: processes, threads and one SQLite file between them."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.houses import House

from tongtang.foundation.once import HEADER

ROOT = Path(__file__).resolve().parents[2]


def seeded(house: House) -> dict[str, Any]:
    """A lesson in five minutes, as the studio's journey has it."""
    environment = {**house.environment(), "DJANGO_SETTINGS_MODULE": "tongtang.config.settings", "PYTHONPATH": str(ROOT)}
    seed = [sys.executable, "-m", "tongtang.classroom.tests.seed_studio", "5", "1"]
    told = subprocess.run(seed, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    facts: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return facts


def ask(house: House, path: str, session: str, body: object, key: str) -> tuple[int, Any]:
    connection = HTTPConnection("localhost", house.port, timeout=30)
    token = "a" * 32
    headers = {HEADER: key, "Content-Type": "application/json", "X-CSRFToken": token}
    headers["Cookie"] = f"sessionid={session}; csrftoken={token}"
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if text.startswith("{") else text


def test_repeats_at_once_open_one_poll_and_make_one_call(furnished: House) -> None:
    house, facts = furnished, seeded(furnished)
    served = house.serve()
    lesson, room = f"/classroom/lessons/{facts['lesson']}", facts["rooms"][0]
    assert ask(house, f"{lesson}/open", facts["teacher"], {}, "")[0] == 200
    start, key, uuid = threading.Barrier(8), str(uuid4()), str(uuid4())
    polls: list[tuple[int, Any]] = []
    calls: list[tuple[int, Any]] = []

    def poll() -> None:
        start.wait()
        question = {"question": "哪个音？", "options": ["mi", "sol"]}
        polls.append(ask(house, f"{lesson}/poll", facts["teacher"], question, key))

    def call() -> None:
        start.wait()
        wish = {"uuid": uuid, "kind": "no_sound", "at": time.time()}
        calls.append(ask(house, f"/operations/receptions/{room['reception']}/help", room["local"], wish, ""))

    threads = [threading.Thread(target=act) for act in (poll, call) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    served.terminate()
    served.wait(30)
    assert [status for status, _answer in polls + calls] == [200] * 8, polls + calls
    assert len({answer["session"]["poll"]["id"] for _status, answer in polls}) == 1
    # Not the session's version: the media process may raise it between two of the answers.
    with closing(sqlite3.connect(house.home / "tongtang.sqlite3")) as database:
        opened = database.execute("SELECT count(*) FROM classroom_sessionevent WHERE kind LIKE 'poll%'").fetchone()
        assert database.execute("SELECT count(*) FROM classroom_poll").fetchone() == opened == (1,)
    assert sorted(answer["answers"][uuid] for _status, answer in calls) == ["known", "known", "known", "recorded"]
