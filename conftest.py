"""Fixtures shared by all tests."""

import pytest
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    """Three points in one alliance."""
    return make_cast()
