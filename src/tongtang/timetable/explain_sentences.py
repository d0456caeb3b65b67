"""What an explanation says to a person: what is short, what stands in the way, the smallest change that would do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.curriculum.api import SUBJECTS
from tongtang.timetable.sentences import WEEKDAYS, clock_text
from tongtang.timetable.solver.explain.reason import Change, Reason

FALLBACKS: Mapping[str, Any] = {
    "substitute_of_subject": gettext_lazy("%(teacher_id)s, who teaches the subject, stands in."),
    "substitute": gettext_lazy("%(teacher_id)s, who is free then, stands in."),
    "combined": gettext_lazy("The class joins %(partner_id)s for this lesson."),
    "recorded": gettext_lazy("The class keeps its period and watches the recording."),
    "cancelled": gettext_lazy("The lesson is cancelled; make it up on another day."),
    "makes_room": gettext_lazy(
        "The lesson is cancelled, because the week has no room beside the one that comes from another week; make it up "
        "on another day."
    ),
    "not_received": gettext_lazy(
        "The lesson that comes from another week is cancelled for this class, which cannot receive it then; make it up "
        "on another day."
    ),
}
FACILITATORS, OWN_WEEK = "facilitators.csv", "local_timetable.csv"
Clocks = Callable[[str, int], tuple[int, int] | None]
"""Start and end of a class's period in minutes of the day; None where the bell has no such period."""


@dataclass(frozen=True)
class Words:
    """How the entities of a folder are called. `names`: by id; `schools`: the school of a class."""

    names: Mapping[str, str] = field(default_factory=dict)
    schools: Mapping[str, str] = field(default_factory=dict)
    clocks: Clocks = lambda _class_id, _period: None


PROOFS: Mapping[str, Any] = {
    "no_teacher": gettext_lazy(
        "%(entity)s is owed %(needed)s lessons of %(subject)s a week, which no teacher teaches."
    ),
    "no_place_band": gettext_lazy(
        "%(entity)s (grades %(grades)s) lies in no grade band, so it can be in no broadcast."
    ),
    "no_place_rooms": gettext_lazy("%(school_id)s has no receiving room, so %(entity)s can receive nothing."),
    "no_place_streams": gettext_lazy("The link of %(school_id)s carries no lesson, so %(entity)s can receive nothing."),
    "no_place_pupils": gettext_lazy("%(entity)s has %(pupils)s pupils, more than one broadcast may have."),
    "class_days": gettext_lazy(
        "%(entity)s needs %(needed)s lessons of %(subject)s a week; where the class is free, its bell fits and a "
        "teacher of the subject is there, only %(is)s can stand."
    ),
    "class_periods": gettext_lazy(
        "%(entity)s needs %(needed)s lessons by broadcast a week, but only %(is)s of its periods can take one."
    ),
    "school_rooms": gettext_lazy(
        "%(entity)s needs %(needed)s receptions a week; its %(rooms)s receiving rooms hold %(is)s of them."
    ),
    "school_facilitators": gettext_lazy(
        "%(entity)s needs %(needed)s receptions a week; the people beside its classes can be at %(is)s of them."
    ),
    "school_week": gettext_lazy(
        "%(entity)s needs %(needed)s receptions a week in %(is)s periods, with %(rooms)s receiving rooms and a link "
        "for %(streams)s lessons at once: proven impossible."
    ),
    "studios": gettext_lazy(
        "At least %(needed)s broadcasts a week are needed; %(studios)s studios hold %(is)s of them."
    ),
    "subject_supply": gettext_lazy(
        "%(entity)s needs at least %(needed)s broadcasts a week; its %(teachers)s teachers can give %(is)s."
    ),
    "subject_week": gettext_lazy(
        "The %(needed)s broadcasts of %(entity)s that %(classes)s classes need do not fit into the hours of its "
        "teachers: proven."
    ),
    "teachers_together": gettext_lazy(
        "At least %(needed)s broadcasts a week are needed; all teachers together can give %(is)s."
    ),
    "searched": gettext_lazy("No complete plan was found; that there is none is not proven."),
    "class_hours": gettext_lazy("%(class_id)s owes %(count)s lessons a week, but has %(limit)s free periods."),
    "teacher_cap": gettext_lazy("%(teacher_id)s is to give %(count)s lessons a week; the cap is %(limit)s."),
    "teacher_hours": gettext_lazy(
        "%(teacher_id)s is to give %(count)s lessons a week, but is there in only %(limit)s periods."
    ),
    "teacher_week": gettext_lazy(
        "The %(needed)s lessons of %(teacher_id)s for %(class_ids)s do not fit into the periods in which teacher and "
        "classes are free together: proven."
    ),
    "class_week": gettext_lazy(
        "The %(needed)s lessons of %(class_id)s do not fit into the periods in which the class and its teachers "
        "(%(teacher_ids)s) are free together: proven."
    ),
    "core_week": gettext_lazy(
        "The %(needed)s lessons that %(teacher_ids)s give to %(class_ids)s do not fit together: proven."
    ),
    "most_a_day": gettext_lazy(
        "%(class_id)s owes %(count)s lessons of %(subject)s a week; with at most %(most)s a day only %(limit)s can "
        "stand."
    ),
    "doubles": gettext_lazy(
        "%(class_id)s is to have %(count)s double periods of %(subject)s; only %(limit)s pairs of periods allow one."
    ),
    "class_window": gettext_lazy(
        "%(class_id)s owes %(count)s lessons a week; between the earliest and latest periods of its subjects only "
        "%(limit)s can stand, %(beyond)s stand outside."
    ),
    "window": gettext_lazy(
        "%(class_id)s owes %(count)s lessons of %(subject)s a week; from period %(earliest)s to %(latest)s only "
        "%(limit)s are free."
    ),
}
CAUSES: Mapping[str, Any] = {
    "teacher_away": gettext_lazy("%(entity)s is entered as away %(hours)s times; what remains holds %(is)s lessons."),
    "teacher_cap": gettext_lazy("%(entity)s may give %(cap)s lessons a week."),
    "class_blocked": gettext_lazy("%(entity)s has given away %(count)s of %(of)s periods."),
    "teacher_own": gettext_lazy("%(entity)s teaches classes of the own school in %(count)s periods."),
    "class_own": gettext_lazy("The own school of %(entity)s teaches it in %(count)s of %(of)s periods."),
    "class_taken": gettext_lazy(
        "Lessons that %(entity)s receives live or watches recorded take %(count)s of its %(of)s periods."
    ),
    "facilitators": gettext_lazy("Beside the classes of %(entity)s can be: %(teacher_ids)s."),
    "school_rooms": gettext_lazy("%(entity)s has %(rooms)s receiving rooms."),
    "school_streams": gettext_lazy("The link of %(entity)s carries %(streams)s lessons at once."),
    "class_pupils": gettext_lazy("%(entity)s has %(pupils)s pupils."),
    "class_grades": gettext_lazy("%(entity)s stands across the grade bands."),
    "school_bell": gettext_lazy("%(entity)s rings by bell %(bell_id)s, with %(periods)s periods a day."),
    "bell": gettext_lazy("Bell %(bell_id)s has %(periods)s periods a day."),
    "studios": gettext_lazy("There are %(count)s studios: %(studio_ids)s."),
    "owed": gettext_lazy("%(entity)s is owed %(count)s lessons of %(subject)s a week."),
    "subject_teacher": gettext_lazy("%(count)s teachers teach %(subject)s."),
    "other_teacher": gettext_lazy("%(entity)s gives %(count)s lessons a week."),
    "max_classes_per_broadcast": gettext_lazy("At most %(value)s classes may share a broadcast."),
    "max_pupils_per_broadcast": gettext_lazy("A broadcast may have at most %(value)s pupils."),
    "grade_bands": gettext_lazy("The grade bands are %(value)s."),
    "same_subject_per_class_and_day": gettext_lazy("A class may have a subject %(value)s times a day."),
    "start_tolerance_minutes": gettext_lazy("A start may lie %(value)s minutes from the bell."),
    "changeover_minutes": gettext_lazy("Teacher and studio need %(value)s minutes between two broadcasts."),
    "lesson_minutes": gettext_lazy("A broadcast lasts %(value)s minutes."),
    "group_is_stable": gettext_lazy("A class keeps its group and its teacher in a subject."),
    "stated": gettext_lazy("The timetable breaks this wish as little as possible."),
}
VALUES: Mapping[tuple[str, str], Any] = {
    ("teachers.csv", "weekly_cap"): gettext_lazy(
        "Raise the weekly cap of %(teacher_id)s from %(before)s to %(after)s."
    ),
    ("schools.csv", "receiving_rooms"): gettext_lazy(
        "Give %(school_id)s %(after)s receiving rooms instead of %(before)s."
    ),
    ("schools.csv", "max_streams"): gettext_lazy(
        "Raise the link of %(school_id)s from %(before)s to %(after)s lessons at once."
    ),
    ("schools.csv", "bell_id"): gettext_lazy("Let %(school_id)s ring by bell %(after)s instead of %(before)s."),
    ("requirements.csv", "lessons_per_week"): gettext_lazy(
        "Owe %(class_id)s %(after)s lessons of %(subject)s a week instead of %(before)s."
    ),
    ("local_requirements.csv", "lessons_per_week"): gettext_lazy(
        "Owe %(class_id)s %(after)s lessons of %(subject)s a week instead of %(before)s."
    ),
    ("local_requirements.csv", "teacher_id"): gettext_lazy(
        "Give %(subject)s of %(class_id)s to %(after)s instead of %(before)s."
    ),
    ("local_requirements.csv", "max_per_day"): gettext_lazy(
        "Allow %(class_id)s %(after)s lessons of %(subject)s a day instead of %(before)s."
    ),
    ("local_requirements.csv", "double"): gettext_lazy(
        "Ask for %(after)s double periods of %(subject)s in %(class_id)s instead of %(before)s."
    ),
    ("local_requirements.csv", "earliest_period"): gettext_lazy(
        "Allow %(subject)s of %(class_id)s from period %(after)s on instead of %(before)s."
    ),
    ("local_requirements.csv", "latest_period"): gettext_lazy(
        "Allow %(subject)s of %(class_id)s up to period %(after)s instead of %(before)s."
    ),
}
RULES: Mapping[str, Any] = {
    "max_classes_per_broadcast": gettext_lazy("Allow %(after)s classes a broadcast instead of %(before)s."),
    "max_pupils_per_broadcast": gettext_lazy("Allow %(after)s pupils a broadcast instead of %(before)s."),
    "grade_bands": gettext_lazy("Set the grade bands to %(after)s instead of %(before)s."),
    "same_subject_per_class_and_day": gettext_lazy("Allow a class %(after)s lessons of a subject a day."),
    "start_tolerance_minutes": gettext_lazy("Set the tolerance of a start to %(after)s minutes instead of %(before)s."),
    "changeover_minutes": gettext_lazy("Set the changeover to %(after)s minutes instead of %(before)s."),
    "lesson_minutes": gettext_lazy("Set the length of a broadcast to %(after)s minutes instead of %(before)s."),
    "group_is_stable": gettext_lazy("Let a class change its group and teacher from lesson to lesson."),
}


def explanation_json(reason: Reason, words: Words) -> dict[str, Any]:
    """An item of `explanation`: entity, sentence, relaxation; then kind, verified, together, cut and changes."""
    return {
        "entity": reason.entity,
        "sentence": _sentence(reason, words),
        "relaxation": _relaxation(reason, words),
        "kind": reason.cause if reason.cause != "stated" else reason.proof,
        "verified": reason.verified,
        "together": reason.together,
        "cut": reason.was_cut,
        "changes": [_change_json(change) for change in reason.changes],
    }


def fallback_explanation(fallback: Mapping[str, Any], words: Words, *, proven: bool) -> dict[str, Any]:
    """Why a lesson of a mended week is not simply moved; `fallback` as the command's JSON has it."""
    at = fallback["at"]
    facts = {
        "class_id": fallback["class_id"],
        "subject": fallback["subject"],
        "teacher_id": fallback.get("teacher_id", ""),
        "partner_id": fallback.get("with_class_id", ""),
    }
    when = {"day": at["date"], "weekday": str(WEEKDAYS[at["weekday"] - 1]), "start": at["start"]}
    if proven:
        sentence = _(
            "%(subject)s of %(class_id)s on %(day)s, %(weekday)s %(start)s: proven that moves alone save no more."
        )
    else:
        sentence = _("%(subject)s of %(class_id)s on %(day)s, %(weekday)s %(start)s: no moves were found that save it.")
    return {
        "entity": fallback["class_id"],
        "sentence": sentence % {**_facts(facts, words), **when},
        "relaxation": str(FALLBACKS[fallback.get("because", fallback["kind"])]) % _facts(facts, words),
    }


def _sentence(reason: Reason, words: Words) -> str:
    proof = str(PROOFS[reason.proof]) % _facts(reason.proof_facts, words)
    cause = str(CAUSES[reason.cause]) % _facts({**reason.facts, "entity": reason.entity}, words)
    return _("%(first)s %(second)s") % {"first": proof, "second": cause}


def _relaxation(reason: Reason, words: Words) -> str:
    beside = {change.row["teacher_id"] for change in reason.changes if change.file == FACILITATORS}
    told = [one for one in reason.changes if one.file != "teachers.csv" or one.row["teacher_id"] not in beside]
    parts = [_step(list(several), words) for _key, several in groupby(told, key=_kind)]
    if not parts:
        parts.append(_("No change that is enough was found; look at this place first."))
    elif reason.together:
        parts.append(_("The changes named with the other reasons are needed as well."))
    if reason.changes and not reason.verified:
        parts.append(_("Not tried out."))
    if reason.was_cut:
        parts.append(_("The clock ended the search for reasons: where less else is running there may be more of them."))
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text = _("%(first)s %(second)s") % {"first": text, "second": part}
    return text


def _kind(change: Change) -> tuple[str, str, bool, bool]:
    return change.file, change.column, change.adds_row, change.drops_row


def _step(changes: list[Change], words: Words) -> str:
    """One sentence for changes of one kind, or one for each where they are values."""
    first = changes[0]
    if first.column:
        return _joined([_value(change, words) for change in changes])
    if first.file == "studios.csv":
        return _("Add %(count)s studios.") % {"count": len(changes)}
    if first.file == FACILITATORS:
        facts = {**_facts(first.row, words), "count": str(len(changes))}
        return _("Find %(count)s more people to be beside the classes of %(school_id)s.") % facts
    if first.adds_row:
        return _joined([_added(change, words) for change in changes])
    if first.file.endswith("requirements.csv"):
        sentence = _("Give up %(subject)s of %(class_id)s.")
        return _joined([sentence % _facts(change.row, words) for change in changes])
    if first.file == OWN_WEEK:
        by_class = groupby(changes, key=lambda change: change.row["class_id"])
        return _joined([_rows_of(list(several), words) for _class_id, several in by_class])
    return _rows_of(changes, words)


def _rows_of(changes: Sequence[Change], words: Words) -> str:
    """One sentence for rows of one file that go, all about one class or teacher."""
    first = changes[0]
    times = _(", ").join(_time(change, words) for change in changes)
    sentences = {
        OWN_WEEK: _("Let the school of %(class_id)s teach it at other times than: %(times)s."),
        "teacher_unavailable.csv": _("Let %(teacher_id)s be there on %(times)s."),
        "class_blocked.csv": _("Give %(class_id)s back: %(times)s."),
        "recorded_lessons.csv": _("Take the recorded lessons of %(class_id)s away from %(times)s."),
        "broadcasts.csv": _("Take %(class_id)s out of the broadcast on %(times)s."),
    }
    return sentences[first.file] % {**_facts(first.row, words), "times": times}


def _value(change: Change, words: Words) -> str:
    sentence = RULES[change.row["rule"]] if change.file == "rules.csv" else VALUES[change.file, change.column]
    named = change.column == "teacher_id"
    ends = {"before": change.before, "after": change.after}
    return str(sentence) % {
        **_facts(change.row, words),
        **{name: _named(value, words) if named else value for name, value in ends.items()},
    }


def _added(change: Change, words: Words) -> str:
    if change.file == "bells.csv":
        return _("Add period %(period)s from %(start)s to %(end)s to bell %(bell_id)s.") % dict(change.row)
    subjects = _(", ").join(_subject(one) for one in change.row["subjects"].split(";"))
    facts = {"subjects": subjects, "cap": change.row["weekly_cap"]}
    return _("Find one more teacher of %(subjects)s for %(cap)s lessons a week.") % facts


def _time(change: Change, words: Words) -> str:
    """Weekday and clock, with the period where the row names one."""
    row, weekday = change.row, str(WEEKDAYS[int(change.row["weekday"]) - 1])
    if "period" not in row:
        return _("%(weekday)s %(start)s-%(end)s") % {"weekday": weekday, "start": row["start"], "end": row["end"]}
    clock = words.clocks(row["class_id"], int(row["period"]))
    if clock is None:
        return _("%(weekday)s period %(period)s") % {"weekday": weekday, "period": row["period"]}
    span = {"start": clock_text(clock[0]), "end": clock_text(clock[1])}
    return _("%(weekday)s period %(period)s (%(start)s-%(end)s)") % {
        "weekday": weekday,
        "period": row["period"],
        **span,
    }


def _facts(facts: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {name: _fact(name, value, words) for name, value in facts.items()}


def _fact(name: str, value: Any, words: Words) -> str:
    if isinstance(value, tuple):
        return _(", ").join(_fact(name, one, words) for one in value)
    if name in ("subject", "subjects"):
        return _subject(str(value))
    if name.endswith(("_id", "_ids", "entity")):
        return _named(str(value), words)
    return str(value)


def _subject(code: str) -> str:
    return str(SUBJECTS.get(code, code))


def _named(entity: str, words: Words) -> str:
    """A name with its id, a class with its school; a subject's name; anything else as it is."""
    if entity in words.schools:
        school = words.names.get(words.schools[entity], words.schools[entity])
        called = f"{school}{words.names.get(entity, '')}"
        return _("%(name)s (%(id)s)") % {"name": called, "id": entity}
    if entity in words.names:
        return _("%(name)s (%(id)s)") % {"name": words.names[entity], "id": entity}
    return _subject(entity)


def _change_json(change: Change) -> dict[str, Any]:
    """`column` null: the whole row comes (`from` null) or goes (`to` null)."""
    if change.column:
        return {"file": change.file, "row": dict(change.row), "column": change.column, "from": change.before,
                "to": change.after}  # fmt: skip
    row = dict(change.row)
    return {"file": change.file, "row": row, "column": None, "from": row if change.drops_row else None,
            "to": row if change.adds_row else None}  # fmt: skip
