"""What is wrong in a folder: where, the value as written, and a sentence that says what to do."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

LISTED = 200
VALUE_SHOWN = 200


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """One finding.

    `line` counts physical lines from 1 (a cell in quotation marks may span several); 0 when the file as a whole is
    meant. `column` is empty when the finding is not about one column.
    """

    file: str
    line: int
    column: str
    value: str
    message: str

    def as_json(self) -> dict[str, str | int]:
        """The five fields, in this order."""
        return asdict(self)


@dataclass
class DamageList:
    """Collects findings; keeps the first `LISTED` and counts the rest, so that a ruined file costs no memory."""

    found: list[Damage] = field(default_factory=list)
    unlisted: int = 0

    def add(self, file: str, line: int, column: str, value: str, message: str) -> None:
        """Keep or count one finding; a long value is cut."""
        if len(self.found) >= LISTED:
            self.unlisted += 1
            return
        self.found.append(Damage(file, line, column, value[:VALUE_SHOWN], message))

    def __bool__(self) -> bool:
        return bool(self.found)

    def listed(self, file_order: Iterable[str]) -> list[Damage]:
        """The findings by file, line and column; a last one says how many more there are."""
        rank = {name: index for index, name in enumerate(file_order)}
        listed = sorted(self.found, key=lambda item: (rank.get(item.file, -1), item))
        if self.unlisted:
            sentence = _("%(count)d more errors are not listed. Correct these first, then load the folder again.")
            listed.append(Damage("", 0, "", str(self.unlisted), sentence % {"count": self.unlisted}))
        return listed
