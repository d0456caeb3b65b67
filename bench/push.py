"""One cue to many connected classrooms, with authentication and resume on, through the real push process.

    python bench/push.py [--clients 1584] [--rounds 20] [--json]

The clients are raw sockets in one epoll loop of another process, so that their work is not counted as push's.
Prints p50 and p99 from the publication to each page's receipt, CPU of the push process per delivery and per will (each
living classroom deposits one a second), memory per connection, and their ratio to the limits. Exit 0 when all is
delivered and within the limits, 1 when not.
"""

import argparse
import json
import multiprocessing
import os
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

LIMITS = {"p99_ms": 500.0, "cpu_us_per_delivery": 30.0, "kib_per_connection": 30.0}
TOPIC = "bench:lesson"
ROUNDS_WARM = 3
DATA = {"slide": 17, "text": "x" * 120}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=1584)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="tongtang-bench-") as home:
        figures = measure(Path(home), options.clients, options.rounds)
    print(json.dumps(figures) if options.json else describe(figures))
    return 0 if figures["all_delivered"] and all(ratio <= 1 for ratio in figures["ratio_to_limit"].values()) else 1


def describe(figures: dict[str, Any]) -> str:
    lines = [f"{name:24} {value}" for name, value in figures.items() if name != "ratio_to_limit"]
    ratios = [f"{name:24} {ratio:.2f} of its limit" for name, ratio in figures["ratio_to_limit"].items()]
    return "\n".join(lines + ratios)


def measure(home: Path, clients: int, rounds: int) -> dict[str, Any]:
    os.environ["TONGTANG_HOME"] = str(home)
    with push_process(home) as (pid, port):
        empty = resident(pid)
        ours, theirs = multiprocessing.get_context("fork").Pipe()
        listener = multiprocessing.get_context("fork").Process(target=listen, args=(theirs, port, tickets(clients)))
        listener.start()
        connected_in, connections = receive(ours, 120)
        time.sleep(1)
        memory = (resident(pid) - empty) / clients
        for number in range(ROUNDS_WARM):
            cue(number, ours, clients)
        idle = idle_share(pid)
        start, spent = time.monotonic(), cpu(pid)
        latencies = [latency for number in range(rounds) for latency in cue(number, ours, clients)]
        spent = cpu(pid) - spent - idle * (time.monotonic() - start)
        will = cpu_of_a_will(pid, port, connections, idle)
        ours.send(None)
        listener.join(10)
    figures = result(sorted(latencies), clients, rounds, spent, memory, connected_in, idle)
    return figures | {"cpu_us_per_will": round(1e6 * will, 1), "wills_cpu_percent": round(100 * will * clients, 1)}


def cpu_of_a_will(pid: int, port: int, connections: list[str], idle: float) -> float:
    """Seconds of push's CPU for one page's deposit, from as many as all pages make in five seconds."""
    from http.client import HTTPConnection

    spans = [{"uuid": "0" * 36, "at": 1e9, "from": 0, "to": 9, "mode": "live"}] * 2
    text = json.dumps({"token": "t" * 90, "client": "c" * 36, "spans": spans})
    sender = HTTPConnection("127.0.0.1", port)
    start, spent = time.monotonic(), cpu(pid)
    for connection in connections * 5:
        sender.request("POST", "/events/will", headers={"X-Connection": connection, "X-Will": text})
        answer = sender.getresponse()
        if answer.status != 204:
            raise SystemExit(f"push refused a will: {answer.status} {answer.read()!r}")
        answer.read()
    return (cpu(pid) - spent - idle * (time.monotonic() - start)) / (5 * len(connections))


def result(latencies: list[float], clients: int, rounds: int, spent: float, memory: float, connected_in: float,
           idle: float) -> dict[str, Any]:  # fmt: skip
    figures: dict[str, Any] = {
        "clients": clients,
        "rounds": rounds,
        "delivered": len(latencies),
        "all_delivered": len(latencies) == clients * rounds,
        "p50_ms": round(1000 * median(latencies), 1),
        "p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)], 1),
        "cpu_us_per_delivery": round(1e6 * spent / (clients * rounds), 1),
        "kib_per_connection": round(memory, 1),
        "connect_all_s": round(connected_in, 2),
        "heartbeats_cpu_percent": round(100 * idle, 1),
    }
    figures["ratio_to_limit"] = {name: round(figures[name] / limit, 2) for name, limit in LIMITS.items()}
    return figures


@contextmanager
def push_process(home: Path) -> Iterator[tuple[int, int]]:
    """The process id and port of a push process of its own home."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    code = f"from tongtang.foundation.push.server import run; run(port={port})"
    with open(home / "push.log", "wb") as log, subprocess.Popen([sys.executable, "-c", code], stderr=log) as process:
        try:
            wait_for_port(port)
            yield process.pid, port
        finally:
            process.terminate()
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end that was asked for; after 10 s force it, for the figures are there already."""
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        print("the push process did not end within 10 s", file=sys.stderr)
        process.kill()


def wait_for_port(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the push process did not start within 10 s")


def tickets(count: int) -> list[str]:
    from tongtang.foundation import clock
    from tongtang.foundation.push.tickets import issue

    return [issue(topics=[TOPIC, f"bench:room-{n}"], subject=f"device:{n}", now=clock.now()) for n in range(count)]


def receive(pipe: Connection, seconds: float) -> Any:
    if not pipe.poll(seconds):
        raise SystemExit(f"the listeners did not answer within {seconds} s")
    return pipe.recv()


def cue(number: int, pipe: Connection, clients: int) -> list[float]:
    """Publish one event; seconds until each client had it."""
    pipe.send(number)
    receive(pipe, 10)
    order = {"do": "publish", "topic": TOPIC, "event": "cue", "data": {**DATA, "n": number}, "key": "page"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sent = time.monotonic()
        sock.sendto(json.dumps(order).encode(), os.environ["TONGTANG_HOME"] + "/run/push.sock")
    received = receive(pipe, 30)
    time.sleep(0.2)
    return [moment - sent for moment in received]


def listen(pipe: Connection, port: int, issued: list[str]) -> None:
    """The clients: connect all, then after each word from the pipe note when each got the event."""
    poller = select.epoll()
    start = time.monotonic()
    sockets: dict[int, socket.socket] = {}
    for number, ticket in enumerate(issued):
        sock = connect(port, number, ticket)
        sockets[sock.fileno()] = sock
    connections = []
    for sock in sockets.values():
        connections.append(await_resync(sock))
        sock.setblocking(False)
        poller.register(sock, select.EPOLLIN)
    pipe.send((time.monotonic() - start, connections))
    while (number := pipe.recv()) is not None:
        pipe.send("ready")
        pipe.send(collect(poller, sockets, number))


def connect(port: int, number: int, ticket: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 30)
    head = f"GET /events?page=p{number} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ticket}\r\n"
    sock.sendall(f"{head}Last-Event-ID: none-0\r\n\r\n".encode())
    return sock


def await_resync(sock: socket.socket) -> str:
    """The first answer of push: 200, hello, and (no event seen yet) resync; the connection's name."""
    answer = b""
    while b"event: resync" not in answer:
        piece = sock.recv(65536)
        if not piece:
            raise SystemExit(f"push ended a connection: {answer[:200]!r}")
        answer += piece
    return answer.partition(b'"connection": "')[2].partition(b'"')[0].decode()


def collect(poller: select.epoll, sockets: dict[int, socket.socket], number: int) -> list[float]:
    """When each client received event `number`; heartbeats are skipped. Gives up after 20 s."""
    wanted = f'"n":{number}'.encode()
    moments: list[float] = []
    deadline = time.monotonic() + 20
    while len(moments) < len(sockets) and time.monotonic() < deadline:
        for handle, _ in poller.poll(0.5):
            piece = sockets[handle].recv(65536)
            moments.extend([time.monotonic()] * piece.count(wanted))
            if not piece:
                poller.unregister(handle)
    return moments


def resident(pid: int) -> float:
    """KiB in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise SystemExit("the push process has ended")


def cpu(pid: int) -> float:
    """Seconds of CPU, user and system, of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_share(pid: int) -> float:
    """CPU seconds a second with no publication: heartbeats alone, which are no deliveries."""
    spent, start = cpu(pid), time.monotonic()
    time.sleep(6)
    return (cpu(pid) - spent) / (time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
