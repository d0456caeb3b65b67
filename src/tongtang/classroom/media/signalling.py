"""What a browser may say to Janus: each message is checked against an allow-list by right and rebuilt from its fields.

Pure: no socket, no clock. Room, tokens, id and display are put in by the server; a field that is not on the list is
refused, not dropped, so that an attempt is seen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tongtang.classroom.media.janus import PLUGIN
from tongtang.classroom.media.tickets import Grant

MAX_HANDLES = 8
MAX_STREAMS = 8
MAX_SDP = 24_000
FEED = re.compile(r"(anchor|stage)\.[A-Za-z0-9_-]{1,64}")
MID = re.compile(r"[A-Za-z0-9_-]{1,16}")
TRANSACTION = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Message = dict[str, Any]


class Refused(Exception):
    """The message goes no further; the text is the reason the client is told."""


@dataclass
class Seat:
    """One browser's place at Janus: its session and what each of its handles became."""

    grant: Grant
    session: int = 0
    creating: bool = False
    attaching: set[str] = field(default_factory=set)
    handles: dict[int, str] = field(default_factory=dict)
    """handle -> "" (attached), "publisher" or "subscriber" (after its join was sent)"""


@dataclass(frozen=True)
class Tokens:
    """Fresh Janus tokens for one message."""

    core: str
    room: str


def rebuild(message: object, seat: Seat, tokens: Tokens) -> Message:
    """The message that goes to Janus instead of `message`, written anew; `seat` remembers what was asked.

    Raises:
        Refused: not on the list for this right.
    """
    if not isinstance(message, dict):
        raise Refused("a message is a JSON object")
    verb = message.get("janus")
    build = VERBS.get(verb) if isinstance(verb, str) else None
    if build is None:
        raise Refused("this request is not open to you")
    transaction = message.get("transaction")
    if not isinstance(transaction, str) or not TRANSACTION.fullmatch(transaction):
        raise Refused("transaction: 1 to 64 letters or digits")
    rebuilt = {"janus": verb, "transaction": transaction, "token": tokens.core}
    if verb != "create":
        if not seat.session or not _same(message.get("session_id"), seat.session):
            raise Refused("this is not your session")
        rebuilt["session_id"] = seat.session
    rebuilt.update(build(message, seat, tokens))
    return rebuilt


def observe(reply: Message, seat: Seat) -> None:
    """Learn the session and the handles that Janus gave in answer to `create` and `attach`."""
    if reply.get("janus") == "error":
        seat.attaching.discard(str(reply.get("transaction")))
        return
    if reply.get("janus") != "success" or "data" not in reply:
        return
    given = reply["data"].get("id")
    if str(reply.get("transaction")) in seat.attaching:
        seat.attaching.discard(str(reply["transaction"]))
        seat.handles[given] = ""
    elif seat.creating and not seat.session:
        seat.session = given


def _same(given: object, own: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given == own


def _only(message: Message, *allowed: str) -> None:
    unknown = sorted(set(message) - {"janus", "transaction", "session_id", *allowed})
    if unknown:
        raise Refused(f"{unknown[0][:40]} may not be set")


def _own_handle(message: Message, seat: Seat) -> int:
    for handle in seat.handles:
        if _same(message.get("handle_id"), handle):
            return handle
    raise Refused("this is not your handle")


def _create(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message)
    if "session_id" in message or seat.creating:
        raise Refused("one session for each connection")
    seat.creating = True
    return {}


def _attach(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message, "plugin", "opaque_id")
    if message.get("plugin") != PLUGIN:
        raise Refused("this plugin is not open to you")
    if len(seat.handles) + len(seat.attaching) >= MAX_HANDLES:
        raise Refused("too many handles")
    seat.attaching.add(message["transaction"])
    return {"plugin": PLUGIN, "opaque_id": seat.grant.participant}


def _keepalive(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message)
    return {}


def _detach(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message, "handle_id")
    handle = _own_handle(message, seat)
    del seat.handles[handle]
    return {"handle_id": handle}


def _trickle(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message, "handle_id", "candidate")
    return {"handle_id": _own_handle(message, seat), "candidate": _candidate(message.get("candidate"))}


def _candidate(given: object) -> Message:
    if given is None or (isinstance(given, dict) and given.get("completed") is True):
        return {"completed": True}
    if not isinstance(given, dict) or not isinstance(given.get("candidate"), str):
        raise Refused("candidate: one ICE candidate")
    text, mid, index = given["candidate"], given.get("sdpMid"), given.get("sdpMLineIndex")
    if len(text) > 400 or not isinstance(mid, str) or not MID.fullmatch(mid):
        raise Refused("candidate: too long, or without sdpMid")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < MAX_STREAMS:
        raise Refused("candidate: sdpMLineIndex")
    return {"candidate": text, "sdpMid": mid, "sdpMLineIndex": index}


def _message(message: Message, seat: Seat, tokens: Tokens) -> Message:
    _only(message, "handle_id", "body", "jsep")
    handle = _own_handle(message, seat)
    body = message.get("body")
    if not isinstance(body, dict):
        raise Refused("body: a JSON object")
    request = body.get("request")
    build = REQUESTS.get(request) if isinstance(request, str) else None
    if build is None:
        raise Refused("this request is not open to you")
    if "room" in body and body["room"] != seat.grant.lesson:
        raise Refused("the ticket is for another lesson")
    rebuilt = build(message, body, seat, handle, tokens)
    return {"handle_id": handle, **rebuilt}


def _only_body(body: Message, *allowed: str) -> None:
    unknown = sorted(set(body) - {"request", "room", *allowed})
    if unknown:
        raise Refused(f"{unknown[0][:40]} may not be set")


def _no_jsep(message: Message) -> None:
    if "jsep" in message:
        raise Refused("no session description belongs here")


def _is(seat: Seat, handle: int, role: str) -> None:
    if seat.handles[handle] != role:
        raise Refused(f"this handle is no {role}")


def _join(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _no_jsep(message)
    if seat.handles[handle]:
        raise Refused("this handle has joined already")
    if body.get("ptype") == "publisher":
        return _join_as_publisher(body, seat, handle, tokens)
    if body.get("ptype") == "subscriber":
        return _join_as_subscriber(body, seat, handle, tokens)
    raise Refused("ptype: publisher or subscriber")


def _join_as_publisher(body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body, "ptype")
    if not seat.grant.may_publish:
        raise Refused("your ticket is for receiving only")
    if "publisher" in seat.handles.values():
        raise Refused("one publisher for each connection")
    seat.handles[handle] = "publisher"
    joined = {"request": "join", "ptype": "publisher", "room": seat.grant.lesson, "token": tokens.room}
    return {"body": {**joined, "id": seat.grant.feed, "display": seat.grant.display}}


def _join_as_subscriber(body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body, "ptype", "streams")
    streams = [_wanted(row) for row in _rows(body.get("streams"))]
    seat.handles[handle] = "subscriber"
    joined = {"request": "join", "ptype": "subscriber", "room": seat.grant.lesson, "token": tokens.room}
    return {"body": {**joined, "streams": streams}}


def _rows(given: object) -> list[Message]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_STREAMS:
        raise Refused(f"streams: 1 to {MAX_STREAMS} rows")
    if not all(isinstance(row, dict) for row in given):
        raise Refused("streams: rows are objects")
    return given


def _wanted(row: Message) -> Message:
    if set(row) - {"feed", "mid"} or not isinstance(row.get("feed"), str) or not FEED.fullmatch(row["feed"]):
        raise Refused("streams: feed, and at most mid")
    if "mid" not in row:
        return {"feed": row["feed"]}
    return {"feed": row["feed"], "mid": _mid(row)}


def _mid(row: Message) -> str:
    mid = row.get("mid")
    if not isinstance(mid, str) or not MID.fullmatch(mid):
        raise Refused("streams: mid")
    return mid


def _publish(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body)
    if not seat.grant.may_publish:
        raise Refused("your ticket is for receiving only")
    _is(seat, handle, "publisher")
    jsep = {"type": "offer", "sdp": _sdp(message, "offer")}
    return {"body": {"request": "publish", "audiocodec": "opus", "videocodec": "h264"}, "jsep": jsep}


def _plain_of_publisher(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body)
    _no_jsep(message)
    _is(seat, handle, "publisher")
    return {"body": {"request": body["request"]}}


def _leave(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body)
    _no_jsep(message)
    return {"body": {"request": "leave"}}


def _start(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body)
    _is(seat, handle, "subscriber")
    sdp = _sdp(message, "answer")
    if not receives_only(sdp):
        raise Refused("a receiver's answer is recvonly")
    return {"body": {"request": "start"}, "jsep": {"type": "answer", "sdp": sdp}}


def _configure(message: Message, body: Message, seat: Seat, handle: int, tokens: Tokens) -> Message:
    _only_body(body, "streams")
    _no_jsep(message)
    _is(seat, handle, "subscriber")
    return {"body": {"request": "configure", "streams": [_selected(row) for row in _rows(body.get("streams"))]}}


def _selected(row: Message) -> Message:
    if set(row) - {"mid", "send", "substream"}:
        raise Refused("streams: mid, send and substream only")
    selected: Message = {"mid": _mid(row)}
    if "send" in row:
        if not isinstance(row["send"], bool):
            raise Refused("streams: send is true or false")
        selected["send"] = row["send"]
    if "substream" in row:
        if row["substream"] not in (0, 1, 2) or isinstance(row["substream"], bool):
            raise Refused("streams: substream is 0, 1 or 2")
        selected["substream"] = row["substream"]
    return selected


def _sdp(message: Message, kind: str) -> str:
    jsep = message.get("jsep")
    if not isinstance(jsep, dict) or set(jsep) - {"type", "sdp"} or jsep.get("type") != kind:
        raise Refused(f"jsep: an {kind}")
    sdp = jsep.get("sdp")
    if not isinstance(sdp, str) or not sdp.startswith("v=0") or len(sdp) > MAX_SDP:
        raise Refused("jsep: a session description of at most 24,000 characters")
    return sdp


def receives_only(sdp: str) -> bool:
    """Whether every medium of the answer is `recvonly` or `inactive`; one without a word would be `sendrecv`."""
    lines = sdp.replace("\r", "").split("\n")
    words = {"a=sendrecv": False, "a=sendonly": False, "a=recvonly": True, "a=inactive": True}
    media: list[list[bool]] = []
    for line in (line.strip() for line in lines):
        if line.startswith("m="):
            media.append([])
        elif line in words:
            if not media:
                return False
            media[-1].append(words[line])
    return bool(media) and all(said and all(said) for said in media)


VERBS: dict[str, Callable[[Message, Seat, Tokens], Message]] = {
    "create": _create,
    "attach": _attach,
    "keepalive": _keepalive,
    "message": _message,
    "trickle": _trickle,
    "detach": _detach,
    "destroy": _keepalive,
}
REQUESTS: dict[str, Callable[[Message, Message, Seat, int, Tokens], Message]] = {
    "join": _join,
    "publish": _publish,
    "unpublish": _plain_of_publisher,
    "leave": _leave,
    "start": _start,
    "configure": _configure,
}
