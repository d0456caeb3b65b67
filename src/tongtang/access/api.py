"""The door of access for the contexts above."""

from tongtang.access import approvals
from tongtang.access.actions import (
    assign_group_role,
    assign_region_role,
    assign_school_role,
    create_administrator,
    make_activation_code,
    make_activation_codes,
)
from tongtang.access.actor import NOBODY, Actor, Assignment, Device
from tongtang.access.guards import (
    ActorRequest,
    before_second_factor,
    require_actor,
    require_device,
    require_person,
    require_pupil,
    require_reason_for_pupils,
    require_second_factor,
)
from tongtang.access.imports import write_teaching_roles
from tongtang.access.middleware import DEVICE_COOKIE
from tongtang.access.models import Role
from tongtang.access.queries import role_names
from tongtang.access.rules import (
    Grant,
    Policy,
    can,
    grant,
    of_device_room,
    of_device_school,
    of_person,
    of_pupil_class,
    reach,
    taught_by,
    visible,
    with_reason,
    within,
)
from tongtang.access.secrets import readable_secret
from tongtang.access.security import set_policy
from tongtang.access.sessions import idle_ends_at
from tongtang.access.support import visits_at
from tongtang.access.throttle import Refused

__all__ = [
    "DEVICE_COOKIE",
    "NOBODY",
    "Actor",
    "ActorRequest",
    "Assignment",
    "Device",
    "Grant",
    "Policy",
    "Refused",
    "Role",
    "approvals",
    "assign_group_role",
    "assign_region_role",
    "assign_school_role",
    "before_second_factor",
    "can",
    "create_administrator",
    "grant",
    "idle_ends_at",
    "make_activation_code",
    "make_activation_codes",
    "of_device_room",
    "of_device_school",
    "of_person",
    "of_pupil_class",
    "reach",
    "readable_secret",
    "require_actor",
    "require_device",
    "require_person",
    "require_pupil",
    "require_reason_for_pupils",
    "require_second_factor",
    "role_names",
    "set_policy",
    "taught_by",
    "visible",
    "visits_at",
    "with_reason",
    "within",
    "write_teaching_roles",
]
