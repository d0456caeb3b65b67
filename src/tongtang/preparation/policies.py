"""Who may prepare a lesson. Whoever may view a lesson sees its slides and its script (`lessons` decides)."""

from enum import StrEnum

from tongtang.access.api import Policy, Role, grant, of_person


class Verb(StrEnum):
    PREPARE = "preparation.lesson.prepare"


# Rows: lessons.Lesson.
LESSONS: Policy = {Verb.PREPARE: [grant(of_person("teacher_id"), Role.ANCHOR_TEACHER)]}
