"""The door of curriculum for the contexts above."""

from tongtang.curriculum.names import SUBJECTS, area_name, grade_names, subject_name
from tongtang.curriculum.plans import Plan, Violation, lacking, violations
from tongtang.curriculum.queries import plan_on
from tongtang.curriculum.stages import PRESCHOOL_GRADES, STAGE_GRADES, Stage, stage_of
from tongtang.curriculum.wording import violation_sentence

__all__ = [
    "PRESCHOOL_GRADES",
    "STAGE_GRADES",
    "SUBJECTS",
    "Plan",
    "Stage",
    "Violation",
    "area_name",
    "grade_names",
    "lacking",
    "plan_on",
    "stage_of",
    "subject_name",
    "violation_sentence",
    "violations",
]
