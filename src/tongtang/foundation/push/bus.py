"""Send news to the push process after the transaction: called by actions, never waits long, never raises for push.

A lost publication is no lost truth: the database holds it. Where push is down, its restart makes every page read its
snapshot; where push only did not answer, a thread tells it as soon as it does which topics must be read again.
Two transactions may publish in the other order than they committed: put the state's version or time into `data`.
"""

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from tongtang.foundation.environment import environment
from tongtang.foundation.push.tickets import SUBJECT, TOPIC

log = logging.getLogger(__name__)

EVENT = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
RESERVED = frozenset({"hello", "resync", "end"})
LONGEST_PUBLICATION = 16 * 1024
TIME_OUT = 0.25
RETRY_EVERY = 1.0
MOST_REMEMBERED = 1000


def publish(topic: str, event: str, data: Mapping[str, Any], *, snapshot_key: str | None = None) -> None:
    """Send an event to the listeners of `topic` once the present transaction is committed.

    `snapshot_key` names the part of the state that `data` gives whole ("page", "poll"): a page that resumes gets only
    the last event of each key of a topic. Without it, it gets every event that it missed.

    Raises:
        ValueError: a name of the wrong form or more than 16 KiB of data: the caller's mistake, raised at once.
    """
    if not TOPIC.fullmatch(topic) or not EVENT.fullmatch(event) or event in RESERVED:
        raise ValueError(f"push carries no event {event!r} on topic {topic!r}")
    order = {"do": "publish", "topic": topic, "event": event, "data": data, "key": snapshot_key}
    datagram = _encode(order)
    if len(datagram) > LONGEST_PUBLICATION:
        raise ValueError(
            f"{len(datagram)} bytes for {event!r}: send at most {LONGEST_PUBLICATION}, and ids, not content"
        )
    transaction.on_commit(lambda: _send(datagram, topic), robust=True)


def revoke(subject: str) -> None:
    """After commit: end all streams of `subject` and refuse the tickets it was given until then.

    Its pages are gone within a second while push runs. Where push is down there is nothing to end, and once it is up
    again it refuses every ticket older than itself.

    Raises:
        ValueError: a name of the wrong form.
    """
    if not SUBJECT.fullmatch(subject):
        raise ValueError(f"not a subject of tickets: {subject!r}")
    datagram = _encode({"do": "revoke", "subject": subject})
    transaction.on_commit(lambda: _send(datagram, None), robust=True)


def _encode(order: Mapping[str, Any]) -> bytes:
    return json.dumps(order, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()


def _send(datagram: bytes, topic: str | None) -> None:
    try:
        _deliver(datagram)
    except OSError as error:
        _owed.remember(datagram, topic, error)


def _deliver(datagram: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(TIME_OUT)
        sock.sendto(datagram, str(environment().run / "push.sock"))


class _Owed:
    """What push could not be told: topics whose pages must read their snapshot, and revocations."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.topics: set[str] = set()
        self.revocations: set[bytes] = set()
        self.busy = False

    def remember(self, datagram: bytes, topic: str | None, error: OSError) -> None:
        with self.lock:
            if topic is None:
                self.revocations.add(datagram)
            elif len(self.topics) < MOST_REMEMBERED:
                self.topics.add(topic)
            if self.busy:
                return
            self.busy = True
        log.warning("push does not take publications (%s); pages read their snapshot once it does", error)
        threading.Thread(target=self._settle, name="push-owed", daemon=True).start()

    def _settle(self) -> None:
        while not self._settled():
            time.sleep(RETRY_EVERY)
        log.info("push takes publications again")

    def _settled(self) -> bool:
        with self.lock:
            revocations, topics = list(self.revocations), sorted(self.topics)
        try:
            for datagram in revocations:
                _deliver(datagram)
            for start in range(0, len(topics), 100):
                _deliver(_encode({"do": "lost", "topics": topics[start : start + 100]}))
        except OSError:
            return False
        with self.lock:
            self.revocations.difference_update(revocations)
            self.topics.difference_update(topics)
            self.busy = bool(self.revocations or self.topics)
            return not self.busy


_owed = _Owed()
