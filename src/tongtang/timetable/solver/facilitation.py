"""Who is beside the classes of one school while they receive: the checker's own assignment, without any solver.

A facilitator is with one class at a time, and only while not unavailable. Spans are minutes of one day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from tongtang.timetable.solver.fit import Span, overlap_cliques, overlaps
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson, Teacher


@dataclass(frozen=True, slots=True, order=True)
class Facilitation:
    """A facilitator beside a class in one lesson, live or recorded; `start` in minutes of the day.

    It is held in the `week`-th (from 1) of each `every_weeks` teaching weeks.
    """

    class_id: str
    weekday: int
    start: int
    subject: str
    teacher_id: str
    every_weeks: int = 1
    week: int = 1


@dataclass(frozen=True, slots=True)
class _Watched:
    """A class's lesson at its school."""

    class_id: str
    start: int
    subject: str
    every_weeks: int = 1
    week: int = 1

    def is_held(self, week: int) -> bool:
        return week % self.every_weeks == self.week - 1


def facilitations(
    county: County, broadcasts: Sequence[Broadcast], recorded: Sequence[RecordedLesson] = ()
) -> list[Facilitation]:
    """Who is beside which class, for the schools that name facilitators. ValueError for a plan that has too few.

    A lesson that does not have the same person in all its weeks stands once for each week until all repeats.
    """
    days: dict[tuple[str, int], list[_Watched]] = defaultdict(list)
    for each in broadcasts:
        for class_id in each.class_ids:
            lesson = _Watched(class_id, each.start, each.subject, each.every_weeks, each.week)
            days[county.classes[class_id].school_id, each.weekday].append(lesson)
    for one in recorded:
        school_class = county.classes[one.class_id]
        start = next(period.start for period in county.bell_of(school_class).periods if period.number == one.period)
        days[school_class.school_id, one.weekday].append(_Watched(one.class_id, start, one.subject))
    return sorted(
        each
        for (school_id, weekday), lessons in days.items()
        if school_id in county.facilitators
        for each in _beside(county, school_id, weekday, lessons)
    )


def _beside(county: County, school_id: str, weekday: int, lessons: Sequence[_Watched]) -> Iterator[Facilitation]:
    people = [county.teachers[one] for one in county.facilitators[school_id]]
    cycle = lcm(*(each.every_weeks for each in lessons))
    found: dict[_Watched, dict[int, str]] = {each: {} for each in lessons}
    for week in range(cycle):
        held = [each for each in lessons if each.is_held(week)]
        chosen = assigned(people, weekday, [(each.start, each.start + county.rules.lesson_minutes) for each in held])
        if chosen is None:
            raise ValueError(f"school {school_id}: too few facilitators on weekday {weekday}")
        for each, number in zip(held, chosen, strict=True):
            found[each][week] = people[number].teacher_id
    for each, by_week in found.items():
        several = set(by_week.values())
        weeks = [(week, cycle, week + 1) for week in by_week] if len(several) > 1 else []
        for week, every, turn in weeks or [(min(by_week), each.every_weeks, each.week)]:
            yield Facilitation(each.class_id, weekday, each.start, each.subject, by_week[week], every, turn)


def assigned(people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> list[int] | None:
    """For each span the position of who is there, None where nobody can be found for all of them.

    Complete: spans in the order of the clock are tried with everybody, and taken back where a later one stays alone.
    Of several people who are free and have the same spans open to them one is tried; where the same ones were busy
    before at the same place, nothing is tried again.
    """
    if any(_matched(people, weekday, [spans[place] for place in clique]) is None for clique in overlap_cliques(spans)):
        return None
    return _Day(people, weekday, spans).assigned()


class _Day:
    def __init__(self, people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> None:
        self.spans = spans
        able = [_able(one, weekday, spans) for one in people]
        self.order = sorted(range(len(spans)), key=lambda place: (spans[place], sum(place in one for one in able)))
        self.able, self.chosen = able, dict[int, int]()
        self.in_vain: set[tuple[int, frozenset[tuple[int, int]]]] = set()

    def assigned(self) -> list[int] | None:
        return [self.chosen[place] for place in range(len(self.spans))] if self._from(0, {}) else None

    def _from(self, step: int, until: dict[int, int]) -> bool:
        """Whether the spans from the step on find somebody beside those who are busy `until` some minute."""
        if step == len(self.order):
            return True
        place = self.order[step]
        busy = {one: end for one, end in until.items() if end > self.spans[place][0]}
        state = step, frozenset(busy.items())
        tried: set[frozenset[int]] = set()
        for one, open_to in enumerate(self.able):
            if place in open_to and one not in busy and open_to not in tried and state not in self.in_vain:
                tried.add(open_to)
                self.chosen[place] = one
                if self._from(step + 1, {**busy, one: self.spans[place][1]}):
                    return True
        self.in_vain.add(state)
        return False


def _able(one: Teacher, weekday: int, spans: Sequence[Span]) -> frozenset[int]:
    """The spans in which somebody is there."""
    return frozenset(place for place, span in enumerate(spans) if not _is_away(one, weekday, span))


def _matched(people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> dict[int, int] | None:
    """The span of each person who is needed, where all spans run at once; None where they are too many."""
    able = [_able(one, weekday, spans) for one in people]
    span_of: dict[int, int] = {}

    def seat(place: int, asked: set[int]) -> bool:
        for one in (one for one, open_to in enumerate(able) if place in open_to and one not in asked):
            asked.add(one)
            if one not in span_of or seat(span_of[one], asked):
                span_of[one] = place
                return True
        return False

    return span_of if all(seat(place, set()) for place in range(len(spans))) else None


def too_few(people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> tuple[list[int], int] | None:
    """The spans that cannot all have somebody, and how many people there are for them; None where all have.

    The fullest moment for which there are too few; where only the moments together are too much, the whole day.
    """
    short = []
    for clique in overlap_cliques(spans):
        several = sorted(clique)
        if _matched(people, weekday, [spans[place] for place in several]) is None:
            there = {one.teacher_id for one in people for place in several if not _is_away(one, weekday, spans[place])}
            short.append((several, len(there)))
    if short:
        return max(short, key=lambda one: len(one[0]) - one[1])
    return None if assigned(people, weekday, spans) is not None else (list(range(len(spans))), len(people))


def _is_away(teacher: Teacher, weekday: int, span: Span) -> bool:
    return any(away.weekday == weekday and overlaps(span, (away.start, away.end)) for away in teacher.unavailable)
