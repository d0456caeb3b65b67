"""What can be done about a lesson of an upset week that cannot be moved, and what each way costs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tongtang.timetable.solver.school_model import (
    LocalLesson,
    Pair,
    Slot,
    by_pair,
    given_away,
    slots_of,
    unavailable_slots,
)
from tongtang.timetable.solver.week_case import WeekCase


class Kind(StrEnum):
    """What happens in the slot of a lesson that could not be moved, mildest first."""

    SUBSTITUTE_OF_SUBJECT = "substitute_of_subject"
    SUBSTITUTE = "substitute"
    COMBINED = "combined"
    RECORDED = "recorded"
    CANCELLED = "cancelled"


class PeriodUse(StrEnum):
    """What becomes of the period of a lesson that has a fallback.

    `KEPT`: the class keeps it. `LEFT`: another lesson of the class takes it, because one came from another week.
    `NONE`: the lesson itself was to come from another week and is not given here, so that it has none.
    """

    KEPT = "kept"
    LEFT = "left"
    NONE = "none"


COSTS: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.SUBSTITUTE_OF_SUBJECT: 1_000,
        Kind.SUBSTITUTE: 2_000,
        Kind.COMBINED: 3_000,
        Kind.RECORDED: 4_000,
        Kind.CANCELLED: 10_000,
    }
)
NOT_COMING = 900
"""More than any moves, less than any further fallback: where one lesson has to fall out, it is not the anchor's."""


@dataclass(frozen=True)
class Fallback:
    """`teacher_id`: the substitute; `partner`: the class whose lesson is joined; a cancelled one is owed."""

    kind: Kind
    class_id: str
    subject: str
    slot: Slot
    teacher_id: str = ""
    partner: str = ""
    period: PeriodUse = PeriodUse.KEPT

    @property
    def cost(self) -> int:
        return COSTS[self.kind] + (NOT_COMING if self.period is PeriodUse.NONE else 0)


def fallbacks_of(case: WeekCase, lesson: LocalLesson) -> Iterator[Fallback]:
    """Every way, those among them that turn out to be impossible because of other lessons."""
    whole, slot = case.whole, lesson.slot
    absent = case.away | unavailable_slots(whole)
    if (lesson.teacher_id, slot) in absent and (lesson.pair, slot) not in case.closed:
        for teacher in whole.teachers.values():
            if teacher.teacher_id != lesson.teacher_id and (teacher.teacher_id, slot) not in absent:
                able = lesson.subject in teacher.subjects
                kind = Kind.SUBSTITUTE_OF_SUBJECT if able else Kind.SUBSTITUTE
                yield Fallback(kind, *lesson.pair, slot, teacher_id=teacher.teacher_id)
    if (lesson.teacher_id, slot) in absent or slot in case.rooms:
        grades = whole.classes[lesson.class_id].grades
        for row in whole.requirements:
            same = row.subject == lesson.subject and whole.classes[row.class_id].grades == grades
            if same and row.class_id != lesson.class_id:
                yield Fallback(Kind.COMBINED, *lesson.pair, slot, partner=row.class_id)
    if (lesson.pair, slot) in case.closed or (slot in case.link and case.is_live(lesson.pair, slot)):
        yield Fallback(Kind.RECORDED, *lesson.pair, slot)
    yield Fallback(Kind.CANCELLED, *lesson.pair, slot)


def falling_out(case: WeekCase) -> Iterator[Fallback]:
    """What may not be held so that a week has room for a lesson from another one: one of the class, or that lesson.

    Struck lessons are not among them, they have fallbacks of their own.
    """
    struck = set(case.struck())
    coming = {pair: [new for new, old in case.wanted[pair].items() if old is None] for pair in case.carried}
    class_ids = {pair[0] for pair in coming}
    for lesson in case.whole.base:
        if lesson.class_id in class_ids and lesson not in struck:
            yield Fallback(Kind.CANCELLED, *lesson.pair, lesson.slot, period=PeriodUse.LEFT)
    held = by_pair(case.whole.base)
    for pair, slots in coming.items():
        for slot in slots:
            if slot not in held.get(pair, ()):
                yield Fallback(Kind.CANCELLED, *pair, slot, period=PeriodUse.NONE)


def spare_hours(case: WeekCase) -> dict[str, int]:
    """How many lessons each teacher can give beside those that the week owes."""
    owed: Counter[str] = Counter()
    for row in case.whole.requirements:
        owed[row.teacher_id] += row.lessons
    return {one.teacher_id: max(0, one.weekly_cap - owed[one.teacher_id]) for one in case.whole.teachers.values()}


def stuck(case: WeekCase, struck: Sequence[LocalLesson], fixed: Mapping[Pair, frozenset[Slot]]) -> list[LocalLesson]:
    """The struck lessons that no move can help: bound to a slot without their teacher, or with no slot open at all."""
    whole = case.whole
    gone, absent = given_away(whole), case.away | unavailable_slots(whole)
    held = by_pair(whole.base)
    found = []
    for one in struck:
        if (one.pair, one.slot) not in case.closed and (one.teacher_id, one.slot) not in absent:
            continue
        bound_here = one.slot in fixed.get(one.pair, ())
        if bound_here or not any(
            (one.class_id, slot) not in gone
            and (one.teacher_id, slot) not in absent
            and (one.pair, slot) not in case.closed
            for slot in slots_of(whole)
            if slot not in held[one.pair]
        ):
            found.append(one)
    return found


def mildest(case: WeekCase, lessons: Sequence[LocalLesson]) -> dict[LocalLesson, list[Fallback]] | None:
    """The mildest fallbacks of each lesson; None where joining another class is the mildest for one of them."""
    spare = spare_hours(case)
    found = {}
    for lesson in lessons:
        several = [one for one in fallbacks_of(case, lesson) if not one.teacher_id or spare[one.teacher_id]]
        least = min(COSTS[one.kind] for one in several)
        found[lesson] = [one for one in several if COSTS[one.kind] == least]
        if found[lesson][0].kind is Kind.COMBINED:
            return None
    return found


def at_once(
    case: WeekCase, struck: Sequence[LocalLesson]
) -> tuple[tuple[LocalLesson, ...], tuple[Fallback, ...]] | None:
    """A week in which nothing moves or comes: what cannot stay has the mildest fallback that is still there.

    Quick and dear: what stands if no search finds a better one in its time. Not always a week that the checker passes;
    None where a lesson that the anchor moved cannot be watched recorded in its old place.
    """
    base = dict.fromkeys(case.whole.base)
    spare, busy = spare_hours(case), {(one.teacher_id, one.slot) for one in base}
    chosen = []
    for lesson in _leaving(case, struck):
        del base[lesson]
        room = lesson.slot not in case.rooms or not case.is_live(lesson.pair, lesson.slot)
        for fallback in sorted(fallbacks_of(case, lesson), key=lambda one: COSTS[one.kind]):
            partner = next((one for one in base if one.pair == (fallback.partner, lesson.subject)), None)
            free = (fallback.teacher_id, lesson.slot) not in busy and spare.get(fallback.teacher_id, 0) > 0 and room
            joined = fallback.kind is Kind.COMBINED and partner is not None and partner.slot == lesson.slot
            if fallback.kind in (Kind.RECORDED, Kind.CANCELLED) or joined or (fallback.teacher_id and free):
                break
        chosen.append(fallback)
        busy.add((fallback.teacher_id, lesson.slot))
        spare[fallback.teacher_id] = spare.get(fallback.teacher_id, 0) - 1
    for pair in case.wanted:
        for new, old in case.replaced(pair).items():
            if pair in case.carried and case.wanted[pair][new] is None:
                there = any(one.pair == pair and one.slot == new for one in base)
                use = PeriodUse.LEFT if there else PeriodUse.NONE
                chosen.append(Fallback(Kind.CANCELLED, *pair, new, period=use))
                continue
            stays = next((one for one in base if one.pair == pair and one.slot == old), None)
            if stays is None:
                return None
            del base[stays]
            chosen.append(Fallback(Kind.RECORDED, *pair, stays.slot))
    return tuple(base), tuple(chosen)


def _leaving(case: WeekCase, struck: Sequence[LocalLesson]) -> Iterator[LocalLesson]:
    """The struck lessons without those that a room and the link are left for."""
    absent = case.away | unavailable_slots(case.whole)
    gone = [one for one in struck if (one.pair, one.slot) in case.closed or (one.teacher_id, one.slot) in absent]
    yield from gone
    for slot in {*case.rooms, *case.link}:
        waiting = [one for one in case.receptions(slot) if one not in gone]
        streams = list(dict.fromkeys(case.stream_of(one.pair) for one in waiting))[: case.streams.get(slot)]
        shown = [one for one in waiting if case.stream_of(one.pair) in streams][: case.rooms.get(slot)]
        yield from (one for one in waiting if one not in shown)
