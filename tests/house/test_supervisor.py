"""One supervisor, real processes: what dies comes back, what ends leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

import pytest
from tests.houses import House, wait_for

SUPERVISED = ("web", "rush", "push", "worker", "media", "nginx")
LEFT_SECONDS = 15


def status(house: House, path: str) -> int:
    """The front door's answer; 0 when there is none."""
    connection = HTTPConnection("localhost", house.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def priority(house: House, name: str) -> int:
    return os.getpriority(os.PRIO_PROCESS, house.pid(name))


@pytest.fixture
def served(house: House) -> "Iterator[tuple[House, subprocess.Popen[str]]]":
    process = house.serve()
    yield house, process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_a_killed_child_is_started_again_and_sigterm_leaves_no_process(
    served: "tuple[House, subprocess.Popen[str]]",
) -> None:
    house, process = served
    assert process.poll() is None, house.said()
    assert priority(house, "rush") > priority(house, "web"), "a higher number steps back for a lower one"
    for name in SUPERVISED:
        former = house.pid(name)
        assert former, f"{name} does not run: {house.said()}"
        os.kill(former, signal.SIGKILL)
        assert wait_for(lambda name=name, former=former: house.pid(name) not in (0, former)), f"{name} stays dead"
    assert wait_for(lambda: status(house, "/") in (200, 302, 404)), house.said()
    assert wait_for(lambda: status(house, "/events") in (400, 401, 403)), house.said()
    process.send_signal(signal.SIGTERM)
    assert process.wait(LEFT_SECONDS) == 0
    assert house.is_gone(), house.processes()


def test_a_killed_supervisor_takes_its_children_along(served: "tuple[House, subprocess.Popen[str]]") -> None:
    house, process = served
    assert len(house.processes()) >= len(SUPERVISED)
    process.kill()
    process.wait()
    assert wait_for(house.is_gone, LEFT_SECONDS), house.processes()


def test_ctrl_c_ends_it_with_success_and_a_second_start_loses_nothing(
    served: "tuple[House, subprocess.Popen[str]]",
) -> None:
    house, process = served
    secret = (house.home / "secrets/django").read_text(encoding="ascii")
    process.send_signal(signal.SIGINT)
    assert process.wait(LEFT_SECONDS) == 0
    began = time.monotonic()
    again = house.serve()
    seconds = time.monotonic() - began
    assert again.poll() is None, house.said()
    assert seconds < 30
    assert (house.home / "secrets/django").read_text(encoding="ascii") == secret
    again.send_signal(signal.SIGTERM)
    assert again.wait(LEFT_SECONDS) == 0


def test_two_supervisors_do_not_share_a_home(served: "tuple[House, subprocess.Popen[str]]") -> None:
    house, process = served
    second = house.tongtang("serve", TONGTANG_PORT=str(house.port + 1))
    assert second.returncode == 1
    assert str(process.pid) in second.stderr
    assert status(house, "/") != 0


def test_a_port_in_use_is_named(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        done = house.tongtang("serve")
    assert done.returncode == 1
    assert str(house.port) in done.stderr
    assert house.processes() == []


def test_a_grandchild_in_a_group_of_its_own_is_ended_with_its_parent(house: House) -> None:
    """The media process starts Janus in a group of its own; a kill of media must not leave Janus on its ports."""
    house.home.mkdir()
    script = """
import asyncio, sys
from tongtang.config import supervisor
from tongtang.foundation.environment import environment

async def at_once():
    return True

env = environment()
env.run.mkdir(parents=True); env.logs.mkdir()
parent = "import subprocess,time; subprocess.Popen(['sleep','300'], start_new_session=True); time.sleep(300)"
service = supervisor.Service("parent", lambda: [sys.executable, "-c", parent], at_once)
supervisor.supervise(env, [service], lambda: print("up", flush=True))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=house.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "up\n"
        assert wait_for(lambda: _sleepers(house) == 1)
        former = house.pid("parent")
        os.kill(former, signal.SIGKILL)
        assert wait_for(lambda: house.pid("parent") not in (0, former))
        assert wait_for(lambda: _sleepers(house) == 1), house.processes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LEFT_SECONDS) == 0
    assert house.processes() == []


def _sleepers(house: House) -> int:
    return sum(line.startswith("sleep 300") for line in house.processes())
