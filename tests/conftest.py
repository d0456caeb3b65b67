"""The world that tests share which only ask."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.world import World, make_world


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """A world whose people have signed in, around the transactions of a module's tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        if connection.vendor == "postgresql":
            # The transaction lasts as long as the module: longer than evidence may wait for its commit.
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE lessons_evidencerow DISABLE TRIGGER lessons_evidencerow_in_time")
        made = make_world()
        made.sign_in_everybody()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(kept_world: World, db: None) -> World:
    return kept_world
