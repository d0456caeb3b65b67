"""The words of an explanation: what gives no way, its numbers, and the change of the files that would do."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongtang.timetable.solver.local_rules import Fact


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a CSV file.

    `row` are the columns that find the row. With a `column` its value goes from `before` to `after`; without one the
    whole row goes (`after` empty) or comes (`before` empty), and `row` holds all of its columns.
    """

    file: str
    row: Mapping[str, str]
    column: str = ""
    before: str = ""
    after: str = ""

    @property
    def adds_row(self) -> bool:
        return not self.column and not self.before

    @property
    def drops_row(self) -> bool:
        return not self.column and bool(self.before)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something of `entity` that no timetable can keep together with everything else.

    `entity`: the id of a class, school, teacher, studio, bell, the code of a subject or the name of a rule. `proof`
    says what is short, with `proof_facts`; `cause` what of the entity stands in the way, with `facts`. `changes`,
    applied together, make a timetable possible where `verified`. Where `together`, all reasons have to give way.
    `was_cut`: the clock, not the work, ended the search for reasons; elsewhere there may be more.
    """

    entity: str
    proof: str
    proof_facts: Mapping[str, Fact]
    cause: str
    facts: Mapping[str, Fact]
    changes: tuple[Change, ...] = ()
    verified: bool = False
    together: bool = False
    was_cut: bool = False


def clock(minutes: int) -> str:
    """Minutes of the day as the files write them."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
