"""Who may see, teach, receive, assist, correct and make up."""

from enum import StrEnum

from tongtang.access.api import Policy, Role, grant, of_device_room, of_pupil_class, taught_by, within

OFFICERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)
# They read and change nothing; their roles end by a date.
GUESTS = (Role.EXPERT, Role.OBSERVER)
ON_RECEPTION = within("region_code", "school_id")


class Verb(StrEnum):
    ARRANGE_MAKE_UP = "lessons.reception.arrange_make_up"
    ASSIST = "lessons.reception.assist"
    CANCEL = "lessons.lesson.cancel"
    CORRECT = "lessons.reception.correct"
    FOLLOW = "lessons.reception.follow"
    RECEIVE = "lessons.reception.receive"
    SEE_PUPILS = "lessons.reception.see_pupils"
    TEACH = "lessons.lesson.teach"
    VIEW = "lessons.lesson.view"
    WATCH = "lessons.lesson.watch"
    VIEW_RECEPTION = "lessons.reception.view"


LESSONS: Policy = {
    Verb.CANCEL: [
        grant(
            within("region_code", "school_id"),
            Role.SCHOOL_HEAD,
            Role.ADMINISTRATION_OFFICER,
            Role.SYSTEM_ADMINISTRATOR,
        )
    ],
    Verb.TEACH: [grant(taught_by(), Role.ANCHOR_TEACHER)],
    Verb.VIEW: [
        grant(within("region_code", "school_id"), *OFFICERS, Role.SCHOOL_HEAD),
        grant(
            within("receptions__region_code", "receptions__school_id"),
            *OFFICERS,
            Role.SCHOOL_HEAD,
            Role.LOCAL_TEACHER,
            Role.SUPPORT,
        ),
        grant(within("region_code", "school_id", "alliance__public_id"), *GUESTS, Role.SUPPORT),
        grant(within("receptions__region_code", "receptions__school_id"), *GUESTS),
        grant(taught_by(), Role.ANCHOR_TEACHER),
        grant(of_device_room("receptions__room_id")),
    ],
    # A class to which the plan shows the recording of this lesson; whoever may view the lesson may watch it anyway.
    Verb.WATCH: [
        grant(
            within("showings__receptions__region_code", "showings__receptions__school_id"),
            Role.SCHOOL_HEAD,
            Role.LOCAL_TEACHER,
        ),
        grant(of_device_room("showings__receptions__room_id")),
    ],
}

RECEPTIONS: Policy = {
    Verb.VIEW_RECEPTION: [
        grant(ON_RECEPTION, *OFFICERS, Role.SCHOOL_HEAD, Role.LOCAL_TEACHER),
        grant(taught_by("lesson__teacher_id", "lesson__date", "lesson__school_id"), Role.ANCHOR_TEACHER),
        grant(within("lesson__region_code", "lesson__school_id"), Role.SCHOOL_HEAD),
        grant(within("region_code", "school_id", "lesson__alliance__public_id"), *GUESTS, Role.SUPPORT),
        grant(of_device_room("room_id")),
    ],
    # A pupil reads when the own class has which lesson, and so does the tablet on which the class signs in.
    Verb.FOLLOW: [grant(of_pupil_class("home_class_id")), grant(of_device_room("home_class__sign_in_rooms__room_id"))],
    Verb.RECEIVE: [grant(of_device_room("room_id")), grant(ON_RECEPTION, Role.LOCAL_TEACHER)],
    Verb.ASSIST: [grant(ON_RECEPTION, Role.LOCAL_TEACHER)],
    # A child's name never leaves the school.
    Verb.SEE_PUPILS: [grant(ON_RECEPTION, Role.LOCAL_TEACHER)],
    Verb.CORRECT: [grant(ON_RECEPTION, Role.LOCAL_TEACHER, Role.SCHOOL_HEAD)],
    Verb.ARRANGE_MAKE_UP: [
        grant(ON_RECEPTION, Role.SCHOOL_HEAD, Role.ADMINISTRATION_OFFICER, Role.SYSTEM_ADMINISTRATOR),
        grant(taught_by("lesson__teacher_id", "lesson__date", "lesson__school_id"), Role.ANCHOR_TEACHER),
    ],
}
