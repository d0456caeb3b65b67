"""Who sees the calls for help of which classrooms, and who may mark them as solved."""

from enum import StrEnum

from tongtang.access.api import Actor, Policy, Role, grant, within

HELPERS = (Role.SYSTEM_ADMINISTRATOR, Role.TECHNICIAN, Role.SCHOOL_HEAD)
ON_RECEPTION = within("reception__region_code", "reception__school_id")


class Verb(StrEnum):
    SOLVE = "operations.help_call.solve"
    VIEW = "operations.help_call.view"


HELP_CALLS: Policy = {
    Verb.VIEW: [grant(ON_RECEPTION, *HELPERS, Role.LOCAL_TEACHER, Role.SUPPORT)],
    Verb.SOLVE: [grant(ON_RECEPTION, *HELPERS)],
}


def may_view_backups(actor: Actor) -> bool:
    """Backups are of the whole installation and show nobody's data: every administrator sees how they stand."""
    return Role.SYSTEM_ADMINISTRATOR in actor.roles
