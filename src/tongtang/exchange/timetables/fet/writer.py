"""A FET file with its timetable inside: every activity bound to its start and room, as FET itself locks them."""

from copy import deepcopy
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from tongtang.exchange.timetables.fet.elements import is_true, texts, weight_of
from tongtang.exchange.timetables.fet.reader import LISTS, FetFile
from tongtang.timetable.api import classic

TIME, SPACE = LISTS
COMMENT: Final = "Tongtang"
BINDING: Final = "100"


def write_fet(fet: FetFile, timetable: classic.Timetable, path: Path) -> None:
    """The read file with a locked start, and room where there is one, for each activity of the timetable.

    Starts and rooms that the file already locks are not locked a second time.
    """
    root = deepcopy(fet.root)
    times, spaces = _list(root, TIME), _list(root, SPACE)
    timed, roomed = _locked(times, "Time"), _locked(spaces, "Room")
    hours = fet.institution.hours
    for number, placed in sorted(timetable.items()):
        day, hour = divmod(placed.start, len(hours))
        if number not in timed:
            words = {"Preferred_Day": fet.institution.days[day], "Preferred_Hour": hours[hour]}
            _lock(times, "ConstraintActivityPreferredStartingTime", number, words)
        if placed.room is not None and number not in roomed:
            _lock(spaces, "ConstraintActivityPreferredRoom", number, {"Room": placed.room})
    path.parent.mkdir(parents=True, exist_ok=True)
    indent(root)
    ElementTree(root).write(path, encoding="UTF-8", xml_declaration=True)


def _list(root: Element, tag: str) -> Element:
    found = root.find(tag)
    return SubElement(root, tag) if found is None else found


def _locked(constraints: Element, what: str) -> set[int]:
    """Activities with a binding single start (or room) that is in force."""
    kind = "ConstraintActivityPreferred" + ("StartingTime" if what == "Time" else "Room")
    return {
        int(number)
        for one in constraints.findall(kind)
        if is_true(one, "Active", True) and classic.is_hard(weight_of(one))
        if what == "Room" or ("".join(texts(one, "Preferred_Hour")) and "".join(texts(one, "Preferred_Day")))
        for number in texts(one, "Activity_Id")
    }


def _lock(constraints: Element, kind: str, number: int, words: dict[str, str]) -> None:
    one = SubElement(constraints, kind)
    fields = {"Weight_Percentage": BINDING, "Activity_Id": str(number), **words}
    for tag, said in {**fields, "Permanently_Locked": "false", "Active": "true", "Comments": COMMENT}.items():
        SubElement(one, tag).text = said
