"""Fixtures shared by all tests."""

import pytest
from django.db import connection
from tests.cast import Cast, make_cast

from tongtang.config import home


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name static files by their content, so these are collected into the test's home, as at a start."""
    home.load_django()
    home.collect_static()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Each test worker has a PostgreSQL database of its own name; SQLite is in its memory and needs none."""
    if connection.vendor == "postgresql":
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


@pytest.fixture
def cast(db: None) -> Cast:
    """Three points in one alliance."""
    return make_cast()
