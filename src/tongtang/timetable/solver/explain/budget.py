"""How much a search for reasons may do, in steps that are counted: every machine comes to the same answer."""

import time
from dataclasses import dataclass


@dataclass
class Budget:
    """`work` that is left, in steps of the search that spends it, down to `reserve`.

    `deadline` (time.monotonic) is the last guard, for a machine on which a step takes very long; `was_cut` says that
    it ended something, so that the answer is poorer than elsewhere.
    """

    work: float
    deadline: float
    reserve: float = 0.0
    was_cut: bool = False

    def spend(self, work: float) -> None:
        self.work -= work

    @property
    def is_over(self) -> bool:
        return self.work <= self.reserve or self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the guard has come; noted where it has."""
        self.was_cut = self.was_cut or time.monotonic() > self.deadline
        return self.was_cut

    @property
    def seconds(self) -> float:
        """Until the guard."""
        return max(0.0, self.deadline - time.monotonic())
