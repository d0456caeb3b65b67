"""Fixtures shared by all tests."""

import logging
import sys
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from hypothesis import settings
from tests.cast import Cast, make_cast
from tests.chain_guard import LIFT, LOWER

from tongtang.config import home

# One commit, one verdict: the gate draws the same cases every time, `make explore` draws new ones (decision 22).
settings.register_profile("same", derandomize=True)
settings.register_profile("new", derandomize=False, print_blob=True)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name static files by their content, so these are collected into the test's home, as at a start."""
    home.load_django()
    home.collect_static()


@pytest.fixture(autouse=True)
def lasting_log() -> Iterator[None]:
    """Threads that outlive a test still write to the log, when the stream captured for that test is closed."""
    yield
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            # Not setStream, which would flush the closed one.
            handler.stream = sys.__stderr__


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Each test worker has a PostgreSQL database of its own name; SQLite is in its memory and needs none."""
    if connection.vendor == "postgresql":
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


@pytest.fixture
def cast(db: None) -> Cast:
    """Three points in one alliance."""
    return make_cast()


@pytest.fixture(autouse=True)
def emptied_chain(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits leaves entries of the audit chain, which nothing but this may take out again."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction"))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in [*LIFT[connection.vendor], "DELETE FROM audit_entry", *LOWER[connection.vendor]]:
            cursor.execute(statement)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what asks for the database: the rest is the same test as on SQLite, and was run there."""
    if connection.vendor != "postgresql":
        return
    asking = [item for item in items if _asks_for_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
    items[:] = asking


def _asks_for_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"}
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(item.fixturenames)  # type: ignore[attr-defined]
