"""The allow-list alone: whatever is sent, only known fields with the server's own room, tokens and id go on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.classroom.media.janus import PLUGIN
from tongtang.classroom.media.signalling import Refused, Seat, Tokens, observe, rebuild, receives_only
from tongtang.classroom.media.tickets import Grant, Right

TOKENS = Tokens("core", "room")
WORDS = st.sampled_from([
    "janus", "transaction", "session_id", "handle_id", "body", "jsep", "request", "room", "ptype", "id", "display",
    "token", "record", "filename", "bitrate", "secret", "admin_key", "plugin", "streams", "feed", "mid", "send",
    "candidate", "publisher", "subscriber", "join", "publish", "configure", "start", "message", "attach", "create",
    "type", "sdp", "offer", "lesson", "other",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=12,
)
ALLOWED = {
    "janus", "transaction", "token", "session_id", "handle_id", "plugin", "opaque_id", "candidate", "body", "jsep",
}  # fmt: skip
ALLOWED_BODY = {"request", "ptype", "room", "id", "display", "token", "streams", "audiocodec", "videocodec"}


def seat(right: Right = Right.RECEIVE) -> Seat:
    made = Seat(Grant("lesson", "p1", "One", right, "d1"), creating=True)
    made.session, made.handles = 1, {2: "", 3: "publisher", 4: "subscriber"}
    return made


@given(st.sampled_from(Right), st.sampled_from(["message", "attach", "trickle", "detach", "destroy", "create", "x"]),
       st.integers(1, 5), st.dictionaries(WORDS, VALUES, max_size=6))  # fmt: skip
def test_nothing_unknown_goes_on(right: Right, verb: str, handle: int, fields: dict[str, Any]) -> None:
    message = {"session_id": 1, "handle_id": handle, **fields, "janus": verb, "transaction": "t"}
    try:
        rebuilt = rebuild(message, seat(right), TOKENS)
    except Refused:
        return
    assert set(rebuilt) <= ALLOWED
    body = rebuilt.get("body", {})
    assert set(body) <= ALLOWED_BODY
    assert body.get("room", "lesson") == "lesson"
    assert body.get("token", "room") == "room"
    assert right is not Right.RECEIVE or body.get("ptype") != "publisher"
    assert right is not Right.RECEIVE or body.get("request") != "publish"


def test_a_publisher_joins_as_himself() -> None:
    message = {"janus": "message", "transaction": "t", "session_id": 1, "handle_id": 2,
               "body": {"request": "join", "ptype": "publisher"}}  # fmt: skip
    other = seat(Right.PUBLISH_ANCHOR)
    del other.handles[3]
    rebuilt = rebuild(message, other, TOKENS)
    assert rebuilt["body"] == {
        "request": "join", "ptype": "publisher", "room": "lesson", "token": "room", "id": "anchor.p1", "display": "One",
    }  # fmt: skip
    with pytest.raises(Refused, match="joined already"):
        rebuild(message, other, TOKENS)


def test_session_and_handles_are_learnt_from_the_answers_only() -> None:
    fresh = Seat(Grant("lesson", "p1", "One", Right.RECEIVE, "d1"))
    rebuild({"janus": "create", "transaction": "a"}, fresh, TOKENS)
    observe({"janus": "success", "transaction": "a", "data": {"id": 7}}, fresh)
    attach = {"janus": "attach", "session_id": 7, "plugin": PLUGIN}
    for number in range(8):
        rebuild({**attach, "transaction": f"h{number}"}, fresh, TOKENS)
    with pytest.raises(Refused, match="too many"):
        rebuild({**attach, "transaction": "h9"}, fresh, TOKENS)
    observe({"janus": "error", "transaction": "h0"}, fresh)
    observe({"janus": "success", "transaction": "h1", "data": {"id": 11}}, fresh)
    assert (fresh.session, fresh.handles) == (7, {11: ""})


@given(st.lists(st.sampled_from(["a=recvonly", "a=inactive", "a=sendrecv", "a=sendonly", "a=mid:0", ""]), max_size=4))
def test_an_answer_receives_only_when_every_medium_says_so(lines: list[str]) -> None:
    sdp = "\r\n".join(["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", *lines, "m=audio 9 x 1", "a=recvonly", ""])
    said = {line for line in lines if line in ("a=recvonly", "a=inactive", "a=sendrecv", "a=sendonly")}
    assert receives_only(sdp) == (bool(said) and said <= {"a=recvonly", "a=inactive"})
    assert not receives_only(sdp.replace("v=0", "v=0\r\na=recvonly"))
    assert not receives_only("v=0")
