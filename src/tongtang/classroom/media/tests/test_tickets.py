"""Tickets alone: signed, dated, single use also across a restart."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.classroom.media.tickets import Right, TicketRefused, UsedTickets, issue_ticket, redeem

NOW = 1_800_000_000.0


def ticket(**more: Any) -> str:
    fields = {
        "lesson": "l1",
        "participant": "p1",
        "display": "一班",
        "right": Right.RECEIVE,
        "subject": "d1",
        "now": NOW,
    }
    return issue_ticket("s", **{**fields, **more})


def test_a_ticket_gives_what_it_was_issued_for(tmp_path: Path) -> None:
    used = UsedTickets(tmp_path / "used", NOW)
    grant = redeem("s", ticket(right=Right.PUBLISH_STAGE), used, now=NOW + 44, cookies=[])
    assert (grant.lesson, grant.participant, grant.display, grant.subject) == ("l1", "p1", "一班", "d1")
    assert grant.feed == "stage.p1"
    assert grant.may_publish
    used.close()


def test_it_is_used_once_also_after_a_restart_and_forgotten_when_it_has_expired(tmp_path: Path) -> None:
    once = ticket()
    used = UsedTickets(tmp_path / "used", NOW)
    redeem("s", once, used, now=NOW, cookies=[])
    with pytest.raises(TicketRefused, match="used before"):
        redeem("s", once, used, now=NOW, cookies=[])
    used.close()
    with (tmp_path / "used").open("a", encoding="ascii") as file:
        file.write("cut-short")
    again = UsedTickets(tmp_path / "used", NOW + 1)
    with pytest.raises(TicketRefused, match="used before"):
        redeem("s", once, again, now=NOW + 1, cookies=[])
    again.close()
    UsedTickets(tmp_path / "used", NOW + 100).close()
    assert (tmp_path / "used").read_text(encoding="ascii") == ""


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_it_lives_for_its_time_only(tmp_path_factory: pytest.TempPathFactory, late: float) -> None:
    used = UsedTickets(tmp_path_factory.mktemp("t") / "used", NOW)
    shown = ticket(life_s=45)
    if -15 <= late <= 45:
        assert redeem("s", shown, used, now=NOW + late, cookies=[]).lesson == "l1"
    else:
        with pytest.raises(TicketRefused, match="expired"):
            redeem("s", shown, used, now=NOW + late, cookies=[])
    used.close()


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_letter_is_seen(tmp_path_factory: pytest.TempPathFactory, at: int, letter: str) -> None:
    good = ticket()
    at %= len(good)
    changed = good[:at] + letter + good[at + 1 :]
    used = UsedTickets(tmp_path_factory.mktemp("t") / "used", NOW)
    if changed != good:
        with pytest.raises(TicketRefused):
            redeem("s", changed, used, now=NOW, cookies=[])
    used.close()
    assert (changed == good) == (letter == good[at])


def test_it_is_bound_to_the_browser_that_asked(tmp_path: Path) -> None:
    used = UsedTickets(tmp_path / "used", NOW)
    with pytest.raises(TicketRefused, match="another browser"):
        redeem("s", ticket(cookie="mine"), used, now=NOW, cookies=["yours"])
    assert redeem("s", ticket(cookie="mine"), used, now=NOW, cookies=["x", "mine"]).participant == "p1"
    used.close()


@pytest.mark.parametrize("bad", [{"lesson": "../x"}, {"participant": ""}, {"participant": "a.b"}, {"life_s": 61}])
def test_a_careless_issuer_is_stopped(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"letters|at most"):
        ticket(**bad)
