"""What placed groups leave free: classes, rooms, streams, teachers and studios, slot by slot."""

from collections import Counter
from collections.abc import Iterable

from tongtang.timetable.solver.problem import Group, Mask, Problem, bits, mask_of


class Occupation:
    """Counts of the placed lessons, kept up to date group by group.

    Rooms and studios are counted by all lessons that clash with a slot: never fewer than run at once, so that what is
    free here is free; where no two starts of a day overlap, it is exact.
    """

    def __init__(self, problem: Problem, groups: Iterable[Group] = ()) -> None:
        self.problem = problem
        self._hours: Counter[tuple[str, int]] = Counter()
        self._class_taken: dict[str, Mask] = {}
        self._teacher_taken: dict[str, Mask] = {}
        self._rooms: dict[str, list[int]] = {}
        self._streams: dict[str, list[int]] = {}
        self._studios = [0] * len(problem.slots)
        self._room_free: dict[tuple[str, int], Mask] = {}
        for group in groups:
            self.place(group)

    def place(self, group: Group) -> None:
        """Count in a group that has its slots."""
        problem = self.problem
        if group.teacher is not None:
            for week in (week for slot in group.slots for week in problem.held_in[slot]):
                self._hours[group.teacher, week] += 1
        schools: set[str] = set()
        for need in group.members:
            school_class = problem.class_of[need]
            clash = problem.bell(school_class.school_id).clash
            if school_class.school_id not in schools:
                schools.add(school_class.school_id)
                self._forget(school_class.school_id)
            taken = self._class_taken.get(school_class.class_id, 0)
            for slot in group.slots:
                taken |= clash[slot]
            self._class_taken[school_class.class_id] = taken
            self._count(self._rooms, school_class.school_id, group.slots)
        for school_id in schools:
            self._count(self._streams, school_id, group.slots)
        for slot in group.slots:
            if group.teacher is not None:
                self._teacher_taken[group.teacher] = self._teacher_taken.get(group.teacher, 0) | problem.busy[slot]
            for other in bits(problem.busy[slot]):
                self._studios[other] += 1

    def _count(self, counts: dict[str, list[int]], school_id: str, slots: Iterable[int]) -> None:
        here = counts.setdefault(school_id, [0] * len(self.problem.slots))
        clash = self.problem.bell(school_id).clash
        for slot in slots:
            for other in bits(clash[slot]):
                here[other] += 1

    def need_free(self, need: int) -> Mask:
        return self.problem.need_free[need] & ~self._class_taken.get(self.problem.class_of[need].class_id, 0)

    def teacher_free(self, teacher_id: str) -> Mask:
        return self.problem.teacher_free[teacher_id] & ~self._teacher_taken.get(teacher_id, 0)

    def hours_left(self, teacher_id: str) -> list[int]:
        """How many lessons more the teacher may have in each week until all turns repeat."""
        cap = self.problem.county.teachers[teacher_id].weekly_cap
        return [cap - self._hours[teacher_id, week] for week in range(self.problem.weeks)]

    def room_free(self, school_id: str, more: int = 1) -> Mask:
        """Slots in which `more` classes of the school can receive another broadcast together."""
        key = school_id, more
        if key not in self._room_free:
            self._room_free[key] = self._count_rooms(school_id, more)
        return self._room_free[key]

    def _forget(self, school_id: str) -> None:
        for key in [key for key in self._room_free if key[0] == school_id]:
            del self._room_free[key]

    def _count_rooms(self, school_id: str, more: int) -> Mask:
        school = self.problem.county.schools[school_id]
        nothing, places = [0] * len(self.problem.slots), self.problem.places[school_id]
        rooms, streams = self._rooms.get(school_id, nothing), self._streams.get(school_id, nothing)
        return mask_of(
            slot
            for slot in range(len(nothing))
            if rooms[slot] + more <= places[slot] and streams[slot] < school.max_streams
        )

    def studio_free(self) -> Mask:
        most = len(self.problem.county.studios)
        return mask_of(slot for slot, used in enumerate(self._studios) if used < most)
