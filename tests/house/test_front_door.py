"""The generated nginx configuration: nginx itself accepts it, and each part of the one port goes where it should."""

import os
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest
from tests.houses import House, wait_for

from tongtang.config import nginx, tls
from tongtang.config.addresses import EVENTS, RUSH, SIGNALLING, WEB
from tongtang.demo.identities import IDENTITIES
from tongtang.foundation.environment import BadVariable, Environment, parse

LESSON = "5b0c1f6e-0000-4000-8000-0000000000a1"
OTHER = "5b0c1f6e-0000-4000-8000-0000000000b2"


@dataclass
class Backend:
    """Stands for one of our processes at its socket: keeps what was asked, answers as told by the path."""

    path: Path
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    hold: threading.Event | None = None

    def start(self) -> ThreadingUnixStreamServer:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                backend.asked.append((self.path, dict(self.headers)))
                if backend.hold is not None:
                    backend.hold.wait(10)
                code, headers = backend.answer(self.path, self.headers.get("Cookie", ""))
                self.send_response(code)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def address_string(self) -> str:
                return "socket"

            def log_message(self, format: str, *args: object) -> None:
                return

        server = ThreadingUnixStreamServer(str(self.path), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    @staticmethod
    def answer(path: str, cookie: str) -> tuple[int, dict[str, str]]:
        if path.startswith(nginx.LIVE_ACCESS):
            refusal = {"stranger": 302, "foreign": 404}.get(cookie.partition("=")[2], 403)
            return (204 if cookie == "may=1" and path.endswith(LESSON) else refusal), {"Cache-Control": "private"}
        if path == "/recording":
            return 200, {"X-Accel-Redirect": "/protected/library/film/a.mp4", "Cache-Control": "private"}
        return 200, {}


@dataclass
class Front:
    """A running nginx with stand-ins behind it."""

    env: Environment
    web: Backend
    events: Backend
    signalling: Backend
    rush: Backend
    log: Path

    def get(self, path: str, **headers: str) -> HTTPResponse:
        return self.ask("GET", path, b"", headers)

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        connection: HTTPConnection
        if self.env.https:
            context = ssl.create_default_context(cafile=str(tls.authority(self.env)))
            connection = HTTPSConnection("localhost", self.env.port, timeout=10, context=context)
        else:
            connection = HTTPConnection("localhost", self.env.port, timeout=10)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.text = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response


def open_front(house: House, **variables: str) -> Iterator[Front]:
    env = parse({**house.environment(), **variables})
    env.run.mkdir(parents=True)
    for folder in (f"live/{LESSON}/g1", f"live/{OTHER}", "library/film"):
        (env.media / folder).mkdir(parents=True)
    (env.media / f"live/{LESSON}/live.m3u8").write_text("#EXTM3U\n")
    (env.media / f"live/{LESSON}/g1/000001.m4s").write_bytes(b"segment")
    (env.media / f"live/{OTHER}/live.m3u8").write_text("#EXTM3U\n")
    (env.media / "library/film/a.mp4").write_bytes(b"film")
    (env.home / "static").mkdir()
    (env.home / "static/app.0123456789ab.css").write_text("a" * 4000)
    if env.https:
        tls.make_certificate(env, ["127.0.0.1"], ["localhost"])
    nginx.write(env)
    backends = [Backend(name.path(env)) for name in (WEB, EVENTS, SIGNALLING, RUSH)]
    servers = [backend.start() for backend in backends]
    log = env.home / "nginx.log"
    with log.open("wb") as file:
        process = subprocess.Popen(nginx.command(env), stdout=file, stderr=file, env=house.environment())
    assert wait_for(lambda: _connects(env.port)), log.read_text()
    yield Front(env, *backends, log)
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    for server in servers:
        server.shutdown()
        server.server_close()


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def front(house: House) -> Iterator[Front]:
    yield from open_front(house)


@pytest.fixture
def secure_front(house: House) -> Iterator[Front]:
    yield from open_front(house, TONGTANG_HTTPS="1")


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0", "::1"])
def test_nginx_accepts_the_configuration_without_a_warning(house: House, bind: str) -> None:
    env = parse({**house.environment(), "TONGTANG_BIND": bind})
    env.run.mkdir(parents=True)
    nginx.write(env)
    done = subprocess.run([*nginx.command(env), "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_a_home_that_cannot_stand_in_the_configuration_is_refused(house: House) -> None:
    env = parse({**house.environment(), "TONGTANG_HOME": f"{house.home}$x"})
    with pytest.raises(BadVariable, match="TONGTANG_HOME"):
        nginx.write(env)


def test_each_path_reaches_its_process_and_forged_headers_do_not_pass(front: Front) -> None:
    forged = {"X-Real-IP": "6.6.6.6", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
    assert front.get("/lessons/?q=name", **forged).status == 200
    assert front.get("/events?ticket=1").status == 200
    assert front.get("/rtc", Upgrade="websocket", Connection="Upgrade").status == 200
    (web_path, web_headers), (events_path, _headers), (rtc_path, rtc_headers) = (
        front.web.asked[0],
        front.events.asked[0],
        front.signalling.asked[0],
    )
    assert (web_path, events_path, rtc_path) == ("/lessons/?q=name", "/events?ticket=1", "/rtc")
    assert web_headers["X-Real-IP"] == web_headers["X-Forwarded-For"] == "127.0.0.1"
    assert web_headers["X-Forwarded-Proto"] == "http"
    assert web_headers["Host"] == f"localhost:{front.env.port}"
    assert (rtc_headers["Upgrade"], rtc_headers["Connection"]) == ("websocket", "upgrade")


TICKET = f"/classroom/receptions/{LESSON}/push-ticket"
RUSHED = ["/pupils/sign-in", "/pupils/pack", "/pupils/day", "/pupils/sign-ins", TICKET]


@pytest.mark.parametrize("path", RUSHED)
def test_what_all_classrooms_ask_for_at_once_has_a_process_of_its_own(front: Front, path: str) -> None:
    assert front.ask("POST", path, b"{}", {}).status == 200
    assert [asked for asked, _headers in front.rush.asked] == [path]
    assert front.web.asked == []


@pytest.mark.parametrize("path", ["/pupils/classes/", "/pupils/sign-in/x", "/pupils/packs", f"{TICKET}/x", "/my/"])
def test_everything_else_goes_to_web(front: Front, path: str) -> None:
    assert front.get(path).status == 200
    assert [asked for asked, _headers in front.web.asked] == [path]
    assert front.rush.asked == []


def test_classrooms_are_answered_by_web_while_their_process_is_away(front: Front) -> None:
    os.unlink(RUSH.path(front.env))
    assert front.get("/pupils/pack").status == 200
    assert front.ask("POST", "/pupils/sign-ins", b"{}", {}).status == 200


def test_classrooms_are_told_when_to_come_again_while_nobody_answers(front: Front) -> None:
    for one in (RUSH, WEB):
        os.unlink(one.path(front.env))
    nobody = front.ask("POST", "/pupils/sign-ins", b"{}", {})
    assert (nobody.status, nobody.headers["Retry-After"]) == (502, str(nginx.RUSH_RETRY_SECONDS))


def test_more_classrooms_than_can_wait_are_told_when_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nginx, "RUSH_WAITING", 1)
    for front in open_front(house):
        front.rush.hold = threading.Event()
        first = threading.Thread(target=front.get, args=("/pupils/pack",))
        first.start()
        assert wait_for(lambda front=front: bool(front.rush.asked))
        more = front.ask("POST", "/pupils/sign-ins", b"{}", {})
        assert (more.status, more.headers["Retry-After"]) == (503, str(nginx.RUSH_RETRY_SECONDS))
        assert front.get("/lessons/").status == 200, "others are not held up"
        front.rush.hold.set()
        first.join()
        assert front.ask("POST", "/pupils/sign-ins", b"{}", {}).status == 200


def test_live_files_are_for_those_whom_web_lets_pass(front: Front) -> None:
    granted = front.get(f"/live/{LESSON}/live.m3u8", Cookie="may=1")
    assert (granted.status, granted.headers["Cache-Control"]) == (200, "private, no-cache")
    assert front.get(f"/live/{LESSON}/g1/000001.m4s", Cookie="may=1").status == 200
    for refused in ("may=0", "may=stranger", "may=foreign", ""):
        assert front.get(f"/live/{LESSON}/live.m3u8", Cookie=refused).status == 404
    assert front.get(f"/live/{OTHER}/live.m3u8", Cookie="may=1").status == 404
    assert front.get(f"/live/{LESSON}/../{OTHER}/live.m3u8", Cookie="may=1").status == 404
    assert front.get(f"/live/{LESSON}/%2e%2e/%2e%2e/%2e%2e/secrets/django", Cookie="may=1").status == 400


def test_web_is_asked_once_a_visitor_and_lesson_for_a_run_of_segments(front: Front) -> None:
    for _turn in range(20):
        assert front.get(f"/live/{LESSON}/g1/000001.m4s", Cookie="may=1").status == 200
    assert front.get(f"/live/{LESSON}/g1/000001.m4s", Cookie="may=0").status == 404
    asked = [path for path, _headers in front.web.asked if path.startswith(nginx.LIVE_ACCESS)]
    assert asked == [f"{nginx.LIVE_ACCESS}/{LESSON}"] * 2


def test_stored_files_come_out_through_web_only(front: Front) -> None:
    handed = front.get("/recording", Range="bytes=0-1")
    assert (handed.status, handed.text) == (206, b"fi")  # type: ignore[attr-defined]
    assert handed.headers.get_all("Cache-Control") == ["private"]
    assert front.web.asked[0][1]["X-Sendfile-Type"] == "X-Accel-Redirect"
    assert front.get("/protected/library/film/a.mp4").status == 404
    assert front.get("/live-access-check").status == 403


def test_static_files_are_compressed_and_kept_for_ever(front: Front) -> None:
    style = front.get("/static/app.0123456789ab.css", **{"Accept-Encoding": "gzip"})
    assert style.status == 200
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["Content-Encoding"] == "gzip"
    assert style.headers["Server"] == "nginx"


def test_large_bodies_are_for_the_upload_alone(front: Front) -> None:
    body = b"x" * 4_000_000
    assert front.ask("POST", "/classroom/note", body, {}).status == 413
    assert front.ask("POST", "/preparation/upload/slides", body, {}).status == 200
    vast = {"Content-Length": str(nginx.UPLOAD_MEGABYTES * 1024 * 1024 + 1)}
    assert front.ask("POST", "/preparation/upload/slides", b"", vast).status == 413


def test_the_log_holds_no_query_string(front: Front) -> None:
    front.get("/lessons/?ticket=verysecret")
    assert wait_for(lambda: "/lessons/" in front.log.read_text())
    assert "verysecret" not in front.log.read_text()


def test_while_web_restarts_a_page_comes_back_by_itself(front: Front) -> None:
    os.unlink(WEB.path(front.env))
    answer = front.get("/lessons/")
    assert answer.status == 502
    assert b'http-equiv="refresh"' in answer.text  # type: ignore[attr-defined]
    upload = front.ask("POST", "/preparation/upload/slides", b"x" * 4_000_000, {})
    assert upload.status == 502, "not called too large"


def test_https_is_trusted_by_the_authority_and_plain_requests_are_sent_there(secure_front: Front) -> None:
    assert secure_front.get("/lessons/").status == 200
    assert secure_front.web.asked[0][1]["X-Forwarded-Proto"] == "https"
    plain = HTTPConnection("localhost", secure_front.env.port, timeout=10)
    plain.request("GET", "/lessons/?a=1")
    moved = plain.getresponse()
    moved.read()
    assert (moved.status, moved.headers["Location"]) == (301, f"https://localhost:{secure_front.env.port}/lessons/?a=1")
    plain.close()
    plain.request("GET", "/tongtang.crt")
    assert plain.getresponse().read() == tls.authority(secure_front.env).read_bytes()
    plain.close()


def test_a_certificate_is_made_once_and_again_for_other_names(house: House) -> None:
    env = parse(house.environment())
    house.home.mkdir()
    tls.make_certificate(env, ["127.0.0.1"], ["localhost"])
    first = tls.certificate(env).read_bytes()
    tls.make_certificate(env, ["127.0.0.1"], ["localhost"])
    assert tls.certificate(env).read_bytes() == first
    trusted = tls.fingerprint(env)
    tls.make_certificate(env, ["127.0.0.1", "10.0.0.5"], ["localhost"])
    assert tls.certificate(env).read_bytes() != first
    assert tls.fingerprint(env) == trusted
    assert tls.key(env).stat().st_mode & 0o777 == 0o600


def open_for_devices(house: House) -> subprocess.CompletedProcess[str]:
    """What `make demo LAN=1` does before anything else: it then ends, for want of a database."""
    return house.tongtang("demo", "--lan", TONGTANG_DATABASE_URL="postgresql:///nobody?host=/nowhere")


def test_the_demo_in_the_network_has_each_identity_in_its_certificate(house: House) -> None:
    env = parse({**house.environment(), "TONGTANG_HTTPS": "1"})
    house.home.mkdir()
    tls.make_certificate(env, ["127.0.0.1", *tls.lan_addresses()], ["localhost"])
    lacking, trusted = tls.certificate(env).read_bytes(), tls.fingerprint(env)
    assert open_for_devices(house).returncode == 1
    made = tls.certificate(env).read_bytes()
    assert made != lacking
    assert tls.fingerprint(env) == trusted
    assert open_for_devices(house).returncode == 1
    assert tls.certificate(env).read_bytes() == made
    assert sorted(names_accepted(env)) == sorted(f"{identity.host}.localhost" for identity in IDENTITIES)


def names_accepted(env: Environment) -> list[str]:
    """Identities whose address a client that trusts the authority opens over HTTPS."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.certificate(env), tls.key(env))
    client = ssl.create_default_context(cafile=str(tls.authority(env)))
    return [host for host in (f"{one.host}.localhost" for one in IDENTITIES) if shakes_hands(server, client, host)]


def shakes_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> bool:
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there, server_hostname=host)
    answering = server.wrap_bio(there, back, server_side=True)
    for side in (asking, answering, asking):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError:
            return False
    return asking.version() is not None
