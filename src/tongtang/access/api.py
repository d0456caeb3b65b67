"""The door of access for the contexts above."""

from tongtang.access import approvals
from tongtang.access.accounts import check_own_password, close_accounts, open_account
from tongtang.access.actions import (
    assign_group_role,
    assign_region_role,
    assign_school_role,
    create_administrator,
    make_activation_code,
    make_activation_codes,
)
from tongtang.access.actor import NOBODY, Actor, Assignment, Device
from tongtang.access.forms import LONGEST_PASSWORD, OwnPasswordForm
from tongtang.access.guards import (
    ActorRequest,
    before_second_factor,
    is_guardian_alone,
    require_actor,
    require_device,
    require_family,
    require_person,
    require_pupil,
    require_reason_for_pupils,
    require_second_factor,
)
from tongtang.access.imports import write_teaching_roles
from tongtang.access.middleware import DEVICE_COOKIE
from tongtang.access.models import Account, Role
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
from tongtang.access.secrets import digest, readable_secret, typed_activation_code
from tongtang.access.security import set_policy
from tongtang.access.sessions import begin as begin_session
from tongtang.access.sessions import idle_ends_at
from tongtang.access.subjects import actors_now, subjects_of
from tongtang.access.support import visits_at
from tongtang.access.throttle import ACTIVATION, Refused, address_of, attempt

__all__ = [
    "ACTIVATION",
    "DEVICE_COOKIE",
    "LONGEST_PASSWORD",
    "NOBODY",
    "Account",
    "Actor",
    "ActorRequest",
    "Assignment",
    "Device",
    "Grant",
    "OwnPasswordForm",
    "Policy",
    "Refused",
    "Role",
    "actors_now",
    "address_of",
    "approvals",
    "assign_group_role",
    "assign_region_role",
    "assign_school_role",
    "attempt",
    "before_second_factor",
    "begin_session",
    "can",
    "check_own_password",
    "close_accounts",
    "create_administrator",
    "digest",
    "grant",
    "idle_ends_at",
    "is_guardian_alone",
    "make_activation_code",
    "make_activation_codes",
    "of_device_room",
    "of_device_school",
    "of_person",
    "of_pupil_class",
    "open_account",
    "reach",
    "readable_secret",
    "require_actor",
    "require_device",
    "require_family",
    "require_person",
    "require_pupil",
    "require_reason_for_pupils",
    "require_second_factor",
    "role_names",
    "set_policy",
    "subjects_of",
    "taught_by",
    "typed_activation_code",
    "visible",
    "visits_at",
    "with_reason",
    "within",
    "write_teaching_roles",
]
