"""The door of people for the contexts above."""

from tongtang.people.imports import PupilEntry, Staffing, TeacherEntry, Work, taken_ids, write_pupils, write_teachers
from tongtang.people.queries import pupils_of

__all__ = [
    "PupilEntry",
    "Staffing",
    "TeacherEntry",
    "Work",
    "pupils_of",
    "taken_ids",
    "write_pupils",
    "write_teachers",
]
