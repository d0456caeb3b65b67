"""What a county allows where no live lesson can be had: a substitute of the subject, then the lesson recorded.

Either is used only for what a search for a plan without it has left out.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ortools.sat.python import cp_model

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.demand import receivers_at_once
from tongtang.timetable.solver.grouping import rebuilt
from tongtang.timetable.solver.model import Broadcast, County, Period, RecordedLesson, SchoolClass
from tongtang.timetable.solver.problem import Group, Problem, groups_of, own_hours, problem_of, with_slots
from tongtang.timetable.solver.starts import period_taken

WEEKDAYS = range(1, 6)
TRIES = 20
LIMITS = Limits(10, deterministic=5)
Unserved = Sequence[tuple[str, str, int]]
"""Class, subject and lessons a week."""


def with_substitutes(county: County) -> County | None:
    """The county in which every substitute may teach; None where there is none."""
    if not any(each.stands_in_for - each.subjects for each in county.teachers.values()):
        return None
    teachers = {key: replace(one, subjects=one.subjects | one.stands_in_for) for key, one in county.teachers.items()}
    return replace(county, teachers=teachers)


def with_groups_added(county: County, broadcasts: Sequence[Broadcast], seed: int) -> tuple[Problem, list[Group]]:
    """The groups of `broadcasts` as they are, and as few others as `TRIES` constructions need for what they leave out.

    Where some of it still finds no place it is left out.
    """
    problem = with_slots(county, {*problem_of(county).slots, *((each.weekday, each.start) for each in broadcasts)})
    kept = groups_of(problem, broadcasts) or []
    blocks = [problem.block_of[need] for need, copies in problem.missing(kept).items() for _copy in range(copies)]
    rng = random.Random(seed)  # noqa: S311 - a search, no secret
    drafts = [rebuilt(problem, kept, blocks, rng) for _try in range(TRIES)]
    return problem, min(drafts, key=lambda draft: (problem.unserved(draft), sum(len(group.slots) for group in draft)))


def given_back(county: County, broadcasts: Sequence[Broadcast]) -> tuple[Broadcast, ...]:
    """The plan with each substitute's group given to a teacher of the subject who is free for all its lessons."""
    plan = list(broadcasts)
    for group_id in dict.fromkeys(each.group_id for each in broadcasts):
        mine = [each for each in plan if each.group_id == group_id]
        if mine[0].subject in county.teachers[mine[0].teacher_id].subjects:
            continue
        for teacher_id, teacher in county.teachers.items():
            if mine[0].subject in teacher.subjects and _can_take(county, plan, teacher_id, mine):
                plan = [replace(each, teacher_id=teacher_id) if each.group_id == group_id else each for each in plan]
                break
    return tuple(plan)


def _can_take(county: County, plan: Sequence[Broadcast], teacher_id: str, lessons: Sequence[Broadcast]) -> bool:
    rules, teacher = county.rules, county.teachers[teacher_id]
    own = [each for each in plan if each.teacher_id == teacher_id]
    away_or_teaching = (*teacher.unavailable, *own_hours(county).get(teacher_id, ()))
    distance = rules.lesson_minutes + rules.changeover_minutes
    return (
        len(own) + len(lessons) <= teacher.weekly_cap
        and not any(
            one.weekday == other.weekday and abs(one.start - other.start) < distance for one in lessons for other in own
        )
        and not any(
            away.weekday == one.weekday and one.start < away.end and away.start < one.start + rules.lesson_minutes
            for one in lessons
            for away in away_or_teaching
        )
    )


def substituted(county: County, broadcasts: Sequence[Broadcast]) -> int:
    """How many broadcasts a week somebody gives who does not otherwise teach the subject."""
    return sum(each.subject not in county.teachers[each.teacher_id].subjects for each in broadcasts)


def live_part(county: County, broadcasts: Sequence[Broadcast], recorded: Sequence[RecordedLesson]) -> County:
    """The county in which the substitutes of a plan teach what they give in it, and nothing recorded is owed."""
    if not recorded and not substituted(county, broadcasts):
        return county
    shown = Counter((one.class_id, one.subject) for one in recorded)
    owed = [
        replace(one, lessons_per_week=one.lessons_per_week - shown[one.class_id, one.subject])
        for one in county.requirements
    ]
    given: dict[str, set[str]] = defaultdict(set)
    for one in broadcasts:
        given[one.teacher_id].add(one.subject)
    teachers = {key: replace(one, subjects=one.subjects | given[key]) for key, one in county.teachers.items()}
    return replace(county, requirements=tuple(one for one in owed if one.lessons_per_week), teachers=teachers)


def recorded_for(county: County, broadcasts: Sequence[Broadcast], unserved: Unserved) -> tuple[RecordedLesson, ...]:
    """A recorded lesson for every class-lesson left out; none where not all may be recorded or find their period.

    Lessons of every n-th week are not recorded.
    """
    rarely = {(owed.class_id, owed.subject) for owed in county.requirements if owed.every_weeks > 1}
    if any((class_id, subject) in rarely for class_id, subject, _count in unserved):
        return ()
    if any(count > county.recordable.get((class_id, subject), 0) for class_id, subject, count in unserved):
        return ()
    return _Showings(county, broadcasts).placed(unserved)


class _Showings:
    """Periods of classes for recorded lessons, beside the live ones."""

    def __init__(self, county: County, broadcasts: Sequence[Broadcast]) -> None:
        self.county = county
        self.model = cp_model.CpModel()
        self.chosen: dict[tuple[str, str, int, int], cp_model.IntVar] = {}
        self.live: dict[tuple[str, int], list[tuple[str, Broadcast]]] = defaultdict(list)
        for each in broadcasts:
            for class_id in each.class_ids:
                self.live[county.classes[class_id].school_id, each.weekday].append((class_id, each))

    def placed(self, unserved: Unserved) -> tuple[RecordedLesson, ...]:
        for class_id, subject, count in unserved:
            here = [*self._places(self.county.classes[class_id], subject)]
            self.model.add(sum(here) == count)
        self._one_at_a_time()
        self._a_day()
        self._room_for_each()
        outcome = cpsat.solve(self.model, LIMITS)
        if not outcome.solved:
            return ()
        return tuple(RecordedLesson(*key) for key, literal in sorted(self.chosen.items()) if outcome.is_true(literal))

    def _places(self, school_class: SchoolClass, subject: str) -> Iterator[cp_model.IntVar]:
        for weekday in WEEKDAYS:
            for period in self.county.bell_of(school_class).periods:
                own = [each for one, each in self._near(school_class, weekday, period) if one == school_class.class_id]
                taught = self.county.own_lessons.get((school_class.class_id, weekday, period.number))
                if own or (weekday, period.number) in school_class.blocked or (taught and taught[0] != subject):
                    continue
                key = school_class.class_id, subject, weekday, period.number
                self.chosen[key] = self.model.new_bool_var("")
                yield self.chosen[key]

    def _near(self, school_class: SchoolClass, weekday: int, period: Period) -> list[tuple[str, Broadcast]]:
        """Live receptions of the school that take the period or overlap it on the clock."""
        rules, bell = self.county.rules, self.county.bell_of(school_class)
        return [
            (class_id, each)
            for class_id, each in self.live[school_class.school_id, weekday]
            if abs(each.start - period.start) < rules.lesson_minutes
            or period_taken(bell, each.start, rules.start_tolerance_minutes) == period.number
        ]

    def _one_at_a_time(self) -> None:
        """Of a class in each period and those after it that begin before the lesson ends."""
        days: dict[tuple[str, int], dict[int, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
        for (class_id, _subject, weekday, number), literal in self.chosen.items():
            days[class_id, weekday][self._start(class_id, number)].append(literal)
        for at in days.values():
            for start in at:
                within = range(start, start + self.county.rules.lesson_minutes)
                self.model.add_at_most_one(one for other, several in at.items() if other in within for one in several)

    def _start(self, class_id: str, number: int) -> int:
        bell = self.county.bell_of(self.county.classes[class_id])
        return next(period.start for period in bell.periods if period.number == number)

    def _a_day(self) -> None:
        held = Counter(
            (class_id, each.subject, each.weekday) for several in self.live.values() for class_id, each in several
        )
        days: dict[tuple[str, str, int], list[cp_model.IntVar]] = defaultdict(list)
        for (class_id, subject, weekday, _period), literal in self.chosen.items():
            days[class_id, subject, weekday].append(literal)
        for key, several in days.items():
            self.model.add(sum(several) <= self.county.rules.same_subject_per_class_and_day - held[key])

    def _room_for_each(self) -> None:
        """Rooms and facilitators: whoever watches meets fewer others than there are places."""
        at: dict[tuple[str, int, int], list[cp_model.IntVar]] = defaultdict(list)
        for (class_id, _subject, weekday, number), literal in self.chosen.items():
            at[self.county.classes[class_id].school_id, weekday, number].append(literal)
        for (school_id, weekday, number), several in at.items():
            one = next(each for each in self.county.classes.values() if each.school_id == school_id)
            bell = self.county.bell_of(one)
            period = next(each for each in bell.periods if each.number == number)
            near = [
                literal
                for other in bell.periods
                if abs(other.start - period.start) < self.county.rules.lesson_minutes
                for literal in at.get((school_id, weekday, other.number), ())
            ]
            left = self._there(school_id, weekday, period) - len(self._near(one, weekday, period))
            for literal in several if len(near) > left else ():
                self.model.add(sum(near) <= left).only_enforce_if(literal)

    def _there(self, school_id: str, weekday: int, period: Period) -> int:
        most = receivers_at_once(self.county, school_id)
        if school_id not in self.county.facilitators:
            return most
        end = period.start + self.county.rules.lesson_minutes
        free = [
            teacher_id
            for teacher_id in self.county.facilitators[school_id]
            if not any(
                away.weekday == weekday and period.start < away.end and away.start < end
                for away in self.county.teachers[teacher_id].unavailable
            )
        ]
        return min(most, len(free))
