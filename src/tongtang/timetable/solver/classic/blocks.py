"""The institution as blocks for the swapping search: activities that start together, with their relations as bits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

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
    in_force,
    is_hard,
)
from tongtang.timetable.solver.classic.week import Week, bounds_of

WORD: Final = 62
"""Bits of a word of the compiled search, so that no word is ever negative; a day has at most so many hours there."""
Days = Sequence[Sequence[int]]
"""For each day of a block the days on which others may not be."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """At most `limit` of the block and `others` at once in each of `slots`, or at most so many of `slots` used."""

    others: int
    slots: frozenset[Slot]
    limit: int
    at_once: bool


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """`options`: each room (None: none at all) with its price and the slots in which it cannot be had."""

    activity_id: int
    options: tuple[tuple[str | None, int, frozenset[Slot]], ...]

    @property
    def rooms(self) -> list[str]:
        return [room for room, _price, _away in self.options if room is not None]


@dataclass(slots=True)
class Block:
    """`shape` has a bit for each hour of its duration, `day_of` the day of each start; all else relates it to others.

    near: who shares a person or a fixed room; after, before: who may not come later, or earlier, that day;
    spread, wished_spread: (others, days, and for wishes weight, adjacent); alike: (others, by hour, weight).
    """

    activity_ids: list[int]
    duration: int
    starts: list[Slot]
    shape: int = 1
    day_of: list[int] = field(default_factory=list)
    near: int = 0
    followers: int = 0
    after: int = 0
    before: int = 0
    spread: list[tuple[int, Days]] = field(default_factory=list)
    wished_spread: list[tuple[int, Days, float, bool]] = field(default_factory=list)
    wishes: list[tuple[frozenset[Slot], float]] = field(default_factory=list)
    partners: list[tuple[int, Sequence[frozenset[Slot]], float]] = field(default_factory=list)
    alike: list[tuple[int, bool, float]] = field(default_factory=list)
    gaps: list[tuple[int, int, float]] = field(default_factory=list)
    weeks: list[int] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)
    rooms: list[RoomChoice] = field(default_factory=list)
    particular: bool = False


@dataclass(slots=True)
class Blocks:
    blocks: list[Block]
    weeks: list[Week]
    hours: int
    days: int


def blocks_of(institution: Institution, choices: Mapping[int, Choice]) -> Blocks:
    domains, leaders = start_domains(institution, choices), same_time(institution)
    members: dict[int, list[int]] = {}
    for number, leader in leaders.items():
        members.setdefault(leader, []).append(number)
    place = {number: index for index, leader in enumerate(members) for number in members[leader]}
    hours = len(institution.hours)
    blocks = [
        _block(own, max(institution.activities[number].duration for number in own), sorted(domains[leader]), hours)
        for leader, own in members.items()
    ]
    made = Blocks(blocks, [], hours, len(institution.days))
    by_resource = _neighbours(institution, choices, made, place)
    _relate_all(institution, made, place)
    _weeks(institution, made, by_resource, place)
    _add_rooms(institution, choices, made, place)
    for block in blocks:
        own = block.wishes, block.partners, block.alike, block.gaps, block.crowds
        block.particular = any(own) or block.after != 0 or block.before != 0
    return made


def _block(activity_ids: list[int], duration: int, starts: list[Slot], hours: int) -> Block:
    return Block(activity_ids, duration, starts, (1 << duration) - 1, [start // hours for start in starts])


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


def _add_rooms(institution: Institution, choices: Mapping[int, Choice], made: Blocks, place: Mapping[int, int]) -> None:
    """Choices of rooms; who has a single room counts as a choice where others may choose it."""
    shared = {room for choice in choices.values() if choice.only is None for room in choice.rooms}
    for number, choice in choices.items():
        if choice.only is None or choice.only in shared:
            options = tuple(
                (room, price, institution.away.get((Kind.ROOM, str(room)), frozenset()) if room else frozenset())
                for room, price in choice.costs.items()
            )
            made.blocks[place[number]].rooms.append(RoomChoice(number, options))


def _relate_all(institution: Institution, made: Blocks, place: Mapping[int, int]) -> None:
    """Adds what each constraint says to its blocks; limits and rooms are added elsewhere."""
    agreements: dict[tuple[Order, int, int, bool], Sequence[frozenset[Slot]]] = {}
    for constraint in institution.constraints:
        if not in_force(constraint):
            continue
        if isinstance(constraint, Starts) and not is_hard(constraint.weight):
            for number in constraint.activity_ids:
                made.blocks[place[number]].wishes.append((constraint.starts, constraint.weight / 100))
        elif isinstance(constraint, MinDays | MaxDays | SameStart | MinGap):
            _relate(made, place, constraint)
        elif isinstance(constraint, Pair):
            _pair(institution, made, place, constraint, agreements)
        elif isinstance(constraint, EndsDay | AtOnce | SlotsUsed) and is_hard(constraint.weight):
            _relate_many(made, place, constraint)


def _others(place: Mapping[int, int], activity_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Each block of these activities with the bits of the other ones."""
    indices = {place[number] for number in activity_ids}
    mask = sum(1 << index for index in indices)
    return [(index, mask & ~(1 << index)) for index in sorted(indices)]


def _relate(made: Blocks, place: Mapping[int, int], constraint: MinDays | MaxDays | SameStart | MinGap) -> None:
    weight, hard = constraint.weight / 100, is_hard(constraint.weight)
    days = [] if isinstance(constraint, MinGap) else _days_at_odds(made.days, constraint)
    for index, others in _others(place, constraint.activity_ids):
        block = made.blocks[index]
        if isinstance(constraint, MinGap):
            if hard and not constraint.hours:
                block.near |= others
            else:
                block.gaps.append((others, constraint.hours, weight))
        elif isinstance(constraint, SameStart) and constraint.share is not Share.DAY:
            if constraint.share is Share.HOUR or not hard:
                block.alike.append((others, constraint.share is Share.HOUR, weight))
        else:
            if hard:
                block.spread.append((others, days))
            else:
                adjacent = isinstance(constraint, MinDays) and constraint.adjacent_on_a_day
                block.wished_spread.append((others, days, weight, adjacent))


def _days_at_odds(days: int, constraint: MinDays | MaxDays | SameStart) -> Days:
    if isinstance(constraint, MinDays):
        return [[other for other in range(days) if abs(day - other) < constraint.days] for day in range(days)]
    most = constraint.days if isinstance(constraint, MaxDays) else 0
    return [[other for other in range(days) if abs(day - other) > most] for day in range(days)]


def _relate_many(made: Blocks, place: Mapping[int, int], constraint: EndsDay | AtOnce | SlotsUsed) -> None:
    indices = {place[number] for number in constraint.activity_ids}
    if isinstance(constraint, EndsDay):
        mask = sum(1 << index for index in indices)
        for index, block in enumerate(made.blocks):
            block.before |= block.followers & mask
            if index in indices:
                block.after = block.followers
        return
    for index, others in _others(place, constraint.activity_ids):
        crowd = Crowd(others, constraint.slots, constraint.limit, isinstance(constraint, AtOnce))
        made.blocks[index].crowds.append(crowd)


def _pair(
    institution: Institution,
    made: Blocks,
    place: Mapping[int, int],
    pair: Pair,
    agreements: dict[tuple[Order, int, int, bool], Sequence[frozenset[Slot]]],
) -> None:
    first, second = place[pair.first], place[pair.second]
    if first == second:
        return
    lengths = (institution.activities[pair.first].duration, institution.activities[pair.second].duration)
    for forward in (True, False):
        key = (pair.order, *lengths, forward)
        if key not in agreements:
            agreements[key] = _agreement(institution, pair.order, lengths, forward)
        one, other = (first, second) if forward else (second, first)
        made.blocks[one].partners.append((other, agreements[key], pair.weight / 100))


def _agreement(
    institution: Institution, order: Order, lengths: tuple[int, int], forward: bool
) -> Sequence[frozenset[Slot]]:
    """For each slot of one (the first when `forward`) the slots where the other may start."""
    hours = len(institution.hours)
    slots = range(hours * len(institution.days))

    def follows(one: Slot, length: int, other: Slot) -> bool:
        between = range(one + length, other)
        return one // hours == other // hours and other >= one + length and institution.breaks.issuperset(between)

    def agree(first: Slot, second: Slot) -> bool:
        if order is Order.LATER:
            return first + lengths[0] <= second
        after = follows(first, lengths[0], second)
        return after or (order is Order.NEXT_TO and follows(second, lengths[1], first))

    return [
        frozenset(there for there in slots if (agree(here, there) if forward else agree(there, here))) for here in slots
    ]


def _weeks(
    institution: Institution, made: Blocks, by_resource: Mapping[Resource, list[int]], place: Mapping[int, int]
) -> None:
    """One week for each resource under hard limits; resources with the same lessons, hours and limits share one."""
    limits: dict[tuple[Resource, frozenset[int] | None, tuple[int, int] | None], list[Limit]] = {}
    for constraint in institution.constraints:
        if isinstance(constraint, Limit) and is_hard(constraint.weight):
            for resource in constraint.whom:
                limits.setdefault((resource, constraint.only, constraint.hours), []).append(constraint)
    seen = set()
    for (resource, only, hours), own in limits.items():
        counting = None if only is None else {place[number] for number in only}
        indices = [index for index in by_resource.get(resource, []) if counting is None or index in counting]
        opened = _opened(institution, made, resource)
        first, last = hours or (0, made.hours)
        counted = ((1 << last) - 1) & ~((1 << first) - 1)
        key = (tuple(indices), opened, counted, bounds := bounds_of(own, made.hours))
        if indices and key not in seen:
            seen.add(key)
            total = sum(made.blocks[index].duration for index in indices)
            for index in indices:
                made.blocks[index].weeks.append(len(made.weeks))
            made.weeks.append(Week(bounds, opened, total, counted, sum(1 << index for index in indices)))


def _opened(institution: Institution, made: Blocks, resource: Resource) -> tuple[int, ...]:
    closed = institution.breaks | institution.away.get(resource, frozenset())
    return tuple(
        sum(1 << hour for hour in range(made.hours) if day * made.hours + hour not in closed)
        for day in range(made.days)
    )
