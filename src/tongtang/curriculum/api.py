"""The door of curriculum for the contexts above."""

from tongtang.curriculum.names import SUBJECTS, grade_names, subject_name
from tongtang.curriculum.stages import PRESCHOOL_GRADES, STAGE_GRADES, Stage, stage_of

__all__ = ["PRESCHOOL_GRADES", "STAGE_GRADES", "SUBJECTS", "Stage", "grade_names", "stage_of", "subject_name"]
