"""Reads of organisations."""

from collections.abc import Iterable
from typing import NamedTuple

from tongtang.organisations.models import Level, Region, School


class Township(NamedTuple):
    """A division at township level: 12-digit code, full name, 12-digit code of its county."""

    code: int
    name: str
    county_code: int


def township_list(*, county: int | None = None, names: Iterable[str] | None = None) -> list[Township]:
    """Townships that stand today: those of a county, or those of any county with one of the full `names`."""
    rows = Region.objects.filter(level=Level.TOWNSHIP, valid_to=None)
    if county is not None:
        rows = rows.filter(parent=county)
    if names is not None:
        rows = rows.filter(name__in=list(names))
    return [Township(code, name, parent or 0) for code, name, parent in rows.values_list("code", "name", "parent_id")]


def counties_named(codes: Iterable[int]) -> dict[int, str]:
    """Name by 12-digit code of the counties among `codes` that stand today."""
    rows = Region.objects.filter(level=Level.COUNTY, valid_to=None, code__in=list(codes))
    return dict(rows.values_list("code", "name"))


def lock_schools(schools: Iterable[int]) -> None:
    """Nobody else places lessons in these schools until the transaction ends, whichever alliance they belong to.

    Taken in the order of the keys, after the alliance's lock and before those of lessons.
    """
    list(School.objects.select_for_update(no_key=True).filter(pk__in=list(schools)).order_by("pk").values_list("pk"))
