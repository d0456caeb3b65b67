"""Pairs of pupils with the same ID number, or with the same name, birth date and school."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from django.db.models import Count

from tongtang.exchange.models import DuplicatePair
from tongtang.foundation import clock
from tongtang.people.models import Enrolment, Pupil

BATCH = 2000
# More of one kind than this are an error of the file and no matter of pairs.
LARGEST_GROUP = 20
Why = DuplicatePair.Why


def find_duplicates(county: int) -> int:
    """Put every pair of the county that was never looked at up for review; how many are new."""
    found = {**_by_name(county), **_by_number(county)}
    known = set(DuplicatePair.objects.filter(county_code=county).values_list("first", "second"))
    now = clock.now()
    fresh = [
        DuplicatePair(county_code=county, first_id=pair[0], second_id=pair[1], why=why, found_at=now)
        for pair, why in sorted(found.items())
        if pair not in known
    ]
    DuplicatePair.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    return len(fresh)


def _by_name(county: int) -> dict[tuple[int, int], str]:
    rows = Pupil.objects.filter(county_code=county, ended_on=None)
    same = rows.values("name", "birth_date").annotate(count=Count("id")).filter(count__gt=1, count__lte=LARGEST_GROUP)
    wanted = set(same.values_list("name", "birth_date"))
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    if wanted:
        # One walk over the county: a look for each name would cost their square.
        standing = Enrolment.objects.filter(pupil__in=rows, valid_to=None)
        values = standing.values_list("pupil", "pupil__name", "pupil__birth_date", "home_class__school")
        for pk, name, born, school in values.iterator(BATCH):
            if (name, born) in wanted:
                groups[(name, born, school)].append(pk)
    return _pairs(groups.values(), Why.NAME_BIRTH_SCHOOL)


def _by_number(county: int) -> dict[tuple[int, int], str]:
    """Digests are keyed and compared as they are; the numbers stand nowhere."""
    rows = Pupil.objects.filter(county_code=county, ended_on=None)
    groups: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for column in ("id_digest", "number_digest"):
        numbered = rows.exclude(**{column: None})
        same = numbered.values(column).annotate(count=Count("id")).filter(count__gt=1, count__lte=LARGEST_GROUP)
        wanted = {bytes(digest) for digest in same.values_list(column, flat=True)}
        # One walk here too: right after a load PostgreSQL takes the county for empty, and would join it with itself.
        for pk, digest in numbered.values_list("pk", column).iterator(BATCH) if wanted else ():
            if bytes(digest) in wanted:
                groups[(column, bytes(digest))].append(pk)
    return _pairs(groups.values(), Why.ID_NUMBER)


def _pairs(groups: Iterable[list[int]], why: str) -> dict[tuple[int, int], str]:
    return {pair: why for keys in groups for pair in combinations(sorted(set(keys)), 2)}
