"""The weekly plan as a model for CP-SAT: any part of it free, the rest as it stands.

One builder serves the whole plan, times alone, memberships alone and the neighbourhoods of the search.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ortools.sat.python import cp_model

from tongtang.timetable.solver.cpsat import Limits, Outcome, solve
from tongtang.timetable.solver.demand import receivers_at_once
from tongtang.timetable.solver.problem import Group, Mask, Problem, bits

Literal = cp_model.IntVar | bool


@dataclass(frozen=True)
class Freedom:
    """What a run may change.

    `moving` are the positions of the groups that may change teacher and slots; `loose` maps each need that may change
    its group to the groups it may join. Whoever is in a group and not loose stays in it.
    """

    moving: frozenset[int]
    loose: Mapping[int, tuple[int, ...]]


class WeeklyModel:
    """The model of `groups` under `freedom`; the objective is the class-lessons of loose needs left unserved."""

    def __init__(self, problem: Problem, groups: Sequence[Group], freedom: Freedom) -> None:
        self.problem, self.groups, self.freedom = problem, groups, freedom
        self.model = cp_model.CpModel()
        self.joined: dict[int, dict[int, cp_model.IntVar]] = {place: {} for place in range(len(groups))}
        self.taught: dict[int, dict[str, cp_model.IntVar]] = {}
        self.hours: dict[int, dict[str, dict[int, cp_model.IntVar]]] = {}
        self.held: dict[int, dict[int, Literal]] = {
            place: dict.fromkeys(group.slots, True) for place, group in enumerate(groups)
        }
        self.attending: dict[tuple[str, int], list[Literal]] = defaultdict(list)
        self.missing: dict[int, cp_model.IntVar] = {}
        self._settle()
        for group in sorted(freedom.moving):
            self._times_of(group)
        self._teachers()
        self._studios()
        for need in sorted(freedom.loose):
            self._choice_of(need)
        self._sizes()
        self._stayers()
        self._class_time()
        self._rooms()
        self._streams()
        self.objective: cp_model.LinearExpr | int = sum(
            problem.demand.needs[need].lessons * left for need, left in self.missing.items()
        )

    def _settle(self) -> None:
        """What stays: the members of each group who are not loose, and what they and the standing groups occupy."""
        loose = self.freedom.loose
        self.stayers = [
            frozenset(need for need in group.members if need not in loose or place not in loose[need])
            for place, group in enumerate(self.groups)
        ]
        self.standing = [
            Group(group.block, group.teacher, group.slots, self.stayers[place])
            for place, group in enumerate(self.groups)
            if place not in self.freedom.moving and group.slots
        ]
        self.load: dict[str, list[int]] = defaultdict(lambda: [0] * self.problem.weeks)
        self.busy: dict[str, Mask] = defaultdict(int)
        self.taken: dict[str, Mask] = defaultdict(int)
        self.at_school: dict[str, list[int]] = {}
        self.in_studio = [0] * len(self.problem.slots)
        for group in self.standing:
            self._occupy(group)

    def _occupy(self, group: Group) -> None:
        teacher = group.teacher or ""
        for slot in group.slots:
            for week in self.problem.held_in[slot]:
                self.load[teacher][week] += 1
            self.busy[teacher] |= self.problem.busy[slot]
            self.in_studio[slot] += 1
        for need in group.members:
            school_class = self.problem.class_of[need]
            clash = self.problem.bell(school_class.school_id).clash
            here = self.at_school.setdefault(school_class.school_id, [0] * len(self.problem.slots))
            for slot in group.slots:
                self.taken[school_class.class_id] |= clash[slot]
                here[slot] += 1

    def _free(self, need: int) -> Mask:
        class_id = self.problem.class_of[need].class_id
        cycle = self.problem.of_cycle[self.problem.demand.needs[need].every]
        return self.problem.need_free[need] & ~self.taken[class_id] & cycle

    def _times_of(self, group: int) -> None:
        """Teacher and slots of a moving group; it may stay without both if nobody has to be in it."""
        block = self.problem.demand.blocks[self.groups[group].block]
        useful = self._useful(group)
        taught = self.taught[group] = {}
        hours = self.hours[group] = {}
        by_slot: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for teacher in self.problem.teachers_of[block.subject]:
            cap = self.problem.county.teachers[teacher].weekly_cap - min(self.load[teacher])
            free = useful & self.problem.teacher_free[teacher] & ~self.busy[teacher]
            if cap * block.every < block.lessons or free.bit_count() < block.lessons:
                continue
            chosen = taught[teacher] = self.model.new_bool_var("")
            here = hours[teacher] = {slot: self.model.new_bool_var("") for slot in bits(free)}
            self.model.add(sum(here.values()) == block.lessons * chosen)
            for slot, hour in here.items():
                by_slot[slot].append(hour)
        self.model.add(sum(taught.values()) == 1 if self.stayers[group] else sum(taught.values()) <= 1)
        held = self.held[group] = {slot: self._any(several) for slot, several in sorted(by_slot.items())}
        on_date = (tuple(slot for slot in bits(date) if slot in held) for date in self.problem.dates)
        for together in dict.fromkeys(on_date):
            if len(together) > self.problem.per_day:
                self.model.add(sum(held[slot] for slot in together) <= self.problem.per_day)

    def _any(self, several: list[cp_model.IntVar]) -> cp_model.IntVar:
        if len(several) == 1:
            return several[0]
        one = self.model.new_bool_var("")
        self.model.add(sum(several) == one)
        return one

    def _useful(self, group: int) -> Mask:
        """Slots that suit all who stay in the group, and anybody who may join it."""
        mask = self.problem.of_cycle[self.problem.demand.blocks[self.groups[group].block].every]
        for need in self.stayers[group]:
            mask &= self._free(need)
        joining = [need for need, several in self.freedom.loose.items() if group in several]
        if joining and not self.stayers[group]:
            any_of = 0
            for need in joining:
                any_of |= self._free(need)
            mask &= any_of
        return mask

    def _teachers(self) -> None:
        by_slot: dict[str, dict[int, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
        for hours in self.hours.values():
            for teacher, here in hours.items():
                for slot, hour in here.items():
                    by_slot[teacher][slot].append(hour)
        for teacher, slots in by_slot.items():
            for crowd in self.problem.crowds:
                several = [hour for slot in crowd for hour in slots.get(slot, ())]
                if len(several) > 1:
                    self.model.add_at_most_one(several)
            self._cap(teacher)

    def _cap(self, teacher: str) -> None:
        """In each week the teacher's lessons; of a weekly group they are as many in every one."""
        weekly: list[cp_model.LinearExprT] = []
        others: list[list[cp_model.LinearExprT]] = [[] for _week in range(self.problem.weeks)]
        for group, hours in self.hours.items():
            block = self.problem.demand.blocks[self.groups[group].block]
            if teacher in hours and block.every == 1:
                weekly.append(block.lessons * self.taught[group][teacher])
            elif teacher in hours:
                for slot, hour in hours[teacher].items():
                    for week in self.problem.held_in[slot]:
                        others[week].append(hour)
        cap = self.problem.county.teachers[teacher].weekly_cap
        for more, held in zip(others, self.load[teacher], strict=True):
            if weekly or more:
                self.model.add(sum([*weekly, *more]) <= cap - held)

    def _studios(self) -> None:
        by_slot: dict[int, list[Literal]] = defaultdict(list)
        for group in sorted(self.freedom.moving):
            for slot, held in self.held[group].items():
                by_slot[slot].append(held)
        for crowd in self.problem.crowds:
            several = [held for slot in crowd for held in by_slot[slot]]
            left = len(self.problem.county.studios) - sum(self.in_studio[slot] for slot in crowd)
            if len(several) > left:
                self.model.add(sum(several) <= left)

    def _choice_of(self, need: int) -> None:
        """The groups that a loose need joins, the copies it misses, and the slots it then attends."""
        wanted = self.problem.demand.needs[need]
        elsewhere = sum(1 for stayers in self.stayers if need in stayers)
        copies = wanted.copies - elsewhere
        left = self.missing[need] = self.model.new_int_var(0, copies, "")
        groups = self.freedom.loose[need]
        for group in groups:
            joined = self.joined[group][need] = self.model.new_bool_var("")
            if group in self.freedom.moving:
                self.model.add(joined <= sum(self.taught[group].values()))
        self.model.add(sum(self.joined[group][need] for group in groups) + left == copies)
        if wanted.copies == 1:
            self._attends_once(need, left)
        else:
            self._attends_each(need)

    def _attends_once(self, need: int, left: cp_model.IntVar) -> None:
        """One attendance a slot, whichever group it is: few variables, but right for a single group only."""
        class_id, free = self.problem.class_of[need].class_id, self._free(need)
        attends: dict[int, cp_model.IntVar] = {}
        for group in self.freedom.loose[need]:
            joined = self.joined[group][need]
            for slot, held in self.held[group].items():
                if not free >> slot & 1:
                    self.model.add_bool_or(~joined, _negated(held))
                    continue
                if slot not in attends:
                    attends[slot] = self.model.new_bool_var("")
                self.model.add_bool_or(~joined, _negated(held), attends[slot])
        for slot, attending in attends.items():
            self.attending[class_id, slot].append(attending)
        lessons = self.problem.demand.needs[need].lessons
        self.model.add(sum(attends.values()) + lessons * left == lessons)

    def _attends_each(self, need: int) -> None:
        """An attendance for each group and slot."""
        class_id, free = self.problem.class_of[need].class_id, self._free(need)
        lessons = self.problem.demand.needs[need].lessons
        a_day: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for group in self.freedom.loose[need]:
            joined, here = self.joined[group][need], []
            for slot, held in self.held[group].items():
                if free >> slot & 1:
                    attending = self.model.new_bool_var("")
                    here.append(attending)
                    self.model.add_bool_or(~attending, held)
                    self.attending[class_id, slot].append(attending)
                    for date in self.problem.dates_of[slot]:
                        a_day[date].append(attending)
            self.model.add(sum(here) == lessons * joined)
        already = Counter(
            date
            for group in self.standing
            if need in group.members
            for slot in group.slots
            for date in self.problem.dates_of[slot]
        )
        for date, several in a_day.items():
            self.model.add(sum(several) <= self.problem.per_day - already[date])

    def _sizes(self) -> None:
        limits = self.problem.county.rules.limits
        for group, joined in self.joined.items():
            staying = self.stayers[group]
            if limits.max_classes is not None and joined:
                self.model.add(sum(joined.values()) <= limits.max_classes - len(staying))
            if limits.max_pupils is not None and joined:
                held = sum(self.problem.class_of[need].pupils for need in staying)
                pupils = sum(self.problem.class_of[need].pupils * each for need, each in joined.items())
                self.model.add(pupils <= limits.max_pupils - held)

    def _stayers(self) -> None:
        """Members who are not loose go where their moving group goes."""
        for group in sorted(self.freedom.moving):
            for need in self.stayers[group]:
                class_id = self.problem.class_of[need].class_id
                for slot, held in self.held[group].items():
                    self.attending[class_id, slot].append(held)

    def _class_time(self) -> None:
        for class_id in sorted({class_id for class_id, _ in self.attending}):
            school_id = self.problem.county.classes[class_id].school_id
            for crowd in self.problem.bell(school_id).crowds:
                several = [each for slot in crowd for each in self.attending.get((class_id, slot), ())]
                if len(several) > 1:
                    self.model.add_at_most_one(several)

    def _rooms(self) -> None:
        classes: dict[str, list[str]] = defaultdict(list)
        for class_id in sorted({class_id for class_id, _ in self.attending}):
            classes[self.problem.county.classes[class_id].school_id].append(class_id)
        for school_id, here in classes.items():
            rooms = receivers_at_once(self.problem.county, school_id)
            held = self.at_school.get(school_id, [0] * len(self.problem.slots))
            for crowd in self.problem.bell(school_id).crowds:
                several = [one for slot, each in product(crowd, here) for one in self.attending.get((each, slot), ())]
                left = rooms - sum(held[slot] for slot in crowd)
                if len(several) > left:
                    self.model.add(sum(several) <= left)
            if school_id in self.problem.watched:
                self._facilitators(school_id, here, held)

    def _facilitators(self, school_id: str, classes: Sequence[str], held: Sequence[int]) -> None:
        """No reception meets as many others as there are facilitators in its slot: so one is left for it.

        What stands has its facilitators already; whoever comes finds one whom nobody near in time has taken.
        """
        places, clash = self.problem.places[school_id], self.problem.bell(school_id).clash
        for slot, most in enumerate(places):
            here = [one for each in classes for one in self.attending.get((each, slot), ())]
            near = list(bits(clash[slot]))
            met = [one for other, each in product(near, classes) for one in self.attending.get((each, other), ())]
            left = most - sum(held[other] for other in near)
            for one in here if len(met) > left else ():
                if one is True:
                    self.model.add(sum(met) <= left)
                else:
                    self.model.add(sum(met) <= left).only_enforce_if(one)

    def _streams(self) -> None:
        """Where the link carries fewer lessons than the school has rooms, different groups count."""
        schools = {self.problem.county.classes[class_id].school_id for class_id, _ in self.attending}
        for school_id in sorted(schools):
            school = self.problem.county.schools[school_id]
            if school.max_streams < receivers_at_once(self.problem.county, school_id):
                self._streams_of(school_id, school.max_streams)

    def _streams_of(self, school_id: str, most: int) -> None:
        carried: dict[int, list[Literal]] = defaultdict(list)
        for group in range(len(self.groups)):
            present = self._present(group, school_id)
            if present is None:
                continue
            for slot, held in self.held[group].items():
                if present is True or held is True:
                    carried[slot].append(present if held is True else held)
                    continue
                stream = self.model.new_bool_var("")
                self.model.add_bool_or(~present, _negated(held), stream)
                carried[slot].append(stream)
        for crowd in self.problem.bell(school_id).crowds:
            several = [one for slot in crowd for one in carried[slot]]
            if len(several) > most and any(one is not True for one in several):
                self.model.add(sum(several) <= most)

    def _present(self, group: int, school_id: str) -> Literal | None:
        """Whether a class of the school is in the group; None for surely not."""
        if any(self.problem.class_of[need].school_id == school_id for need in self.stayers[group]):
            return True
        several = [
            joined for need, joined in self.joined[group].items() if self.problem.class_of[need].school_id == school_id
        ]
        if not several:
            return None
        present = self.model.new_bool_var("")
        for joined in several:
            self.model.add_implication(joined, present)
        return present

    def solve(self, limits: Limits, most: int | None = None) -> Outcome:
        """Minimise what is unserved; `most` cuts off everything worse."""
        if most is not None:
            self.model.add(self.objective <= most)
        self.model.minimize(self.objective)
        return solve(self.model, limits)

    def read(self, outcome: Outcome) -> list[Group]:
        """The groups of a solution; one that nobody joined loses its place."""
        found = []
        for place, group in enumerate(self.groups):
            joined = {need for need, each in self.joined[place].items() if outcome.is_true(each)}
            members = frozenset(self.stayers[place] | joined)
            teacher, slots = group.teacher, group.slots
            if place in self.freedom.moving:
                taught = self.taught[place].items()
                teacher = next((each for each, chosen in taught if outcome.is_true(chosen)), None)
                hours = self.hours[place][teacher].items() if teacher else ()
                slots = tuple(sorted(slot for slot, hour in hours if outcome.is_true(hour)))
            found.append(
                Group(group.block, teacher, slots, members) if members else Group(group.block, None, (), members)
            )
        return found


def _negated(literal: Literal) -> cp_model.LiteralT:
    return not literal if isinstance(literal, bool) else ~literal
