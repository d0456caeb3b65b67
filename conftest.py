"""Fixtures shared by all tests."""

import pytest
from tests.cast import Cast, make_cast

from tongtang.config import home


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name static files by their content, so these are collected into the test's home, as at a start."""
    home.load_django()
    home.collect_static()


@pytest.fixture
def cast(db: None) -> Cast:
    """Three points in one alliance."""
    return make_cast()
