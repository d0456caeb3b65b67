"""Many new rows at once: what they hold afterwards, and that they go in whole or not at all."""

import pytest
from django.db import IntegrityError, transaction
from tests.cast import COUNTY

from tongtang.foundation.rows import FEW, insert_many
from tongtang.organisations.models import BellSchedule, HomeClass, School
from tongtang.people.models import Person

AWKWARD = 'tab\t, quote" and\\N \\\\ new\nline, NULL, 王'


@pytest.mark.parametrize("count", [0, 1, FEW, 3 * FEW])
@pytest.mark.django_db
def test_every_row_goes_in_with_its_key(count):
    rows = insert_many([Person(county_code=COUNTY, source_id=f"t{n}", name=f"{n}{AWKWARD}") for n in range(count)])
    stored = {person.source_id: person for person in Person.objects.filter(source_id__startswith="t")}
    assert {row.source_id: (row.pk, row.name, row.public_id) for row in rows} == {
        key: (person.pk, person.name, person.public_id) for key, person in stored.items()
    }
    assert len(stored) == count
    # The next one to come takes a key of its own.
    Person.objects.create(county_code=COUNTY, source_id="next", name="王")


@pytest.mark.django_db
def test_lists_and_nothing_are_kept():
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="b")
    school = School.objects.create(
        county_code=COUNTY,
        region_code=COUNTY,
        source_id="s",
        name="校",
        kind="ordinary_school",
        link_mbps=4,
        max_streams=1,
        bell_schedule=bell,
    )
    values = {"county_code": COUNTY, "school": school, "name": "班", "grades": [1, 2], "pupil_count": 3}
    insert_many([HomeClass(source_id=f"k{n}", **values) for n in range(FEW)])
    found = HomeClass.objects.filter(source_id__startswith="k").values_list("grades", "ended_on")
    assert list(found) == [([1, 2], None)] * FEW


@pytest.mark.django_db
def test_one_row_that_is_refused_refuses_all():
    rows = [Person(county_code=COUNTY, source_id=f"t{n % (FEW - 1)}", name="王") for n in range(FEW)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(rows)
    assert not Person.objects.exists()
