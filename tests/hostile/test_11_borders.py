"""Class 11: forged requests, frames, foreign hosts, shared caches."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.test_matrix import ROUTES
from tests.world import World
from tongtang.foundation.once import HEADER

POSTS = sorted({row["name"] for row in ROUTES if row["method"] == "POST" and "of" in row})
PAGES = sorted({row["name"] for row in ROUTES if row["method"] == "GET" and "of" not in row and "extra" not in row})
HOSTS = [
    "evil.example",
    "testserver.evil.example",
    "evil.example:80",
    "testserver@evil.example",
    "a b",
    "[::1",
    "",
    "\u202e",
    "localhost.evil",
    "169.254.169.254",
    "evil.example/testserver",
    "testserver,evil.example",
    "..",
    "-",
    "0",
    "10.0.0.1",
    "x" * 300,
    "testserver:80:80",
    "testserver/",
    "%00",
]


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_command_without_the_pages_token_is_refused(world: World, name: str, kind: str) -> None:
    row = next(row for row in ROUTES if row["name"] == name and row["method"] == "POST")
    parts = {
        **world.filled(row.get("extra", {})),
        "code" if row["of"] == "county" else "public_id": world.key(row["of"]),
    }
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["county administrator"].account)
    headers = {HEADER: str(uuid4()), "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post(reverse(name, kwargs=parts), json.dumps({}), content_type=kind, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused_and_stands_nowhere(db: None, host: str) -> None:
    answer = Client().get("/sign-in", HTTP_HOST=host)
    assert answer.status_code == 400
    assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_somebody_is_framed_by_nobody_and_kept_by_no_shared_cache(world: World, name: str) -> None:
    answer = world.client("county administrator").get(reverse(name))
    if answer.status_code == 404:
        answer = world.client("p01 local").get(reverse(name))
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    if answer.status_code == 200:
        assert "public" not in answer.headers.get("Cache-Control", "")
    assert "Access-Control-Allow-Origin" not in answer.headers
