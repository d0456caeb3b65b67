"""Class 7: a ticket of a live room that was altered, made up or is too old opens nothing."""

import base64
import json
from datetime import timedelta

import pytest

from tongtang.foundation import clock
from tongtang.foundation.push import tickets


def good() -> str:
    return tickets.issue(topics=["lesson:1:classroom"], subject="device:1", now=clock.now())


def body(**changes: object) -> str:
    text, _dot, signature = good().partition(".")
    told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    made = base64.urlsafe_b64encode(json.dumps({**told, **changes}).encode()).decode().rstrip("=")
    return f"{made}.{signature}"


FORGED = {
    "empty": lambda: "",
    "a dot": lambda: ".",
    "dots": lambda: "...",
    "no signature": lambda: good().partition(".")[0],
    "empty signature": lambda: good().partition(".")[0] + ".",
    "signature of another": lambda: good().partition(".")[0] + ".AAAA",
    "another topic": lambda: body(t=["studio:1:teacher"]),
    "all topics": lambda: body(t=["*"]),
    "more topics": lambda: body(t=["lesson:1:classroom", "lesson:2:classroom"]),
    "another subject": lambda: body(s="person:1"),
    "longer": lambda: body(e=10**15),
    "earlier": lambda: body(i=0),
    "a field more": lambda: body(x=1),
    "not base64": lambda: "!!!!.????",
    "not ASCII": lambda: good() + "é",
    "nul": lambda: good() + "\0",
    "newline": lambda: good() + "\n",
    "blank before": lambda: " " + good(),
    "cut": lambda: good()[:-1],
    "one more": lambda: good() + "A",
    "another case": lambda: good().swapcase(),
    "vast": lambda: "A" * 10**6 + ".A",
    "none algorithm": lambda: base64.urlsafe_b64encode(b'{"alg":"none"}').decode() + "." + good(),
    "surrogate": lambda: "\ud800.\ud800",
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_not_issued_is_refused(name: str) -> None:
    with pytest.raises(tickets.TicketForged):
        tickets.read(FORGED[name](), clock.now())


@pytest.mark.parametrize("later", [timedelta(days=1), timedelta(hours=13), timedelta(days=-1), timedelta(days=400)])
def test_at_another_time_it_is_refused(later: timedelta) -> None:
    with pytest.raises(tickets.TicketExpired):
        tickets.read(good(), clock.now() + later)
