"""The door of curriculum for the contexts above."""

from tongtang.curriculum.names import SUBJECTS, grade_names, subject_name

__all__ = ["SUBJECTS", "grade_names", "subject_name"]
