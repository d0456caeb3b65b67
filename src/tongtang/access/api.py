"""The door of access for the contexts above."""

from tongtang.access.actions import (
    assign_region_role,
    assign_school_role,
    create_administrator,
    make_activation_code,
    make_activation_codes,
)
from tongtang.access.actor import NOBODY, Actor, Assignment, Device
from tongtang.access.guards import ActorRequest, require_actor, require_device, require_person, require_pupil
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
    visible,
    within,
)
from tongtang.access.secrets import readable_secret
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
    "assign_region_role",
    "assign_school_role",
    "can",
    "create_administrator",
    "grant",
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
    "role_names",
    "visible",
    "within",
    "write_teaching_roles",
]
