"""What a violation says to a person: what, where, the number, the limit, what to do."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.curriculum.api import SUBJECTS
from tongtang.timetable.solver.violation import Rule, Violation

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
SENTENCES: Mapping[Rule, Any] = {
    Rule.UNKNOWN_CLASS: gettext_lazy("Group %(group_id)s names class %(class_id)s, which the county does not have."),
    Rule.UNKNOWN_TEACHER: gettext_lazy(
        "Group %(group_id)s names teacher %(teacher_id)s, whom the county does not have."
    ),
    Rule.UNKNOWN_STUDIO: gettext_lazy("Group %(group_id)s names studio %(studio_id)s, which the county does not have."),
    Rule.UNKNOWN_ALLIANCE: gettext_lazy("Group %(group_id)s belongs to an unknown alliance: %(alliance_id)s."),
    Rule.WEEKDAY_OUTSIDE_WEEK: gettext_lazy(
        "Group %(group_id)s stands on weekday %(weekday)s; weekdays go from 1 (Monday) to 7."
    ),
    Rule.LESSON_OUTSIDE_DAY: gettext_lazy(
        "Group %(group_id)s: %(start)s to %(end)s on %(weekday)s does not lie within one day."
    ),
    Rule.BROADCAST_WITHOUT_CLASS: gettext_lazy(
        "Group %(group_id)s has no class on %(weekday)s at %(start)s. Add a class or drop the row."
    ),
    Rule.CLASS_TWICE_IN_BROADCAST: gettext_lazy(
        "Class %(class_id)s stands %(count)s times in one lesson of group %(group_id)s. Name it once."
    ),
    Rule.TEACHER_NOT_OF_SUBJECT: gettext_lazy(
        "Teacher %(teacher_id)s of group %(group_id)s does not teach %(subject)s but %(teacher_subjects)s."
    ),
    Rule.SUBJECT_NOT_REQUIRED: gettext_lazy(
        "Class %(class_id)s in group %(group_id)s is owed no %(subject)s by broadcast."
    ),
    Rule.REQUIREMENT_MISSED: gettext_lazy(
        "Class %(class_id)s has %(count)s of %(limit)s lessons of %(subject)s a week. Add what is missing."
    ),
    Rule.REQUIREMENT_EXCEEDED: gettext_lazy(
        "Class %(class_id)s has %(count)s lessons of %(subject)s a week, but is owed %(limit)s. Drop the surplus."
    ),
    Rule.WEEK_OUTSIDE_CYCLE: gettext_lazy(
        "Group %(group_id)s stands in week %(week)s of every %(every_weeks)s; there is no such week."
    ),
    Rule.CYCLE_NOT_AS_OWED: gettext_lazy(
        "Group %(group_id)s gives class %(class_id)s %(subject)s once in %(count)s weeks; it is owed once in %(limit)s."
    ),
    Rule.RECORDED_FOR_UNKNOWN_CLASS: gettext_lazy(
        "A recorded lesson names class %(class_id)s, which the county does not have."
    ),
    Rule.RECORDED_IN_NO_PERIOD: gettext_lazy(
        "Class %(class_id)s has no period %(period)s on %(weekday)s for its recorded lesson. Choose another."
    ),
    Rule.RECORDED_TOO_OFTEN: gettext_lazy(
        "Class %(class_id)s watches %(count)s lessons of %(subject)s recorded; %(limit)s may be."
    ),
    Rule.START_FITS_NO_PERIOD: gettext_lazy(
        "Group %(group_id)s on %(weekday)s at %(start)s fits no period of class %(class_id)s: bell %(bell_id)s allows "
        "%(tolerance)s minutes, the nearest is period %(nearest_period)s at %(nearest_start)s."
    ),
    Rule.START_FITS_SEVERAL_PERIODS: gettext_lazy(
        "Group %(group_id)s on %(weekday)s at %(start)s fits several periods of class %(class_id)s: %(periods)s. "
        "Move it so that it fits one."
    ),
    Rule.CLASS_TWICE_IN_PERIOD: gettext_lazy(
        "Class %(class_id)s has several lessons in period %(period)s on %(weekday)s: groups %(group_ids)s."
    ),
    Rule.CLASS_OVERLAP: gettext_lazy(
        "Lessons of class %(class_id)s overlap on %(weekday)s: groups %(group_ids)s at %(starts)s."
    ),
    Rule.CLASS_BLOCKED: gettext_lazy(
        "Group %(group_id)s on %(weekday)s at %(start)s lies in period %(period)s, which class %(class_id)s has given "
        "away. Choose another period."
    ),
    Rule.CLASS_TAUGHT_BY_OWN_SCHOOL: gettext_lazy(
        "Group %(group_id)s on %(weekday)s at %(start)s lies in period %(period)s, in which class %(class_id)s is "
        "taught %(subject)s by its own school. Choose another period."
    ),
    Rule.SUBJECT_TOO_OFTEN_A_DAY: gettext_lazy(
        "Class %(class_id)s has %(subject)s %(count)s times on %(weekday)s; %(limit)s a day is allowed."
    ),
    Rule.GRADES_SHARE_NO_BAND: gettext_lazy(
        "The classes of group %(group_id)s (%(class_ids)s) share no grade band. Split the group."
    ),
    Rule.TOO_MANY_CLASSES: gettext_lazy(
        "Group %(group_id)s has %(count)s classes in one lesson; the limit is %(limit)s. Split the group."
    ),
    Rule.TOO_MANY_PUPILS: gettext_lazy(
        "Group %(group_id)s has %(count)s pupils in one lesson; the limit is %(limit)s. Split the group."
    ),
    Rule.TEACHER_OVERLAP: gettext_lazy(
        "Teacher %(teacher_id)s has overlapping lessons on %(weekday)s: groups %(group_ids)s at %(starts)s."
    ),
    Rule.TEACHER_CHANGEOVER: gettext_lazy(
        "Teacher %(teacher_id)s has %(count)s minutes between groups %(group_ids)s on %(weekday)s; "
        "the changeover needs %(limit)s."
    ),
    Rule.TEACHER_UNAVAILABLE: gettext_lazy(
        "Teacher %(teacher_id)s is away on %(weekday)s from %(away_start)s to %(away_end)s, "
        "but group %(group_id)s starts at %(start)s."
    ),
    Rule.TEACHER_WITH_OWN_CLASS: gettext_lazy(
        "Teacher %(teacher_id)s teaches class %(class_id)s %(subject)s on %(weekday)s in period %(period)s, "
        "but group %(group_id)s starts at %(start)s."
    ),
    Rule.TEACHER_ABOVE_CAP: gettext_lazy("Teacher %(teacher_id)s has %(count)s lessons a week; the cap is %(limit)s."),
    Rule.STUDIO_OVERLAP: gettext_lazy(
        "Studio %(studio_id)s has overlapping lessons on %(weekday)s: groups %(group_ids)s at %(starts)s."
    ),
    Rule.STUDIO_CHANGEOVER: gettext_lazy(
        "Studio %(studio_id)s has %(count)s minutes between groups %(group_ids)s on %(weekday)s; "
        "the changeover needs %(limit)s."
    ),
    Rule.ROOMS_IN_PERIOD: gettext_lazy(
        "School %(school_id)s needs %(count)s receiving rooms in period %(period)s on %(weekday)s, but has %(limit)s."
    ),
    Rule.ROOMS_AT_ONCE: gettext_lazy(
        "School %(school_id)s needs %(count)s receiving rooms on %(weekday)s from %(start)s to %(end)s, "
        "but has %(limit)s."
    ),
    Rule.STREAMS_IN_PERIOD: gettext_lazy(
        "The link of school %(school_id)s carries %(limit)s lessons at once; period %(period)s on %(weekday)s "
        "needs %(count)s."
    ),
    Rule.STREAMS_AT_ONCE: gettext_lazy(
        "The link of school %(school_id)s carries %(limit)s lessons at once; %(weekday)s from %(start)s to %(end)s "
        "needs %(count)s."
    ),
    Rule.FACILITATORS_AT_ONCE: gettext_lazy(
        "School %(school_id)s has %(limit)s facilitators for %(count)s lessons received at once on %(weekday)s at "
        "%(starts)s (classes %(class_ids)s). Move a lesson or name another facilitator."
    ),
    Rule.GROUP_CHANGES_SUBJECT: gettext_lazy("Group %(group_id)s changes its subject: %(subjects)s. Keep one."),
    Rule.GROUP_CHANGES_TEACHER: gettext_lazy("Group %(group_id)s changes its teacher: %(teacher_ids)s. Keep one."),
    Rule.GROUP_CHANGES_CLASSES: gettext_lazy(
        "Group %(group_id)s does not always have the same classes: %(class_ids)s come and go."
    ),
    Rule.CLASS_CHANGES_GROUP: gettext_lazy(
        "Class %(class_id)s changes its group in %(subject)s: %(group_ids)s. Keep one."
    ),
    Rule.CLASS_CHANGES_TEACHER: gettext_lazy(
        "Class %(class_id)s changes its teacher in %(subject)s: %(teacher_ids)s. Keep one."
    ),
}
CLOCKS = ("start", "end", "away_start", "away_end", "nearest_start")


def clock_text(minutes: int) -> str:
    """Minutes of the day as files have them: 08:40."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def wall_text(minutes: int) -> str:
    """Minutes of the day as people read them on every page: 8:40."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def _words(name: str, value: Any) -> str:
    """One fact in words."""
    if name == "weekday" and isinstance(value, int) and 1 <= value <= len(WEEKDAYS):
        return str(WEEKDAYS[value - 1])
    if name == "starts":
        return _(", ").join(wall_text(minutes) for minutes in value)
    if name in CLOCKS and isinstance(value, int):
        return wall_text(value)
    if name == "subject":
        return str(SUBJECTS.get(value, value))
    if name in ("subjects", "teacher_subjects", "required_subjects"):
        return _(", ").join(str(SUBJECTS.get(one, one)) for one in value)
    if isinstance(value, tuple):
        return _(", ").join(map(str, value))
    return str(value)


def sentence_of(violation: Violation) -> str:
    """The violation in one sentence."""
    return in_words(SENTENCES[violation.rule], violation.facts)


def in_words(sentence: Any, facts: Mapping[str, Any]) -> str:
    """A sentence with its facts in words."""
    return str(sentence) % {name: _words(name, value) for name, value in facts.items()}


def row_text(table: str, source_id: str, line: int | None) -> str:
    """A row as a plan's author finds it: broadcasts.csv:17 m08."""
    return f"{table}.csv {source_id}" if line is None else f"{table}.csv:{line} {source_id}"
