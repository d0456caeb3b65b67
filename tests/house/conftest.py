"""A fresh house for each test of the command line and the supervisor."""

from collections.abc import Iterator

import pytest
from tests.houses import House, fresh_house, furnish


@pytest.fixture
def house() -> Iterator[House]:
    with fresh_house() as made:
        yield made


@pytest.fixture
def furnished(house: House) -> House:
    """A house whose home has an empty database already."""
    furnish(house)
    return house
