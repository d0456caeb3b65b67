"""Duplicates of a county whose rows PostgreSQL has not counted yet."""

from datetime import date

import pytest
from django.db import connection
from tests.cast import COUNTY

from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.models import DuplicatePair
from tongtang.foundation.ids import many_time_ordered
from tongtang.people.models import Pupil

CHILDREN = 20_000


def put(county: int, digests: list[int]) -> None:
    rows = zip(many_time_ordered(len(digests)), digests, strict=True)
    fixed = {"county_code": county, "sex": Pupil.Sex.MALE, "birth_date": date(2016, 1, 1)}
    Pupil.objects.bulk_create(
        (
            Pupil(source_id=f"x{n}", name=f"学生{n}", public_id=one, id_digest=digest.to_bytes(16, "big"), **fixed)
            for n, (one, digest) in enumerate(rows)
        ),
        batch_size=2000,
    )


@pytest.fixture
def loaded(db) -> None:
    """A county that came after its neighbour was counted; its last two children have one ID number."""
    put(COUNTY + 1_000_000, list(range(1000)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE people_pupil")
            # What grows with the square of the county would run for hours.
            cursor.execute("SET LOCAL statement_timeout = '30s'")
    put(COUNTY, [*range(1000, 1000 + CHILDREN - 1), 1000 + CHILDREN - 2])


def test_a_county_that_has_just_come_is_walked_once(loaded) -> None:
    assert find_duplicates(COUNTY) == 1
    pair = DuplicatePair.objects.get()
    assert {pair.first.source_id, pair.second.source_id} == {f"x{CHILDREN - 2}", f"x{CHILDREN - 1}"}
    assert pair.why == DuplicatePair.Why.ID_NUMBER
