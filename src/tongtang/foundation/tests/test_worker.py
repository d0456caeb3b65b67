"""`tongtang worker` as a process, in a home of its own on SQLite."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ENQUEUE = """
import sys
from tongtang.config.home import load_django
load_django()
from tongtang.foundation.tests import sample_jobs
getattr(sample_jobs, sys.argv[1]).enqueue(sys.argv[2])
"""


@dataclass
class Home:
    """A home in a folder, the workers started in it, and the marks that its jobs leave."""

    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
        return kept | {"TONGTANG_HOME": str(self.folder)}

    def run(self, *words: str) -> None:
        subprocess.run([sys.executable, *words], env=self.environment, check=True, capture_output=True)

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tongtang", "worker", "--interval", "0.1"]
        self.workers.append(subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL))
        return self.workers[-1]

    def enqueue(self, job: str) -> None:
        self.run("-c", ENQUEUE, job, str(self.folder / "marks"))

    def marks(self) -> list[str]:
        path = self.folder / "marks"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.folder / "tongtang.sqlite3") as database:
            return database.execute(question).fetchall()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated") / "home"
    Home(folder).run("-m", "tongtang", "migrate")
    return folder


@pytest.fixture
def home(migrated: Path, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    shutil.copytree(migrated, made.folder)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()


def wait_for(what: Callable[[], bool], seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)
    return what()


def test_jobs_are_worked_off_and_sigterm_ends_the_worker_cleanly(home: Home) -> None:
    worker = home.start()
    home.enqueue("succeed")
    assert wait_for(lambda: home.marks() == ["done"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert list((home.folder / "run").glob("worker-*.lock")) == []


def test_a_job_whose_worker_was_killed_is_done_by_the_next_worker(home: Home) -> None:
    home.enqueue("last_long")
    first = home.start()
    assert wait_for(lambda: home.marks() == ["started"])
    first.kill()
    first.wait()
    home.start()
    failed = "SELECT traceback FROM django_tasks_database_dbtaskresult WHERE status = 'READY'"
    assert wait_for(lambda: any("ended while the job was running" in str(row[0]) for row in home.rows(failed)))
    assert wait_for(lambda: home.marks() == ["started", "started", "done"])


def test_a_long_job_holds_up_neither_the_other_queue_nor_the_end(home: Home) -> None:
    home.enqueue("last_long")
    worker = home.start()
    assert wait_for(lambda: home.marks() == ["started"])
    home.enqueue("succeed")
    assert wait_for(lambda: home.marks() == ["started", "done"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(12) == 0


def test_two_workers_enqueue_a_due_periodic_job_once(home: Home) -> None:
    for _number in range(2):
        home.start()
    path = "tongtang.foundation.tasks.forget_old_jobs"
    ran = f"SELECT status FROM django_tasks_database_dbtaskresult WHERE task_path = '{path}'"
    assert wait_for(lambda: home.rows(ran) == [("SUCCESSFUL",)])
    time.sleep(2)
    assert home.rows(ran) == [("SUCCESSFUL",)]
