"""Overlays and alliances over made-up schools: drawn from drafts, founded by the rules that pages obey too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from tongtang.alliances import api as alliances
from tongtang.alliances.models import Alliance, Membership, Topology
from tongtang.exchange.generate.drafts import AllianceDraft, CountyDraft, OverlayDraft, SchoolDraft
from tongtang.exchange.generate.draws import Draws
from tongtang.exchange.generate.people import SPECIALISTS
from tongtang.exchange.generate.words import WORDS
from tongtang.organisations import api as organisations
from tongtang.organisations.models import Overlay, School, Studio
from tongtang.people.models import Person

CODE = 10**6
TOWNS_A_DISTRICT, MOVED = 4, 0.06
GROUP_SIZE = 5
# How points are taught: every topology once a county that has townships enough, then in this turn.
TURNS = ("distributed", "dedicated", "centralised", "synchronous", "distributed", "dedicated", "dedicated")
# Classes and pupils that one lesson of an alliance reaches at most.
LIMITS = {"distributed": (6, 120), "dedicated": (4, 80), "centralised": (40, 1_200), "synchronous": (8, 200)}
ANCHOR_LIMITS = (60, 3_000)
Key = tuple[str, str]
Member = tuple[str, str, date, date | None]


def add_network(county: CountyDraft, year: int, draws: Draws) -> None:
    """Put the county's own overlays and alliances into its draft."""
    county.overlays += _districts(county, year, draws)
    county.overlays += _groups(county, year, draws)
    _alliances(county, year, draws)


def _districts(county: CountyDraft, year: int, draws: Draws) -> Iterator[OverlayDraft]:
    """School districts of neighbouring townships; a few schools moved from one to another in an earlier summer."""
    schools = [one for one in county.schools if one.kind in ("central_school", "teaching_point", "ordinary_school")]
    towns = list(dict.fromkeys(school.township for school in schools))
    groups = [towns[start : start + TOWNS_A_DISTRICT] for start in range(0, len(towns), TOWNS_A_DISTRICT)]
    members: list[list[Member]] = [[] for _group in groups]
    number = {town: index for index, group in enumerate(groups) for town in group}
    for school in schools:
        own = number[school.township]
        since = date(year - 4, 9, 1)
        if len(groups) > 1 and draws.chance(MOVED):
            changed = year - 1 - draws.below(2)
            members[(own + 1) % len(groups)].append((county.code, school.id, since, date(changed, 7, 31)))
            since = date(changed, 8, 1)
        members[own].append((county.code, school.id, since, None))
    for group, found in zip(groups, members, strict=True):
        name = WORDS["overlays"]["school_district"].format(county=county.name, town=group[0])
        yield OverlayDraft("school_district", name, county.code, tuple(found))


def _groups(county: CountyDraft, year: int, draws: Draws) -> Iterator[OverlayDraft]:
    """A strong school of the county's town with some weaker ones; they joined in different years."""
    strong = [one for one in county.schools if one.kind in ("anchor_school", "ordinary_school") and one.pupils > 1_000]
    others = draws.mixed([one for one in county.schools if one.kind == "central_school"])
    for word, lead in zip(WORDS["overlays"]["group_words"], strong, strict=False):
        joined = [others.pop() for _school in range(min(len(others), 2 + draws.below(GROUP_SIZE)))]
        members = tuple((county.code, one.id, date(year - draws.below(4), 9, 1), None) for one in (lead, *joined))
        yield OverlayDraft(
            "school_group",
            WORDS["overlays"]["school_group"].format(county=county.name, word=word),
            county.code,
            members,
        )


def _alliances(county: CountyDraft, year: int, draws: Draws) -> None:
    """Each township's points are taught in one way; the ways take turns."""
    points: dict[str, list[SchoolDraft]] = {}
    for school in county.schools:
        if school.kind == "teaching_point":
            points.setdefault(school.parent, []).append(school)
    by_topology: dict[str, list[str]] = {}
    for index, parent in enumerate(draws.mixed(sorted(points))):
        by_topology.setdefault(TURNS[index % len(TURNS)], []).append(parent)
    centrals = {school.id: school for school in county.schools if school.kind == "central_school"}
    since = date(year, 9, 1)
    for parent in by_topology.pop("distributed", ()):
        name = WORDS["alliances"]["distributed"].format(school=centrals[parent].name)
        county.alliances.append(_alliance("distributed", name, county, centrals[parent], points[parent], since))
    lead = next((school for school in county.schools if school.studios), None)
    for topology, parents in by_topology.items():
        if lead is None:
            continue
        members = [point for parent in parents for point in points[parent]]
        if topology == "synchronous":
            members += [centrals[parent] for parent in parents if centrals[parent] is not lead]
            overlay = WORDS["overlays"]["virtual_school"].format(county=county.name)
            joined = tuple((county.code, one.id, date(year - 1, 9, 1), None) for one in (lead, *members))
            county.overlays.append(OverlayDraft("virtual_school", overlay, county.code, joined))
        name = WORDS["alliances"][topology].format(county=county.name)
        county.alliances.append(_alliance(topology, name, county, lead, members, since))


def _alliance(
    topology: str, name: str, county: CountyDraft, anchor: SchoolDraft, members: Sequence[SchoolDraft], since: date
) -> AllianceDraft:
    classes, pupils = LIMITS[topology]
    virtual = WORDS["overlays"]["virtual_school"].format(county=county.name) if topology == "synchronous" else ""
    pool = [f"t-{anchor.id}-{place + 1:02d}" for place in range(min(len(SPECIALISTS), anchor.teachers))]
    return AllianceDraft(
        name, topology, (county.code, anchor.id), tuple((county.code, one.id) for one in members), since,
        virtual_school=virtual, studio=f"s-{anchor.id}-1" if topology == "centralised" else "",
        specialists=tuple(pool) if topology == "dedicated" else (), max_classes=classes, max_pupils=pupils,
    )  # fmt: skip


def anchor_networks(
    anchors: Mapping[int, tuple[str, str, str]], receivers: Mapping[int, Sequence[Key]], year: int
) -> tuple[list[OverlayDraft], list[AllianceDraft]]:
    """One alliance 1+N and its virtual school for each anchor: (county, school id, name) by number.

    The receiving schools may lie in any county: of the topologies only the synchronous one admits that.
    """
    overlays, drafts = [], []
    for number, (county, school, name) in sorted(anchors.items()):
        members = receivers.get(number, ())
        virtual = WORDS["overlays"]["virtual_school_of_anchor"].format(anchor=name)
        joined = tuple((*key, date(year - 1, 9, 1), None) for key in ((county, school), *members))
        overlays.append(OverlayDraft("virtual_school", virtual, county, joined))
        drafts.append(
            AllianceDraft(
                WORDS["alliances"]["anchor"].format(anchor=name), "synchronous", (county, school), tuple(members),
                date(year, 9, 1), virtual_school=virtual, max_classes=ANCHOR_LIMITS[0], max_pupils=ANCHOR_LIMITS[1],
            )
        )  # fmt: skip
    return overlays, drafts


def load_network(overlays: Iterable[OverlayDraft], drafts: Iterable[AllianceDraft]) -> None:
    """Write overlays and alliances; what stands already is let be.

    Raises:
        alliances.Refused: a topology's rule.
    """
    overlays, drafts = list(overlays), list(drafts)
    members = [(county, school) for one in overlays for county, school, _first, _last in one.members]
    keys = {*members, *(draft.anchor for draft in drafts), *(key for draft in drafts for key in draft.members)}
    schools = _schools(keys)
    entries = [
        organisations.OverlayEntry(
            Overlay.Kind(one.kind), one.name, int(one.county) * CODE,
            tuple((schools[county, school].pk, first, last) for county, school, first, last in one.members),
        )
        for one in overlays
    ]  # fmt: skip
    virtual = organisations.write_overlays(entries)
    for draft in drafts:
        _load_alliance(draft, schools, virtual)


def _schools(keys: set[Key]) -> dict[Key, School]:
    found: dict[Key, School] = {}
    for county in sorted({county for county, _school in keys}):
        wanted = {school for code, school in keys if code == county}
        for school in School.objects.filter(county_code=int(county) * CODE, ended_on=None):
            if school.source_id in wanted:
                found[county, school.source_id] = school
    return found


def _load_alliance(draft: AllianceDraft, schools: Mapping[Key, School], virtual: Mapping[str, int]) -> None:
    anchor = schools[draft.anchor]
    county = int(draft.anchor[0]) * CODE
    alliance = Alliance.objects.filter(name=draft.name, region_code=county, topology=draft.topology).first()
    if alliance is None:
        alliance = alliances.found_alliance(
            name=draft.name,
            topology=Topology(draft.topology),
            anchor_school=anchor,
            max_classes_per_lesson=draft.max_classes,
            max_pupils_per_lesson=draft.max_pupils,
            studio=Studio.objects.get(county_code=county, source_id=draft.studio) if draft.studio else None,
            virtual_school=Overlay.objects.get(pk=virtual[draft.virtual_school]) if draft.virtual_school else None,
            specialists=list(Person.objects.filter(county_code=county, source_id__in=draft.specialists)),
            valid_from=draft.valid_from,
        )
    active = set(
        Membership.objects.filter(alliance=alliance, state=Membership.State.ACTIVE).values_list("school_id", flat=True)
    )
    for key in draft.members:
        if schools[key].pk not in active:
            alliances.admit(alliance=alliance, school=schools[key], valid_from=draft.valid_from)
