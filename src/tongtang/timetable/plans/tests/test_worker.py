"""A search in the worker's own process: stopped from outside, killed and taken up again, resumed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tongtang.exchange.tests.folders import FIXTURES, set_cell, set_line

BEGIN = """
from tongtang.config.home import load_django
load_django()
from tongtang.access.api import NOBODY
from tongtang.organisations.models import Studio
from tongtang.timetable.plans.actions import start_run
print(start_run(actor=NOBODY, anchor=Studio.objects.first().school, seconds=60, seed=1).public_id)
"""
STEP = """
import sys
from tongtang.config.home import load_django
load_django()
from tongtang.timetable.models import PlanRun
from tongtang.timetable.plans.actions import resume_run, stop_run
run = PlanRun.objects.get()
stop_run(run) if sys.argv[1] == "stop" else resume_run(run=run, seconds=5)
"""
LOOK = """
import json
from tongtang.config.home import load_django
load_django()
from tongtang.timetable.models import PlanRun
from django_tasks_db.models import DBTaskResult
run = PlanRun.objects.get()
job = DBTaskResult.objects.filter(task_path__endswith=".solve_plan").order_by("enqueued_at").last()
print(json.dumps({
    "state": run.state, "broadcasts": len(run.plan), "left": len(run.unserved), "spent": run.spent, "bound": run.bound,
    "log": run.log, "attempts": len(job.worker_ids), "error": run.error,
}))
"""


REGIONS = """
from tongtang.config.home import load_django
load_django()
from tongtang.exchange.tests.folders import load_chongyang_regions
load_chongyang_regions()
"""


def hard_county(where: Path) -> Path:
    """One room a point, three studios and half the tolerance: what is found leaves out a few lessons for minutes."""
    folder = Path(shutil.copytree(FIXTURES / "chongyang-tight", where))
    set_line(folder, "studios.csv", 6, None)
    set_line(folder, "studios.csv", 5, None)
    set_cell(folder, "rules.csv", 3, "value", "5")
    return folder


class Home:
    """A home with the county loaded, and the workers started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workers = folder, []  # type: tuple[Path, list[subprocess.Popen[bytes]]]

    def run(self, *words: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
        done = subprocess.run(
            [sys.executable, *words],
            check=False,
            env=kept | {"TONGTANG_HOME": str(self.folder)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
        command = [sys.executable, "-m", "tongtang", "worker", "--interval", "0.1"]
        environment = kept | {"TONGTANG_HOME": str(self.folder)}
        self.workers.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return self.workers[-1]

    def look(self) -> dict[str, Any]:
        return dict(json.loads(self.run("-c", LOOK)))

    def until_alone(self) -> None:
        """No process of this home goes on after its worker."""
        mark, deadline = f"TONGTANG_HOME={self.folder}\0".encode(), time.monotonic() + 4
        while alive := [path for path in Path("/proc").glob("[0-9]*/environ") if mark in environment_of(path)]:
            assert time.monotonic() < deadline, alive
            time.sleep(0.2)

    def until(self, what: Callable[[dict[str, Any]], bool], seconds: float = 90) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not what(found := self.look()):
            assert time.monotonic() < deadline, json.dumps(found)
            time.sleep(0.3)
        return found


def environment_of(path: Path) -> bytes:
    """The variables of a process; empty for one that is gone or another's."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    made.run("-m", "tongtang", "migrate")
    made.run("-c", REGIONS)
    made.run("-m", "tongtang", "load-county", str(hard_county(tmp_path / "county")), "--county", "421223")
    made.run("-c", BEGIN)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()
    shutil.rmtree(made.folder)


def test_a_search_outlives_its_worker_stops_when_asked_and_goes_on_from_its_best_plan(home: Home) -> None:
    first = home.start()
    before = home.until(lambda found: found["state"] == "running" and len(found["log"]) > 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    home.until_alone()
    home.start()
    again = home.until(lambda found: found["attempts"] == 2 and found["spent"] > before["spent"] + 3)
    assert again["state"] == "running"
    assert again["log"][: len(before["log"])] == before["log"]
    assert best(again) <= best(before)
    home.run("-c", STEP, "stop")
    stopped = home.until(lambda found: found["state"] == "stopped", 20)
    assert best(stopped) <= best(again)
    home.run("-c", STEP, "resume")
    ended = home.until(lambda found: found["state"] == "done")
    assert best(ended) <= best(stopped)
    assert ended["spent"] >= stopped["spent"] + 4
    assert ended["bound"] == 105
    assert ended["error"] == ""


def best(found: dict[str, Any]) -> tuple[int, int]:
    """Lessons without a place, then broadcasts."""
    assert found["broadcasts"] == found["log"][-1][1]
    return found["log"][-1][2], found["broadcasts"]
