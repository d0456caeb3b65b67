"""Who may prepare a lesson. Whoever may view a lesson sees its slides and its script (`lessons` decides)."""

from enum import StrEnum

from tongtang.access.api import Policy, Role, grant, taught_by


class Verb(StrEnum):
    PREPARE = "preparation.lesson.prepare"


# Rows: lessons.Lesson.
LESSONS: Policy = {Verb.PREPARE: [grant(taught_by(), Role.ANCHOR_TEACHER)]}
