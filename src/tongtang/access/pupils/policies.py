"""Who may sign in where, who keeps cards and PINs, and the little that a pupil reaches."""

from enum import StrEnum

from tongtang.access.models import Role
from tongtang.access.rules import Policy, grant, of_device_room, of_pupil, within


class Verb(StrEnum):
    ENTER = "access.class.enter"
    KEEP = "access.class.keep_pupil_sign_in"
    SEE_ONESELF = "access.pupil.see_oneself"


POLICY: Policy = {
    # Rows: organisations.HomeClass.
    Verb.ENTER: [grant(of_device_room("sign_in_rooms__room_id"))],
    Verb.KEEP: [grant(within("school__region_code", "school_id"), Role.LOCAL_TEACHER, Role.SCHOOL_HEAD)],
    # Rows: people.Pupil.
    Verb.SEE_ONESELF: [grant(of_pupil("pk"))],
}
