"""The door of people for the contexts above."""

from tongtang.people.bulk.changes import DIGESTS, Changes, Writing
from tongtang.people.bulk.standing import STANDING, standing
from tongtang.people.bulk.write import stage, write
from tongtang.people.imports import Staffing, TeacherEntry, Work, taken_ids, write_teachers
from tongtang.people.queries import names_of_rows, pupils_of

__all__ = [
    "DIGESTS",
    "STANDING",
    "Changes",
    "Staffing",
    "TeacherEntry",
    "Work",
    "Writing",
    "names_of_rows",
    "pupils_of",
    "stage",
    "standing",
    "taken_ids",
    "write",
    "write_teachers",
]
