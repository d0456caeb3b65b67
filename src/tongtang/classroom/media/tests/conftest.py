"""One house for the media tests of a session, in a network namespace of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tongtang.classroom.media.tests.house import House, house
from tongtang.classroom.media.tests.namespace import network_namespace


@pytest.fixture(scope="session")
def media_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("home")
    with network_namespace(), house(home) as running:
        yield running
