"""The door of people for the contexts above."""

from tongtang.people.imports import PupilEntry, Staffing, TeacherEntry, taken_ids, write_pupils, write_teachers

__all__ = ["PupilEntry", "Staffing", "TeacherEntry", "taken_ids", "write_pupils", "write_teachers"]
