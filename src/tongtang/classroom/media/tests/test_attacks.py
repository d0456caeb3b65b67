"""Hand-written messages through `/rtc`: what a ticket does not allow is refused, whoever writes it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from websockets import Origin
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tongtang.classroom.media.tests.house import House, eventually
from tongtang.classroom.media.tests.namespace import ADDRESS, listeners
from tongtang.classroom.media.tickets import Right

pytestmark = pytest.mark.journey
LESSON, OTHER = "attacked-lesson", "another-lesson"
PLUGIN = "janus.plugin.videoroom"
OFFER = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\n"}


@pytest.fixture
def open_house(media_house: House) -> Iterator[House]:
    media_house.wish({"lesson_id": LESSON, "stage_reception": "class-1"}, {"lesson_id": OTHER})
    eventually(lambda: media_house.is_open(LESSON) and media_house.is_open(OTHER), 15)
    yield media_house
    media_house.deny()


class Raw:
    """A hand-written client; `hello` is the answer to its first message."""

    def __init__(self, socket: ClientConnection, ticket: object, **more: Any) -> None:
        self.socket = socket
        self.hello = self.say({"tongtang": "redeem", "ticket": ticket, **more})
        self.session, self.count = 0, 0

    def say(self, message: Any) -> dict[str, Any]:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))
        return self.hear()

    def hear(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.socket.recv(5))
        return answer

    def ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        self.count += 1
        message = {"janus": verb, "transaction": f"t{self.count}", **fields}
        if self.session:
            message.setdefault("session_id", self.session)
        answer = self.say(message)
        while answer.get("janus") == "ack" or answer.get("transaction") != f"t{self.count}":
            answer = self.hear()
        return answer

    def attached(self) -> int:
        if not self.session:
            self.session = self.ask("create")["data"]["id"]
        handle: int = self.ask("attach", plugin=PLUGIN)["data"]["id"]
        return handle

    def body(self, handle: int, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.ask("message", handle_id=handle, body=body, **more)


class Door(Protocol):
    def __call__(self, ticket: object, *, origin: str = ..., cookie: str = ..., **more: Any) -> Raw: ...


@pytest.fixture
def door(media_house: House) -> Iterator[Door]:
    """Connects hand-written clients and closes them after the test."""
    with ExitStack() as stack:

        def enter(ticket: object, *, origin: str = media_house.origin, cookie: str = "", **more: Any) -> Raw:
            headers = {"Cookie": cookie} if cookie else {}
            url = f"ws://127.0.0.1:{media_house.port}/rtc"
            client = connect(url, origin=Origin(origin), additional_headers=headers, proxy=None)
            return Raw(stack.enter_context(client), ticket, **more)

        yield enter


def say_until_closed(client: Raw) -> None:
    for _ in range(60):
        client.say('{"janus":"none","transaction":"x"}')


def hear_until_closed(client: Raw) -> None:
    while True:
        client.socket.recv(5)


def refused(answer: dict[str, Any]) -> bool:
    return answer["janus"] == "error" and answer["error"]["code"] == 403 and bool(answer["error"]["reason"])


def test_a_ticket_is_redeemed_in_the_first_message_and_opens_a_seat(open_house: House, door: Door) -> None:
    client = door(open_house.ticket(LESSON, "class-7"))
    assert client.hello["tongtang"] == "redeemed"
    assert client.hello["right"] == "receive"
    assert client.attached() > 0
    assert client.body(client.attached(), {"request": "configure", "streams": [{"mid": "0"}]})["error"]["code"] == 403


@pytest.mark.parametrize("right", [Right.RECEIVE, Right.PUBLISH_STAGE, Right.PUBLISH_ANCHOR])
@pytest.mark.parametrize(
    "body",
    [
        {"request": "create", "room": "mine"},
        {"request": "create", "room": "mine", "admin_key": "guess"},
        {"request": "rtp_forward", "publisher_id": "anchor.a", "host": "127.0.0.1", "port": 9},
        {"request": "moderate", "id": "anchor.a", "mid": "0", "mute": True},
        {"request": "kick", "id": "anchor.a"},
        {"request": "enable_recording", "record": True},
        {"request": "listparticipants"},
        {"request": "list"},
        {"request": "destroy"},
        {"request": "edit", "new_publishers": 50},
        {"request": "allowed", "action": "disable"},
        {"request": "configure", "record": True, "filename": "mine"},
        {"request": "configure", "bitrate": 50_000_000},
        {"request": "joinandconfigure", "ptype": "publisher"},
        {"request": "publish", "record": True, "filename": "mine"},
        {"request": "join", "ptype": "publisher", "room": OTHER},
        {"request": "join", "ptype": "publisher", "id": "anchor.somebody"},
        {"request": "join", "ptype": "publisher", "token": "guess"},
        {"request": "join", "ptype": "subscriber", "room": OTHER, "streams": [{"feed": "anchor.a"}]},
        {"request": "join", "ptype": "subscriber", "streams": [{"feed": "server.monitor"}]},
        {"request": "switch", "streams": []},
        {"request": ["join"]},
    ],
    ids=lambda body: "-".join(str(part) for part in body.values())[:40],
)
def test_no_right_manages_the_room(open_house: House, door: Door, right: Right, body: dict[str, Any]) -> None:
    client = door(open_house.ticket(LESSON, "class-1", right))
    assert refused(client.body(client.attached(), body))
    assert refused(client.body(client.attached(), {"room": LESSON, **body}))


def test_a_receiver_cannot_publish(open_house: House, door: Door) -> None:
    client = door(open_house.ticket(LESSON, "class-1"))
    handle = client.attached()
    assert refused(client.body(handle, {"request": "join", "ptype": "publisher"}))
    assert refused(client.body(handle, {"request": "publish"}, jsep=OFFER))
    assert refused(client.body(handle, {"request": "unpublish"}))
    assert open_house.feeds(LESSON) == []


def test_a_receiver_answers_recvonly(open_house: House, door: Door) -> None:
    client = door(open_house.ticket(LESSON, "class-1"))
    handle = client.attached()
    client.body(handle, {"request": "join", "ptype": "subscriber", "streams": [{"feed": "anchor.nobody"}]})
    for direction in ("sendrecv", "sendonly"):
        sdp = f"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na={direction}\r\n"
        assert refused(client.body(handle, {"request": "start"}, jsep={"type": "answer", "sdp": sdp}))
    assert refused(client.body(handle, {"request": "start"}, jsep={"type": "offer", "sdp": "v=0\r\n"}))


def test_foreign_sessions_handles_plugins_and_admin_verbs(open_house: House, door: Door) -> None:
    victim = door(open_house.ticket(LESSON, "class-2"))
    stolen = victim.attached()
    client = door(open_house.ticket(LESSON, "class-1"))
    handle = client.attached()
    leave = {"request": "leave"}
    assert refused(client.ask("message", session_id=victim.session, handle_id=stolen, body=leave))
    assert refused(client.body(stolen, leave))
    assert refused(client.ask("detach", handle_id=stolen))
    assert refused(client.ask("destroy", session_id=victim.session))
    assert refused(client.ask("claim", session_id=victim.session))
    assert refused(client.ask("trickle", handle_id=stolen, candidate={"completed": True}))
    for plugin in ("janus.plugin.streaming", "janus.plugin.audiobridge"):
        assert refused(client.ask("attach", plugin=plugin))
    for verb in ("info", "list_sessions", "handle_info", "add_token", "set_log_level", "hangup", "ping"):
        assert refused(client.ask(verb, admin_secret="guess"))
    assert refused(client.ask("create"))
    assert victim.ask("detach", handle_id=stolen)["janus"] == "success"
    assert client.ask("detach", handle_id=handle)["janus"] == "success"


def test_garbage_is_answered_and_too_much_of_it_ends_the_connection(open_house: House, door: Door) -> None:
    client = door(open_house.ticket(LESSON, "class-1"))
    for garbage in ("[]", "7", "{", '{"janus":"create"}', "[" * 5000):
        assert refused(client.say(garbage))
    before = open_house.ask(do="status")["counts"]["messages refused"]
    with pytest.raises(ConnectionClosed):
        say_until_closed(client)
    assert open_house.ask(do="status")["counts"]["messages refused"] > before
    big = door(open_house.ticket(LESSON, "class-1"))
    with pytest.raises(ConnectionClosed):
        big.say(json.dumps({"janus": "create", "transaction": "x", "padding": "x" * 40_000}))


def test_tickets_that_open_nothing(open_house: House, door: Door) -> None:
    now = time.time()
    used = open_house.ticket(LESSON, "class-1")
    assert door(used).hello["tongtang"] == "redeemed"
    bound = open_house.ticket(LESSON, "class-1", cookie="secret-of-the-browser")
    body, _, signature = open_house.ticket(LESSON, "class-1").partition(".")
    bad: dict[str, Raw] = {
        "used before": door(used),
        "expired": door(open_house.ticket(LESSON, "class-1", now=now - 100)),
        "another lesson": door(open_house.ticket(OTHER, "class-1"), lesson=LESSON),
        "not on the air": door(open_house.ticket("no-such-lesson", "class-1")),
        "not on stage": door(open_house.ticket(LESSON, "class-9", Right.PUBLISH_STAGE)),
        "not signed": door(f"{body[:-2]}AA.{signature}"),
        "no ticket": door(None),
        "another browser": door(bound, cookie="tongtang=not-it"),
    }
    for reason, client in bad.items():
        assert client.hello["tongtang"] == "refused", reason
        assert reason in client.hello["reason"]
        with pytest.raises(ConnectionClosed):
            client.ask("create")
    fresh = open_house.ticket(LESSON, "class-1", cookie="secret-of-the-browser")
    assert door(fresh, cookie="other=1; tongtang=secret-of-the-browser").hello["tongtang"] == "redeemed"


def test_a_foreign_page_does_not_come_in(open_house: House, door: Door) -> None:
    for origin in ("https://evil.example", f"http://localhost:{open_house.port}", "https://127.0.0.1.evil.example"):
        with pytest.raises(InvalidStatus, match="403"):
            door(open_house.ticket(LESSON, "class-1"), origin=origin)


def test_a_ticket_of_another_lesson_stays_in_its_lesson(open_house: House, door: Door) -> None:
    client = door(open_house.ticket(OTHER, "class-1"))
    wanted = {"request": "join", "ptype": "subscriber", "room": LESSON, "streams": [{"feed": "anchor.a"}]}
    assert refused(client.body(client.attached(), wanted))


def test_a_used_ticket_stays_used_when_the_media_process_is_restarted(open_house: House, door: Door) -> None:
    used = open_house.ticket(LESSON, "class-1")
    assert door(used).hello["tongtang"] == "redeemed"
    open_house.stop()
    open_house.start()
    eventually(lambda: open_house.is_open(LESSON), 15)
    assert "used before" in door(used).hello["reason"]


def test_a_right_taken_back_closes_the_connection_within_five_seconds(open_house: House, door: Door) -> None:
    poked = door(open_house.ticket(LESSON, "class-3"))
    assert open_house.ask(do="revoke", lesson=LESSON, participant="class-3") == {"closed": 1}
    with pytest.raises(ConnectionClosed):
        poked.socket.recv(2)
    asked = door(open_house.ticket(LESSON, "class-4"))
    open_house.deny("class-4")
    began = time.monotonic()
    with pytest.raises(ConnectionClosed):
        asked.socket.recv(8)
    assert time.monotonic() - began < 5


def test_leaving_the_stage_closes_the_stage_ticket_only(open_house: House, door: Door) -> None:
    receiver = door(open_house.ticket(LESSON, "class-1"))
    stage = door(open_house.ticket(LESSON, "class-1", Right.PUBLISH_STAGE))
    joined = stage.body(stage.attached(), {"request": "join", "ptype": "publisher"})
    assert joined["plugindata"]["data"]["id"] == "stage.class-1"
    open_house.wish({"lesson_id": LESSON, "stage_reception": None}, {"lesson_id": OTHER})
    with pytest.raises(ConnectionClosed):
        hear_until_closed(stage)
    assert receiver.attached() > 0


def test_signalling_and_admin_answer_on_loopback_only(open_house: House) -> None:
    ports = listeners()
    assert len(ports) >= 3
    assert set(ports.values()) == {"0100007F"}
    for port in ports:
        with pytest.raises(OSError), socket.create_connection((ADDRESS, port), 1):  # noqa: PT011 (any refusal will do)
            pytest.fail("answered")
