"""The timetable that FET made, out of the file NAME_data_and_timetable.fet or NAME_activities.xml."""

from pathlib import Path
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from tongtang.exchange.timetables.fet.elements import UnreadableFile, is_true, root_of, text, weight_of, whole
from tongtang.exchange.timetables.fet.reader import FetFile
from tongtang.timetable.api import classic


def timetable_of_activities(fet: FetFile, path: Path) -> classic.Timetable:
    """Starts and rooms as NAME_activities.xml lists them. Raises UnreadableFile."""
    root = root_of(path, "Activities_Timetable")
    return {whole(one, "Id"): _placed(fet, one, "Day", "Hour") for one in root if text(one, "Day")}


def timetable_inside(fet: FetFile) -> classic.Timetable:
    """Starts and rooms that the file itself locks; activities without a locked start are missing."""
    found: dict[int, classic.Placed] = {}
    rooms = {whole(one, "Activity_Id"): text(one, "Room") for one in _locks(fet, "Room")}
    for one in _locks(fet, "StartingTime"):
        if text(one, "Preferred_Day") and text(one, "Preferred_Hour"):
            number = whole(one, "Activity_Id")
            start = _start(fet, text(one, "Preferred_Day"), text(one, "Preferred_Hour"))
            found[number] = classic.Placed(start, rooms.get(number))
    return {number: placed for number, placed in found.items() if number in fet.institution.activities}


def _locks(fet: FetFile, what: str) -> list[Element]:
    found = [one for one in fet.root.iter(f"ConstraintActivityPreferred{what}") if is_true(one, "Active", True)]
    return [one for one in found if classic.is_hard(weight_of(one))]


def _placed(fet: FetFile, one: Element, day: str, hour: str) -> classic.Placed:
    return classic.Placed(_start(fet, text(one, day), text(one, hour)), text(one, "Room") or None)


def _start(fet: FetFile, day: str, hour: str) -> int:
    days, hours = fet.institution.days, fet.institution.hours
    if day not in days or hour not in hours:
        raise UnreadableFile(_("There is no day or hour %(name)s in the file.") % {"name": f"{day} {hour}"})
    return days.index(day) * len(hours) + hours.index(hour)
