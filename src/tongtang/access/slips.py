"""Slips of paper with one-time codes: what stands on each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtang.access.actions import ACTIVATION_LIFE
from tongtang.foundation import clock
from tongtang.organisations.models import Region
from tongtang.people.models import Person


@dataclass(frozen=True)
class Slip:
    """One person's way in, to be given to them and to nobody else."""

    name: str
    user_name: str
    county: str
    code: str
    until: datetime


def slips(people: Sequence[Person], codes: Mapping[int, str]) -> list[Slip]:
    """The slips of `people`, in their order; `codes` by person id."""
    until = clock.now() + ACTIVATION_LIFE
    names = dict(Region.objects.filter(code__in={one.county_code for one in people}).values_list("code", "name"))
    return [Slip(one.name, one.source_id, names.get(one.county_code, ""), codes[one.pk], until) for one in people]
