"""The institution as blocks for the swapping search: activities that start together, with their relations as bits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations

from tongtang.timetable.solver.classic.domains import Choice, same_time, start_domains
from tongtang.timetable.solver.classic.model import (
    AtOnce,
    EndsDay,
    Institution,
    Kind,
    Limit,
    MaxDays,
    MinDays,
    MinGap,
    Order,
    Pair,
    Resource,
    SameStart,
    Share,
    Slot,
    SlotsUsed,
    Starts,
    is_hard,
)
from tongtang.timetable.solver.classic.week import Week, bounds_of

Agree = Callable[[Slot, Slot], bool]
"""Whether a block at the first slot and its partner at the second may stand together."""


@dataclass(slots=True)
class Block:
    """`near` are blocks that share a person or a fixed room, `followers` those that share a subgroup."""

    activity_ids: list[int]
    duration: int
    starts: list[Slot]
    near: int = 0
    followers: int = 0
    ends_day: bool = False
    spread: list[tuple[int, int, float, bool]] = field(default_factory=list)
    wishes: list[tuple[frozenset[Slot], float]] = field(default_factory=list)
    partners: list[tuple[int, Agree, float]] = field(default_factory=list)
    weeks: list[int] = field(default_factory=list)
    crowds: list[tuple[int, frozenset[Slot], int, bool]] = field(default_factory=list)
    rooms: list[tuple[int, Choice]] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    blocks: list[Block]
    weeks: list[Week]
    hours: int
    days: int
    away: Mapping[Resource, frozenset[Slot]]
    enders: int = 0


def blocks_of(institution: Institution, choices: Mapping[int, Choice]) -> Blocks:
    domains, leaders = start_domains(institution, choices), same_time(institution)
    members: dict[int, list[int]] = {}
    for number, leader in leaders.items():
        members.setdefault(leader, []).append(number)
    place = {number: index for index, leader in enumerate(members) for number in members[leader]}
    blocks = [
        Block(own, max(institution.activities[number].duration for number in own), sorted(domains[leader]))
        for leader, own in members.items()
    ]
    made = Blocks(blocks, [], len(institution.hours), len(institution.days), institution.away)
    by_resource = _neighbours(institution, choices, made, place)
    for constraint in institution.constraints:
        _relate(institution, made, place, constraint)
    _weeks(institution, made, by_resource)
    for number, choice in choices.items():
        if choice.only is None:
            blocks[place[number]].rooms.append((number, choice))
    return made


def _neighbours(
    institution: Institution, choices: Mapping[int, Choice], made: Blocks, place: Mapping[int, int]
) -> dict[Resource, list[int]]:
    by_resource: dict[Resource, dict[int, None]] = {}
    for number, activity in institution.activities.items():
        resources = list(institution.resources_of(activity))
        if number in choices and choices[number].only is not None:
            resources.append((Kind.ROOM, str(choices[number].only)))
        for resource in resources:
            by_resource.setdefault(resource, {})[place[number]] = None
    for resource, indices in by_resource.items():
        mask = sum(1 << index for index in indices)
        for index in indices:
            made.blocks[index].near |= mask & ~(1 << index)
            if resource[0] is Kind.SUBGROUP:
                made.blocks[index].followers |= mask & ~(1 << index)
    return {resource: list(indices) for resource, indices in by_resource.items()}


def _relate(institution: Institution, made: Blocks, place: Mapping[int, int], constraint: object) -> None:
    """Adds what one constraint says to its blocks; limits and rooms are added elsewhere."""
    if isinstance(constraint, Starts):
        if not is_hard(constraint.weight):
            for number in constraint.activity_ids:
                made.blocks[place[number]].wishes.append((constraint.starts, constraint.weight / 100))
    elif isinstance(constraint, MinDays):
        for index, others in _others(place, constraint.activity_ids):
            spread = (others, constraint.days, constraint.weight / 100, constraint.adjacent_on_a_day)
            made.blocks[index].spread.append(spread)
    elif isinstance(constraint, Pair | MaxDays | MinGap | SameStart):
        for one, other, agree in _agreements(institution, made.hours, constraint):
            if place[one] != place[other]:
                made.blocks[place[one]].partners.append((place[other], agree, constraint.weight / 100))
    elif isinstance(constraint, EndsDay | AtOnce | SlotsUsed) and is_hard(constraint.weight):
        _relate_many(made, place, constraint)


def _others(place: Mapping[int, int], activity_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Each block of these activities with the bits of the other ones."""
    indices = {place[number] for number in activity_ids}
    mask = sum(1 << index for index in indices)
    return [(index, mask & ~(1 << index)) for index in sorted(indices)]


def _relate_many(made: Blocks, place: Mapping[int, int], constraint: EndsDay | AtOnce | SlotsUsed) -> None:
    for index, others in _others(place, constraint.activity_ids):
        if isinstance(constraint, EndsDay):
            made.blocks[index].ends_day = True
            made.enders |= 1 << index
        else:
            crowd = (others, constraint.slots, constraint.limit, isinstance(constraint, AtOnce))
            made.blocks[index].crowds.append(crowd)


def _agreements(
    institution: Institution, hours: int, constraint: Pair | MaxDays | MinGap | SameStart
) -> list[tuple[int, int, Agree]]:
    """Both directions of each pair of activities that the constraint binds."""
    if isinstance(constraint, Pair):
        agree = _ordered(institution, hours, constraint)
        first, second = constraint.first, constraint.second
        return [(first, second, agree), (second, first, lambda one, other: agree(other, one))]
    if isinstance(constraint, MinGap):
        found: list[tuple[int, int, Agree]] = []
        for one, other in permutations(constraint.activity_ids, 2):
            lengths = institution.activities[one].duration, institution.activities[other].duration
            found.append((one, other, _apart(hours, constraint.hours, *lengths)))
        return found
    if isinstance(constraint, SameStart):
        if constraint.share is Share.TIME and is_hard(constraint.weight):
            return []
        same = _SAME[constraint.share]
        pairs = permutations(constraint.activity_ids, 2)
        return [(one, other, lambda mine, theirs: same(mine, theirs, hours)) for one, other in pairs]
    most = constraint.days
    near: Agree = lambda mine, theirs: abs(mine // hours - theirs // hours) <= most  # noqa: E731
    return [(one, other, near) for one, other in permutations(constraint.activity_ids, 2)]


_SAME: Mapping[Share, Callable[[Slot, Slot, int], bool]] = {
    Share.TIME: lambda mine, theirs, _hours: mine == theirs,
    Share.DAY: lambda mine, theirs, hours: mine // hours == theirs // hours,
    Share.HOUR: lambda mine, theirs, hours: mine % hours == theirs % hours,
}


def _apart(hours: int, gap: int, length: int, other_length: int) -> Agree:
    def agree(mine: Slot, theirs: Slot) -> bool:
        if mine // hours != theirs // hours:
            return True
        return theirs - mine - length >= gap if mine <= theirs else mine - theirs - other_length >= gap

    return agree


def _ordered(institution: Institution, hours: int, pair: Pair) -> Agree:
    length = institution.activities[pair.first].duration
    second_length = institution.activities[pair.second].duration

    def follows(mine: Slot, long: int, theirs: Slot) -> bool:
        between = range(mine + long, theirs)
        return mine // hours == theirs // hours and theirs >= mine + long and institution.breaks.issuperset(between)

    def agree(first: Slot, second: Slot) -> bool:
        if pair.order is Order.LATER:
            return first + length <= second
        after = follows(first, length, second)
        return after or (pair.order is Order.NEXT_TO and follows(second, second_length, first))

    return agree


def _weeks(institution: Institution, made: Blocks, by_resource: Mapping[Resource, list[int]]) -> None:
    """One week for each resource under hard limits; resources with the same lessons, hours and limits share one."""
    limits: dict[Resource, list[Limit]] = {}
    for constraint in institution.constraints:
        plain = isinstance(constraint, Limit) and constraint.only is None and constraint.hours is None
        if isinstance(constraint, Limit) and plain and is_hard(constraint.weight):
            for resource in constraint.whom:
                limits.setdefault(resource, []).append(constraint)
    seen = set()
    for resource, own in limits.items():
        indices = by_resource.get(resource, [])
        closed = institution.breaks | institution.away.get(resource, frozenset())
        opened = tuple(
            sum(1 << hour for hour in range(made.hours) if day * made.hours + hour not in closed)
            for day in range(made.days)
        )
        key = (tuple(indices), opened, bounds := bounds_of(own))
        if indices and key not in seen:
            seen.add(key)
            week = Week(bounds, opened, sum(made.blocks[index].duration for index in indices))
            for index in indices:
                made.blocks[index].weeks.append(len(made.weeks))
            made.weeks.append(week)
