"""The house that is measured: the product's media process, its nginx configuration, its front end; a film to send.

Web is replaced by a door that lets everybody pass (204), as web does for a signed-in classroom: its work on rights is
not a cost of media, and what is asked of it is counted.
"""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from bench.push import cpu

from tongtang.classroom.media.configuration import free_ports
from tongtang.classroom.media.tests.house import House, eventually
from tongtang.config import nginx
from tongtang.config.addresses import WEB
from tongtang.foundation.environment import parse

FILM_SECONDS = 10
# 720p25 at 1.4 Mbit/s with a key frame a second: what a studio with a good camera sends at most.
VIDEO = [
    "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-bf", "0", "-g", "25", "-sc_threshold", "0",
    "-b:v", "1400k", "-minrate", "1400k", "-maxrate", "1400k", "-bufsize", "700k", "-pix_fmt", "yuv420p",
]  # fmt: skip


class Door:
    """Answers 204 to whatever nginx asks of web; `passed` counts the questions."""

    def __init__(self, path: Path) -> None:
        self.passed = 0
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(asyncio.start_unix_server(self._serve, str(self._path)), self._loop).result(5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.passed += 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@dataclass
class Measured(House):
    """The running house with the processes whose CPU is read."""

    nginx: int = 0
    door: Door = field(kw_only=True)

    @property
    def janus_cpu(self) -> float:
        """Seconds of CPU that Janus has used."""
        return cpu(self.ask(do="status")["janus"])

    @property
    def nginx_cpu(self) -> float:
        """Seconds of CPU of nginx and its workers."""
        workers = Path(f"/proc/{self.nginx}/task/{self.nginx}/children").read_text(encoding="ascii").split()
        return cpu(self.nginx) + sum(cpu(int(worker)) for worker in workers)


@contextmanager
def measured_house(home: Path) -> Iterator[Measured]:
    """The media process and nginx with the product's configuration, in the present network, with no room yet."""
    for name in ("run", "logs", "media/live", "static/bench"):
        (home / name).mkdir(parents=True)
    env = parse({"TONGTANG_HOME": str(home), "TONGTANG_PORT": str(free_ports(1)[0])})
    env = replace(env, bind="127.0.0.1", hosts=("127.0.0.1",), webrtc_receivers=16, https=False)
    house = Measured(home, env.port, door=Door(WEB.path(env)))
    house.door.open()
    house.wish()
    house.deny()
    nginx.write(env)
    with (home / "logs" / "nginx.log").open("wb") as log:
        front = subprocess.Popen(nginx.command(env), stdout=log, stderr=log)
    house.nginx = front.pid
    try:
        house.start()
        eventually(lambda: house.ask(do="status").get("webrtc"), 20)
        yield house
        house.stop()
    finally:
        for process in (front, house.media):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(20)


def make_film(path: Path) -> Path:
    """Ten seconds of 720p25 H.264 at 1.4 Mbit/s and AAC, to be sent over and over without encoding."""
    pictures = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25", "-f", "lavfi", "-i", "sine=frequency=330"]
    sound = ["-c:a", "aac", "-b:a", "48k", "-ar", "48000"]
    ffmpeg = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y"]
    subprocess.run([*ffmpeg, *pictures, "-t", str(FILM_SECONDS), *VIDEO, *sound, str(path)], check=True)
    return path


def slope(points: list[tuple[float, float]]) -> float:
    """The least-squares slope through (x, y) points."""
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
