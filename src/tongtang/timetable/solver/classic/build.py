"""The CP-SAT model of a classic timetable: one literal for each start of each activity."""

from collections.abc import Iterable, Mapping, Sequence

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.domains import Choice, same_time, start_domains
from tongtang.timetable.solver.classic.model import Institution, Kind, Resource, Slot, units

Literal = cp_model.IntVar
Literals = list[Literal]


class TimeModel:
    """Variables and what several constraints share; the constraints themselves are added by `limits` and `relations`.

    `covering[resource][slot]` are the literals of all starts that keep the resource busy in that slot.
    """

    def __init__(self, institution: Institution, choices: Mapping[int, Choice]) -> None:
        self.institution = institution
        self.choices = choices
        self.model = cp_model.CpModel()
        self.hours = len(institution.hours)
        self.days = range(len(institution.days))
        self.costs: list[tuple[int, cp_model.IntVar]] = []
        self.room_costs: list[tuple[int, cp_model.IntVar]] = []
        self.domains = start_domains(institution, choices)
        self.starts = self._literals(same_time(institution))
        self.covering = self._covering()
        self._busy: dict[tuple[object, ...], Literal] = {}
        self._twins: dict[tuple[object, ...], Resource] = {}
        self._clashes()

    def _literals(self, leaders: Mapping[int, int]) -> dict[int, dict[Slot, Literal]]:
        by_leader: dict[int, dict[Slot, Literal]] = {}
        for leader in sorted(set(leaders.values())):
            own = {slot: self.model.new_bool_var("") for slot in sorted(self.domains[leader])}
            self.model.add_exactly_one(own.values())
            by_leader[leader] = own
        return {number: by_leader[leader] for number, leader in leaders.items()}

    def _covering(self) -> dict[Resource, dict[Slot, Literals]]:
        covering: dict[Resource, dict[Slot, Literals]] = {}
        for number, activity in self.institution.activities.items():
            resources = list(self.institution.resources_of(activity))
            choice = self.choices.get(number)
            if choice is not None and choice.only is not None:
                resources.append((Kind.ROOM, choice.only))
            for resource in resources:
                of = covering.setdefault(resource, {})
                for slot, literal in self.starts[number].items():
                    for hour in range(activity.duration):
                        of.setdefault(slot + hour, []).append(literal)
        return covering

    def _clashes(self) -> None:
        seen: set[frozenset[int]] = set()
        for of in self.covering.values():
            for literals in of.values():
                key = frozenset(literal.index for literal in literals)
                if len(literals) > 1 and (key not in seen or len(key) < len(literals)):
                    seen.add(key)
                    self.model.add_at_most_one(literals)

    def cover(self, activity_ids: Iterable[int], longer: int = 0) -> dict[Slot, Literals]:
        """Slot -> starts of these activities that cover it, each `longer` hours longer but never over its day."""
        found: dict[Slot, Literals] = {}
        for number in activity_ids:
            duration = self.institution.activities[number].duration + longer
            for slot, literal in self.starts[number].items():
                for covered in range(slot, min(slot + duration, (slot // self.hours + 1) * self.hours)):
                    found.setdefault(covered, []).append(literal)
        return found

    def on_day(self, number: int, day: int) -> Literals:
        return [literal for slot, literal in self.starts[number].items() if slot // self.hours == day]

    def of_resource(self, resource: Resource, only: frozenset[int] | None) -> dict[Slot, Literals]:
        if only is None:
            return self.covering.get(resource, {})
        mine = [
            number
            for number, activity in self.institution.activities.items()
            if number in only and resource in self.institution.resources_of(activity)
        ]
        return self.cover(mine)

    def either(self, literals: Sequence[Literal]) -> Literal:
        """A literal that is true exactly when one of these, of which at most one can be, is true."""
        if len(literals) == 1:
            return literals[0]
        key = tuple(sorted(literal.index for literal in literals))
        if key not in self._busy:
            self._busy[key] = self.model.new_bool_var("")
            self.model.add_exactly_one([*literals, self._busy[key].negated()])
        return self._busy[key]

    def any_of(self, literals: Sequence[Literal]) -> Literal:
        """A literal that is true exactly when at least one of these is true."""
        key = ("any", *sorted(literal.index for literal in literals))
        if key not in self._busy:
            found = self._busy[key] = self.model.new_bool_var("")
            self.model.add_bool_or([*literals, found.negated()])
            for literal in literals:
                self.model.add_implication(literal, found)
        return self._busy[key]

    def broken(self, weight: float) -> Literal:
        """A new literal whose truth costs one unit of a constraint with this weight."""
        found = self.model.new_bool_var("")
        self.costs.append((units(weight), found))
        return found

    def broken_count(self, weight: float, most: int) -> cp_model.IntVar:
        found = self.model.new_int_var(0, most, "")
        self.costs.append((units(weight), found))
        return found

    def first_time(self, kind: str, of: object) -> bool:
        """Whether a constraint of this kind about these very things has not been added yet."""
        key = (kind, of)
        if key in self._twins:
            return False
        self._twins[key] = (Kind.ROOM, "")
        return True
