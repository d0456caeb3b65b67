"""What the push process remembers: recent publications of each topic, open streams, revoked subjects.

Pure state without input or output; every method is called from the one event loop. Times are seconds of
a monotonic clock unless named otherwise.
"""

import asyncio
import json
import secrets
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from tongtang.foundation.push.tickets import LONGEST_TTL, Ticket, TicketExpired

RING_EVENTS = 128
RING_BYTES = 64 * 1024
RING_IDLE = 900.0
MOST_RINGS = 20_000
QUEUE_EVENTS = 256
QUEUE_BYTES = 256 * 1024
STREAMS = 15_000
STREAMS_A_SUBJECT = 24
AUTHENTICATED_FOR = 60.0
HEARTBEAT = 2.0
STALLED = 10.0
# A page that lives comes back well within this time, whatever ended its stream.
GONE_AFTER = 15.0
CONNECTS, CONNECTS_WITHIN = 40, 10.0
BEAT = b":\n\n"


class HubFull(Exception):
    """The caps of the process or of the subject are reached; trying again later may succeed."""


class Stream:
    """One page's connection: the bytes that wait for it and the moment its authentication ends."""

    __slots__ = ("deadline", "ended", "identity", "key", "queue", "queued", "sent_at", "stuck_since", "subject",
                 "task", "topics", "waiter", "will")  # fmt: skip

    def __init__(self, ticket: Ticket, page: str, deadline: float, now: float) -> None:
        self.identity = secrets.token_urlsafe(16)
        self.subject = ticket.subject
        self.key = (ticket.subject, page)
        self.topics = ticket.topics
        self.deadline = deadline
        self.queue: deque[bytes] = deque()
        self.queued = 0
        self.sent_at = now
        self.stuck_since = 0.0
        self.ended = False
        self.will = ""
        self.waiter: asyncio.Future[None] | None = None
        self.task: asyncio.Task[Any] | None = None

    def offer(self, chunk: bytes) -> bool:
        """Queue bytes for the page; False where it reads too slowly and must go."""
        if self.ended:
            return True
        if len(self.queue) >= QUEUE_EVENTS or self.queued + len(chunk) > QUEUE_BYTES:
            return False
        self.queue.append(chunk)
        self.queued += len(chunk)
        self._wake()
        return True

    async def take(self) -> bytes:
        """All that waits, as one block of bytes; empty once the stream has ended and nothing is left."""
        while not self.queue and not self.ended:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        self.waiter = None
        block = self.queue[0] if len(self.queue) == 1 else b"".join(self.queue)
        self.queue.clear()
        self.queued = 0
        return block

    def finish(self, last: bytes) -> None:
        """End after `last`, or at once where the page has not even taken what was sent before."""
        if self.ended:
            return
        self.queue.append(last)
        self.ended = True
        self._wake()
        if self.stuck_since and self.task:
            self.task.cancel()

    def leave(self) -> None:
        """The page has gone: nothing more to send."""
        self.queue.clear()
        self.ended = True
        self._wake()

    def drop(self) -> None:
        """End at once, whatever waits."""
        self.ended = True
        if self.task:
            self.task.cancel()

    def _wake(self) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)


class Ring:
    """The last publications of one topic. An entry is (number, state key or None, bytes)."""

    __slots__ = ("bytes", "entries", "forgotten", "used_at")

    def __init__(self, now: float, forgotten: int) -> None:
        self.entries: deque[tuple[int, str | None, bytes]] = deque()
        self.bytes = 0
        self.forgotten = forgotten
        self.used_at = now

    def add(self, number: int, key: str | None, chunk: bytes, now: float) -> None:
        if key is not None:
            self._supersede(key)
        self.entries.append((number, key, chunk))
        self.bytes += len(chunk)
        self.used_at = now
        while len(self.entries) > RING_EVENTS or self.bytes > RING_BYTES:
            old, _, dropped = self.entries.popleft()
            self.bytes -= len(dropped)
            self.forgotten = old

    def _supersede(self, key: str) -> None:
        for entry in self.entries:
            if entry[1] == key:
                self.entries.remove(entry)
                self.bytes -= len(entry[2])
                return

    def clear(self, number: int) -> None:
        """Forget all: who resumes from before `number` must read the snapshot."""
        self.entries.clear()
        self.bytes = 0
        self.forgotten = number


class Hub:
    """All topics, streams and revocations of one push process.

    Every publication gets the next number of this process's epoch; an event's id is `EPOCH-NUMBER`.
    """

    def __init__(self, started: datetime) -> None:
        self.started = started
        self.epoch = secrets.token_hex(6)
        self.number = 0
        self.forgotten = 0
        self.rings: OrderedDict[str, Ring] = OrderedDict()
        self.streams: dict[str, Stream] = {}
        self.by_topic: dict[str, dict[str, Stream]] = {}
        self.by_subject: dict[str, dict[str, Stream]] = {}
        self.pages: dict[tuple[str, str], Stream] = {}
        self.wills: dict[tuple[str, str], tuple[float, str]] = {}
        self.latest = 0.0
        self.revoked: dict[str, datetime] = {}
        self.connects: dict[str, tuple[float, int]] = {}
        self.delivered = 0
        self.evicted = 0

    # Authentication

    def admit(self, ticket: Ticket) -> None:
        """Refuse what was revoked. A new process does not know what the one before revoked, so it
        refuses every ticket older than itself.

        Raises:
            TicketExpired: issued before this process started or before its subject was revoked.
        """
        since = max(self.started, self.revoked.get(ticket.subject, self.started))
        if ticket.issued < since:
            raise TicketExpired("the ticket was issued before its rights were withdrawn or push was started")

    def count_connect(self, subject: str, now: float) -> None:
        """Raises HubFull where a subject connects more than 40 times in 10 s."""
        start, count = self.connects.get(subject, (now, 0))
        if now - start >= CONNECTS_WITHIN:
            start, count = now, 0
        self.connects[subject] = (start, count + 1)
        if count >= CONNECTS:
            raise HubFull("too many connections in a short time")

    def revoke(self, subject: str, at: datetime) -> None:
        """End the subject's streams and refuse the tickets it got until now."""
        self.revoked[subject] = at
        for stream in list(self.by_subject.get(subject, {}).values()):
            self.end(stream, "revoked")

    # Streams

    def open(self, ticket: Ticket, page: str, valid_for: float, now: float) -> Stream:
        """A new stream of a page; it takes the place of the page's earlier one.

        Raises:
            HubFull: the process holds as many streams as it may.
        """
        self.latest = now
        former = self.pages.get((ticket.subject, page))
        if former:
            self.end(former, "replaced")
        mine = self.by_subject.setdefault(ticket.subject, {})
        if len(mine) >= STREAMS_A_SUBJECT:
            self.end(next(iter(mine.values())), "replaced")
        if len(self.streams) >= STREAMS:
            raise HubFull("push holds as many connections as it may")
        stream = Stream(ticket, page, now + min(valid_for, AUTHENTICATED_FOR), now)
        self.streams[stream.identity] = stream
        self.by_subject.setdefault(ticket.subject, {})[stream.identity] = stream
        self.pages[stream.key] = stream
        stream.will = self.wills.pop(stream.key, (0.0, ""))[1]
        for topic in stream.topics:
            self.by_topic.setdefault(topic, {})[stream.identity] = stream
        stream.offer(self._hello(stream))
        return stream

    def renew(self, identity: str, ticket: Ticket, valid_for: float, now: float) -> bool:
        """Prolong a stream by a fresh ticket of the same subject; its topics become the ticket's."""
        stream = self.streams.get(identity)
        if stream is None or stream.ended or stream.subject != ticket.subject:
            return False
        stream.deadline = now + min(valid_for, AUTHENTICATED_FOR)
        self._retopic(stream, ticket.topics)
        return True

    def deposit(self, identity: str, will: str) -> bool:
        """Keep what the page of this stream wants said if it dies, in place of what it left before; "" for nothing."""
        stream = self.streams.get(identity)
        if stream is None or stream.ended:
            return False
        stream.will = will
        return True

    def take_wills(self, now: float) -> list[str]:
        """The wills of pages that are gone for good at `now`; each is given out once."""
        due = [key for key, (moment, _) in self.wills.items() if moment <= now]
        return [self.wills.pop(key)[1] for key in due]

    def _retopic(self, stream: Stream, topics: frozenset[str]) -> None:
        gained, lost = topics - stream.topics, stream.topics - topics
        for topic in lost:
            self._leave(topic, stream)
        for topic in gained:
            self.by_topic.setdefault(topic, {})[stream.identity] = stream
        stream.topics = topics
        if gained:
            self.resync(stream)

    def resume(self, stream: Stream, last: str) -> None:
        """Queue what the page missed since event id `last`, or tell it to read its snapshot."""
        seen = self._position(last)
        if seen is None or any(seen < self._forgotten(topic) for topic in stream.topics):
            self.resync(stream)
            return
        missed = {entry[0]: entry[2] for entry in self._entries(stream.topics) if entry[0] > seen}
        if len(missed) > QUEUE_EVENTS // 2 or sum(map(len, missed.values())) > QUEUE_BYTES // 2:
            self.resync(stream)
            return
        for number in sorted(missed):
            self._give(stream, missed[number])

    def resync(self, stream: Stream) -> None:
        self._give(stream, self._chunk("resync", {}))

    def _position(self, last: str) -> int | None:
        epoch, _, number = last.partition("-")
        if epoch != self.epoch or not (number.isascii() and number.isdigit()) or len(number) > 15:
            return None
        return int(number) if int(number) <= self.number else None

    def _forgotten(self, topic: str) -> int:
        ring = self.rings.get(topic)
        return ring.forgotten if ring else self.forgotten

    def _entries(self, topics: Iterable[str]) -> Iterator[tuple[int, str | None, bytes]]:
        for topic in topics:
            if topic in self.rings:
                yield from self.rings[topic].entries

    def end(self, stream: Stream, reason: str) -> None:
        """End a stream with a word why: expired, revoked, replaced, restart."""
        self.forget(stream)
        stream.finish(f"event: end\ndata: {json.dumps({'reason': reason})}\n\n".encode())

    def evict(self, stream: Stream) -> None:
        """End a stream whose page reads too slowly, without waiting for it."""
        self.evicted += 1
        self.forget(stream)
        stream.drop()

    def forget(self, stream: Stream) -> None:
        """Take a stream out of all indexes; harmless when it is out already."""
        if self.streams.pop(stream.identity, None) is None:
            return
        for topic in stream.topics:
            self._leave(topic, stream)
        mine = self.by_subject.get(stream.subject, {})
        mine.pop(stream.identity, None)
        if not mine:
            self.by_subject.pop(stream.subject, None)
        if self.pages.get(stream.key) is stream:
            del self.pages[stream.key]
        if stream.will:
            self.wills[stream.key] = (self.latest + GONE_AFTER, stream.will)

    def _leave(self, topic: str, stream: Stream) -> None:
        listeners = self.by_topic.get(topic, {})
        listeners.pop(stream.identity, None)
        if not listeners:
            self.by_topic.pop(topic, None)

    # Publications

    def publish(self, topic: str, event: str, data: object, key: str | None, now: float) -> None:
        """Remember a publication and queue its bytes, encoded once, for the streams of its topic."""
        self.number += 1
        chunk = self._chunk(event, {"topic": topic, "data": data})
        self._ring(topic, now).add(self.number, key, chunk, now)
        for stream in list(self.by_topic.get(topic, {}).values()):
            self._give(stream, chunk)

    def lost(self, topics: Iterable[str], now: float) -> None:
        """Publications of these topics did not arrive: their listeners read the snapshot."""
        listeners: dict[str, Stream] = {}
        self.number += 1
        for topic in topics:
            self._ring(topic, now).clear(self.number)
            listeners |= self.by_topic.get(topic, {})
        for stream in listeners.values():
            self.resync(stream)

    def _give(self, stream: Stream, chunk: bytes) -> None:
        if stream.offer(chunk):
            self.delivered += 1
        else:
            self.evict(stream)

    def _ring(self, topic: str, now: float) -> Ring:
        ring = self.rings.get(topic)
        if ring is None:
            ring = self.rings[topic] = Ring(now, self.forgotten)
        self.rings.move_to_end(topic)
        if len(self.rings) > MOST_RINGS:
            self._drop_oldest_ring()
        return ring

    def _drop_oldest_ring(self) -> None:
        _, ring = self.rings.popitem(last=False)
        self.forgotten = max([self.forgotten, ring.forgotten, *(entry[0] for entry in ring.entries)])

    def _chunk(self, event: str, data: object) -> bytes:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.epoch}-{self.number}\nevent: {event}\ndata: {text}\n\n".encode()

    def _hello(self, stream: Stream) -> bytes:
        data = {
            "connection": stream.identity,
            "heartbeat": HEARTBEAT,
            "renew": AUTHENTICATED_FOR,
            "topics": sorted(stream.topics),
        }
        return f"event: hello\ndata: {json.dumps(data)}\n\n".encode()

    # Time

    def sweep(self, now: float, wall: datetime) -> None:
        """To be called about once a second: expiry, heartbeats, stalled pages, memory that may go."""
        self.latest = now
        for stream in list(self.streams.values()):
            if now >= stream.deadline:
                self.end(stream, "expired")
            elif stream.stuck_since and now - stream.stuck_since >= STALLED:
                self.evict(stream)
            elif not stream.queue and now - stream.sent_at >= HEARTBEAT - 0.5:
                stream.offer(BEAT)
        while self.rings and now - next(iter(self.rings.values())).used_at > RING_IDLE:
            self._drop_oldest_ring()
        horizon = wall - LONGEST_TTL - timedelta(seconds=60)
        self.revoked = {subject: at for subject, at in self.revoked.items() if at > horizon}
        self.connects = {name: seen for name, seen in self.connects.items() if now - seen[0] < CONNECTS_WITHIN}

    def end_all(self) -> None:
        """The process stops: every page shall come back at once."""
        for stream in list(self.streams.values()):
            self.end(stream, "restart")
