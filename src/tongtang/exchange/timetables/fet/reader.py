"""A FET file read: its institution, what of it is not covered, and the names its activities go by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from tongtang.exchange.timetables.fet.constraints import Blocked, Lookup, NotCovered, Tagged, readers
from tongtang.exchange.timetables.fet.elements import (
    UnreadableFile,
    children,
    is_true,
    number_of,
    root_of,
    text,
    texts,
    whole,
)
from tongtang.timetable.api import classic

LISTS: Final = ("Time_Constraints_List", "Space_Constraints_List")
PLAIN_MODES: Final = ("", "Official")
NOT_COUNTED: Final = "-1"
"""An activity's number of pupils where FET adds up those of its students."""
MOST_SLOTS: Final = 5000
"""FET itself knows at most 35 days of 72 hours."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Constraints of one kind that the engine does not know; `ids` are those of the first of them."""

    kind: str
    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FetFile:
    """`named` gives each active activity's teachers, subject, tags and group; `kinds` counts active constraints.

    `switched_off` counts activities and constraints that the file itself marks as inactive.
    """

    path: Path
    root: Element
    institution: classic.Institution
    named: Mapping[int, Tagged]
    kinds: Mapping[str, int]
    uncovered: tuple[Uncovered, ...]
    switched_off: int


def read_fet(path: Path) -> FetFile:
    """Raises UnreadableFile for a file that is broken, of another mode of FET, or that contradicts itself."""
    root = root_of(path, "fet")
    _refuse_other_modes(root)
    days, hours = _names(root, "Days_List", "Day"), _names(root, "Hours_List", "Hour")
    if root.find("Activities_List") is None:
        raise UnreadableFile(_("%(path)s has no list of activities. Save it again in FET.") % {"path": path})
    if not days or not hours:
        raise UnreadableFile(_("%(path)s has no days or no hours.") % {"path": path})
    if len(days) * len(hours) > MOST_SLOTS:
        sentence = _("%(path)s has %(slots)d hours a week; at most %(most)d can be read.")
        raise UnreadableFile(sentence % {"path": path, "slots": len(days) * len(hours), "most": MOST_SLOTS})
    subgroups, pupils = _students(root)
    named, off = _activities(root, subgroups, pupils)
    teachers = _teachers(root, named)
    _names(root, "Rooms_List", "Room")
    rooms = {text(room, "Name"): whole(room, "Capacity", otherwise=10**6) for room in children(root, "Rooms_List")}
    subjects = frozenset(_names(root, "Subjects_List", "Subject"))
    tags = frozenset(_names(root, "Activity_Tags_List", "Activity_Tag"))
    lookup = Lookup(days, hours, subgroups, named, frozenset(rooms), teachers, subjects, tags)
    found = _constraints(root, lookup)
    virtual = [text(room, "Name") for room in children(root, "Rooms_List") if is_true(room, "Virtual", False)]
    if virtual:
        found.uncovered.append(Uncovered("virtual rooms", len(virtual), tuple(virtual[:IDS_SHOWN])))
    institution = classic.Institution(
        days,
        hours,
        {number: tagged.activity for number, tagged in named.items()},
        subgroups,
        rooms,
        frozenset(found.breaks),
        {resource: frozenset(slots) for resource, slots in found.away.items()},
        tuple(found.constraints),
    )
    return FetFile(path, root, institution, named, found.kinds, tuple(found.uncovered), off + found.off)


IDS_SHOWN: Final = 5


def _refuse_other_modes(root: Element) -> None:
    mode, version = text(root, "Mode").strip(), root.get("version", "")
    if mode not in PLAIN_MODES or (not mode and "-" in version):
        sentence = _("The file is of FET's mode %(mode)s; only the official mode can be read.")
        raise UnreadableFile(sentence % {"mode": mode or version})


def _names(root: Element, of: str, tag: str) -> tuple[str, ...]:
    """The names of a list, each once. Raises UnreadableFile where one stands twice: a constraint could mean either."""
    names = tuple(text(one, "Name") for one in children(root, of) if one.tag == tag)
    for name, often in Counter(names).items():
        if often > 1:
            raise UnreadableFile(_("%(name)s stands twice in %(list)s.") % {"name": name, "list": of})
    return names


def _students(root: Element) -> tuple[dict[str, frozenset[str]], dict[str, int]]:
    """Each set's smallest groups and its head count. A set without parts is its own smallest group."""
    subgroups: dict[str, frozenset[str]] = {}
    pupils: dict[str, int] = {}

    def parts(of: Element, tags: tuple[str, ...]) -> frozenset[str]:
        name = text(of, "Name")
        pupils[name] = whole(of, "Number_of_Students", otherwise=0)
        below = [parts(one, tags[1:]) for one in of.findall(tags[0])] if tags else []
        subgroups[name] = frozenset().union(*below) if below else frozenset([name])
        return subgroups[name]

    for year in children(root, "Students_List"):
        parts(year, ("Group", "Subgroup"))
    return subgroups, pupils


def _teachers(root: Element, named: Mapping[int, Tagged]) -> frozenset[str]:
    known = frozenset(text(one, "Name") for one in children(root, "Teachers_List"))
    for number, tagged in named.items():
        for name in tagged.activity.teachers:
            if name not in known:
                sentence = _("Activity %(id)d names the teacher %(name)s who is not in the file.")
                raise UnreadableFile(sentence % {"id": number, "name": name})
    return known


def _activities(
    root: Element, subgroups: Mapping[str, frozenset[str]], pupils: Mapping[str, int]
) -> tuple[dict[int, Tagged], int]:
    named: dict[int, Tagged] = {}
    off = 0
    for element in children(root, "Activities_List"):
        if not is_true(element, "Active", True):
            off += 1
            continue
        tagged = _activity(element, subgroups, pupils)
        if tagged.activity.activity_id in named:
            raise UnreadableFile(_("Activity %(id)d stands twice in the file.") % {"id": tagged.activity.activity_id})
        named[tagged.activity.activity_id] = tagged
    return named, off


def _activity(element: Element, subgroups: Mapping[str, frozenset[str]], pupils: Mapping[str, int]) -> Tagged:
    number, students = whole(element, "Id"), texts(element, "Students")
    for name in students:
        if name not in subgroups:
            sentence = _("Activity %(id)d names students %(name)s who are not in the file.")
            raise UnreadableFile(sentence % {"id": number, "name": name})
    told = text(element, "Number_Of_Students", "Number_of_Students").strip()
    own = bool(told) and told != NOT_COUNTED
    heads = number_of(told, "Number_Of_Students", element) if own else sum(pupils[name] for name in students)
    duration = whole(element, "Duration", otherwise=1)
    if not duration:
        raise UnreadableFile(_("Activity %(id)d has no duration.") % {"id": number})
    activity = classic.Activity(number, duration, texts(element, "Teacher"), students, heads)
    tags = frozenset(tag for tag in texts(element, "Activity_Tag") if tag)
    return Tagged(activity, text(element, "Subject"), tags, whole(element, "Activity_Group_Id", otherwise=0))


class _Found:
    def __init__(self) -> None:
        self.constraints: list[classic.Constraint] = []
        self.breaks: set[classic.Slot] = set()
        self.away: dict[classic.Resource, set[classic.Slot]] = {}
        self.kinds: dict[str, int] = {}
        self.uncovered: list[Uncovered] = []
        self.off = 0


def _constraints(root: Element, lookup: Lookup) -> _Found:
    found, known = _Found(), readers()
    unknown: dict[str, list[str]] = {}
    for element in (one for name in LISTS for one in children(root, name)):
        if not is_true(element, "Active", True):
            found.off += 1
            continue
        number = found.kinds[element.tag] = found.kinds.get(element.tag, 0) + 1
        try:
            if element.tag not in known:
                raise NotCovered
            read = known[element.tag](element, classic.Source(element.tag, number), lookup)
        except NotCovered:
            unknown.setdefault(element.tag, []).append(_id_of(element, number))
            continue
        for one in read:
            _keep(found, one)
    found.uncovered += [Uncovered(kind, len(ids), tuple(ids[:IDS_SHOWN])) for kind, ids in unknown.items()]
    return found


def _keep(found: _Found, one: classic.Constraint | Blocked) -> None:
    if not isinstance(one, Blocked):
        found.constraints.append(one)
    elif one.resources is None:
        found.breaks |= one.slots
    else:
        for resource in one.resources:
            found.away.setdefault(resource, set()).update(one.slots)


def _id_of(element: Element, number: int) -> str:
    """Words by which a person finds the constraint in FET: whom or which activity it names, else its place."""
    for tag in ("Activity_Id", "First_Activity_Id", "Teacher_Name", "Teacher", "Students", "Room"):
        words = text(element, tag)
        if words:
            return words
    return str(number)


def kinds_covered() -> frozenset[str]:
    return frozenset(readers())


__all__ = ["FetFile", "Uncovered", "kinds_covered", "read_fet"]
