"""Classic timetables: one institution, one grid of days and hours, activities with their teachers, pupils and rooms.

`model` is the input, `solve` finds a timetable, `check` judges one and shares no code with what finds it.
"""

from tongtang.timetable.solver.classic.check import Breach, check
from tongtang.timetable.solver.classic.model import (
    UNITS_PER_CONFLICT,
    Activity,
    AtOnce,
    Constraint,
    EndsDay,
    Institution,
    Kind,
    Limit,
    MaxDays,
    Measure,
    MinDays,
    MinGap,
    Order,
    Pair,
    Placed,
    Resource,
    Rooms,
    SameStart,
    Share,
    Slot,
    SlotsUsed,
    Source,
    Starts,
    Timetable,
    is_hard,
)
from tongtang.timetable.solver.classic.solve import Result, solve_institution
from tongtang.timetable.solver.cpsat import Limits

__all__ = [
    "UNITS_PER_CONFLICT",
    "Activity",
    "AtOnce",
    "Breach",
    "Constraint",
    "EndsDay",
    "Institution",
    "Kind",
    "Limit",
    "Limits",
    "MaxDays",
    "Measure",
    "MinDays",
    "MinGap",
    "Order",
    "Pair",
    "Placed",
    "Resource",
    "Result",
    "Rooms",
    "SameStart",
    "Share",
    "Slot",
    "SlotsUsed",
    "Source",
    "Starts",
    "Timetable",
    "check",
    "is_hard",
    "solve_institution",
]
