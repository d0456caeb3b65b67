"""Stages of schooling and the grades that belong to them."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """A stage of schooling."""

    PRESCHOOL = "preschool", _("Pre-school")
    PRIMARY = "primary", _("Primary school")
    JUNIOR = "junior", _("Junior secondary school")
    SENIOR = "senior", _("Senior secondary school")


# A kindergarten's three years come before grade 1; files write them k1, k2, k3.
PRESCHOOL_GRADES: Mapping[str, int] = {"k1": -2, "k2": -1, "k3": 0}
STAGE_GRADES: Mapping[Stage, tuple[int, ...]] = {
    Stage.PRESCHOOL: (-2, -1, 0),
    Stage.PRIMARY: (1, 2, 3, 4, 5, 6),
    Stage.JUNIOR: (7, 8, 9),
    Stage.SENIOR: (10, 11, 12),
}


def stage_of(grade: int) -> Stage:
    """The stage of a grade, -2 (first year of kindergarten) to 12.

    Raises:
        ValueError: there is no such grade.
    """
    for stage, grades in STAGE_GRADES.items():
        if grade in grades:
            return stage
    raise ValueError(f"grade {grade}")
