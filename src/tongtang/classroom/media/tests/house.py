"""The running house of the media tests: media process, nginx in front, tickets, a film that serves as a camera."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tongtang.classroom.media import control
from tongtang.classroom.media.configuration import free_ports
from tongtang.classroom.media.tests.node import SECRET
from tongtang.classroom.media.tickets import Right, issue_ticket

T = TypeVar("T")
NGINX = """daemon off; master_process off; pid {home}/run/nginx.pid; error_log {home}/logs/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off; types {{ text/html html; text/javascript js; application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; }}
  client_body_temp_path {home}/run/n1; proxy_temp_path {home}/run/n2; fastcgi_temp_path {home}/run/n3;
  uwsgi_temp_path {home}/run/n4; scgi_temp_path {home}/run/n5;
  map $http_upgrade $up {{ default upgrade; "" close; }}
  server {{
    listen 127.0.0.1:{port};
    location = /rtc {{ proxy_pass http://unix:{home}/run/rtc.sock; proxy_http_version 1.1; proxy_read_timeout 1h;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $up; proxy_set_header Host $http_host; }}
    location /live/ {{ alias {home}/media/live/; add_header Cache-Control no-cache; }}
    location /library/ {{ alias {home}/media/library/; }}
    location / {{ root {home}/page; }}
  }}
}}
"""


@dataclass
class House:
    home: Path
    port: int
    media: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tongtang.classroom.media.tests.node", str(self.home)]
        with (self.home / "logs" / "media.log").open("ab") as log:
            self.media = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.media is not None:
            self.media.terminate()
            assert self.media.wait(20) == 0, (self.home / "logs" / "media.log").read_text(encoding="utf-8")[-3000:]

    def wish(self, *rooms: dict[str, Any]) -> None:
        self._write("wished.json", list(rooms))
        control.ask(self.home / "run", {"do": "poke"})

    def deny(self, *participants: str) -> None:
        self._write("denied.json", list(participants))

    def _write(self, name: str, data: object) -> None:
        draft = self.home / f"{name}.draft"
        draft.write_text(json.dumps(data), encoding="utf-8")
        draft.replace(self.home / name)

    def ask(self, **question: Any) -> dict[str, Any]:
        return control.ask(self.home / "run", question) or {}

    def is_open(self, lesson: str) -> bool:
        return bool(self.ask(do="status").get("rooms", {}).get(lesson, {}).get("open"))

    def feeds(self, lesson: str) -> list[str]:
        rooms = self.ask(do="status").get("rooms", {})
        return [feed["feed"] for feed in rooms.get(lesson, {}).get("feeds", [])]

    def reports(self, news: str, lesson: str) -> list[dict[str, Any]]:
        path = self.home / "reports.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        rows = [json.loads(line) for line in lines]
        return [row for row in rows if row["news"] == news and row["lesson_id"] == lesson]

    def ticket(self, lesson: str, participant: str, right: Right = Right.RECEIVE, **more: Any) -> str:
        given = {"display": participant, "subject": f"device-{participant}", "now": time.time(), **more}
        return issue_ticket(SECRET, lesson=lesson, participant=participant, right=right, **given)


@contextmanager
def house(home: Path) -> Iterator[House]:
    """A media process and nginx in the present network namespace, with no room wished yet."""
    for name in ("run", "logs", "page", "media/live"):
        (home / name).mkdir(parents=True)
    running = House(home, free_ports(1)[0])
    running.wish()
    running.deny()
    conf = home / "nginx.conf"
    conf.write_text(f"user root;\n{NGINX.format(home=home, port=running.port)}", encoding="utf-8")
    with (home / "logs" / "nginx.out").open("wb") as log:
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", str(conf), "-p", str(home)], stdout=log, stderr=log)
    try:
        running.start()
        eventually(lambda: running.ask(do="status"), 15)
        yield running
        running.stop()
    finally:
        for process in (nginx, running.media):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(20)


def eventually(question: Callable[[], T], within_s: float) -> T:
    """The first true answer; fails when there is none in time."""
    until = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < until, f"not within {within_s} s: last answer {answer!r}"
        time.sleep(0.1)


def camera_files(folder: Path, seconds: int = 10) -> tuple[Path, Path]:
    """A 640x360 Motion JPEG film with its frame number in the picture, and a tone, for Chromium's fake devices."""
    film, tone = folder / "camera.mjpeg", folder / "microphone.wav"
    number = "drawtext=text='%{n}':fontsize=90:fontcolor=white:box=1:boxcolor=black:x=40:y=120"
    draw = ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=15,{number}", "-t", str(seconds), "-q:v", "5"]
    ffmpeg = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y"]
    subprocess.run([*ffmpeg, *draw, str(film)], check=True)
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    subprocess.run([*ffmpeg, *sound, str(tone)], check=True)
    return film, tone


def demo_film(path: Path) -> Path:
    """Four seconds of H.264 and AAC with a key frame a second: what a `file` room plays."""
    pictures = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15", "-f", "lavfi", "-i", "sine=frequency=330"]
    coding = ["-t", "4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *pictures, *coding, str(path)], check=True)
    return path


def chromium() -> str:
    path = shutil.which("chromium")
    assert path, "chromium is missing: run apt-get install chromium"
    return path
