"""Rotations of n weeks: pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WeekCycle:
    """The weeks of a cycle of `length` weeks in which something holds, counted from 1: odd weeks are (2, {1}).

    Raises:
        ValueError: no week, or one outside the cycle.
    """

    length: int
    weeks: frozenset[int]

    def __post_init__(self) -> None:
        if not self.weeks or min(self.weeks) < 1 or max(self.weeks) > self.length:
            raise ValueError(f"weeks {sorted(self.weeks)} of a cycle of {self.length}")

    def holds(self, teaching_week: int) -> bool:
        """Whether it holds in a teaching week of the term, counted from 1."""
        return (teaching_week - 1) % self.length + 1 in self.weeks


EVERY_WEEK = WeekCycle(1, frozenset([1]))
