"""Which anchor fits a receiving school: hard rules first, then a score that is the sum of its named terms.

Pure functions on frozen dataclasses; words are made in `wording`. The weights are ours (decision 20): no programme
publishes any. What is not known of a school counts neither for nor against: its weight is left out of the sum.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# Minutes between an anchor's and a receiving school's start of a period: the default of the plan's own rule.
START_TOLERANCE = 10
# A subject of two lessons a week and another must find a common start each day.
LEAST_COMMON_PERIODS = 2
LEAST_MBPS = 1
EASY_MBPS = 4
LEVELS = range(1, 6)
WEEKS_APART = 4


class Rule(StrEnum):
    """Hard rules: who breaks one is never matched."""

    STAGE = "stage"
    EDITION = "edition"
    BELLS = "bells"
    LINK = "link"
    LANGUAGE = "language"
    CAPACITY = "capacity"


class Term(StrEnum):
    EDITIONS = "editions"
    PACE = "pace"
    LEVEL = "level"
    BELLS = "bells"
    LINK = "link"
    LANGUAGE = "language"


WEIGHTS: Mapping[Term, int] = {
    Term.EDITIONS: 30,
    Term.PACE: 20,
    Term.LEVEL: 20,
    Term.BELLS: 15,
    Term.LINK: 10,
    Term.LANGUAGE: 5,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What matching compares. `editions` and `pace` by subject code; pace = weeks before (+) or behind (-) the plan;
    `level` one of 1 (weakest) to 5, None unknown; `starts` of the periods in minutes of the day, ascending."""

    stages: frozenset[str]
    editions: Mapping[str, str]
    pace: Mapping[str, int]
    level: int | None
    languages: frozenset[str]
    starts: tuple[int, ...]
    mbps: int
    streams: int


@dataclass(frozen=True, slots=True)
class Offer:
    """An alliance that takes in: `places` left, None without a limit."""

    alliance: int
    profile: Profile
    places: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """One term: `share` 0 to 1 of its weight, None where it is not known; `have` of `of` are the figures behind it."""

    term: Term
    share: float | None
    have: float
    of: float


@dataclass(frozen=True, slots=True)
class Match:
    """`broken` is empty where the hard rules hold; `score` 0 to 100 is the weighted mean of the known parts."""

    alliance: int
    score: float
    parts: tuple[Part, ...]
    broken: tuple[Rule, ...]


def rank(school: Profile, offers: Iterable[Offer]) -> list[Match]:
    """Every offer, those without a broken rule first, the best first; equal ones in the order of their ids."""
    found = [match(school, offer) for offer in offers]
    return sorted(found, key=lambda one: (bool(one.broken), -one.score, one.alliance))


def match(school: Profile, offer: Offer) -> Match:
    anchor = offer.profile
    common = common_periods(anchor.starts, school.starts, START_TOLERANCE)
    parts = (
        _editions(school, anchor),
        _pace(school, anchor),
        _level(school, anchor),
        Part(Term.BELLS, common / len(anchor.starts) if anchor.starts else 0.0, common, len(anchor.starts)),
        Part(Term.LINK, min(1.0, school.mbps / EASY_MBPS), school.mbps, EASY_MBPS),
        _language(school, anchor),
    )
    known = [part for part in parts if part.share is not None]
    total = sum(WEIGHTS[part.term] for part in known)
    score = 100 * sum(WEIGHTS[part.term] * (part.share or 0.0) for part in known) / total
    return Match(offer.alliance, round(score, 1), parts, tuple(_broken(school, offer, common)))


@lru_cache(maxsize=4096)
def common_periods(anchor: tuple[int, ...], school: tuple[int, ...], tolerance: int) -> int:
    """How many periods of the anchor begin within `tolerance` minutes of exactly one period of the school."""
    count = 0
    for start in anchor:
        first = bisect_left(school, start - tolerance)
        count += sum(other <= start + tolerance for other in school[first : first + 2]) == 1
    return count


def _broken(school: Profile, offer: Offer, common: int) -> Iterable[Rule]:
    anchor = offer.profile
    if school.stages and anchor.stages and not school.stages & anchor.stages:
        yield Rule.STAGE
    both = school.editions.keys() & anchor.editions.keys()
    if both and not any(school.editions[subject] == anchor.editions[subject] for subject in both):
        yield Rule.EDITION
    if common < LEAST_COMMON_PERIODS:
        yield Rule.BELLS
    if school.streams < 1 or school.mbps < LEAST_MBPS:
        yield Rule.LINK
    if school.languages and anchor.languages and not school.languages & anchor.languages:
        yield Rule.LANGUAGE
    if offer.places is not None and offer.places < 1:
        yield Rule.CAPACITY


def _editions(school: Profile, anchor: Profile) -> Part:
    both = school.editions.keys() & anchor.editions.keys()
    same = sum(school.editions[subject] == anchor.editions[subject] for subject in both)
    return Part(Term.EDITIONS, same / len(both) if both else None, same, len(both))


def _pace(school: Profile, anchor: Profile) -> Part:
    """Only subjects of one edition: the pace through two books says nothing."""
    both = [
        subject
        for subject in school.pace.keys() & anchor.pace.keys()
        if school.editions.get(subject) == anchor.editions.get(subject)
    ]
    if not both:
        return Part(Term.PACE, None, 0, 0)
    apart = sum(abs(school.pace[subject] - anchor.pace[subject]) for subject in both) / len(both)
    return Part(Term.PACE, max(0.0, 1 - apart / WEEKS_APART), round(apart, 1), WEEKS_APART)


def _level(school: Profile, anchor: Profile) -> Part:
    if school.level is None or anchor.level is None:
        return Part(Term.LEVEL, None, 0, 0)
    gap = abs(school.level - anchor.level)
    return Part(Term.LEVEL, 1 - gap / (len(LEVELS) - 1), gap, len(LEVELS) - 1)


def _language(school: Profile, anchor: Profile) -> Part:
    if not school.languages or not anchor.languages:
        return Part(Term.LANGUAGE, None, 0, 0)
    both = len(school.languages & anchor.languages)
    return Part(Term.LANGUAGE, both / len(school.languages), both, len(school.languages))
