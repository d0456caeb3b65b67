"""Generated schools as FET files, for the comparison with fet-cl: sizes in classes, mixes of constraints."""

import random
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
HOURS = tuple(str(number) for number in range(1, 8))
PLAN = (
    ("Chinese", 6),
    ("Maths", 5),
    ("English", 4),
    ("Science", 3),
    ("History", 2),
    ("PE", 3),
    ("Music", 2),
    ("Art", 2),
)
MIXES = ("plain", "gaps", "rooms", "teachers")
LOAD = 20
"""Lessons that one teacher gives at most."""


def _add(parent: Element, tag: str, **fields: object) -> Element:
    made = SubElement(parent, tag)
    for name, value in fields.items():
        SubElement(made, name).text = str(value)
    return made


def _constraint(parent: Element, kind: str, weight: float = 100, **fields: object) -> Element:
    return _add(parent, f"Constraint{kind}", Weight_Percentage=weight, Active="true", **fields)


class _School:
    def __init__(self, classes: int, seed: int) -> None:
        self.random = random.Random(f"{classes} {seed}")
        self.classes = [f"C{number:02d}" for number in range(1, classes + 1)]
        self.root = Element("fet", version="6.8.5")
        SubElement(self.root, "Institution_Name").text = f"school of {classes}"
        for name, tag, values in (("Days", "Day", DAYS), ("Hours", "Hour", HOURS)):
            names = _add(self.root, f"{name}_List", **{f"Number_of_{name}": len(values)})
            for value in values:
                _add(names, tag, Name=value)
        self.lists = {
            tag: SubElement(self.root, f"{tag}_List")
            for tag in (
                "Subjects",
                "Teachers",
                "Students",
                "Activities",
                "Rooms",
                "Time_Constraints",
                "Space_Constraints",
            )
        }
        self.time, self.space = self.lists["Time_Constraints"], self.lists["Space_Constraints"]
        self.loads: dict[str, int] = {}
        self.activity = 0

    def fill(self) -> None:
        for subject, _hours in PLAN:
            _add(self.lists["Subjects"], "Subject", Name=subject)
        for name in self.classes:
            _add(self.lists["Students"], "Year", Name=name, Number_of_Students=40)
        _constraint(self.time, "BasicCompulsoryTime")
        _constraint(self.space, "BasicCompulsorySpace")
        for subject, hours in PLAN:
            for name in self.classes:
                self._lessons(subject, hours, name, self._teacher(subject, hours))
        for teacher in self.loads:
            _add(self.lists["Teachers"], "Teacher", Name=teacher)

    def _teacher(self, subject: str, hours: int) -> str:
        number = 1
        while self.loads.get(f"{subject} {number}", 0) + hours > LOAD:
            number += 1
        name = f"{subject} {number}"
        self.loads[name] = self.loads.get(name, 0) + hours
        return name

    def _lessons(self, subject: str, hours: int, students: str, teacher: str) -> None:
        group = self.activity + 1
        for _lesson in range(hours):
            self.activity += 1
            _add(
                self.lists["Activities"],
                "Activity",
                Teacher=teacher,
                Subject=subject,
                Students=students,
                Duration=1,
                Total_Duration=hours,
                Id=self.activity,
                Activity_Group_Id=group,
                Active="true",
            )
        days = _constraint(self.time, "MinDaysBetweenActivities", 95, Consecutive_If_Same_Day="true", MinDays=1)
        SubElement(days, "Number_of_Activities").text = str(hours)
        for number in range(group, self.activity + 1):
            SubElement(days, "Activity_Id").text = str(number)

    def away(self, share: float) -> None:
        """A half-day that a share of the teachers cannot come."""
        for teacher in self.loads:
            if self.random.random() < share:
                one = _constraint(self.time, "TeacherNotAvailableTimes", Teacher=teacher)
                day, hours = self.random.choice(DAYS), self.random.choice((HOURS[:4], HOURS[4:]))
                SubElement(one, "Number_of_Not_Available_Times").text = str(len(hours))
                for hour in hours:
                    _add(one, "Not_Available_Time", Day=day, Hour=hour)

    def gaps(self) -> None:
        _constraint(self.time, "StudentsMaxGapsPerWeek", Max_Gaps=0)
        _constraint(self.time, "StudentsEarlyMaxBeginningsAtSecondHour", Max_Beginnings_At_Second_Hour=0)
        _constraint(self.time, "StudentsMinHoursDaily", Minimum_Hours_Daily=4, Allow_Empty_Days="false")
        _constraint(self.time, "TeachersMaxGapsPerWeek", Max_Gaps=6)

    def rooms(self) -> None:
        for name in self.classes:
            _add(self.lists["Rooms"], "Room", Name=f"R{name}", Building="", Capacity=45)
            _constraint(self.space, "StudentsSetHomeRoom", Students=name, Room=f"R{name}")
        for subject, each in (("Science", 8), ("Music", 12), ("PE", 6)):
            rooms = [f"{subject} {number}" for number in range(1, len(self.classes) // each + 3)]
            one = _constraint(self.space, "SubjectPreferredRooms", Subject=subject)
            SubElement(one, "Number_of_Preferred_Rooms").text = str(len(rooms))
            for room in rooms:
                _add(self.lists["Rooms"], "Room", Name=room, Building="", Capacity=60)
                SubElement(one, "Preferred_Room").text = room

    def teachers(self) -> None:
        _constraint(self.time, "TeachersMaxHoursDaily", Maximum_Hours_Daily=5)
        _constraint(self.time, "TeachersMinHoursDaily", Minimum_Hours_Daily=2, Allow_Empty_Days="true")
        for teacher, load in self.loads.items():
            if load <= LOAD - 4 and self.random.random() < 0.5:
                _constraint(self.time, "TeacherMaxDaysPerWeek", Teacher_Name=teacher, Max_Days_Per_Week=4)


def write_school(folder: Path, classes: int, mix: str, seed: int) -> Path:
    """A school of so many classes, 27 lessons a class in 35 hours a week; `mix` is one of MIXES."""
    school = _School(classes, seed)
    school.fill()
    school.away(0.2)
    if mix == "gaps":
        school.gaps()
    if mix == "rooms":
        school.rooms()
    if mix == "teachers":
        school.teachers()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{mix}-{classes}.fet"
    ElementTree(school.root).write(path, encoding="UTF-8", xml_declaration=True)
    return path
