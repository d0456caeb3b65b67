"""Tickets: what is issued is read, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.foundation.push import tickets

NOW = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
names = st.from_regex(tickets.TOPIC, fullmatch=True)


@given(st.lists(names, min_size=1, max_size=5), st.from_regex(tickets.SUBJECT, fullmatch=True), st.integers(1, 300))
def test_a_ticket_says_what_was_put_in(topics: list[str], subject: str, seconds: int) -> None:
    text = tickets.issue(topics=topics, subject=subject, now=NOW, ttl=timedelta(seconds=seconds))
    found = tickets.read(text, NOW + timedelta(seconds=seconds - 0.5))
    assert (found.subject, found.topics) == (subject, frozenset(topics))
    assert found.expires - found.issued == timedelta(seconds=seconds)
    with pytest.raises(tickets.TicketExpired):
        tickets.read(text, found.expires)


@given(st.data())
def test_a_changed_ticket_is_forged(data: st.DataObject) -> None:
    text = tickets.issue(topics=["a:1"], subject="person:1", now=NOW)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))
    with pytest.raises(tickets.TicketForged):
        tickets.read(text[:place] + other + text[place + 1 :], NOW)


@given(st.text(max_size=200))
def test_any_text_is_refused_without_another_error(text: str) -> None:
    with pytest.raises(tickets.TicketForged):
        tickets.read(text, NOW)


def test_a_ticket_of_the_future_is_refused() -> None:
    text = tickets.issue(topics=["a:1"], subject="person:1", now=NOW)
    with pytest.raises(tickets.TicketExpired):
        tickets.read(text, NOW - timedelta(seconds=30))


@pytest.mark.parametrize(
    ("topics", "subject", "seconds"),
    [
        ([], "p:1", 90),
        (["Ä"], "p:1", 90),
        (["a b"], "p:1", 90),
        (["a"], "", 90),
        (["a"], "p:1", 0),
        (["a"], "p:1", 301),
    ],
)
def test_what_push_cannot_carry_is_not_issued(topics: list[str], subject: str, seconds: int) -> None:
    with pytest.raises(ValueError, match=r"topics|not a name|ttl"):
        tickets.issue(topics=topics, subject=subject, now=NOW, ttl=timedelta(seconds=seconds))
