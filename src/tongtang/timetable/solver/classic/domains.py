"""What each activity may do before any search: its possible starts, its possible rooms and their costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongtang.timetable.solver.classic.model import (
    Activity,
    Institution,
    Kind,
    Resource,
    Rooms,
    SameStart,
    Share,
    Slot,
    Starts,
    is_hard,
    units,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The rooms an activity may take with the cost of each; the key None stands for no room at all."""

    costs: Mapping[str | None, int]

    @property
    def rooms(self) -> frozenset[str]:
        return frozenset(room for room in self.costs if room is not None)

    @property
    def only(self) -> str | None:
        """The one room that it must take, None where there is a choice."""
        (first, *more) = self.costs or (None,)
        return None if more else first


def room_choices(institution: Institution) -> dict[int, Choice]:
    """For each activity that asks for a room. A room must have seats for its pupils."""
    asked: dict[int, list[Rooms]] = {}
    for constraint in institution.constraints:
        if isinstance(constraint, Rooms):
            for number in constraint.activity_ids:
                asked.setdefault(number, []).append(constraint)
    return {number: _choice(institution, institution.activities[number], of) for number, of in asked.items()}


def _choice(institution: Institution, activity: Activity, asked: Iterable[Rooms]) -> Choice:
    preferred = [one for one in asked if not one.home]
    homes = [one for one in asked if one.home]
    binding = [one.rooms for one in preferred if is_hard(one.weight)]
    names: frozenset[str]
    if binding:
        names = frozenset.intersection(*binding)
    else:
        names = frozenset().union(*(one.rooms for one in preferred), *(one.rooms for one in homes))
    wishes = [one for one in preferred if not is_hard(one.weight)]
    costs: dict[str | None, int] = {
        name: sum(units(one.weight) for one in wishes if name not in one.rooms)
        for name in sorted(names)
        if institution.rooms[name] >= activity.pupils
    }
    if not binding and not any(is_hard(one.weight) for one in homes):
        costs[None] = sum(units(one.weight) for one in (*wishes, *homes))
    return Choice(costs)


def start_domains(institution: Institution, choices: Mapping[int, Choice]) -> dict[int, frozenset[Slot]]:
    """The starts of each activity that no other activity forbids; activities bound to one start share theirs."""
    domains = {
        number: _open_starts(institution, activity, choices.get(number))
        for number, activity in institution.activities.items()
    }
    for constraint in institution.constraints:
        if isinstance(constraint, Starts) and is_hard(constraint.weight):
            for number in constraint.activity_ids:
                domains[number] &= constraint.starts
    leaders = same_time(institution)
    common: dict[int, frozenset[Slot]] = {}
    for number, leader in leaders.items():
        common[leader] = common.get(leader, domains[number]) & domains[number]
    return {number: common[leader] for number, leader in leaders.items()}


def _open_starts(institution: Institution, activity: Activity, choice: Choice | None) -> frozenset[Slot]:
    closed = set(institution.breaks)
    resources: list[Resource] = list(institution.resources_of(activity))
    if choice is not None and choice.only is not None:
        resources.append((Kind.ROOM, choice.only))
    for resource in resources:
        closed |= institution.away.get(resource, frozenset())
    hours = len(institution.hours)
    return frozenset(
        day * hours + hour
        for day in range(len(institution.days))
        for hour in range(hours - activity.duration + 1)
        if closed.isdisjoint(range(day * hours + hour, day * hours + hour + activity.duration))
    )


def same_time(institution: Institution) -> dict[int, int]:
    """Each activity's leader: the smallest id among those that must start together with it."""
    leader = {number: number for number in institution.activities}

    def find(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    for constraint in institution.constraints:
        if isinstance(constraint, SameStart) and constraint.share is Share.TIME and is_hard(constraint.weight):
            roots = {find(number) for number in constraint.activity_ids}
            for root in roots:
                leader[root] = min(roots)
    return {number: find(number) for number in leader}
