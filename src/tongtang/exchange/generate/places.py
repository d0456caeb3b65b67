"""The real places of a region: counties, townships, villages, from the package of divisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongtang.exchange.generate.scales import Scale
from tongtang.exchange.generate.words import WORDS
from tongtang.organisations.api import DIVISIONS, Division, read_divisions, village_list
from tongtang.organisations.models import Level


@dataclass(frozen=True)
class Town:
    """A township with the names of its villages, each once and without the committee's own word."""

    name: str
    villages: tuple[str, ...]
    streets: int

    @property
    def is_rural(self) -> bool:
        return self.name.endswith((WORDS["town"], WORDS["township"]))

    @property
    def is_quarter(self) -> bool:
        return self.name.endswith(WORDS["street"])


@dataclass(frozen=True)
class Place:
    """A county: its 6-digit code and its townships in the order of their codes."""

    code: str
    name: str
    towns: tuple[Town, ...]

    @property
    def villages(self) -> int:
        return sum(len(town.villages) for town in self.towns if town.is_rural)

    @property
    def weight(self) -> float:
        """How many people live here, by the number of villages and, twice and a half as heavy, of town quarters."""
        return sum(len(town.villages) + 1.5 * town.streets for town in self.towns)


def read_places(scale: Scale) -> list[Place]:
    """The counties of a scale in the order of their codes.

    Raises:
        DivisionsMissing: the package of divisions is not installed.
    """
    divisions = list(read_divisions(DIVISIONS, [scale.province]))
    villages = village_list(DIVISIONS, scale.province)
    by_parent: dict[int | None, list[Division]] = {}
    for division in divisions:
        by_parent.setdefault(division.parent, []).append(division)
    counties = [one for one in divisions if one.level == Level.COUNTY]
    if scale.counties:
        counties = [one for one in counties if str(one.code)[:6] in scale.counties]
    places = []
    for county in sorted(counties, key=lambda one: one.code):
        towns = _towns(sorted(by_parent.get(county.code, ()), key=lambda one: one.code), villages)
        towns = towns[: scale.townships] if scale.townships else towns
        if towns:
            places.append(Place(str(county.code)[:6], county.name, tuple(towns)))
    return places


def _towns(townships: list[Division], villages: Mapping[int, list[str]]) -> list[Town]:
    """Townships whose name stands once in their county: a school's row names its township by it."""
    names = [one.name for one in townships]
    towns = [_town(one.name, villages.get(one.code, [])) for one in townships if names.count(one.name) == 1]
    # Farms, parks and offices of their own have codes too; nobody goes to school there while there are townships.
    return [town for town in towns if town.is_rural or town.is_quarter] or towns


def _town(name: str, committees: list[str]) -> Town:
    """A quarter of a town is a committee without the word for village in its name."""
    villages: dict[str, None] = {}
    streets = 0
    for committee in committees:
        short = next((committee.removesuffix(end) for end in WORDS["endings"] if committee.endswith(end)), committee)
        rural = WORDS["village"] in committee
        streets += not rural
        villages[short if not rural or short.endswith(WORDS["village"]) else short + WORDS["village"]] = None
    return Town(name, tuple(villages) or (name,), streets)
