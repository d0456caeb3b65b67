"""Every address, by every method, for the whole cast, with made-up requests: never a 500, and what was refused changed
nothing. A request follows from its number alone, so a failure is made again by its seed."""

import json
import os
import random
from typing import Any
from urllib.parse import quote_from_bytes
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile.samples import DEEP, TEXTS, field_names
from tests.test_matrix import ROUTES, cast_names, cast_of, routes_of_the_house
from tests.world import World
from tongtang.foundation.once import FIELD, HEADER

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
HOUSE: dict[str, URLPattern] = dict(routes_of_the_house(get_resolver()))
# What a refused request may leave behind: that it was refused, and how often somebody tried.
MAY_GROW = ("audit_", "django_session", "access_signinfailure", "access_pupilfailure")
SEEN = ("last_login", "last_seen_at")
METHODS = ("GET", "GET", "POST", "POST", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
TYPES = (
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "",
)
HOWS = ("json", "json", "json", "form", "form", "form", "multipart", "multipart", "other", "deep")
NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, 0.5, float("nan"), float("inf"))


class Maker:
    """Makes values from a seed: hostile samples, real keys, and what fits nothing."""

    def __init__(self, seed: int, world: World) -> None:
        self.random, self.world = random.Random(seed), world
        self.keys = [world.key(name) for name in (*world.things, *world.people)]

    def text(self) -> str:
        if self.random.random() < 0.7:
            return self.random.choice(list(TEXTS.values()))
        return "".join(
            chr(self.random.choice([self.random.randrange(1, 255), self.random.randrange(0x10FFFF)])) for _n in range(8)
        )

    def value(self, depth: int = 0) -> Any:
        kind = self.random.randrange(9 if depth < 3 else 6)
        if kind < 2:
            return self.text()
        if kind < 6:
            return self.random.choice(
                [None, True, self.random.choice(NUMBERS), self.random.choice(self.keys), str(uuid4())]
            )
        if kind == 6:
            return [self.value(depth + 1) for _n in range(self.random.randrange(4))]
        return {self.name(): self.value(depth + 1) for _n in range(self.random.randrange(4))}

    def name(self) -> str:
        return self.text() if self.random.random() < 0.1 else self.random.choice(field_names())

    def pairs(self, most: int) -> list[tuple[str, str]]:
        return [
            (self.name(), self.random.choice([self.text(), self.random.choice(self.keys)]))
            for _n in range(self.random.randrange(most))
        ]


def plain(text: str) -> str:
    """Percent-encoded as a hostile client would: lone surrogates as their three bytes, which are no UTF-8."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{plain(name)}={plain(value)}" for name, value in pairs)


class Ask:
    """One hostile request: who, how, where, with what."""

    def __init__(self, make: Maker, name: str) -> None:
        self.rows = [row for row in ROUTES if row["name"] == name]
        self.who = make.random.choice(actors_of(name, make.world))
        self.method = make.random.choice(METHODS)
        self.path = self.path_of(make, name)
        self.query = query(make.pairs(4))
        self.body, self.kind = self.body_of(make)

    def send(self, client: Client) -> HttpResponseBase:
        address = f"{self.path}?{self.query}" if self.query else self.path
        return client.generic(self.method, address, self.body, self.kind, headers={HEADER: str(uuid4())})

    def __repr__(self) -> str:
        return f"{self.who}: {self.method} {self.path[:200]}?{self.query[:300]} {self.kind} {self.body[:600]!r}"

    def path_of(self, make: Maker, name: str) -> str:
        """An address with a real key, another thing's key, or a part that is none."""
        right = {part: self.fitting(make, part) for part in HOUSE[name].pattern.converters}
        if not right or make.random.random() < 0.6:
            return reverse(name, kwargs=right)
        part = make.random.choice(list(right))
        wrong = make.random.choice([make.text() or "x", make.random.choice(make.keys), "9" * 30])
        try:
            return reverse(name, kwargs={**right, part: wrong})
        except NoReverseMatch:
            return reverse(name, kwargs=right).replace(right[part], plain(wrong))

    def fitting(self, make: Maker, part: str) -> str:
        for row in self.rows:
            if part in row.get("extra", {}):
                return str(make.world.filled(row["extra"])[part])
        named = [row["of"] for row in self.rows if "of" in row]
        return make.world.key(named[0]) if named else str(UUID(int=0))

    def body_of(self, make: Maker) -> tuple[bytes, str]:
        """A body near to what the page sends, or far from it."""
        told = [row.get("json") or row.get("form") or {} for row in self.rows]
        whole: Any = make.world.filled(told[0]) if told else {}
        for field in list(whole):
            if make.random.random() < 0.3:
                whole[field] = make.value()
        whole |= {make.name(): make.value() for _n in range(make.random.randrange(12))}
        how = make.random.choice(HOWS)
        if how == "json":
            return json.dumps(whole if make.random.random() < 0.85 else make.value()).encode(), "application/json"
        texts = [(field, value if isinstance(value, str) else json.dumps(value)) for field, value in whole.items()]
        if how == "form":
            return query([*texts, (FIELD, str(uuid4()))]).encode(), "application/x-www-form-urlencoded"
        if how == "multipart":
            return multipart(make, [*texts, (FIELD, str(uuid4()))]), "multipart/form-data; boundary=x"
        if how == "deep":
            return b'{"a":' + b"[" * DEEP, "application/json"
        return make.random.randbytes(200), make.random.choice(TYPES)


def actors_of(name: str, world: World) -> list[str]:
    """The whole cast; those who are let in five times, for they come furthest."""
    let_in = {
        who for row in ROUTES if row["name"] == name for words in row["let_in"].values() for who in cast_names(words)
    }
    return sorted(cast_of(world)) + sorted(let_in) * 5


def multipart(make: Maker, texts: list[tuple[str, str]]) -> bytes:
    lines = []
    for field, text in texts:
        name = f'; filename="{make.text()}"' if make.random.random() < 0.3 else ""
        lines.append(f'--x\r\nContent-Disposition: form-data; name="{field}"{name}\r\n\r\n{text}\r\n')
    return "".join([*lines, "--x--\r\n"]).encode("utf-8", "surrogatepass")


def everything() -> dict[str, list[str]]:
    """Every row of every table that a request might change."""
    models = [model for model in apps.get_models() if not model._meta.db_table.startswith(MAY_GROW)]
    return {model._meta.db_table: rows_of(model) for model in models}


def rows_of(model: Any) -> list[str]:
    """Its rows; when an account last signed in and a pupil's page was last seen, as any request leaves it, apart."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in SEEN]
    return sorted(map(repr, model._base_manager.values_list(*names)))


def wrote(statements: list[str]) -> bool:
    return any(one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) for one in statements)


def attack(world: World, name: str, seed: int, before: dict[str, list[str]]) -> None:
    ask, statements = Ask(Maker(seed, world), name), []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic():
        client = world.client(ask.who)
        with connection.execute_wrapper(note):
            answer = ask.send(client)
            body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type,attr-defined]
        assert answer.status_code < 500, (ask, body[:500])
        if answer.status_code >= 400 and wrote(statements):
            assert everything() == before, (ask, answer.status_code)
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(HOUSE))
def test_no_request_breaks_it(world: World, name: str) -> None:
    before = everything()
    sent = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32))
    def once(seed: int) -> None:
        attack(world, name, seed, before)
        sent.append(seed)

    once()
    assert len(sent) >= EXAMPLES // 2
