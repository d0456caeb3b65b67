"""Who reads the audit log, and who the catalogue of data. Nobody here changes anything.

An auditor reads the entries of their region and those of the whole installation, a school head those of their school.
Administrators read none: the powers are apart.
"""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Q

from tongtang.access.api import Actor, Assignment, Policy, Role, grant, within

OF_PLACE = within("region_code", "school")
CATALOGUE_READERS = (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER)


class Verb(StrEnum):
    VIEW = "oversight.entry.view"


def of_region_or_the_whole_house(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Entries without a place concern the installation: whoever audits a region of it reads them too."""
    whole = Q(region_code=0, school=0) if any(one.code_low is not None for one in held) else Q(stream="", seq=0)
    return OF_PLACE(actor, held) | whole


def of_own_school(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Only entries that name the school itself."""
    return OF_PLACE(actor, [one for one in held if one.school_id is not None])


# Rows: audit.Entry.
ENTRIES: Policy = {
    Verb.VIEW: [grant(of_region_or_the_whole_house, Role.AUDITOR), grant(of_own_school, Role.SCHOOL_HEAD)],
}


def may_open_log(actor: Actor) -> bool:
    """The page may be empty; the entries on it are chosen by `ENTRIES`."""
    return actor.holds(Role.AUDITOR, Role.SCHOOL_HEAD)


def may_open_catalogue(actor: Actor) -> bool:
    """The catalogue tells what there is, never whose: it has no rows to scope."""
    return actor.holds(*CATALOGUE_READERS)
