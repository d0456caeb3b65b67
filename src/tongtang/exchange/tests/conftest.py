"""Folders and divisions for the tests of exchange."""

import pytest

from tongtang.exchange.tests import folders


@pytest.fixture(scope="session")
def small_county(tmp_path_factory):
    """Three points: classes.csv starts with p01-g1 (4 pupils); bell-a has 7 periods."""
    return folders.make_county(tmp_path_factory.mktemp("small"), "--points", "3", "--lessons", "0")


@pytest.fixture
def folder(small_county, tmp_path):
    """A copy of the small county that a test may damage."""
    return folders.copy_of(small_county, tmp_path)


@pytest.fixture
def divisions(db):
    """The divisions of Chongyang county."""
    folders.load_chongyang_regions()
