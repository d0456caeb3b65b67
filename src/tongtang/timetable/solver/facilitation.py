"""Who is beside the classes of one school while they receive: the checker's own assignment, without any solver.

A facilitator is with one class at a time, and only while not unavailable. Spans are minutes of one day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tongtang.timetable.solver.fit import Span, overlap_cliques, overlaps
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson, Teacher


@dataclass(frozen=True, slots=True, order=True)
class Facilitation:
    """A facilitator beside a class in one weekly lesson, live or recorded; `start` in minutes of the day."""

    class_id: str
    weekday: int
    start: int
    subject: str
    teacher_id: str


def facilitations(
    county: County, broadcasts: Sequence[Broadcast], recorded: Sequence[RecordedLesson] = ()
) -> list[Facilitation]:
    """Who is beside which class, for the schools that name facilitators. ValueError for a plan that has too few."""
    days: dict[tuple[str, int], list[tuple[str, int, str]]] = defaultdict(list)
    for each in broadcasts:
        for class_id in each.class_ids:
            days[county.classes[class_id].school_id, each.weekday].append((class_id, each.start, each.subject))
    for one in recorded:
        school_class = county.classes[one.class_id]
        start = next(period.start for period in county.bell_of(school_class).periods if period.number == one.period)
        days[school_class.school_id, one.weekday].append((one.class_id, start, one.subject))
    found = []
    for (school_id, weekday), lessons in days.items():
        if school_id not in county.facilitators:
            continue
        people = [county.teachers[one] for one in county.facilitators[school_id]]
        spans = [(start, start + county.rules.lesson_minutes) for _class_id, start, _subject in lessons]
        chosen = assigned(people, weekday, spans)
        if chosen is None:
            raise ValueError(f"school {school_id}: too few facilitators on weekday {weekday}")
        for (class_id, start, subject), number in zip(lessons, chosen, strict=True):
            found.append(Facilitation(class_id, weekday, start, subject, people[number].teacher_id))
    return sorted(found)


def assigned(people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> list[int] | None:
    """For each span the position of who is there, None where nobody can be found for all of them.

    Complete: spans in the order of the clock are tried with everybody, and taken back where a later one stays alone.
    """
    able = [[number for number, one in enumerate(people) if not _is_away(one, weekday, span)] for span in spans]
    order = sorted(range(len(spans)), key=lambda place: (spans[place], len(able[place])))
    chosen: dict[int, int] = {}
    return [chosen[place] for place in range(len(spans))] if _assign(0, order, spans, able, chosen) else None


def _assign(
    step: int, order: Sequence[int], spans: Sequence[Span], able: Sequence[Sequence[int]], chosen: dict[int, int]
) -> bool:
    if step == len(order):
        return True
    place = order[step]
    busy = {chosen[other] for other in order[:step] if overlaps(spans[other], spans[place])}
    for one in able[place]:
        if one not in busy:
            chosen[place] = one
            if _assign(step + 1, order, spans, able, chosen):
                return True
    return False


def too_few(people: Sequence[Teacher], weekday: int, spans: Sequence[Span]) -> tuple[list[int], int] | None:
    """The spans that cannot all have somebody, and how many people there are for them; None where all have.

    The fullest moment for which there are too few; where only the moments together are too much, the whole day.
    """
    short = []
    for clique in overlap_cliques(spans):
        several = sorted(clique)
        if assigned(people, weekday, [spans[place] for place in several]) is None:
            there = {one.teacher_id for one in people for place in several if not _is_away(one, weekday, spans[place])}
            short.append((several, len(there)))
    if short:
        return max(short, key=lambda one: len(one[0]) - one[1])
    return None if assigned(people, weekday, spans) is not None else (list(range(len(spans))), len(people))


def _is_away(teacher: Teacher, weekday: int, span: Span) -> bool:
    return any(away.weekday == weekday and overlaps(span, (away.start, away.end)) for away in teacher.unavailable)
