"""A case for every rule of the checker: broken once and alone, as far as it can be, with its rows and facts."""

from dataclasses import dataclass, field, replace
from typing import Any

from tongtang.timetable.solver.model import (
    Broadcast,
    County,
    RecordedLesson,
    Requirement,
    School,
    Teacher,
    Unavailability,
)
from tongtang.timetable.solver.violation import Row, Rule
from tongtang.timetable.tests.small_county import COUNTY, EIGHT, NINE, TEN, bell, county


@dataclass(frozen=True)
class Case:
    """A change to plan and county, the rows ("m1:2" = group and line, else "table id") and facts of the breach."""

    rule: Rule
    lines: dict[int, Any]
    rows: tuple[str, ...]
    facts: dict[str, Any]
    county: County = COUNTY
    also: tuple[Rule, ...] = ()
    name: str = field(default="")
    recorded: tuple[RecordedLesson, ...] = ()


def row(text: str) -> Row:
    if text.startswith("recorded_lessons"):
        table, class_id, line = text.split(" ")
        return Row(table, class_id, int(line))
    if ":" in text:
        group_id, line = text.split(":")
        return Row("broadcasts", group_id, int(line))
    return Row(*text.split(" "))


TWO_LESSONS_OF_ART = county(requirements=[Requirement("x1", "art", 1)])
LONG = {"lesson_minutes": 45}
LATE_MUSIC = {2: {"start": EIGHT + 10}, 3: {"start": EIGHT + 10}}
ROOMY = [School("p1", "b1", 1, 2)]
WIDE = [School("p1", "b1", 2, 1)]
MONDAY = {"weekday": 1}
RECORDABLE = replace(county(requirements=[Requirement("x1", "music", 3)]), recordable={("x1", "music"): 2})

CASES = [
    Case(Rule.UNKNOWN_CLASS, {4: {"class_ids": ("x2", "zz")}}, ("r1:4",), {"group_id": "r1", "class_id": "zz"}),
    Case(Rule.UNKNOWN_TEACHER, {4: {"teacher_id": "t9"}}, ("r1:4",), {"group_id": "r1", "teacher_id": "t9"}),
    Case(Rule.UNKNOWN_STUDIO, {4: {"studio_id": "s9"}}, ("r1:4",), {"group_id": "r1", "studio_id": "s9"}),
    Case(Rule.UNKNOWN_ALLIANCE, {4: {"alliance_id": "q"}}, ("r1:4",), {"group_id": "r1", "alliance_id": "q"}),
    Case(Rule.WEEKDAY_OUTSIDE_WEEK, {4: {"weekday": 8}}, ("r1:4",), {"group_id": "r1", "weekday": 8}),
    Case(
        Rule.LESSON_OUTSIDE_DAY,
        {4: {"start": 1410}},
        ("r1:4",),
        {"group_id": "r1", "weekday": 2, "start": 1410, "end": 1450},
        also=(Rule.START_FITS_NO_PERIOD,),
    ),
    Case(
        Rule.BROADCAST_WITHOUT_CLASS,
        {4: {"class_ids": ()}},
        ("r1:4",),
        {"group_id": "r1", "weekday": 2, "start": NINE},
        also=(Rule.REQUIREMENT_MISSED,),
    ),
    Case(
        Rule.CLASS_TWICE_IN_BROADCAST,
        {4: {"class_ids": ("x2", "x2")}},
        ("r1:4",),
        {"group_id": "r1", "class_id": "x2", "count": 2},
    ),
    Case(
        Rule.TEACHER_NOT_OF_SUBJECT,
        {4: {"teacher_id": "t1"}},
        ("r1:4",),
        {"group_id": "r1", "teacher_id": "t1", "subject": "art", "teacher_subjects": ("music",)},
    ),
    Case(
        Rule.SUBJECT_NOT_REQUIRED,
        {4: {"class_ids": ("x2", "y1")}},
        ("r1:4",),
        {"group_id": "r1", "class_id": "y1", "subject": "art", "required_subjects": ("music",)},
    ),
    Case(
        Rule.REQUIREMENT_MISSED,
        {5: None},
        ("requirements y3",),
        {"class_id": "y3", "subject": "art", "count": 0, "limit": 1},
    ),
    Case(
        Rule.REQUIREMENT_EXCEEDED,
        {6: Broadcast("r1", "art", "t2", "s2", 3, NINE, ("x2",))},
        ("requirements x2", "r1:4", "r1:6"),
        {"class_id": "x2", "subject": "art", "count": 2, "limit": 1},
    ),
    Case(
        Rule.START_FITS_NO_PERIOD,
        {4: {"start": NINE + 11}},
        ("r1:4",),
        {
            "group_id": "r1",
            "class_id": "x2",
            "school_id": "p1",
            "bell_id": "b1",
            "weekday": 2,
            "start": NINE + 11,
            "tolerance": 10,
            "nearest_period": 2,
            "nearest_start": NINE,
        },
    ),
    Case(
        Rule.START_FITS_SEVERAL_PERIODS,
        {4: {"start": NINE + 8}},
        ("r1:4",),
        {
            "group_id": "r1",
            "class_id": "x2",
            "school_id": "p1",
            "bell_id": "b1",
            "weekday": 2,
            "start": NINE + 8,
            "tolerance": 10,
            "periods": (2, 3),
        },
        county=county(bells=[bell("b1", EIGHT, NINE, NINE + 15)]),
    ),
    Case(
        Rule.CLASS_TWICE_IN_PERIOD,
        {6: Broadcast("r3", "art", "t2", "s2", 1, EIGHT + 5, ("x1",))},
        ("classes x1", "m1:2", "r3:6"),
        {"class_id": "x1", "weekday": 1, "period": 1, "group_ids": ("m1", "r3"), "starts": (EIGHT, EIGHT + 5)},
        county=TWO_LESSONS_OF_ART,
        also=(Rule.STREAMS_IN_PERIOD,),
    ),
    Case(
        Rule.CLASS_OVERLAP,
        LATE_MUSIC | {6: Broadcast("r3", "art", "t2", "s2", 1, NINE - 10, ("x1",))},
        ("classes x1", "m1:2", "r3:6"),
        {
            "class_id": "x1",
            "weekday": 1,
            "group_ids": ("m1", "r3"),
            "starts": (EIGHT + 10, NINE - 10),
            "lesson_minutes": 45,
        },
        county=county(requirements=[Requirement("x1", "art", 1)], schools=ROOMY, **LONG),
    ),
    Case(
        Rule.CLASS_BLOCKED,
        {4: {"weekday": 1, "start": TEN - 5}},
        ("r1:4",),
        {"group_id": "r1", "class_id": "x2", "weekday": 1, "start": TEN - 5, "period": 3},
    ),
    Case(
        Rule.CLASS_TAUGHT_BY_OWN_SCHOOL,
        {},
        ("r1:4",),
        {"group_id": "r1", "class_id": "x2", "weekday": 2, "start": NINE, "period": 2, "subject": "maths"},
        county=replace(COUNTY, own_lessons={("x2", 2, 2): ("maths", ""), ("x1", 1, 1): ("music", "")}),
    ),
    Case(
        Rule.CLASS_TAUGHT_BY_OWN_SCHOOL,
        {3: None},
        ("recorded_lessons x1 2",),
        {"group_id": "", "class_id": "x1", "weekday": 5, "start": NINE, "period": 2, "subject": "maths"},
        county=replace(
            COUNTY, recordable={("x1", "music"): 1, ("y1", "music"): 1}, own_lessons={("x1", 5, 2): ("maths", "")}
        ),
        name="recorded",
        recorded=(RecordedLesson("x1", "music", 5, 2), RecordedLesson("y1", "music", 5, 3)),
    ),
    Case(
        Rule.SUBJECT_TOO_OFTEN_A_DAY,
        {3: {"weekday": 1, "start": TEN}},
        ("classes x1", "m1:2", "m1:3"),
        {
            "class_id": "x1",
            "subject": "music",
            "weekday": 1,
            "group_ids": ("m1", "m1"),
            "starts": (EIGHT, TEN),
            "count": 2,
            "limit": 1,
        },
    ),
    Case(
        Rule.GRADES_SHARE_NO_BAND,
        {4: {"class_ids": ("x2", "y3")}, 5: None},
        ("r1:4",),
        {
            "group_id": "r1",
            "subject": "art",
            "class_ids": ("x2", "y3"),
            "grades": (2, 3, 4),
            "grade_bands": ((1, 2), (3, 4)),
        },
    ),
    Case(
        Rule.TOO_MANY_CLASSES,
        {},
        ("m1:2", "m1:3"),
        {"group_id": "m1", "subject": "music", "class_ids": ("x1", "y1"), "count": 2, "limit": 1},
        county=county(max_classes=1),
    ),
    Case(
        Rule.TOO_MANY_PUPILS,
        {},
        ("m1:2", "m1:3"),
        {"group_id": "m1", "subject": "music", "class_ids": ("x1", "y1"), "count": 20, "limit": 19},
        county=county(max_pupils=19),
    ),
    Case(
        Rule.TEACHER_OVERLAP,
        {5: {"weekday": 2, "studio_id": "s1"}},
        ("teachers t2", "r1:4", "r2:5"),
        {
            "teacher_id": "t2",
            "weekday": 2,
            "group_ids": ("r1", "r2"),
            "starts": (NINE, NINE + 10),
            "lesson_minutes": 40,
        },
    ),
    Case(
        Rule.TEACHER_CHANGEOVER,
        {5: {"weekday": 2, "start": TEN, "studio_id": "s1"}},
        ("teachers t2", "r1:4", "r2:5"),
        {
            "teacher_id": "t2",
            "weekday": 2,
            "group_ids": ("r1", "r2"),
            "starts": (NINE, TEN),
            "lesson_minutes": 40,
            "count": 20,
            "limit": 21,
        },
        county=county(changeover_minutes=21),
    ),
    Case(
        Rule.TEACHER_WITH_OWN_CLASS,
        {},
        ("r1:4",),
        {
            "group_id": "r1",
            "teacher_id": "t2",
            "class_id": "y1",
            "weekday": 2,
            "start": NINE,
            "period": 2,
            "subject": "maths",
        },
        county=replace(COUNTY, own_lessons={("y1", 2, 2): ("maths", "t2"), ("y1", 2, 3): ("maths", "t2")}),
    ),
    Case(
        Rule.TEACHER_UNAVAILABLE,
        {4: {"weekday": 5}},
        ("r1:4",),
        {
            "group_id": "r1",
            "teacher_id": "t2",
            "weekday": 5,
            "start": NINE,
            "end": NINE + 40,
            "away_start": 570,
            "away_end": 600,
        },
    ),
    Case(
        Rule.TEACHER_ABOVE_CAP,
        {},
        ("teachers t2", "r1:4", "r2:5"),
        {"teacher_id": "t2", "count": 2, "limit": 1},
        county=county(teachers=[Teacher("t2", frozenset({"art"}), 1)]),
    ),
    Case(
        Rule.STUDIO_OVERLAP,
        {5: {"weekday": 2, "teacher_id": "t3"}},
        ("studios s2", "r1:4", "r2:5"),
        {
            "studio_id": "s2",
            "weekday": 2,
            "group_ids": ("r1", "r2"),
            "starts": (NINE, NINE + 10),
            "lesson_minutes": 40,
        },
    ),
    Case(
        Rule.STUDIO_CHANGEOVER,
        {5: {"weekday": 2, "start": TEN, "teacher_id": "t3"}},
        ("studios s2", "r1:4", "r2:5"),
        {
            "studio_id": "s2",
            "weekday": 2,
            "group_ids": ("r1", "r2"),
            "starts": (NINE, TEN),
            "lesson_minutes": 40,
            "count": 20,
            "limit": 21,
        },
        county=county(changeover_minutes=21),
    ),
    Case(
        Rule.ROOMS_IN_PERIOD,
        {4: {"weekday": 1, "start": EIGHT - 10}},
        ("schools p1", "m1:2", "r1:4"),
        {
            "school_id": "p1",
            "weekday": 1,
            "period": 1,
            "class_ids": ("x1", "x2"),
            "group_ids": ("m1", "r1"),
            "starts": (EIGHT, EIGHT - 10),
            "count": 2,
            "limit": 1,
        },
        county=county(schools=ROOMY),
    ),
    Case(
        Rule.ROOMS_AT_ONCE,
        LATE_MUSIC | {4: {"weekday": 1, "start": NINE - 10}},
        ("schools p1", "m1:2", "r1:4"),
        {
            "school_id": "p1",
            "weekday": 1,
            "start": NINE - 10,
            "end": EIGHT + 55,
            "class_ids": ("x1", "x2"),
            "group_ids": ("m1", "r1"),
            "starts": (EIGHT + 10, NINE - 10),
            "count": 2,
            "limit": 1,
        },
        county=county(schools=ROOMY, **LONG),
    ),
    Case(
        Rule.STREAMS_IN_PERIOD,
        {4: {"weekday": 1, "start": EIGHT - 10}},
        ("schools p1", "m1:2", "r1:4"),
        {
            "school_id": "p1",
            "weekday": 1,
            "period": 1,
            "class_ids": ("x1", "x2"),
            "group_ids": ("m1", "r1"),
            "starts": (EIGHT, EIGHT - 10),
            "count": 2,
            "limit": 1,
        },
        county=county(schools=WIDE),
    ),
    Case(
        Rule.STREAMS_AT_ONCE,
        LATE_MUSIC | {4: {"weekday": 1, "start": NINE - 10}},
        ("schools p1", "m1:2", "r1:4"),
        {
            "school_id": "p1",
            "weekday": 1,
            "start": NINE - 10,
            "end": EIGHT + 55,
            "class_ids": ("x1", "x2"),
            "group_ids": ("m1", "r1"),
            "starts": (EIGHT + 10, NINE - 10),
            "count": 2,
            "limit": 1,
        },
        county=county(schools=WIDE, **LONG),
    ),
    Case(
        Rule.WEEK_OUTSIDE_CYCLE,
        {4: {"every_weeks": 2, "week": 3}},
        ("r1:4",),
        {"group_id": "r1", "every_weeks": 2, "week": 3},
        county=county(requirements=[Requirement("x2", "art", 1, 2)]),
    ),
    Case(
        Rule.CYCLE_NOT_AS_OWED,
        {4: {"every_weeks": 2}},
        ("r1:4",),
        {"group_id": "r1", "class_id": "x2", "subject": "art", "count": 2, "limit": 1},
    ),
    Case(
        Rule.RECORDED_FOR_UNKNOWN_CLASS,
        {},
        ("recorded_lessons zz 2",),
        {"class_id": "zz"},
        also=(Rule.RECORDED_TOO_OFTEN,),
        recorded=(RecordedLesson("zz", "music", 1, 1),),
    ),
    Case(
        Rule.RECORDED_IN_NO_PERIOD,
        {},
        ("recorded_lessons x1 2",),
        {"class_id": "x1", "weekday": 2, "period": 9},
        county=RECORDABLE,
        recorded=(RecordedLesson("x1", "music", 2, 9), RecordedLesson("x1", "music", 2, 1)),
    ),
    Case(
        Rule.RECORDED_TOO_OFTEN,
        {},
        ("recorded_lessons x1 2",),
        {"class_id": "x1", "subject": "music", "count": 1, "limit": 0},
        county=county(requirements=[Requirement("x1", "music", 3)]),
        recorded=(RecordedLesson("x1", "music", 2, 1),),
    ),
    Case(
        Rule.FACILITATORS_AT_ONCE,
        {},
        ("schools p2", "m1:2"),
        {
            "school_id": "p2",
            "class_ids": ("y1",),
            **MONDAY,
            "group_ids": ("m1",),
            "starts": (EIGHT,),
            "count": 1,
            "limit": 0,
        },
        county=replace(
            county(teachers=[Teacher("g1", frozenset({"general"}), 20, (Unavailability(1, 500, 510),))]),
            facilitators={"p2": ("g1",)},
        ),
    ),
    Case(
        Rule.GROUP_CHANGES_SUBJECT,
        {2: {"teacher_id": "t3"}, 3: {"teacher_id": "t3", "subject": "art"}},
        ("m1:2", "m1:3"),
        {"group_id": "m1", "subjects": ("music", "art")},
        county=county(
            requirements=[Requirement(each, subject, 1) for each in ("x1", "y1") for subject in ("music", "art")]
        ),
    ),
    Case(
        Rule.GROUP_CHANGES_TEACHER,
        {3: {"teacher_id": "t3"}},
        ("m1:2", "m1:3"),
        {"group_id": "m1", "teacher_ids": ("t1", "t3")},
    ),
    Case(
        Rule.GROUP_CHANGES_CLASSES,
        {3: {"class_ids": ("y1",)}},
        ("m1:2", "m1:3"),
        {"group_id": "m1", "class_ids": ("x1",)},
        also=(Rule.REQUIREMENT_MISSED,),
    ),
    Case(
        Rule.CLASS_CHANGES_GROUP,
        {3: {"group_id": "m2"}},
        ("classes x1", "m1:2", "m2:3"),
        {"class_id": "x1", "subject": "music", "group_ids": ("m1", "m2")},
    ),
    Case(
        Rule.CLASS_CHANGES_TEACHER,
        {3: {"group_id": "m2", "teacher_id": "t3"}},
        ("classes y1", "m1:2", "m2:3"),
        {"class_id": "y1", "subject": "music", "teacher_ids": ("t1", "t3")},
        also=(Rule.CLASS_CHANGES_GROUP,),
    ),
]
