"""The supervisor: a hung or killed media server is replaced, and nobody outlives the media process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongtang.classroom.media.tests.house import House, eventually

pytestmark = pytest.mark.journey
LESSON = "supervised-lesson"


@pytest.fixture
def supervised(media_house: House) -> Iterator[House]:
    media_house.wish({"lesson_id": LESSON})
    eventually(lambda: media_house.is_open(LESSON), 15)
    yield media_house
    media_house.wish()
    eventually(lambda: LESSON not in media_house.ask(do="status")["rooms"], 10)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def test_a_hung_media_server_is_replaced_and_its_rooms_made_again(supervised: House) -> None:
    before = supervised.ask(do="status")
    os.kill(before["janus"], signal.SIGSTOP)
    eventually(lambda: supervised.ask(do="status")["epoch"] == before["epoch"] + 1, 20)
    eventually(lambda: supervised.is_open(LESSON), 5)
    assert supervised.ask(do="status")["janus"] != before["janus"]
    assert len(supervised.reports("RoomLost", LESSON)) == 1


def test_children_die_with_a_killed_media_process_and_the_next_one_takes_over(supervised: House) -> None:
    assert supervised.media is not None
    epoch = supervised.ask(do="status")["epoch"]
    born = children(supervised.media.pid)
    assert len(born) >= 2
    supervised.media.kill()
    supervised.media.wait()
    eventually(lambda: not any(Path(f"/proc/{child}/cwd").exists() for child in born), 3)
    supervised.start()
    eventually(lambda: supervised.is_open(LESSON), 15)
    assert supervised.ask(do="status")["epoch"] == epoch + 1
