"""Class 12: event streams and signalling are for this house's pages, for as long as a right lasts, within bounds."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cast import Cast, at_device, signed_in
from tests.hostile.samples import ORIGINS
from tests.hostile.test_07_room_tickets import FORGED
from tongtang.access.models import Account, ClassroomDevice, RoleAssignment
from tongtang.classroom.border import holds
from tongtang.classroom.media.tickets import Grant, Right, UsedTickets, redeem
from tongtang.classroom.tests.stage import UnderWay, under_way
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.push import tickets
from tongtang.foundation.push.hub import AUTHENTICATED_FOR, QUEUE_BYTES, QUEUE_EVENTS, STALLED, Hub
from tongtang.foundation.push.server import application
from tongtang.foundation.push.tests.listener import ask, close_all, push_process, status_of, ticket_for
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import ReceivingRoom
from tongtang.people.models import Person

HOSTS = {
    "another": "evil.example",
    "own name first": "localhost.evil.example",
    "own name within": "xlocalhost",
    "as user": "localhost@evil.example",
    "broken IPv6": "[::1",
    "broken": "[evil]",
    "empty": "",
    "metadata": "169.254.169.254",
}
SITES = ["cross-site", "same-site", "garbage", "none, cross-site", "SAME-ORIGIN "]
IN_A_HEADER = {name: make for name, make in FORGED.items() if name not in ("not ASCII", "nul", "newline", "surrogate")}
ONES_OWN = {"blank before"}  # A header carries no blank before its value.


@pytest.fixture(scope="module")
def push() -> Iterator[int]:
    with push_process() as port:
        yield port
        close_all()


def connect(origin: str = "", host: str = "localhost", site: str = "") -> list[str]:
    lines = ["GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket_for('a:1', subject=f'device:{uuid4()}')}"]
    more = [f"Sec-Fetch-Site: {site}"] if site else []
    return [*lines, *more, *([f"Origin: {origin}"] if origin is not None else [])]


@pytest.mark.parametrize("name", ORIGINS)
def test_events_are_for_the_houses_own_pages(push: int, name: str) -> None:
    assert status_of(push, *connect(ORIGINS[name])) == 403


@pytest.mark.parametrize("site", SITES)
def test_events_are_not_for_pages_of_other_sites(push: int, site: str) -> None:
    assert status_of(push, *connect("http://localhost", site=site)) == (200 if site.strip() == "same-origin" else 403)


@pytest.mark.parametrize("name", HOSTS)
def test_events_have_no_other_name(push: int, name: str) -> None:
    with socket.create_connection(("127.0.0.1", push), 5) as one:
        one.sendall(f"GET /events?page=p HTTP/1.1\r\nHost: {HOSTS[name]}\r\n\r\n".encode())
        assert one.recv(4096).split(b" ")[1] in (b"400", b"421")


@pytest.mark.parametrize("name", IN_A_HEADER)
def test_no_stream_and_no_renewal_without_a_ticket_of_this_house(push: int, name: str) -> None:
    shown = f"Authorization: Bearer {IN_A_HEADER[name]()[:12_000]}"
    expected = 200 if name in ONES_OWN else 401
    assert status_of(push, "GET /events?page=p HTTP/1.1", shown) == expected
    body = b'{"connection": "x"}'
    assert status_of(push, "POST /events/renew HTTP/1.1", shown, body=body) == (404 if name in ONES_OWN else 401)


def bearer(page: str = "p") -> str:
    return f"Authorization: Bearer {ticket_for('b:1', subject=f'device:{page}')}"


TOO_MUCH: dict[str, Callable[[], tuple[list[str], bytes]]] = {
    "page of 65 letters": lambda: ([f"GET /events?page={'p' * 65} HTTP/1.1", bearer()], b""),
    "page of 10,000 letters": lambda: ([f"GET /events?page={'p' * 10_000} HTTP/1.1", bearer()], b""),
    "no page": lambda: (["GET /events HTTP/1.1", bearer()], b""),
    "empty page": lambda: (["GET /events?page= HTTP/1.1", bearer()], b""),
    "a head of 20 kB": lambda: (["GET /events?page=p HTTP/1.1", bearer(), "X-A: " + "a" * 20_000], b""),
    "an address of 20 kB": lambda: ([f"GET /events?page=p&{'a' * 20_000} HTTP/1.1", bearer()], b""),
    "200 headers": lambda: (["GET /events?page=p HTTP/1.1", bearer(), *(f"X-{n}: a" for n in range(200))], b""),
    "a renewal of 2 kB": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"x" * 2048),
    "a renewal of 1 MB": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"x" * 10**6),
    "a deep renewal": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"[" * 1000),
    "a renewal of a list": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"[1]"),
    "a renewal of a number": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"9" * 1000),
    "a renewal of nothing": lambda: (["POST /events/renew HTTP/1.1", bearer()], b""),
    "a renewal that is no text": lambda: (["POST /events/renew HTTP/1.1", bearer()], b"\xff\xfe\x00"),
    "a connection that is a list": lambda: (["POST /events/renew HTTP/1.1", bearer()], b'{"connection": []}'),
    "somebody's connection": lambda: (["POST /events/renew HTTP/1.1", bearer()], b'{"connection": "guess"}'),
    "a will of 5 kB": lambda: (["POST /events/will HTTP/1.1", "X-Connection: x", "X-Will: " + "a" * 5000], b""),
    "a will for nobody": lambda: (["POST /events/will HTTP/1.1", "X-Will: a"], b""),
    "a publication by HTTP": lambda: (["POST /events HTTP/1.1", bearer()], b'{"do": "publish"}'),
    "a revocation by HTTP": lambda: (["POST /events/revoke HTTP/1.1", bearer()], b'{"subject": "person:1"}'),
    "another method": lambda: (["TRACE /events?page=p HTTP/1.1", bearer()], b""),
    "an upgrade": lambda: (["GET /events/ws HTTP/1.1", bearer(), "Upgrade: websocket", "Connection: Upgrade"], b""),
    "a resumption of 9 kB": lambda: (["POST /events/x HTTP/1.1", bearer(), "Last-Event-ID: " + "9" * 9000], b""),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_for_events_is_refused_at_once(push: int, name: str) -> None:
    head, body = TOO_MUCH[name]()
    began = time.monotonic()
    try:
        status = status_of(push, *head, body=body)
    except (ConnectionResetError, BrokenPipeError):
        status = 431  # Cut off while it was still sending.
    assert 400 <= status < 500
    assert time.monotonic() - began < 2
    assert status_of(push, *connect("http://localhost")) == 200


def test_nobody_holds_more_than_a_few_streams_or_comes_too_often(push: int) -> None:
    subject = f"device:{uuid4()}"
    shown = f"Authorization: Bearer {ticket_for('c:1', subject=subject)}"
    answers = [ask(push, [f"GET /events?page=p{number} HTTP/1.1", shown])[0] for number in range(60)]
    close_all()
    assert answers.count(200) == 40
    assert answers.count(429) == 20


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 16_000), st.booleans()), min_size=1, max_size=400), st.booleans())
def test_a_page_that_does_not_read_holds_little_and_goes(sizes: list[tuple[int, bool]], stuck: bool) -> None:
    hub = Hub(clock.now() - timedelta(hours=1))
    stream = hub.open(tickets.read(ticket_for("s:1"), clock.now()), "p", 60, 0.0)
    stream.stuck_since = 1.0 if stuck else 0.0
    for size, keyed in sizes:
        hub.publish("s:1", "page", "x" * size, "page" if keyed else None, 1.0)
        assert len(stream.queue) <= QUEUE_EVENTS
        assert stream.queued <= QUEUE_BYTES
    hub.sweep(STALLED + 1.5, clock.now())
    over = len(sizes) >= QUEUE_EVENTS or sum(size for size, _keyed in sizes) > QUEUE_BYTES
    if over or stuck:
        assert stream.ended
        assert hub.by_topic == {}


AGES = [*range(0, 60, 5), 60.5, 61, 65, 70, 80, 90, 120, 180, 240, 299]


@pytest.mark.parametrize("age", AGES)
def test_a_stream_lasts_a_minute_at_most_from_the_last_look_at_the_rights(age: float) -> None:
    """Whoever hoards tickets, or is given long ones, gains nothing."""
    hub, now = Hub(clock.now() - timedelta(hours=1)), clock.now()
    fresh = tickets.issue(topics=["r:1"], subject="device:1", now=now)
    stream = hub.open(tickets.read(fresh, now), "p", 60, time.monotonic())
    stream.deadline = time.monotonic() + 0.5
    old = tickets.issue(topics=["r:1"], subject="device:1", now=now - timedelta(seconds=age), ttl=timedelta(minutes=5))
    status = asyncio.run(renewed(hub, stream.identity, old))
    left = stream.deadline - time.monotonic()
    assert status == (204 if age < AUTHENTICATED_FOR else 401)
    assert left <= max(0.5, AUTHENTICATED_FOR - age + 0.1)


async def renewed(hub: Hub, connection: str, ticket: str) -> int:
    sent: list[Any] = []
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {ticket}".encode())]
    scope = {"method": "POST", "path": "/events/renew", "headers": headers, "query_string": b""}

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps({"connection": connection}).encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(hub, ("localhost",))(scope, receive, send)
    return int(sent[0]["status"])


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    return under_way(cast)


def end_roles(who: Person) -> None:
    RoleAssignment.objects.filter(person=who).update(valid_to=clock.today() - timedelta(days=1))


def other_room(cast: Cast) -> ReceivingRoom:
    return ReceivingRoom.objects.create(school=cast.points[0].school, number=7)


def yesterday(who: Person) -> None:
    who.ended_on = clock.today() - timedelta(days=1)
    who.save()


def out_of_the_lesson(lesson: UnderWay) -> None:
    Reception.objects.filter(pk=lesson.reception(lesson.cast.points[0]).pk).update(active=False)


Change = Callable[[UnderWay], object]
# Who loses what while the page is open; what the page's next look finds.
OF_THE_STUDIO: dict[str, Change] = {
    "the role has ended": lambda one: end_roles(one.cast.teacher),
    "the role begins later": lambda one: RoleAssignment.objects.filter(person=one.cast.teacher).update(
        valid_from=clock.today() + timedelta(days=1)
    ),
    "the role is gone": lambda one: RoleAssignment.objects.filter(person=one.cast.teacher).delete(),
    "the role is another": lambda one: RoleAssignment.objects.filter(person=one.cast.teacher).update(
        role="local_teacher"
    ),
    "the account is closed": lambda one: Account.objects.filter(person=one.cast.teacher).update(is_active=False),
    "the person has left": lambda one: yesterday(one.cast.teacher),
    "the lesson is somebody else's": lambda one: Lesson.objects.filter(pk=one.lesson.pk).update(
        teacher=one.cast.points[0].local
    ),
}
OF_THE_PHONE: dict[str, Change] = {
    "the role has ended": lambda one: end_roles(one.cast.points[0].local),
    "the role is gone": lambda one: RoleAssignment.objects.filter(person=one.cast.points[0].local).delete(),
    "the role is at another school": lambda one: RoleAssignment.objects.filter(person=one.cast.points[0].local).update(
        school=one.cast.central
    ),
    "the role begins later": lambda one: RoleAssignment.objects.filter(person=one.cast.points[0].local).update(
        valid_from=clock.today() + timedelta(days=1)
    ),
    "the role is a head's": lambda one: RoleAssignment.objects.filter(person=one.cast.points[0].local).update(
        role="school_head"
    ),
    "the account is closed": lambda one: Account.objects.filter(person=one.cast.points[0].local).update(
        is_active=False
    ),
    "the person has left": lambda one: yesterday(one.cast.points[0].local),
    "the class is another school's": lambda one: Reception.objects.filter(
        pk=one.reception(one.cast.points[0]).pk
    ).update(school=one.cast.central),
}
OF_THE_DEVICE: dict[str, Change] = {
    "the device is unbound": lambda one: ClassroomDevice.objects.filter(pk=one.cast.points[0].device.pk).update(
        revoked_at=clock.now()
    ),
    "the device stands in another room": lambda one: ClassroomDevice.objects.filter(
        pk=one.cast.points[0].device.pk
    ).update(room=other_room(one.cast)),
    "the device stands at another school": lambda one: ClassroomDevice.objects.filter(
        pk=one.cast.points[0].device.pk
    ).update(room=ReceivingRoom.objects.create(school=one.cast.central, number=1)),
    "the lesson is in another room": lambda one: Reception.objects.filter(
        pk=one.reception(one.cast.points[0]).pk
    ).update(room=other_room(one.cast)),
    "the device has another secret": lambda one: ClassroomDevice.objects.filter(pk=one.cast.points[0].device.pk).update(
        secret_hash="x" * 64
    ),
}
CHANGES = [
    *(("studio", name, change) for name, change in OF_THE_STUDIO.items()),
    *(("phone", name, change) for name, change in OF_THE_PHONE.items()),
    *(("device", name, change) for name, change in OF_THE_DEVICE.items()),
]


class Page:
    """A page of the lesson with its tickets for push and media."""

    def __init__(self, lesson: UnderWay, kind: str) -> None:
        self.lesson, self.point = lesson, lesson.cast.points[0]
        self.name = "studio" if kind == "studio" else "room"
        makers = {
            "studio": lambda: signed_in(lesson.cast.teacher),
            "phone": lambda: signed_in(self.point.local),
            "device": lambda: at_device(self.point),
        }
        self.client: Client = makers[kind]()
        self.uuid = str(uuid4())
        if kind != "studio":
            assert lesson.post("join", self.point, {"client": self.uuid}, self.client).status_code == 200

    def ask(self, what: str) -> Any:
        key = self.lesson.lesson if self.name == "studio" else self.lesson.reception(self.point)
        kind = "lessons" if self.name == "studio" else "receptions"
        body = {"client": self.uuid, "purpose": "publish" if self.name == "studio" else "receive"}
        address = f"/classroom/{kind}/{key.public_id}/{what}-ticket"
        return self.client.post(address, json.dumps(body), content_type="application/json")

    def topics(self) -> frozenset[str]:
        answer = self.ask("push")
        if answer.status_code != 200:
            assert answer.status_code in (302, 403, 404)
            return frozenset()
        return tickets.read(answer.json()["ticket"], clock.now()).topics

    def grant(self, folder: Path) -> Grant:
        used = UsedTickets(folder / "used", 0)
        shown = self.ask("media").json()["ticket"]
        cookies = [morsel.value for morsel in self.client.cookies.values()]
        found = redeem(environment().secret("rtc"), shown, used, now=time.time(), cookies=cookies)
        used.close()
        return found


@pytest.mark.parametrize(("kind", "name", "change"), CHANGES, ids=[f"{kind}: {name}" for kind, name, _c in CHANGES])
def test_a_right_that_ends_ends_the_streams(
    lesson: UnderWay, kind: str, name: str, change: Change, tmp_path: Path
) -> None:
    page = Page(lesson, kind)
    held, grant = page.topics(), page.grant(tmp_path)
    assert len(held) == 2
    assert holds([grant]) == [True]
    change(lesson)
    assert page.topics() == frozenset()
    if name != "the device has another secret":  # The device is the same; a new secret is no withdrawal by itself.
        assert holds([grant]) == [False]


def test_a_class_taken_out_of_the_lesson_loses_sound_and_picture(lesson: UnderWay, tmp_path: Path) -> None:
    grant = Page(lesson, "device").grant(tmp_path)
    out_of_the_lesson(lesson)
    assert holds([grant]) == [False]


def test_a_teacher_at_a_classrooms_device_keeps_what_the_device_may(lesson: UnderWay, tmp_path: Path) -> None:
    page = Page(lesson, "device")
    page.client.force_login(lesson.cast.points[1].local.account)
    grant = page.grant(tmp_path)
    assert holds([grant]) == [True]
    end_roles(lesson.cast.points[1].local)
    assert holds([grant]) == [True]
    OF_THE_DEVICE["the device is unbound"](lesson)
    assert holds([grant]) == [False]


# The same in each process that collects these tests.
SOMETHING = "6c3a7d0e-6f0e-4a43-9d1c-3f1f7c1d2b10"
WISHES: list[Any] = [
    {"topics": ["studio.x"]}, {"topic": "*"}, {"topics": "*"}, {"t": ["*"]}, {"topics": ["#"]}, {"subject": "person:1"},
    {"s": "person:1"}, {"ttl": 10**9}, {"e": 10**15}, {"seconds": 86_400}, {"exp": 10**12}, {"lesson": SOMETHING},
    {"public_id": SOMETHING}, {"reception": SOMETHING}, {"purpose": "publish"}, {"role": "anchor_teacher"},
    {"right": "publish_anchor"}, {"participant": "anchor"}, {"device": 1}, {"person": 1}, {"now": 0}, [], "studio", 7,
    None,
]  # fmt: skip


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_nobody_wishes_for_topics_or_rights(lesson: UnderWay, wish: Any, tmp_path: Path) -> None:
    page, reception = Page(lesson, "device"), lesson.reception(lesson.cast.points[0])
    own = {f"lesson.{lesson.lesson.public_id}", f"reception.{reception.public_id}"}
    for query in ("", "?topics=studio." + str(lesson.lesson.public_id)):
        address = f"/classroom/receptions/{reception.public_id}/push-ticket{query}"
        answer = page.client.post(address, json.dumps(wish), content_type="application/json")
        ticket = tickets.read(answer.json()["ticket"], clock.now())
        assert (ticket.topics, ticket.subject) == (own, f"device:{lesson.cast.points[0].device.pk}")
        assert ticket.expires - ticket.issued <= tickets.TTL
    body = {"client": page.uuid, **wish} if isinstance(wish, dict) else {"client": page.uuid}
    address = f"/classroom/receptions/{reception.public_id}/media-ticket"
    shown = page.client.post(address, json.dumps(body), content_type="application/json").json()["ticket"]
    used = UsedTickets(tmp_path / "used", 0)
    cookies = [morsel.value for morsel in page.client.cookies.values()]
    grant = redeem(environment().secret("rtc"), shown, used, now=time.time(), cookies=cookies)
    used.close()
    assert (grant.right, grant.lesson) == (Right.RECEIVE, str(lesson.lesson.public_id))


def test_there_are_enough_samples() -> None:
    told = (ORIGINS, IN_A_HEADER, TOO_MUCH, AGES, CHANGES, WISHES)
    assert all(len(samples) >= 20 for samples in told)


def test_rights_of_many_are_looked_at_together(lesson: UnderWay, django_assert_num_queries: Any) -> None:
    """Whoever else is connected, each keeps exactly the own rights, and a round costs the same few queries."""
    cast, key = lesson.cast, str(lesson.lesson.public_id)
    locals_ = [f"person:{point.local.pk} device:{point.device.pk}" for point in cast.points]
    subjects = [f"person:{cast.teacher.pk}", *locals_, f"person:{cast.head.pk}", "device:0", "", "person:x"]
    asked = [Grant(key, "p", "d", right, one) for one in subjects for right in (Right.PUBLISH_ANCHOR, Right.RECEIVE)]
    alone = [answer for grant in asked for answer in holds([grant])]
    assert alone == [True, True, *[False, True] * len(cast.points), *[False] * 8]
    with django_assert_num_queries(6):
        assert holds(asked) == alone
    with django_assert_num_queries(6):
        assert holds(asked * 40) == alone * 40
