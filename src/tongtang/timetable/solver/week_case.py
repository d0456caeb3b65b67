"""Events and schools -> the single weeks that they upset, each with what it must keep."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tongtang.timetable.solver.events import (
    DayTransfer,
    Event,
    LessonMoved,
    LineDown,
    RoomLost,
    TeacherAway,
    days_between,
    monday_of,
)
from tongtang.timetable.solver.fit import overlaps
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, fit_of
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    CountyLesson,
    LocalLesson,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
    by_pair,
    carried_beside,
    days_of,
    given_away,
    most_at_once,
    periods_of,
    slots_of,
    slots_within,
    unavailable_slots,
)

Stream = tuple[str, tuple[int, ...]]


@dataclass
class WeekCase:
    """One school in one week. `whole` has the base of that week: day transfers and lessons from other weeks are in it.

    `pinned` receptions stay at the anchor's times; `wanted[pair]` maps a new slot to the slot whose lesson it takes the
    place of. `rooms` is what is left of the receiving rooms in a slot; `link` how many lessons a link in trouble still
    carries there, the county's among them; `streams` how many of the school's own, where these could be more.
    `recorded` lessons are watched so whatever else changes. `carried[pair]` are the dates and periods that
    lessons leave in another week, or on a day that holds another's lessons.
    """

    whole: WholeSchool
    monday: date
    pinned: dict[Pair, set[Slot]]
    away: set[tuple[str, Slot]] = field(default_factory=set)
    closed: set[tuple[Pair, Slot]] = field(default_factory=set)
    rooms: dict[Slot, int] = field(default_factory=dict)
    link: dict[Slot, int] = field(default_factory=dict)
    streams: dict[Slot, int] = field(default_factory=dict)
    wanted: dict[Pair, dict[Slot, Slot | None]] = field(default_factory=lambda: defaultdict(dict))
    recorded: list[tuple[Pair, Slot]] = field(default_factory=list)
    carried: dict[Pair, list[tuple[date, int]]] = field(default_factory=lambda: defaultdict(list))
    notes: list[Doubt] = field(default_factory=list)

    def is_live(self, pair: Pair, slot: Slot) -> bool:
        """Whether a lesson of the pair there would need a receiving room: not where it is watched recorded."""
        return pair in self.whole.receives and (pair, slot) not in self.recorded

    def receptions(self, slot: Slot) -> list[LocalLesson]:
        return [one for one in self.whole.base if one.slot == slot and self.is_live(one.pair, slot)]

    def stream_of(self, pair: Pair) -> Stream:
        """Classes of the same grades receive one lesson of a subject together."""
        return pair[1], self.whole.classes[pair[0]].grades

    def streams_at(self, slot: Slot) -> set[Stream]:
        """What the base receives in a slot of the lessons that the school places itself."""
        return {self.stream_of(one.pair) for one in self.receptions(slot)}

    def replaced(self, pair: Pair) -> dict[Slot, Slot | None]:
        """The wanted slots of a pair, each with the slot of the base that it takes the place of; None: none is left."""
        wanted = self.wanted.get(pair, {})
        kept = {old for old in wanted.values() if old is not None} | self.pinned.get(pair, set())
        left = iter(sorted(by_pair(self.whole.base).get(pair, set()) - kept))
        return {new: old if old is not None else next(left, None) for new, old in wanted.items()}

    def struck(self) -> list[LocalLesson]:
        """Lessons of the base that cannot all stay as they are."""
        absent = self.away | unavailable_slots(self.whole)
        full = {slot for slot, left in self.rooms.items() if len(self.receptions(slot)) > left}
        full |= {
            slot for slot in self.link if len(self.streams_at(slot)) > self.streams.get(slot, len(self.whole.classes))
        }
        return [
            one
            for one in self.whole.base
            if (one.pair, one.slot) in self.closed
            or (one.teacher_id, one.slot) in absent
            or (one.slot in full and self.is_live(one.pair, one.slot))
        ]


class Cases:
    """The cases of all schools while the events are read; each is made when the first event touches it.

    A week owes what its timetable holds, be that more or less than is required: an event is no reason to change it.
    """

    def __init__(self, schools: Iterable[WholeSchool]) -> None:
        self.schools = {whole.school_id: whole for whole in schools}
        self.found: dict[tuple[str, date], WeekCase] = {}

    def at(self, school_id: str, day: date) -> WeekCase:
        key = school_id, monday_of(day)
        if key not in self.found:
            whole = self.schools[school_id]
            held = _with_base(whole, whole.base, whole.requirements)
            self.found[key] = WeekCase(held, key[1], _aligned(whole))
        return self.found[key]


def _aligned(whole: WholeSchool) -> dict[Pair, set[Slot]]:
    """The anchor's times of the pairs whose lessons all stand there."""
    held = by_pair(whole.base)
    slots, _doubts = anchor_slots(whole)
    return {pair: set(one) for pair, one in slots.items() if one <= held.get(pair, set())}


def cases_of(schools: Sequence[WholeSchool], events: Sequence[Event]) -> list[WeekCase]:
    """The weeks that the events upset, by school and Monday.

    Day transfers come first: they say what a day holds; of two of one day the later holds. Moves of the anchor's
    lessons come last and together: lessons may change places, and of two moves of one lesson the later holds.
    """
    cases = Cases(schools)
    transfers = {one.day: one for one in events if isinstance(one, DayTransfer)}
    for transfer in transfers.values():
        _transfer(cases, transfer)
    for event in events:
        match event:
            case TeacherAway():
                _teacher_away(cases, event)
            case LineDown():
                _line_down(cases, event)
            case RoomLost():
                _room_lost(cases, event)
    _move_lessons(cases, schools, events, transfers)
    found = [cases.found[key] for key in sorted(cases.found)]
    for case in found:
        _bound_links(case)
    return found


def _move_lessons(
    cases: Cases, schools: Sequence[WholeSchool], events: Sequence[Event], transfers: Mapping[date, DayTransfer]
) -> None:
    weekdays = {one.anchor_lesson_id: one.weekday for whole in schools for one in whole.anchors}
    moved = {}
    for event in events:
        if isinstance(event, LessonMoved):
            stands = _stands_on(event, weekdays[event.anchor_lesson_id], transfers)
            moved[event.anchor_lesson_id, stands or event.day] = event, stands
    leaving = [reception for one in moved.values() for reception in _receptions_moved(cases, *one)]
    for reception in leaving:
        _unpin(cases, *reception)
    for reception in leaving:
        _move_reception(cases, *reception)


def _bound_links(case: WeekCase) -> None:
    """What the link leaves for receptions beside the county's lessons: no more come to a slot than it carries.

    What the base receives there already stays, unless the link is in trouble.
    """
    kinds = {case.stream_of(pair) for pair in case.whole.receives}
    most = min(len(kinds), len({class_id for class_id, _subject in case.whole.receives}))
    for slot in slots_of(case.whole) if kinds else ():
        left = max(0, case.link.get(slot, case.whole.school.max_streams) - carried_beside(case.whole, slot))
        if slot not in case.link:
            left = max(left, len(case.streams_at(slot)))
        if left == 0:
            case.closed |= {(pair, slot) for pair in case.whole.receives if (pair, slot) not in case.recorded}
        elif left < most:
            case.streams[slot] = left


def _stands_on(event: LessonMoved, weekday: int, transfers: Mapping[date, DayTransfer]) -> date | None:
    """The date on which the moved lesson stands: the event's, or another of its week; None where it falls out."""
    days = [event.day, *(monday_of(event.day) + timedelta(days=number) for number in range(7))]
    return next((day for day in days if _weekday_held(day, transfers) == weekday), None)


def _weekday_held(day: date, transfers: Mapping[date, DayTransfer]) -> int:
    return transfers[day].as_weekday if day in transfers else day.isoweekday()


def _transfer(cases: Cases, event: DayTransfer) -> None:
    weekday = event.day.isoweekday()
    for school_id, origin in cases.schools.items():
        case = cases.at(school_id, event.day)
        own = [one for one in case.whole.base if one.weekday == weekday]
        copies = [replace(one, weekday=weekday) for one in origin.base if one.weekday == event.as_weekday]
        rest = [one for one in case.whole.base if one.weekday != weekday]
        case.whole = _with_base(
            _with_day(case.whole, origin, weekday, event.as_weekday), [*rest, *copies], origin.requirements
        )
        aligned = _aligned(origin)
        for pair, slots in case.pinned.items():
            slots -= {slot for slot in slots if slot[0] == weekday}
            slots |= {(weekday, period) for day, period in aligned[pair] if day == event.as_weekday}
        facts: dict[str, Fact] = {"school_id": school_id, "day": event.day.isoformat()}
        case.notes.append(Doubt("day_held", school_id, {**facts, "weekday": event.as_weekday, "count": len(copies)}))
        if own and weekday != event.as_weekday:
            case.notes.append(Doubt("day_falls_out", school_id, {**facts, "weekday": weekday, "count": len(own)}))


def _with_day(whole: WholeSchool, origin: WholeSchool, weekday: int, held: int) -> WholeSchool:
    """What else a day has besides lessons is that of the weekday whose lessons it holds.

    Periods given away, broadcasts of the county and the times of teachers; a day off has every period given away.
    """
    off = {(weekday, period) for period in periods_of(whole)} if held not in days_of(origin) else set()
    classes = {
        key: replace(one, blocked=frozenset({*_of_day(one.blocked, origin.classes[key].blocked, weekday, held), *off}))
        for key, one in whole.classes.items()
    }
    teachers = {
        key: replace(
            one,
            unavailable=(
                *(each for each in one.unavailable if each.weekday != weekday),
                *(replace(each, weekday=weekday) for each in origin.teachers[key].unavailable if each.weekday == held),
            ),
        )
        for key, one in whole.teachers.items()
    }
    kept = {(one, slot) for one, slot in whole.taken if slot[0] != weekday}
    taken = kept | {(one, (weekday, slot[1])) for one, slot in origin.taken if slot[0] == held}
    county = [one for one in whole.county if one.weekday != weekday]
    county += [replace(one, weekday=weekday) for one in origin.county if one.weekday == held]
    return replace(whole, classes=classes, teachers=teachers, taken=frozenset(taken), county=tuple(county))


def _of_day(now: Iterable[Slot], origin: Iterable[Slot], weekday: int, held: int) -> Iterator[Slot]:
    yield from (slot for slot in now if slot[0] != weekday)
    yield from ((weekday, period) for day, period in origin if day == held)


def _with_base(whole: WholeSchool, base: Sequence[LocalLesson], owed_rows: Iterable[LocalRequirement]) -> WholeSchool:
    """The school as if it owed what `base` holds; caps give way to what the week brings."""
    owed = Counter(one.pair for one in base)
    load = Counter(one.teacher_id for one in base)
    rows = tuple(replace(row, lessons=owed[row.pair]) for row in owed_rows if owed[row.pair])
    teachers = {key: replace(one, weekly_cap=max(one.weekly_cap, load[key])) for key, one in whole.teachers.items()}
    return replace(whole, base=tuple(sorted(base)), requirements=rows, teachers=teachers)


def _teacher_away(cases: Cases, event: TeacherAway) -> None:
    for school_id, whole in cases.schools.items():
        if event.teacher_id not in whole.teachers:
            continue
        for day in days_between(event.first, event.last):
            case = cases.at(school_id, day)
            slots = slots_within(whole, day.isoweekday(), event.start, event.end)
            case.away |= {(event.teacher_id, slot) for slot in slots}


def _line_down(cases: Cases, event: LineDown) -> None:
    whole = cases.schools[event.school_id]
    for day in days_between(event.first, event.last):
        case = cases.at(event.school_id, day)
        _lose_countys(case, day.isoweekday(), event)
        for slot in slots_within(whole, day.isoweekday(), event.start, event.end):
            case.link[slot] = min(case.link.get(slot, whole.school.max_streams), event.streams)
            left = max(0, case.link[slot] - carried_beside(case.whole, slot))
            if len(case.streams_at(slot)) > left:
                for slots in case.pinned.values():
                    slots.discard(slot)


def _lose_countys(case: WeekCase, weekday: int, event: LineDown) -> None:
    """The county's lessons that the link carries no more are watched recorded: the school can move none of them.

    Those that most classes receive stay live.
    """
    classes: dict[str, list[CountyLesson]] = defaultdict(list)
    for one in case.whole.county:
        if one.weekday == weekday and overlaps((one.start, one.end), (event.start, event.end)):
            classes[one.lesson].append(one)
    live: list[CountyLesson] = []
    for several in sorted(classes.values(), key=lambda several: (-len(several), several[0].start, several[0].lesson)):
        if most_at_once([*live, several[0]]) <= event.streams:
            live.append(several[0])
            continue
        case.recorded += [((one.class_id, one.subject), (weekday, one.period)) for one in several]
        case.whole = replace(case.whole, county=tuple(one for one in case.whole.county if one not in several))


def _room_lost(cases: Cases, event: RoomLost) -> None:
    whole = cases.schools[event.school_id]
    for day in days_between(event.first, event.last):
        case = cases.at(event.school_id, day)
        for period in periods_of(whole):
            slot = day.isoweekday(), period
            left = case.rooms.get(slot, whole.school.receiving_rooms) - event.rooms
            case.rooms[slot] = max(0, left)
            if len(case.receptions(slot)) > case.rooms[slot]:
                for slots in case.pinned.values():
                    slots.discard(slot)


Reception = tuple[WholeSchool, Pair, AnchorLesson, LessonMoved, date | None]
"""The last is the date on which the lesson stands, None where it has fallen out."""


def _receptions_moved(cases: Cases, event: LessonMoved, stands: date | None) -> Iterator[Reception]:
    for whole in cases.schools.values():
        anchor = next((one for one in whole.anchors if one.anchor_lesson_id == event.anchor_lesson_id), None)
        if anchor is None:
            continue
        owed = {row.pair for row in whole.requirements}
        for pair in sorted(whole.receives):
            if pair[1] != anchor.subject or anchor.grade not in whole.classes[pair[0]].grades:
                continue
            if pair in owed:
                yield whole, pair, anchor, event, stands
            else:
                facts: dict[str, Fact] = {"class_id": pair[0], "subject": pair[1], "count": 1, "limit": 0}
                cases.at(whole.school_id, event.day).notes.append(Doubt("anchor_gives_more", pair[0], facts))


def _unpin(
    cases: Cases, whole: WholeSchool, pair: Pair, anchor: AnchorLesson, event: LessonMoved, stands: date | None
) -> None:
    if stands is not None:
        case = cases.at(whole.school_id, event.day)
        case.pinned.get(pair, set()).discard((stands.isoweekday(), fit_of(whole, anchor.start) or 0))


def _move_reception(
    cases: Cases, whole: WholeSchool, pair: Pair, anchor: AnchorLesson, event: LessonMoved, stands: date | None
) -> None:
    case = cases.at(whole.school_id, event.day)
    if stands not in (None, event.day):
        name = anchor.anchor_lesson_id
        facts: dict[str, Fact] = {"anchor_lesson_id": name, "day": event.day.isoformat(), "weekday": anchor.weekday}
        case.notes.append(Doubt("moved_from_other_day", name, facts))
    held = by_pair(case.whole.base).get(pair, set())
    was = fit_of(whole, anchor.start)
    old = (stands.isoweekday(), was) if stands is not None and was is not None else None
    old = old if old in held else None
    period = fit_of(whole, event.start)
    new = event.to_day.isoweekday(), period or 0
    later = cases.at(whole.school_id, event.to_day)
    obstacle = "moved_to_no_period" if period is None else _obstacle(later, pair, new)
    if obstacle is not None:
        case.notes.append(replace(_no_period(pair, event), code=obstacle))
        if old is not None:
            case.recorded.append((pair, old))
            case.pinned.setdefault(pair, set()).add(old)
            case.closed.discard((pair, old))
        return
    leaving = old or (min(held, default=None) if stands is not None else None)
    if later is case and leaving is not None:
        case.wanted[pair][new] = old
        return
    if leaving is not None:
        _let_go(case, pair, leaving)
    _bring(later, next(one for one in whole.requirements if one.pair == pair))
    later.wanted[pair][new] = None
    left = case.monday + timedelta(days=leaving[0] - 1) if leaving is not None else event.day
    later.carried[pair].append((left, leaving[1] if leaving is not None else was or new[1]))


def _let_go(case: WeekCase, pair: Pair, slot: Slot) -> None:
    """One lesson less of the pair in the week."""
    base = tuple(one for one in case.whole.base if (one.pair, one.slot) != (pair, slot))
    rows = (replace(one, lessons=one.lessons - 1) if one.pair == pair else one for one in case.whole.requirements)
    case.whole = replace(case.whole, base=base, requirements=tuple(row for row in rows if row.lessons))


def _bring(case: WeekCase, row: LocalRequirement) -> None:
    """One lesson more of the pair than the week holds."""
    held = sum(one.pair == row.pair for one in case.whole.base)
    owed = next((one.lessons for one in case.whole.requirements if one.pair == row.pair), held)
    others = [one for one in case.whole.requirements if one.pair != row.pair]
    teacher = case.whole.teachers[row.teacher_id]
    teachers = {**case.whole.teachers, row.teacher_id: replace(teacher, weekly_cap=teacher.weekly_cap + 1)}
    case.whole = replace(case.whole, requirements=(*others, replace(row, lessons=owed + 1)), teachers=teachers)


def _obstacle(case: WeekCase, pair: Pair, slot: Slot) -> str | None:
    """Why nothing local can free the slot for the class: no school, another reception, a period given away."""
    if slot[0] not in days_of(case.whole):
        return "moved_to_no_school_day"
    taken = any(
        slot in slots for held in (case.pinned, case.wanted) for other, slots in held.items() if other[0] == pair[0]
    )
    return "moved_onto_another" if taken or (pair[0], slot) in given_away(case.whole) else None


def _no_period(pair: Pair, event: LessonMoved) -> Doubt:
    facts: dict[str, Fact] = {
        "class_id": pair[0], "anchor_lesson_id": event.anchor_lesson_id, "start": event.start,
        "day": event.to_day.isoformat(),
    }  # fmt: skip
    return Doubt("moved_to_no_period", pair[0], facts)
