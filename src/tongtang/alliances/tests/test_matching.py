"""The score is its terms, and no hard rule is ever broken."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.alliances.matching import (
    LEAST_COMMON_PERIODS,
    START_TOLERANCE,
    WEIGHTS,
    Offer,
    Profile,
    Rule,
    Term,
    common_periods,
    match,
    rank,
)

BELL = (520, 570, 630, 680, 850, 900, 950)
SCHOOL = Profile(
    stages=frozenset({"primary"}),
    editions={"music": "人教", "maths": "北师大"},
    pace={"music": 0, "maths": -2},
    level=2,
    languages=frozenset({"zh"}),
    starts=BELL,
    mbps=4,
    streams=1,
)
subjects = st.sampled_from(["music", "art", "maths", "english"])
profiles = st.builds(
    Profile,
    stages=st.frozensets(st.sampled_from(["primary", "junior"])),
    editions=st.dictionaries(subjects, st.sampled_from(["人教", "北师大", "苏教"])),
    pace=st.dictionaries(subjects, st.integers(-6, 6)),
    level=st.none() | st.integers(1, 5),
    languages=st.frozensets(st.sampled_from(["zh", "bo", "ii"])),
    starts=st.lists(st.integers(480, 1000), max_size=8, unique=True).map(lambda found: tuple(sorted(found))),
    mbps=st.integers(0, 50),
    streams=st.integers(0, 3),
)
offers = st.builds(Offer, st.integers(1, 99), profiles, st.none() | st.integers(0, 3))


def test_an_equal_school_scores_everything() -> None:
    found = match(SCHOOL, Offer(1, SCHOOL, None))
    assert (found.score, found.broken) == (100.0, ())
    assert [part.share for part in found.parts] == [1.0] * len(WEIGHTS)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"stages": frozenset({"junior"})}, Rule.STAGE),
        ({"editions": {"music": "苏教", "maths": "苏教"}}, Rule.EDITION),
        ({"starts": tuple(start + 20 for start in BELL)}, Rule.BELLS),
        ({"languages": frozenset({"bo"})}, Rule.LANGUAGE),
    ],
)
def test_each_hard_rule_of_two_schools(change: dict, rule: Rule) -> None:
    assert match(SCHOOL, Offer(1, replace(SCHOOL, **change), None)).broken == (rule,)


@pytest.mark.parametrize(
    ("school", "places", "rule"),
    [({"mbps": 0}, None, Rule.LINK), ({"streams": 0}, None, Rule.LINK), ({}, 0, Rule.CAPACITY)],
)
def test_each_hard_rule_of_one(school: dict, places: int | None, rule: Rule) -> None:
    assert match(replace(SCHOOL, **school), Offer(1, SCHOOL, places)).broken == (rule,)


def test_what_is_not_known_is_left_out() -> None:
    unknown = replace(SCHOOL, editions={}, pace={}, level=None, languages=frozenset())
    found = match(SCHOOL, Offer(1, unknown, None))
    assert found.score == 100.0
    assert {part.term for part in found.parts if part.share is None} == {
        Term.EDITIONS, Term.PACE, Term.LEVEL, Term.LANGUAGE,
    }  # fmt: skip


def test_two_weeks_behind_in_one_of_two_subjects_and_one_level_apart() -> None:
    anchor = replace(SCHOOL, pace={"music": 0, "maths": 0}, level=3)
    found = match(SCHOOL, Offer(1, anchor, None))
    # pace 1 - 1/4 of 20, level 1 - 1/4 of 20: 100 - 5 - 5.
    assert found.score == 90.0


@given(profiles, st.lists(offers, max_size=12))
def test_the_score_is_its_terms_and_the_best_allowed_stands_first(school: Profile, all_offers: list[Offer]) -> None:
    found = rank(school, all_offers)
    assert sorted(one.alliance for one in found) == sorted(offer.alliance for offer in all_offers)
    for one in found:
        known = [part for part in one.parts if part.share is not None]
        total = sum(WEIGHTS[part.term] for part in known)
        again = 100 * sum(WEIGHTS[part.term] * part.share for part in known) / total
        assert one.score == pytest.approx(again, abs=0.06)
        assert 0 <= one.score <= 100
    allowed = [one.score for one in found if not one.broken]
    assert [bool(one.broken) for one in found] == [False] * len(allowed) + [True] * (len(found) - len(allowed))
    assert allowed == sorted(allowed, reverse=True)


@given(profiles, offers)
def test_whoever_breaks_no_rule_can_really_be_taught(school: Profile, offer: Offer) -> None:
    if match(school, offer).broken:
        return
    both = school.editions.keys() & offer.profile.editions.keys()
    assert not both or any(school.editions[name] == offer.profile.editions[name] for name in both)
    fitting = [
        sum(abs(other - start) <= START_TOLERANCE for other in school.starts) == 1 for start in offer.profile.starts
    ]
    assert sum(fitting) >= LEAST_COMMON_PERIODS
    assert sum(fitting) == common_periods(offer.profile.starts, school.starts, START_TOLERANCE)
    assert offer.places is None or offer.places > 0
    assert school.mbps >= 1
