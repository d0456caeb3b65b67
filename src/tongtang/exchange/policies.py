"""Who may hand in rosters, settle what waits, correct values, change schools and take rosters away."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from django.db.models import Q

from tongtang.access.api import Actor, Assignment, Policy, Role, grant, within


class Verb(StrEnum):
    CHANGE_SCHOOL = "exchange.school.change"
    CORRECT = "exchange.county.correct"
    EXPORT_SCHOOL = "exchange.school.export"
    IMPORT = "exchange.county.import"
    MAKE_WEEKS = "exchange.county.make_weeks"
    SETTLE_PAIR = "exchange.duplicate_pair.settle"
    VIEW_RUN = "exchange.import_run.view"
    VIEW_WEEKS = "exchange.school_weeks.view"


def of_region(field: str) -> Callable[[Actor, Sequence[Assignment]], Q]:
    """Objects whose `field` is a division's code at or below the assignment; one at a school reaches none."""

    def scope(actor: Actor, held: Sequence[Assignment]) -> Q:
        return within(field)(actor, [assignment for assignment in held if assignment.school_id is None])

    return scope


POLICY: Policy = {
    # Rows: organisations.Region.
    Verb.IMPORT: [grant(of_region("code"), Role.SYSTEM_ADMINISTRATOR)],
    Verb.CORRECT: [grant(of_region("code"), Role.SYSTEM_ADMINISTRATOR)],
    Verb.MAKE_WEEKS: [grant(of_region("code"), Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER)],
    # Rows: exchange.ImportRun.
    Verb.VIEW_RUN: [grant(of_region("county_code"), Role.SYSTEM_ADMINISTRATOR)],
    # Rows: exchange.SchoolWeeksRun.
    Verb.VIEW_WEEKS: [grant(of_region("county_code"), Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER)],
    # Rows: exchange.DuplicatePair.
    Verb.SETTLE_PAIR: [grant(of_region("county_code"), Role.SYSTEM_ADMINISTRATOR)],
    # Rows: organisations.School.
    Verb.CHANGE_SCHOOL: [grant(of_region("region_code"), Role.SYSTEM_ADMINISTRATOR)],
    Verb.EXPORT_SCHOOL: [grant(within("region_code", "pk"), Role.SYSTEM_ADMINISTRATOR, Role.SCHOOL_HEAD)],
}
