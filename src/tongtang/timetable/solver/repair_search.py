"""The fewest lessons that must move in an upset week, by deepening search: for the small upsets that nearly all are.

A lesson that has to go is put somewhere, which may put out the lesson of its class and the one of its teacher there;
a period that this leaves free before later lessons of the day has to be filled again. With n moves allowed, everything
that n moves can do is tried; so where n moves suffice and n - 1 did not, n is proven. Lessons that can neither keep
their teacher nor move have their stand-ins given; no other fallback is looked at: one costs more than any moves.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tongtang.timetable.solver.repair_board import OUT, Board, Change, Gap, StandIns, Step, Week
from tongtang.timetable.solver.school_model import Pair, Slot, given_away
from tongtang.timetable.solver.week_case import WeekCase

MOST_MOVES = 14
STEPS = 6_000
"""Of one week: the same on every machine, so that answers repeat."""
CHOICE = 24
"""Among so many mendings with equally few moves the one with the least penalty is taken."""


@dataclass(frozen=True)
class Found:
    """A `week` with the fewest moves, or None; no week with these stand-ins alone has fewer than `bound` moves."""

    bound: int
    week: Week | None


class _Ended(Exception):
    """The steps are used up, or there are mendings enough to choose from."""


def search_moves(
    case: WeekCase,
    fixed: Mapping[Pair, frozenset[Slot]],
    stand_ins: StandIns,
    penalty: Callable[[Week], tuple[int, int]],
) -> Found:
    """The week with the fewest moves, if the steps suffice for it."""
    if not is_sound(case):
        return Found(0, None)
    search = _Search(Board(case, fixed, stand_ins))
    for most in range(search.root(), MOST_MOVES + 1):
        complete = search.run(most)
        if search.changes:
            weeks = map(search.board.week, sorted(search.changes, key=sorted))
            return Found(most, min(weeks, key=penalty))
        if not complete:
            return Found(most, None)
    return Found(MOST_MOVES + 1, None)


def is_sound(case: WeekCase) -> bool:
    """Whether the base keeps the rules that the search takes for granted: amounts, teachers, nobody twice at once."""
    whole = case.whole
    rows = {row.pair: row for row in whole.requirements}
    if any(one.pair not in rows or rows[one.pair].teacher_id != one.teacher_id for one in whole.base):
        return False
    held = Counter(one.pair for one in whole.base)
    if any(not 0 <= row.lessons - held[row.pair] <= len(case.wanted.get(row.pair, ())) for row in rows.values()):
        return False
    classes = {(one.class_id, one.slot) for one in whole.base}
    teachers = {(one.teacher_id, one.slot) for one in whole.base}
    return len(classes) == len(teachers) == len(whole.base) and not classes & given_away(whole)


@dataclass
class _Search:
    board: Board
    changes: set[Change] = field(default_factory=set)
    steps: int = 0

    def root(self) -> int:
        return self.board.least(self.board.gaps(), self.board.unmet()) if not self.board.waiting else 0

    def run(self, most: int) -> bool:
        """Try all that `most` moves can do; False where it was not all."""
        mark = len(self.board.done)
        try:
            self._step(most)
        except _Ended:
            self.board.back_to(mark)
            return False
        return True

    def _step(self, left: int) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise _Ended
        options = self._options(left)
        if options is None:
            self.changes.add(self.board.change())
            if len(self.changes) >= CHOICE:
                raise _Ended
            return
        mark = len(self.board.done)
        for step in list(options):
            if step[1] == OUT:
                self.board.take(step[0])
                self._step(left)
            else:
                self.board.move(step)
                self._step(left - (step[0] not in self.board.waiting))
            self.board.back_to(mark)

    def _options(self, left: int) -> Iterable[Step] | None:
        """What could be done about one thing that is wrong; None where nothing is."""
        board = self.board
        waiting = board.substitutions()
        if waiting is not None:
            return waiting
        gaps, unmet = board.gaps(), board.unmet()
        if board.least(gaps, unmet) > left:
            return ()
        if unmet:
            return board.comings(*unmet[0])
        crowded = board.crowd()
        if crowded is not None:
            return board.leavings(crowded)
        return self._moves(gaps, left)

    def _moves(self, gaps: Sequence[Gap], left: int) -> Iterable[Step] | None:
        board = self.board
        if board.out:
            lesson = min(board.out, key=lambda one: (board.open_to(one).bit_count(), one))
            return board.placings(lesson, gaps, left - len(board.out))
        return board.fillings(gaps[0], left - 1) if gaps else None
