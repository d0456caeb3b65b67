"""Where the lessons of an upset week stand while they are pushed about, and what is still wrong with it.

Slots are bits of a mask: bit n is the n-th slot of the week, the later period of a day the higher bit. Classes,
teachers and lessons are positions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tongtang.timetable.solver.school_model import (
    LocalLesson,
    Pair,
    Slot,
    days_of,
    given_away,
    slots_of,
    unavailable_slots,
)
from tongtang.timetable.solver.week_case import Stream, WeekCase

OUT = -1
Gap = tuple[int, int, int]
"""A class, the mask of its periods of one day that must be filled, and the slot of its last lesson that day."""
Step = tuple[int, int, int]
"""A lesson, the slot that it goes to or OUT, and its teacher there."""
Change = frozenset[Step]
Key = TypeVar("Key", str, Pair)
StandIns = Mapping[tuple[Pair, Slot], Sequence[str]]
"""Who may give a lesson that must stay without its teacher; "" stands for nobody: recorded or cancelled."""


@dataclass(frozen=True)
class Week:
    """`own`: the lessons that their own teachers give; `others`: what somebody else gives, "" for nobody."""

    own: tuple[LocalLesson, ...]
    others: tuple[tuple[Pair, Slot, str], ...]


class Board:
    """A lesson is OUT where it has no place, and settled where it moves no more.

    `wanted` slots must come to be held by their pair; `waiting` lessons get a substitute before all else. Every change
    is written down in `done` and can be taken back.
    """

    def __init__(self, case: WeekCase, fixed: Mapping[Pair, frozenset[Slot]], stand_ins: StandIns) -> None:
        whole, self._case = case.whole, case
        self.slots = slots_of(whole)
        self._number = {slot: place for place, slot in enumerate(self.slots)}
        self.days = [self._mask(slot for slot in self.slots if slot[0] == day) for day in days_of(whole)]
        self.teachers = [*whole.teachers, *("" for _waiting in stand_ins)]
        classes = {one: number for number, one in enumerate(whole.classes)}
        self._teacher = {one: number for number, one in enumerate(whole.teachers)}
        lessons = _all_lessons(case)
        self.pair = [pair for pair, _teacher in lessons]
        self.class_of = [classes[pair[0]] for pair in self.pair]
        self.giver = [self._teacher[teacher] for _pair, teacher in lessons]
        self.place = [OUT] * len(lessons)
        self.settled = [False] * len(lessons)
        self.class_at: list[dict[int, int]] = [{} for _class in classes]
        self.teacher_at: list[dict[int, int]] = [{} for _teacher in self.teachers]
        self.class_busy, self.class_settled = [0] * len(classes), [0] * len(classes)
        self.teacher_busy, self.teacher_settled = [0] * len(self.teachers), [0] * len(self.teachers)
        self.out: set[int] = set()
        self.out_of = [0] * len(classes)
        self.touched: Counter[int] = Counter()
        self.done: list[Step] = []
        self._set_up(case)
        self._bind(case, fixed)
        self._wait(case, stand_ins)

    def _mask(self, slots: Iterable[Slot]) -> int:
        mask = 0
        for slot in slots:
            if slot in self._number:
                mask |= 1 << self._number[slot]
        return mask

    def _set_up(self, case: WeekCase) -> None:
        """The base's lessons in their places, and the slots that each lesson may take beside those of its pair."""
        whole = case.whole
        gone, absent = given_away(whole), case.away | unavailable_slots(whole)
        self.of_class: dict[int, list[int]] = defaultdict(list)
        self.of_pair: dict[Pair, list[int]] = defaultdict(list)
        held: dict[Pair, int] = defaultdict(int)
        for lesson, pair in enumerate(self.pair):
            self.of_class[self.class_of[lesson]].append(lesson)
            self.of_pair[pair].append(lesson)
        for lesson, one in enumerate(whole.base):
            held[one.pair] |= 1 << self._number[one.slot]
            self._put(lesson, self._number[one.slot])
        self.was_busy = list(self.class_busy)
        self.held = held
        away, shut = _grouped(absent), _grouped(case.closed)
        full = {class_id: self._mask(slots) for class_id, slots in _grouped(gone).items()}
        there = {teacher: self._mask(away.get(teacher, ())) for teacher in whole.teachers}
        everything = (1 << len(self.slots)) - 1
        self.may = []
        for lesson, pair in enumerate(self.pair):
            closed = self._mask(shut[pair]) if pair in shut else 0
            teacher = self.teachers[self.giver[lesson]]
            self.may.append(everything & ~(held[pair] | full.get(pair[0], 0) | there[teacher] | closed))
        self.rooms = {self._number[slot]: left for slot, left in case.rooms.items() if slot in self._number}
        self.streams = {self._number[slot]: left for slot, left in case.streams.items() if slot in self._number}
        self.receivers = [lesson for lesson, pair in enumerate(self.pair) if pair in whole.receives]

    def _bind(self, case: WeekCase, fixed: Mapping[Pair, frozenset[Slot]]) -> None:
        """What must stay, what must come and what must go."""
        absent = case.away | unavailable_slots(case.whole)
        places = [(pair, self._number[slot]) for pair, slots in sorted(fixed.items()) for slot in sorted(slots)]
        self.wanted = [(pair, place) for pair, place in places if not self.held[pair] >> place & 1]
        for lesson, place in enumerate(self.place):
            pair, teacher = self.pair[lesson], self.teachers[self.giver[lesson]]
            if place == OUT:
                self._put_out(lesson)
            elif (pair, self.slots[place]) in case.closed or (teacher, self.slots[place]) in absent:
                self.take(lesson)
                self.wanted += [(pair, place)] if (pair, place) in places else []
            elif (pair, place) in places:
                self._settle(lesson, place)

    def _wait(self, case: WeekCase, stand_ins: StandIns) -> None:
        self.waiting: dict[int, tuple[int, list[int]]] = {}
        self.spare = [0] * len(self.teachers)
        owed = Counter(row.teacher_id for row in case.whole.requirements for _lesson in range(row.lessons))
        for number, teacher in enumerate(case.whole.teachers.values()):
            self.spare[number] = teacher.weekly_cap - owed[teacher.teacher_id]
        nobody = len(case.whole.teachers)
        for lesson, one in enumerate(case.whole.base):
            names = stand_ins.get((one.pair, one.slot))
            if names is not None:
                self.out.discard(lesson)
                self.out_of[self.class_of[lesson]] -= 1
                givers = [self._teacher[name] if name else nobody for name in names]
                self.waiting[lesson] = self._number[one.slot], givers
                self.spare[nobody] = 1
                nobody += 1

    def _put(self, lesson: int, place: int) -> None:
        class_, teacher, bit = self.class_of[lesson], self.giver[lesson], 1 << place
        self.place[lesson] = place
        self.class_at[class_][place] = self.teacher_at[teacher][place] = lesson
        self.class_busy[class_] |= bit
        self.teacher_busy[teacher] |= bit

    def _lift(self, lesson: int) -> int:
        place = self.place[lesson]
        if place != OUT:
            class_, teacher, bit = self.class_of[lesson], self.giver[lesson], 1 << place
            self.place[lesson] = OUT
            del self.class_at[class_][place], self.teacher_at[teacher][place]
            self.class_busy[class_] ^= bit
            self.teacher_busy[teacher] ^= bit
        return place

    def _settle(self, lesson: int, place: int) -> None:
        """Settle a lesson, or free a settled one."""
        self.settled[lesson] = not self.settled[lesson]
        self.class_settled[self.class_of[lesson]] ^= 1 << place
        self.teacher_settled[self.giver[lesson]] ^= 1 << place

    def _put_out(self, lesson: int) -> None:
        self.out.add(lesson)
        self.out_of[self.class_of[lesson]] += 1
        self.touched[self.class_of[lesson]] += 1

    def take(self, lesson: int) -> None:
        """Put a standing lesson out."""
        self.done.append((lesson, self._lift(lesson), self.giver[lesson]))
        self._put_out(lesson)

    def move(self, step: Step) -> None:
        """Settle a lesson where it may go; who stands there of its class or teacher is put out."""
        lesson, place, teacher = step
        for met in {self.class_at[self.class_of[lesson]].get(place), self.teacher_at[teacher].get(place)}:
            if met is not None:
                self.take(met)
        self.done.append((lesson, self._lift(lesson), self.giver[lesson]))
        self.touched[self.class_of[lesson]] += 1
        if lesson in self.out:
            self.out.discard(lesson)
            self.out_of[self.class_of[lesson]] -= 1
        if lesson in self.waiting:
            self.giver[lesson] = teacher
            self.spare[teacher] -= 1
        self._put(lesson, place)
        self._settle(lesson, place)

    def back_to(self, mark: int) -> None:
        """Take back every change since `done` had `mark` entries."""
        while len(self.done) > mark:
            lesson, before, teacher = self.done.pop()
            class_ = self.class_of[lesson]
            if self.settled[lesson]:
                self._settle(lesson, self._lift(lesson))
                if lesson in self.waiting:
                    self.spare[self.giver[lesson]] += 1
                    self.giver[lesson] = teacher
            if lesson in self.out:
                self.out.discard(lesson)
                self.out_of[class_] -= 1
            if before != OUT:
                self._put(lesson, before)
            elif lesson not in self.waiting:
                self.out.add(lesson)
                self.out_of[class_] += 1
            self.touched[class_] -= 1
            if not self.touched[class_]:
                del self.touched[class_]

    def open_to(self, lesson: int) -> int:
        return self.may[lesson] & ~self.class_settled[self.class_of[lesson]] & ~self.teacher_settled[self.giver[lesson]]

    def free_to(self, lesson: int) -> int:
        """Where nobody has to give way."""
        return self.may[lesson] & ~self.class_busy[self.class_of[lesson]] & ~self.teacher_busy[self.giver[lesson]]

    def unmet(self) -> list[tuple[Pair, int]]:
        """The wanted slots that are not held."""
        return [(pair, place) for pair, place in self.wanted if not self._stands(pair, place)]

    def _stands(self, pair: Pair, place: int) -> bool:
        return any(self.place[lesson] == place for lesson in self.of_pair[pair])

    def gaps(self) -> list[Gap]:
        """What the changes have left free before later lessons of a day."""
        found = []
        for class_ in self.touched:
            busy = self.class_busy[class_]
            free = self.was_busy[class_] & ~busy
            for day in self.days if free else ():
                last = (busy & day).bit_length() - 1
                if last >= 0 and (mask := free & day & ((1 << last) - 1)):
                    found.append((class_, mask, last))
        return found

    def crowd(self) -> int | None:
        """A slot in which more classes receive than there are rooms left, or more lessons than the link carries."""
        if not self.rooms and not self.streams:
            return None
        live = [lesson for lesson in self.receivers if self._live(lesson)]
        here = Counter(self.place[lesson] for lesson in live)
        full = next((place for place, left in self.rooms.items() if here[place] > left), None)
        if full is not None or not self.streams:
            return full
        streams = Counter(place for place, _stream in {(self.place[one], self._stream(one)) for one in live})
        return next((place for place, left in self.streams.items() if streams[place] > left), None)

    def _stream(self, lesson: int) -> Stream:
        return self._case.stream_of(self.pair[lesson])

    def _live(self, lesson: int) -> bool:
        place = self.place[lesson]
        return place != OUT and self._case.is_live(self.pair[lesson], self.slots[place])

    def least(self, gaps: Sequence[Gap], unmet: Sequence[tuple[Pair, int]]) -> int:
        """So many moves at least are still to come: every lesson that is out, and one for two days with a gap.

        A lesson that is out closes one gap at most; another closes that of the day it comes to, and that of the day
        whose last lesson it was. One more where a lesson that is out cannot go anywhere without another giving way, or
        cannot fill its class's gap, while no other move is counted.
        """
        total = len(self.out)
        for class_, count in Counter(class_ for class_, _mask, _last in gaps).items():
            total += max(0, (count - self.out_of[class_] + 1) // 2)
        if unmet:
            return max(total, len(self.out) + len(unmet) - sum(self.pair[one] in dict(unmet) for one in self.out))
        if total > len(self.out):
            return total
        alone = {gap[0]: gap[1] for gap in gaps if self.out_of[gap[0]] == 1}
        for lesson in self.out:
            free = self.free_to(lesson)
            gap = alone.get(self.class_of[lesson], 0)
            if not free or (gap and free & gap != gap):
                return total + 1
        return total

    def substitutions(self) -> Iterator[Step] | None:
        """The ways in which the first waiting lesson gets a teacher; None where none waits."""
        lesson = next((one for one in self.waiting if self.place[one] == OUT), None)
        if lesson is None:
            return None
        place, givers = self.waiting[lesson]
        return (
            (lesson, place, one)
            for one in sorted(givers, key=lambda one: self.teacher_busy[one] >> place & 1)
            if self.spare[one] > 0 and not self.teacher_settled[one] >> place & 1
        )

    def comings(self, pair: Pair, place: int) -> Iterator[Step]:
        """The ways in which a wanted slot comes to be held."""
        for lesson in self.of_pair[pair]:
            if not self.settled[lesson] and self.open_to(lesson) >> place & 1:
                yield lesson, place, self.giver[lesson]

    def leavings(self, place: int) -> Iterator[Step]:
        """The ways in which a crowded slot loses a reception."""
        for lesson in self.receivers:
            if self.place[lesson] == place and not self.settled[lesson] and self._live(lesson):
                yield lesson, OUT, self.giver[lesson]

    def placings(self, lesson: int, gaps: Sequence[Gap], more: int) -> Iterator[Step]:
        """The ways in which a lesson that is out finds a place while at most `more` others give way."""
        class_, teacher = self.class_of[lesson], self.giver[lesson]
        mask = self.open_to(lesson)
        free = mask & ~self.class_busy[class_] & ~self.teacher_busy[teacher]
        for place in _bits(free):
            yield lesson, place, teacher
        if more < 1:
            return
        closing = more == 1 == len(gaps) and len(self.out) == 1 and gaps[0][0] == class_
        for place in _bits(mask & self.class_busy[class_] & ~self.teacher_busy[teacher]):
            if not closing or not gaps[0][1] & ~self.free_to(self.class_at[class_][place]):
                yield lesson, place, teacher
        for place in _bits(mask & self.teacher_busy[teacher]):
            met = self.teacher_at[teacher][place]
            together = self.class_at[class_].get(place) in (None, met)
            if (more > 1 or together) and (not closing or self.free_to(met)):
                yield lesson, place, teacher

    def fillings(self, gap: Gap, more: int) -> Iterator[Step]:
        """The ways in which the first period of a gap is filled, or ceases to lie before a lesson."""
        class_, mask, last = gap
        place = (mask & -mask).bit_length() - 1
        for lesson in self.of_class[class_]:
            if not self.settled[lesson] and self.open_to(lesson) >> place & 1:
                teacher = self.giver[lesson]
                if more > 0 or not self.teacher_busy[teacher] >> place & 1:
                    yield lesson, place, teacher
        moved = self.class_at[class_][last]
        if not self.settled[moved]:
            yield moved, OUT, self.giver[moved]

    def change(self) -> Change:
        """What is settled anew, with everything else as it was; none is out."""
        moved = {lesson for lesson, _place, _teacher in self.done}
        return frozenset((lesson, self.place[lesson], self.giver[lesson]) for lesson in moved)

    def week(self, change: Change) -> Week:
        """The lessons with their own teachers, and those that another gives."""
        anew = {lesson: (place, teacher) for lesson, place, teacher in change}
        own, others = [], []
        for lesson, pair in enumerate(self.pair):
            place, teacher = anew.get(lesson, (self.place[lesson], self.giver[lesson]))
            if lesson in self.waiting:
                others.append((pair, self.slots[place], self.teachers[teacher]))
            else:
                own.append(LocalLesson(pair[0], *self.slots[place], pair[1], self.teachers[teacher]))
        return Week(tuple(own), tuple(others))


def _grouped(pairs: Iterable[tuple[Key, Slot]]) -> dict[Key, list[Slot]]:
    found: dict[Key, list[Slot]] = defaultdict(list)
    for key, slot in pairs:
        found[key].append(slot)
    return found


def _all_lessons(case: WeekCase) -> list[tuple[Pair, str]]:
    """Pair and teacher of the base's lessons in their order, then of those that come from another week."""
    base = [(one.pair, one.teacher_id) for one in case.whole.base]
    held = Counter(pair for pair, _teacher in base)
    rows = case.whole.requirements
    return base + [(row.pair, row.teacher_id) for row in rows for _one in range(row.lessons - held[row.pair])]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
