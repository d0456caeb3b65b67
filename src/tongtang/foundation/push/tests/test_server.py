"""Push through its doors: HTTP for pages, the bus for publications, a real process between them."""

import resource
import socket
import stat
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tongtang.foundation import clock
from tongtang.foundation.push import bus, tickets, wills
from tongtang.foundation.push.hub import GONE_AFTER
from tongtang.foundation.push.server import ingest_path
from tongtang.foundation.push.tests.listener import (
    Listener,
    ask,
    close_all,
    deposit,
    push_process,
    renew,
    status_of,
    ticket_for,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
TOPIC = "lesson:1:classroom"


@pytest.fixture
def port() -> Iterator[int]:
    with push_process() as number:
        yield number


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


def opened(port: int, *topics: str, subject: str = "device:1", page: str = "page-1") -> Listener:
    """A stream that was told to read its snapshot, as every first one is."""
    listener = Listener(port, ticket_for(*(topics or (TOPIC,)), subject=subject), page=page)
    assert listener.next()[0] == "resync"
    return listener


def test_an_event_reaches_the_listeners_of_its_topic_and_nobody_else(port: int) -> None:
    mine, other = opened(port, "a:1", subject="device:1"), opened(port, "a:2", subject="device:2")
    bus.publish("a:1", "slide", {"n": 17})
    event, data, number = mine.next()
    assert (event, data) == ("slide", {"topic": "a:1", "data": {"n": 17}})
    assert number
    assert other.nothing_within(0.5)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer ", "Bearer x.y", "Basic abc", "Bearer " + "x" * 9000],
    ids=["missing", "empty", "no ticket", "other scheme", "too long"],
)
def test_no_stream_without_a_true_ticket(port: int, authorization: str) -> None:
    assert status_of(port, "GET /events?page=p HTTP/1.1", f"Authorization: {authorization}") == 401


def test_forged_expired_and_older_than_push_are_refused(port: int) -> None:
    true = ticket_for(TOPIC)
    body, _, signature = true.partition(".")
    forged = f"{body[:-2]}AA.{signature}"
    past = clock.now() - timedelta(minutes=4)
    expired = tickets.issue(topics=[TOPIC], subject="device:1", now=past)
    older = tickets.issue(topics=[TOPIC], subject="device:1", now=past, ttl=timedelta(minutes=5))
    for ticket in (forged, expired, older):
        assert status_of(port, "GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket}") == 401


def test_pages_of_other_origins_and_hosts_are_refused(port: int) -> None:
    head = ("GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket_for(TOPIC)}")
    assert status_of(port, *head, "Origin: http://evil.example") == 403
    assert status_of(port, *head, "Origin: null") == 403
    assert status_of(port, *head, "Sec-Fetch-Site: cross-site") == 403
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(b"GET /events HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert b" 421 " in sock.recv(4096).split(b"\r\n")[0]


def test_a_stream_resumes_where_it_broke(port: int) -> None:
    first = opened(port, "r:1")
    bus.publish("r:1", "slide", {"n": 1})
    last = first.next()[2]
    first.close()
    for number in (2, 3):
        bus.publish("r:1", "slide", {"n": number})
    bus.publish("r:2", "slide", {"n": 99})
    again = Listener(port, ticket_for("r:1"), last=last)
    assert [again.next()[1]["data"]["n"] for _ in range(2)] == [2, 3]
    assert again.nothing_within(0.3)


def test_of_a_state_key_only_the_last_event_is_resumed(port: int) -> None:
    first, watching = opened(port, "k:1"), opened(port, "k:1", subject="device:2")
    bus.publish("k:1", "poll", {"n": 0})
    last = first.next()[2]
    first.close()
    for number in (1, 2, 3):
        bus.publish("k:1", "page", {"n": number}, snapshot_key="page")
    assert [watching.next()[1]["data"]["n"] for _ in range(4)] == [0, 1, 2, 3]
    again = Listener(port, ticket_for("k:1"), last=last)
    assert again.next()[1]["data"]["n"] == 3
    assert again.nothing_within(0.3)


def test_who_missed_more_than_the_ring_holds_reads_the_snapshot(port: int) -> None:
    first, watching = opened(port, "ring:1"), opened(port, "ring:1", subject="device:2")
    bus.publish("ring:1", "slide", {"n": 0})
    last = first.next()[2]
    first.close()
    for number in range(1, 200):
        bus.publish("ring:1", "slide", {"n": number})
    assert [watching.next()[1]["data"]["n"] for _ in range(200)] == list(range(200))
    again = Listener(port, ticket_for("ring:1"), last=last)
    assert again.next()[0] == "resync"
    assert again.nothing_within(0.3)


def test_after_a_restart_pages_read_the_snapshot_and_old_tickets_are_refused(port: int) -> None:
    with push_process() as first:
        ticket = ticket_for(TOPIC)
        listener = Listener(first, ticket)
        last = listener.next()[2]
    assert listener.ends_within(5)
    with push_process() as second:
        assert status_of(second, "GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket}") == 401
        again = Listener(second, ticket_for(TOPIC), last=last)
        assert again.next()[0] == "resync"


def test_a_stream_ends_with_its_ticket_unless_it_is_renewed(port: int) -> None:
    left, kept = (Listener(port, ticket_for("e:1", subject=f"device:{n}", seconds=2), page=f"page-{n}") for n in (1, 2))
    assert renew(port, ticket_for("e:1", subject="device:2"), kept.hello["connection"]) == 204
    assert [left.next()[0] for _ in range(2)] == ["resync", "end"]
    assert left.ends_within(2)
    bus.publish("e:1", "slide", {})
    assert [kept.next()[0] for _ in range(2)] == ["resync", "slide"]


def test_nobody_renews_the_stream_of_another(port: int) -> None:
    listener = opened(port, "e:2", subject="device:1")
    assert renew(port, ticket_for("e:2", subject="device:2"), listener.hello["connection"]) == 404
    assert renew(port, "x.y", listener.hello["connection"]) == 401
    authorization = f"Authorization: Bearer {ticket_for('e:2')}"
    assert status_of(port, "POST /events/renew HTTP/1.1", authorization, body=b"[]") == 400
    assert status_of(port, "POST /events/renew HTTP/1.1", authorization, body=b"x" * 2000) == 413


def test_the_will_of_a_page_that_died_is_left_once_and_that_of_a_living_one_is_not(port: int) -> None:
    pages = {name: opened(port, page=name, subject=f"device:{name}") for name in ("dies", "lives", "returns", "leaves")}
    for name, page in pages.items():
        assert deposit(port, page.hello["connection"], "the first word") == 204
        assert deposit(port, page.hello["connection"], f"the last word of {name}") == 204
    assert deposit(port, pages["leaves"].hello["connection"], "") == 204
    for name in ("dies", "returns", "leaves"):
        pages[name].close()
    back = opened(port, page="returns", subject="device:returns")
    assert wait_for_wills(GONE_AFTER + 3) == ["the last word of dies"]
    assert list(wills.left()) == []
    back.close()
    assert wait_for_wills(GONE_AFTER + 3) == ["the last word of returns"]


def wait_for_wills(seconds: float) -> list[str]:
    """The wills that are left within this time, or none."""
    until = time.monotonic() + seconds
    while not (found := list(wills.left())) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def test_push_that_ends_leaves_the_wills_of_pages_that_are_gone() -> None:
    with push_process() as port:
        gone, alive = opened(port, page="gone"), opened(port, page="alive", subject="device:2")
        for page in (gone, alive):
            assert deposit(port, page.hello["connection"], page.hello["connection"]) == 204
        gone.close()
        time.sleep(1)
        assert list(wills.left()) == []
    assert list(wills.left()) == [gone.hello["connection"]]


def test_a_will_that_is_too_long_is_refused_and_the_last_one_stays(port: int) -> None:
    page = opened(port)
    assert deposit(port, page.hello["connection"], "kept") == 204
    assert deposit(port, page.hello["connection"], "x" * (wills.LONGEST_WILL + 1)) == 413
    page.close()
    assert wait_for_wills(GONE_AFTER + 3) == ["kept"]


def test_nobody_leaves_a_will_for_a_connection_that_is_not_open(port: int) -> None:
    page = opened(port)
    assert deposit(port, "guessed", "x") == 404
    assert status_of(port, "POST /events/will HTTP/1.1") == 404
    page.close()
    time.sleep(0.5)
    assert deposit(port, page.hello["connection"], "x") == 404


def test_a_renewal_changes_the_topics(port: int) -> None:
    listener = opened(port, "t:1")
    assert renew(port, ticket_for("t:2"), listener.hello["connection"]) == 204
    assert listener.next()[0] == "resync"
    bus.publish("t:1", "slide", {})
    bus.publish("t:2", "poll", {})
    assert listener.next()[0] == "poll"


def test_revoked_streams_end_and_their_tickets_are_worth_nothing(port: int) -> None:
    ticket = ticket_for("v:1", subject="person:9")
    mine, other = Listener(port, ticket), opened(port, "v:1", subject="person:8")
    started = time.monotonic()
    bus.revoke("person:9")
    assert [mine.next()[0] for _ in range(2)] == ["resync", "end"]
    assert mine.ends_within(5)
    assert time.monotonic() - started < 5
    assert status_of(port, "GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket}") == 401
    bus.publish("v:1", "slide", {})
    assert other.next()[0] == "slide"
    assert opened(port, "v:1", subject="person:9", page="page-9").hello["connection"]


def test_a_page_has_one_stream(port: int) -> None:
    first = opened(port, "o:1", page="same")
    opened(port, "o:1", page="same")
    assert first.next()[1] == {"reason": "replaced"}
    assert first.ends_within(2)


def test_a_page_that_does_not_read_is_evicted_and_the_others_get_all(port: int) -> None:
    slow, quick = opened(port, "s:1", subject="device:slow"), opened(port, "s:1", subject="device:quick")
    sent = 0
    for number in range(600):
        bus.publish("s:1", "page", {"n": number, "text": "x" * 15_000})
        sent += 15_000
        assert quick.next()[1]["data"]["n"] == number
    assert slow.ends_within(20)
    assert len(slow.rest) < sent


def test_too_many_connections_in_a_short_time_are_refused(port: int) -> None:
    head = ("GET /events?page=p HTTP/1.1", f"Authorization: Bearer {ticket_for('c:1', subject='device:mad')}")
    assert 429 in [status_of(port, *head) for _ in range(60)]


def test_a_publication_that_did_not_arrive_makes_pages_read_the_snapshot() -> None:
    bus.publish("l:1", "slide", {"n": 1})
    with push_process() as port:
        listener = opened(port, "l:1")
        assert listener.next(5)[0] == "resync"


def test_the_1100th_connection_works(port: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listeners = [opened(port, "m:1", subject=f"device:m{n}") for n in range(1100)]
    bus.publish("m:1", "slide", {"n": 5})
    assert all(listener.next()[0] == "slide" for listener in listeners)


def test_only_the_owner_may_publish(port: int) -> None:
    assert stat.S_IMODE(ingest_path().stat().st_mode) == 0o600


def test_other_addresses_are_not_found(port: int) -> None:
    assert status_of(port, "GET /events/ HTTP/1.1") == 404
    assert status_of(port, "GET /events/probe HTTP/1.1") == 404
    assert ask(port, ["DELETE /events HTTP/1.1"])[0] == 404
