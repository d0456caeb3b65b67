"""Who may renew codes, bind devices and assign roles."""

from enum import StrEnum

from tongtang.access.models import Role
from tongtang.access.rules import Policy, grant, within


class Verb(StrEnum):
    ASSIGN_ROLE = "access.person.assign_role"
    BIND_DEVICE = "access.room.bind_device"
    RENEW_CODE = "access.person.renew_code"


POLICY: Policy = {
    # Rows: people.Person, reached through their posts.
    Verb.RENEW_CODE: [
        grant(within("posts__school__region_code", "posts__school_id"), Role.SYSTEM_ADMINISTRATOR, Role.SCHOOL_HEAD)
    ],
    Verb.ASSIGN_ROLE: [
        grant(within("posts__school__region_code", "posts__school_id"), Role.SYSTEM_ADMINISTRATOR),
    ],
    # Rows: organisations.ReceivingRoom.
    Verb.BIND_DEVICE: [
        grant(
            within("school__region_code", "school_id"),
            Role.SYSTEM_ADMINISTRATOR,
            Role.TECHNICIAN,
            Role.SCHOOL_HEAD,
            Role.LOCAL_TEACHER,
        )
    ],
}
