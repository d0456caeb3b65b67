"""What is said to a person about a school's own week: breaches, impossibilities, and what would make room."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from tongtang.timetable.sentences import in_words
from tongtang.timetable.solver.local_doubts import Doubt
from tongtang.timetable.solver.local_rules import LocalBreach, LocalRule

BREACHES: Mapping[LocalRule, Any] = {
    LocalRule.NO_SUCH_CLASS: gettext_lazy("The school has no class %(class_id)s."),
    LocalRule.NO_SUCH_TEACHER: gettext_lazy("The school has no teacher %(teacher_id)s."),
    LocalRule.NO_SUCH_PERIOD: gettext_lazy(
        "Class %(class_id)s has a lesson on %(weekday)s in period %(period)s, which its school's bell does not have."
    ),
    LocalRule.NOT_REQUIRED: gettext_lazy("Class %(class_id)s owes no %(subject)s. Drop the lesson."),
    LocalRule.WRONG_TEACHER: gettext_lazy(
        "%(subject)s of class %(class_id)s belongs to teacher %(owed_teacher_id)s, not to %(teacher_id)s."
    ),
    LocalRule.LESSONS_MISSING: gettext_lazy(
        "Class %(class_id)s has %(count)s of %(limit)s lessons of %(subject)s a week. Add what is missing."
    ),
    LocalRule.LESSONS_TOO_MANY: gettext_lazy(
        "Class %(class_id)s has %(count)s lessons of %(subject)s a week, but is owed %(limit)s. Drop the surplus."
    ),
    LocalRule.CLASS_CLASH: gettext_lazy(
        "Class %(class_id)s has several lessons on %(weekday)s in period %(period)s: %(subjects)s."
    ),
    LocalRule.TEACHER_CLASH: gettext_lazy(
        "Teacher %(teacher_id)s has several classes on %(weekday)s in period %(period)s: %(class_ids)s."
    ),
    LocalRule.CLASS_GIVEN_AWAY: gettext_lazy(
        "Class %(class_id)s has given away period %(period)s on %(weekday)s. Choose another."
    ),
    LocalRule.TEACHER_NOT_THERE: gettext_lazy(
        "Teacher %(teacher_id)s of class %(class_id)s is not there on %(weekday)s in period %(period)s."
    ),
    LocalRule.ABOVE_WEEKLY_CAP: gettext_lazy(
        "Teacher %(teacher_id)s has %(count)s lessons a week; the cap is %(limit)s."
    ),
}
DOUBTS: Mapping[str, tuple[Any, Any]] = {
    "class_hours": (
        gettext_lazy("Class %(class_id)s owes %(count)s lessons a week, but has %(limit)s periods."),
        gettext_lazy("Owe fewer lessons or give the class back some of its blocked periods."),
    ),
    "teacher_cap": (
        gettext_lazy("Teacher %(teacher_id)s is to give %(count)s lessons a week; the cap is %(limit)s."),
        gettext_lazy("Give a class to another teacher or raise the cap."),
    ),
    "teacher_hours": (
        gettext_lazy("Teacher %(teacher_id)s is to give %(count)s lessons, but is there in only %(limit)s periods."),
        gettext_lazy("Give a class to another teacher or free some of the blocked times."),
    ),
    "anchor_gives_more": (
        gettext_lazy("The anchor gives class %(class_id)s %(count)s lessons of %(subject)s; it is owed %(limit)s."),
        gettext_lazy("Raise the requirement or receive fewer of the lessons."),
    ),
    "anchor_in_given_away": (
        gettext_lazy("%(subject)s from the anchor falls into %(weekday)s, period %(period)s: given away."),
        gettext_lazy("Give this period back to the class or move the anchor's lesson."),
    ),
    "anchor_teacher_away": (
        gettext_lazy(
            "Teacher %(teacher_id)s of class %(class_id)s is not there on %(weekday)s in period %(period)s, when the "
            "anchor teaches %(subject)s."
        ),
        gettext_lazy("Let another teacher of the school be in the room."),
    ),
    "anchor_subjects_at_once": (
        gettext_lazy("Class %(class_id)s would receive %(subjects)s at once on %(weekday)s in period %(period)s."),
        gettext_lazy("Receive one of these subjects elsewhere or move one of the anchor's lessons."),
    ),
    "anchor_lessons_at_once": (
        gettext_lazy("Two lessons of %(subject)s from the anchor fall into one period of class %(class_id)s."),
        gettext_lazy("Move one of the anchor's lessons."),
    ),
    "anchor_teacher_twice": (
        gettext_lazy("Teacher %(teacher_id)s would be with %(class_ids)s at once on %(weekday)s in period %(period)s."),
        gettext_lazy("Let another teacher be in one of the rooms."),
    ),
    "anchor_fits_no_period": (
        gettext_lazy(
            "%(anchor_lesson_id)s at %(start)s fits no single period of class %(class_id)s: %(tolerance)s minutes are "
            "allowed, the nearest is period %(nearest_period)s at %(nearest_start)s."
        ),
        gettext_lazy("Move the anchor's lesson or the school's period to within the tolerance."),
    ),
    "receiving_rooms": (
        gettext_lazy(
            "School %(school_id)s needs %(count)s receiving rooms on %(weekday)s, period %(period)s; it has %(limit)s."
        ),
        gettext_lazy("Add a receiving room or let fewer classes receive at once."),
    ),
    "receiving_streams": (
        gettext_lazy(
            "School %(school_id)s would receive %(count)s lessons at once on %(weekday)s in period %(period)s; "
            "its line carries %(limit)s."
        ),
        gettext_lazy("Raise the line or let fewer subjects be received at once."),
    ),
    "no_week": (
        gettext_lazy("No week of this school keeps all hard rules together, though each can be kept alone: proven."),
        gettext_lazy("Give a class to another teacher, or free blocked periods."),
    ),
    "base_broken": (
        gettext_lazy("The timetable of school %(school_id)s breaks %(count)s hard rules before anything has happened."),
        gettext_lazy("See them with tongtang timetable check, correct the timetable, then repair."),
    ),
    "day_held": (
        gettext_lazy("%(day)s holds %(count)s lessons of %(weekday)s at school %(school_id)s."),
        gettext_lazy("Nothing has to move."),
    ),
    "day_falls_out": (
        gettext_lazy("The %(count)s lessons that school %(school_id)s has on %(day)s itself fall out."),
        gettext_lazy("Make them up on another day."),
    ),
    "moved_from_other_day": (
        gettext_lazy("%(anchor_lesson_id)s is held on %(weekday)s, not on %(day)s; that one is moved."),
        gettext_lazy("Correct the date if another lesson was meant."),
    ),
    "moved_onto_another": (
        gettext_lazy(
            "%(anchor_lesson_id)s at %(start)s on %(day)s meets class %(class_id)s in another reception or a period "
            "given away."
        ),
        gettext_lazy("The class keeps its period and watches the recording, or the lesson starts at another time."),
    ),
    "moved_to_no_school_day": (
        gettext_lazy("%(anchor_lesson_id)s is moved to %(day)s, when class %(class_id)s has no school."),
        gettext_lazy("The class keeps its period and watches the recording, or the lesson goes to a school day."),
    ),
    "moved_to_no_period": (
        gettext_lazy("%(anchor_lesson_id)s at %(start)s on %(day)s fits no single period of class %(class_id)s."),
        gettext_lazy("The class keeps its period and watches the recording, or the lesson starts at another time."),
    ),
}  # fmt: skip


def breach_sentence(breach: LocalBreach) -> str:
    return in_words(BREACHES[breach.rule], breach.facts)


def doubt_json(doubt: Doubt) -> dict[str, str]:
    """The three fields of an explanation."""
    sentence, relaxation = DOUBTS[doubt.code]
    return {"entity": doubt.entity, "sentence": in_words(sentence, doubt.facts), "relaxation": str(relaxation)}
