"""The rows of a county before they are files."""

from dataclasses import dataclass, field
from datetime import date

from tongtang.curriculum.api import Stage


@dataclass
class SchoolDraft:
    """A school and what fills it. `classes`: a fixed number of classes, 0 where `class_size` decides.

    `anchor`: number of the region's anchor, its own or the one it receives from; -1 for none.
    """

    id: str
    name: str
    kind: str
    stage: Stage
    township: str
    pupils: int
    class_size: int
    teachers: int = 0
    parent: str = ""
    bell: str = ""
    rooms: int = 0
    link_mbps: int = 100
    link: str = "fibre"
    streams: int = 0
    boarding: bool = False
    classes: int = 0
    anchor: int = -1
    studios: int = 0


@dataclass(frozen=True)
class ClassDraft:
    """`heads`: pupils by grade; two grades or more make it a multi-grade class."""

    id: str
    school: SchoolDraft
    name: str
    heads: tuple[tuple[int, int], ...]

    @property
    def pupils(self) -> int:
        return sum(count for _grade, count in self.heads)

    @property
    def grades(self) -> list[int]:
        return [grade for grade, _count in self.heads]


@dataclass(frozen=True)
class OverlayDraft:
    """An organisation over schools; members are (county, school id, first day, last day or None)."""

    kind: str
    name: str
    county: str
    members: tuple[tuple[str, str, date, date | None], ...]


@dataclass(frozen=True)
class AllianceDraft:
    """An alliance; `anchor` and `members` are (county, school id), `specialists` teacher ids of the anchor's county."""

    name: str
    topology: str
    anchor: tuple[str, str]
    members: tuple[tuple[str, str], ...]
    valid_from: date
    virtual_school: str = ""
    studio: str = ""
    specialists: tuple[str, ...] = ()
    max_classes: int = 3
    max_pupils: int = 60


@dataclass
class CountyDraft:
    """Everything of one county but its people."""

    code: str
    name: str
    schools: list[SchoolDraft]
    classes: list[ClassDraft]
    overlays: list[OverlayDraft] = field(default_factory=list)
    alliances: list[AllianceDraft] = field(default_factory=list)
