"""Fixtures shared by all tests."""

import pytest
from hypothesis import settings
from tests.cast import Cast, make_cast

# How long an example takes says nothing about whether it is right.
settings.register_profile("tongtang", deadline=None)
settings.load_profile("tongtang")


@pytest.fixture
def cast(db: None) -> Cast:
    """Three points in one alliance."""
    return make_cast()
