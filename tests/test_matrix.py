"""Every address and every push topic, performed for the whole cast as `matrix/*.toml` says."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.world import ANONYMOUS, World
from tongtang.classroom.policies import Topic
from tongtang.foundation import clock
from tongtang.foundation.push import tickets

FOLDER = Path(__file__).parent / "matrix"
FILES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
ROUTES: list[dict[str, Any]] = [row for file in FILES for row in file.get("route", [])]
TOPICS: list[dict[str, Any]] = [row for file in FILES for row in file.get("topic", [])]
GROUPS: dict[str, list[str]] = {name: words for file in FILES for name, words in file.get("groups", {}).items()}
METHODS = ("GET", "POST")
HIDDEN = 404


def cast_names(words: Sequence[str]) -> list[str]:
    """Names with groups, and groups of groups, spelled out."""
    found: list[str] = []
    for word in words:
        found += cast_names(GROUPS[word]) if word in GROUPS else [word]
    return found


def expected_of(row: Mapping[str, Any]) -> dict[str, int]:
    """Who is let in, with which answer."""
    answers = [(who, int(code)) for code, words in row["let_in"].items() for who in cast_names(words)]
    assert len(dict(answers)) == len(answers), f"somebody is named twice in {label(row)}"
    return dict(answers)


def label(row: Mapping[str, Any]) -> str:
    return " ".join(row[part] for part in ("method", "name", "kind", "handed_by", "of", "link") if part in row)


def routes_of_the_house(resolver: URLResolver, names: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from routes_of_the_house(one, (*names, one.namespace) if one.namespace else names)
        else:
            yield ":".join((*names, one.name or f"without a name: {one.pattern}")), one


def cast_of(world: World) -> set[str]:
    return {ANONYMOUS, *world.people, *world.points, *world.pupils}


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert {name for name, _pattern in routes_of_the_house(get_resolver())} == {row["name"] for row in ROUTES}


def test_every_kind_of_topic_has_a_line() -> None:
    assert {row["kind"] for row in TOPICS} == {topic.value for topic in Topic}


def address_of(row: Mapping[str, Any], world: World) -> str:
    parts = world.filled(row.get("extra", {}))
    if "of" in row:
        parts["code" if row["of"] == "county" else "public_id"] = world.key(row["of"])
    return reverse(row["name"], kwargs=parts)


def perform(row: Mapping[str, Any], world: World, who: str, method: str = "") -> HttpResponseBase:
    """One request, of which nothing remains in the database."""
    client, address = world.client(who), address_of(row, world)
    if "link" in row:
        holder = who if row["link"] == "own" else row["link"]
        address += f"?token={world.link(holder, row['of'])}"
    client.raise_request_exception = False
    with transaction.atomic():
        if (method or row["method"]) == "GET":
            answer = client.get(address)
        elif "json" in row:
            answer = client.post(address, json.dumps(world.filled(row["json"])), content_type="application/json")
        else:
            answer = client.post(address, world.filled(row.get("form", {})))
        transaction.set_rollback(True)
    return answer


def is_refused(answer: HttpResponseBase, method: str, signed_in: bool) -> bool:
    """404 for everybody; a GET may also lead to sign-in whoever has not signed in."""
    if answer.status_code == HIDDEN:
        return True
    leads_to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in?next=")
    return method == "GET" and leads_to_sign_in and not signed_in


def place_and_role(who: str) -> tuple[str, str]:
    place, _space, role = who.partition(" ")
    return place, role


def missing_lines(row: Mapping[str, Any], world: World, let_in: set[str]) -> list[str]:
    """Kinds of refusal that exist in the cast and are not among the lines that a reviewer sees."""
    seen, shut_out = set(cast_names(row.get("refused", []))), cast_of(world) - let_in
    roles = {place_and_role(who)[1] for who in let_in}
    places = {place_and_role(who)[0] for who in let_in}
    kinds = {
        "anonymous": {ANONYMOUS},
        "the far county": {who for who in shut_out if place_and_role(who)[0] == "far"},
        "the same role at another place": {
            who for who in shut_out if place_and_role(who)[1] in roles and place_and_role(who)[0] not in places
        },
        "another role at the same place": {who for who in shut_out if place_and_role(who)[0] in places},
    }
    return [kind for kind, names in kinds.items() if names & shut_out and not names & seen]


@pytest.mark.parametrize("row", ROUTES, ids=label)
def test_route(row: dict[str, Any], world: World) -> None:
    expected = expected_of(row)
    assert missing_lines(row, world, set(expected)) == []
    assert set(expected) & set(cast_names(row.get("refused", []))) == set()
    wrong, texts = {}, {}
    for who in sorted(cast_of(world)):
        answer = perform(row, world, who)
        # Read to its end: only then is a file closed.
        texts[who] = b"".join(answer).decode(errors="replace")  # type: ignore[arg-type]
        right = (
            answer.status_code == expected[who]
            if who in expected
            else is_refused(answer, row["method"], who in world.people)
        )
        if not right:
            wrong[who] = f"{answer.status_code}, not {expected.get(who, 'refused')}"
    assert wrong == {}
    if any(map(is_push_ticket, texts.values())):
        assert row["name"] in {topic["handed_by"] for topic in TOPICS}
    check_texts(row, world, {who: texts[who] for who in expected})


def is_push_ticket(text: str) -> bool:
    """Whether an answer hands out the right to topics; the media server's tickets are of another form."""
    if not text.startswith('{"ticket"'):
        return False
    try:
        return bool(tickets.read(json.loads(text)["ticket"], clock.now()).topics)
    except tickets.TicketRefused:
        return False


def check_texts(row: Mapping[str, Any], world: World, texts: Mapping[str, str]) -> None:
    """What is hidden from one is shown to another (`shows`), or else its absence would prove nothing."""
    for who, names in row.get("hides", {}).items():
        for name in names:
            assert world.word(name) not in texts[who], f"{who} reads of {name}"
            assert world.key(name) not in texts[who], f"{who} reads the id of {name}"
    for who, names in row.get("shows", {}).items():
        for name in names:
            told = world.word(name) in texts[who] or world.key(name) in texts[who]
            assert told, f"{who} does not read of {name}"


@pytest.mark.parametrize("name", sorted({row["name"] for row in ROUTES}))
def test_other_methods_do_nothing(name: str, world: World) -> None:
    """An address takes the methods that have a line; the others answer 405 to those whom it lets in."""
    rows = [row for row in ROUTES if row["name"] == name]
    listed = {row["method"] for row in rows}
    who = next(iter(expected_of(rows[0])))
    for method in METHODS:
        if method not in listed:
            assert perform(rows[0], world, who, method).status_code == 405


def topics_of(answer: HttpResponseBase) -> frozenset[str]:
    """The topics of the ticket in an answer; none where there is no ticket."""
    if answer.status_code != 200:
        return frozenset()
    return tickets.read(json.loads(answer.content)["ticket"], clock.now()).topics


@pytest.mark.parametrize("row", TOPICS, ids=label)
def test_topic(row: dict[str, Any], world: World) -> None:
    let_in = set(cast_names(row["let_in"]))
    assert missing_lines(row, world, let_in) == []
    topic = Topic(row["kind"]).of(world.key(row["of"]))
    asked = {"name": row["handed_by"], "method": "POST", "of": row.get("at", row["of"]), "json": {}}
    given = {who for who in cast_of(world) if topic in topics_of(perform(asked, world, who))}
    assert given == let_in


@pytest.mark.parametrize("address", sorted({(row["handed_by"], row.get("at", row["of"])) for row in TOPICS}))
def test_a_ticket_carries_no_topic_without_a_line(address: tuple[str, str], world: World) -> None:
    name, at = address
    rows = [row for row in TOPICS if (row["handed_by"], row.get("at", row["of"])) == address]
    listed = {Topic(row["kind"]).of(world.key(row["of"])) for row in rows}
    who = cast_names(rows[0]["let_in"])[0]
    assert topics_of(perform({"name": name, "method": "POST", "of": at, "json": {}}, world, who)) == listed
