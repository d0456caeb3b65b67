"""A valid plan for any county, in the simplest way and without the checker: what finds no place is no longer owed."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tongtang.timetable.solver.fit import fitting_periods
from tongtang.timetable.solver.model import Broadcast, County, Requirement, SchoolClass, Teacher
from tongtang.timetable.tests.county_folder import FIXTURES, Folder, read_folder

MARK_MINUTES = 5
"""Busy marks every five minutes are enough: starts and lengths of the made counties are multiples of five."""


def made_county(folder: Path, seed: int, points: int = 8, teachers: int = 30) -> Folder:
    """A county of the fixtures' generator with a greedy plan."""
    script = FIXTURES / "make_county.py"
    options = ["--seed", seed, "--points", points, "--teachers", teachers, "--lessons", 0]
    command = [sys.executable, str(script), "--out", str(folder), *map(str, options)]
    subprocess.run(command, check=True, capture_output=True)
    made = read_folder(folder)
    county, broadcasts = Greedy(made.county).plan()
    return Folder(county, made.term, broadcasts)


class Greedy:
    def __init__(self, county: County) -> None:
        self.county = county
        self.busy: set[tuple[str, int, int]] = set()
        self.load: dict[tuple[str, int, int], int] = defaultdict(int)
        self.taught: dict[str, int] = defaultdict(int)
        self.starts = sorted({period.start for bell in county.bells.values() for period in bell.periods})

    def plan(self) -> tuple[County, tuple[Broadcast, ...]]:
        broadcasts, owed = [], []
        for number, (subject, lessons, classes) in enumerate(self._groups(), 1):
            placed = self._place(f"g{number:03d}", subject, lessons, classes)
            broadcasts += placed
            owed += [Requirement(each.class_id, subject, len(placed)) for each in classes if placed]
        return replace(self.county, requirements=tuple(owed)), tuple(broadcasts)

    def _groups(self) -> Iterator[tuple[str, int, list[SchoolClass]]]:
        limits = self.county.rules.limits
        kinds = defaultdict(list)
        for each in self.county.requirements:
            school_class = self.county.classes[each.class_id]
            band = next(band for band in limits.grade_bands if band[0] <= school_class.grades[0] <= band[1])
            kinds[each.subject, each.lessons_per_week, band].append(school_class)
        for (subject, lessons, _), classes in sorted(kinds.items()):
            group: list[SchoolClass] = []
            for each in classes:
                pupils = sum(one.pupils for one in group) + each.pupils
                if len(group) == limits.max_classes or pupils > limits.max_pupils:
                    yield subject, lessons, group
                    group = []
                group.append(each)
            yield subject, lessons, group

    def _place(self, group_id: str, subject: str, lessons: int, classes: list[SchoolClass]) -> list[Broadcast]:
        for teacher in self.county.teachers.values():
            if subject in teacher.subjects and self.taught[teacher.teacher_id] + lessons <= teacher.weekly_cap:
                placed = list(self._lessons(group_id, subject, lessons, classes, teacher))
                if placed:
                    return placed
        return []

    def _lessons(
        self, group_id: str, subject: str, lessons: int, classes: list[SchoolClass], teacher: Teacher
    ) -> Iterator[Broadcast]:
        left = lessons
        for weekday in range(1, 6):
            found = left and self._slot(weekday, classes, teacher, subject)
            if found:
                start, studio_id = found
                self._take(weekday, start, studio_id, classes, teacher, subject)
                left -= 1
                ids = tuple(each.class_id for each in classes)
                yield Broadcast(group_id, subject, teacher.teacher_id, studio_id, weekday, start, ids)

    def _slot(self, weekday: int, classes: list[SchoolClass], teacher: Teacher, subject: str) -> tuple[int, str] | None:
        for start in self.starts:
            end = start + self.county.rules.lesson_minutes
            away = any(a.weekday == weekday and a.start < end and start < a.end for a in teacher.unavailable)
            if away or not self._free(teacher.teacher_id, weekday, start, self.county.rules.changeover_minutes):
                continue
            if not self._classes_free(weekday, start, classes):
                continue
            for studio_id in self.county.studios:
                if self._free(studio_id, weekday, start, self.county.rules.changeover_minutes):
                    return start, studio_id
        return None

    def _classes_free(self, weekday: int, start: int, classes: list[SchoolClass]) -> bool:
        need: dict[str, int] = defaultdict(int)
        for each in classes:
            periods = fitting_periods(self.county.bell_of(each), start, self.county.rules.start_tolerance_minutes)
            if len(periods) != 1 or (weekday, periods[0].number) in each.blocked:
                return False
            if not self._free(each.class_id, weekday, start, 0):
                return False
            need[each.school_id] += 1
        return all(
            self.load[f"room {school_id}", weekday, minute] + rooms <= self.county.schools[school_id].receiving_rooms
            and self.load[f"stream {school_id}", weekday, minute] < self.county.schools[school_id].max_streams
            for school_id, rooms in need.items()
            for minute in self._marks(start, self.county.rules.start_tolerance_minutes * 2)
        )

    def _marks(self, start: int, gap: int) -> range:
        return range(start - gap, start + self.county.rules.lesson_minutes + gap, MARK_MINUTES)

    def _free(self, who: str, weekday: int, start: int, gap: int) -> bool:
        return not any((who, weekday, minute) in self.busy for minute in self._marks(start, gap))

    def _take(
        self, weekday: int, start: int, studio_id: str, classes: list[SchoolClass], teacher: Teacher, subject: str
    ) -> None:
        self.taught[teacher.teacher_id] += 1
        schools = {each.school_id for each in classes}
        for minute in self._marks(start, 0):
            self.busy |= {(who, weekday, minute) for who in (teacher.teacher_id, studio_id)}
            self.busy |= {(each.class_id, weekday, minute) for each in classes}
            for each in classes:
                self.load[f"room {each.school_id}", weekday, minute] += 1
            for school_id in schools:
                self.load[f"stream {school_id}", weekday, minute] += 1
