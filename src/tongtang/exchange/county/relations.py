"""What must hold between the rows of a folder: references, order in time, sums.

A reference counts as known when its row exists, even a broken one, and when the file that should hold it could not be
read to its end: one fault gives one finding, not hundreds.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import cast

import polars as pl
from django.utils.translation import gettext as _

from tongtang.exchange.county import layout, rows
from tongtang.exchange.county.cells import BadCell, as_written
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.layout import Table
from tongtang.exchange.county.rules import RULES
from tongtang.exchange.county.sheet import Sheet
from tongtang.exchange.roster.check import PupilSheet, check_births

Sheets = Mapping[str, Sheet[rows.Row]]


def check_county(sheets: Sheets, pupils: PupilSheet, damage: DamageList) -> None:
    """Every relation of the county's own files."""
    _check_references(sheets, damage)
    _check_terms(cast("list[rows.TermRow]", sheets["terms.csv"].rows), damage)
    check_bells(cast("list[rows.PeriodRow]", sheets["bells.csv"].rows), damage)
    _check_schools(cast("list[rows.SchoolRow]", sheets["schools.csv"].rows), damage)
    _check_parents(sheets, damage)
    check_classes_of_pupils(sheets["classes.csv"], pupils, damage)
    _check_head_counts(sheets["classes.csv"], pupils, damage)
    _check_births(sheets, pupils, damage)
    _check_posts(sheets, damage)
    _check_kindergartens(sheets, damage)
    check_unavailable(cast("list[rows.UnavailableRow]", sheets["teacher_unavailable.csv"].rows), damage)
    for table in (layout.BLOCKED, layout.LOCAL_TIMETABLE):
        check_periods(sheets, table, damage)
    _check_local_teachers(cast("list[rows.LocalLessonRow]", sheets["local_timetable.csv"].rows), sheets, damage)
    _check_facilitators(sheets, damage)
    _check_rules(sheets["rules.csv"], damage)
    _check_calendar(cast("list[rows.CalendarRow]", sheets["calendar.csv"].rows), damage)


def _check_facilitators(sheets: Sheets, damage: DamageList) -> None:
    """Whoever teaches by broadcast cannot be beside a class meanwhile, and nothing looks for that clash."""
    broadcast = {row.subject for row in cast("list[rows.RequirementRow]", sheets["requirements.csv"].rows)}
    teachers = cast("list[rows.TeacherRow]", sheets["teachers.csv"].rows)
    teaches = {row.teacher_id for row in teachers if broadcast & {*row.subjects}}
    for row in cast("list[rows.FacilitatorRow]", sheets["facilitators.csv"].rows):
        if row.teacher_id in teaches:
            sentence = _("This teacher teaches by broadcast; name somebody else as facilitator.")
            damage.add("facilitators.csv", row.line, "teacher_id", row.teacher_id, sentence)


def check_broadcasts(sheets: Sheets, damage: DamageList) -> None:
    """The references of a plan; its rules are the checker's business."""
    broadcasts = cast("list[rows.BroadcastRow]", sheets["broadcasts.csv"].rows)
    _check_reference(sheets, layout.BROADCASTS, "teacher_id", layout.TEACHERS, _unknown_teacher(), damage)
    _check_reference(sheets, layout.BROADCASTS, "studio_id", layout.STUDIOS, _unknown_studio(), damage)
    if not sheets["classes.csv"].complete:
        return
    known = sheets["classes.csv"].ids("class_id")
    for row in broadcasts:
        for class_id in row.class_ids:
            if class_id not in known:
                damage.add("broadcasts.csv", row.line, "class_ids", class_id, _unknown_class())


def _unknown_bell() -> str:
    return _("bells.csv has no bell schedule of this id; add it or correct the id.")


def _unknown_school() -> str:
    return _("schools.csv has no school of this id; add it or correct the id.")


def _unknown_class() -> str:
    return _("classes.csv has no class of this id; add it or correct the id.")


def _unknown_teacher() -> str:
    return _("teachers.csv has no teacher of this id; add the teacher or correct the id.")


def _unknown_studio() -> str:
    return _("studios.csv has no studio of this id; add it or correct the id.")


def _check_references(sheets: Sheets, damage: DamageList) -> None:
    for table in (layout.CLASSES, layout.TEACHERS, layout.POSTS, layout.STUDIOS, layout.FACILITATORS):
        _check_reference(sheets, table, "school_id", layout.SCHOOLS, _unknown_school(), damage)
    for table in (layout.BLOCKED, layout.REQUIREMENTS, layout.LOCAL_TIMETABLE, layout.RECEIVERS, layout.RECORDABLE):
        _check_reference(sheets, table, "class_id", layout.CLASSES, _unknown_class(), damage)
    _check_reference(sheets, layout.SCHOOLS, "bell_id", layout.BELLS, _unknown_bell(), damage)
    for table in (layout.POSTS, layout.UNAVAILABLE, layout.LOCAL_TIMETABLE, layout.FACILITATORS):
        _check_reference(sheets, table, "teacher_id", layout.TEACHERS, _unknown_teacher(), damage)


def _check_reference(
    sheets: Sheets, table: Table, column: str, target: Table, sentence: str, damage: DamageList
) -> None:
    if not sheets[target.file].complete:
        return
    known = sheets[target.file].ids(column)
    for row in sheets[table.file].rows:
        value = getattr(row, column)
        if value not in known:
            damage.add(table.file, row.line, column, value, sentence)


def _check_terms(terms: Iterable[rows.TermRow], damage: DamageList) -> None:
    sound = []
    for row in terms:
        if row.last_day <= row.first_day:
            sentence = _("The term ends before it begins; correct one of the two days.")
            damage.add("terms.csv", row.line, "last_day", as_written(row.last_day), sentence)
            continue
        sound.append(row)
        monday = row.first_day - timedelta(days=row.first_day.weekday())
        weeks = (row.last_day - monday).days // 7 + 1
        if row.teaching_weeks > weeks:
            sentence = _("From the first to the last day there are only %(weeks)d weeks; correct the number.")
            damage.add("terms.csv", row.line, "teaching_weeks", str(row.teaching_weeks), sentence % {"weeks": weeks})
    for earlier, later in pairwise(sorted(sound, key=lambda row: row.first_day)):
        if later.first_day <= earlier.last_day:
            sentence = _("The term begins before the term of line %(line)d has ended; correct one of them.")
            first_day = as_written(later.first_day)
            damage.add("terms.csv", later.line, "first_day", first_day, sentence % {"line": earlier.line})


def check_bells(periods: Iterable[rows.PeriodRow], damage: DamageList) -> None:
    schedules: dict[str, list[rows.PeriodRow]] = {}
    for row in periods:
        if row.end <= row.start:
            sentence = _("The period ends before it begins; correct one of the two times.")
            damage.add("bells.csv", row.line, "end", as_written(row.end), sentence)
        else:
            schedules.setdefault(row.bell_id, []).append(row)
    for schedule in schedules.values():
        for earlier, later in pairwise(sorted(schedule, key=lambda row: row.period)):
            if later.start >= earlier.end:
                continue
            if later.end <= earlier.start:
                sentence = _("Period %(later)d lies before period %(earlier)d; number the periods in order of time.")
            else:
                sentence = _("Period %(later)d begins before period %(earlier)d has ended; correct one of the times.")
            numbers = {"later": later.period, "earlier": earlier.period}
            damage.add("bells.csv", later.line, "start", as_written(later.start), sentence % numbers)


def _check_schools(schools: Iterable[rows.SchoolRow], damage: DamageList) -> None:
    for row in schools:
        if not row.township and row.kind != "receiving_school":
            sentence = _("The township is empty; write its name.")
            damage.add("schools.csv", row.line, "township", "", sentence)
        if row.kind == "teaching_point" and not row.parent_id:
            sentence = _("A teaching point needs the central school that manages it; write its id.")
            damage.add("schools.csv", row.line, "parent_id", "", sentence)
        if row.kind != "teaching_point" and row.parent_id:
            sentence = _("Only a teaching point is managed by a central school; empty this cell.")
            damage.add("schools.csv", row.line, "parent_id", row.parent_id, sentence)


def _check_parents(sheets: Sheets, damage: DamageList) -> None:
    sheet = sheets["schools.csv"]
    if not sheet.complete:
        return
    known = sheet.ids("school_id")
    schools = cast("list[rows.SchoolRow]", sheet.rows)
    kinds = {row.school_id: row.kind for row in schools}
    for row in schools:
        if row.kind != "teaching_point" or not row.parent_id:
            continue
        sentence = ""
        if row.parent_id not in known:
            sentence = _("schools.csv has no central school of this id; add it or correct the id.")
        elif kinds.get(row.parent_id, "central_school") != "central_school":
            sentence = _("The school of this id is not a central school; write the one that manages the point.")
        if sentence:
            damage.add("schools.csv", row.line, "parent_id", row.parent_id, sentence)


def check_classes_of_pupils(classes: Sheet[rows.Row], pupils: PupilSheet, damage: DamageList) -> None:
    """The class of each pupil is in `classes`."""
    if not classes.complete:
        return
    unknown = list(pupils.class_counts.keys() - classes.ids("class_id"))
    if not unknown:
        return
    for line, class_id in pupils.lines_where(pl.col("class_id").is_in(unknown), "class_id"):
        damage.add(pupils.table.file, line, "class_id", class_id, _unknown_class())


def _check_head_counts(classes: Sheet[rows.Row], pupils: PupilSheet, damage: DamageList) -> None:
    """`pupils` of a class against its rows; rows in trouble may belong to any class that lacks some."""
    if not pupils.complete:
        return
    counts, doubtful = pupils.class_counts, pupils.doubtful
    strangers = counts.keys() - classes.ids("class_id")
    stray = doubtful[None] + sum(counts[class_id] for class_id in strangers)
    for row in cast("list[rows.ClassRow]", classes.rows):
        found = counts[row.class_id]
        if not found <= row.pupils <= found + doubtful[row.class_id] + stray:
            sentence = _("pupils.csv has %(found)d pupils of this class; correct the number or the list.")
            damage.add("classes.csv", row.line, "pupils", str(row.pupils), sentence % {"found": found})


def _check_births(sheets: Sheets, pupils: PupilSheet, damage: DamageList) -> None:
    terms = cast("list[rows.TermRow]", sheets["terms.csv"].rows)
    if terms:
        check_births(max(row.first_day for row in terms), pupils, damage)


def _check_kindergartens(sheets: Sheets, damage: DamageList) -> None:
    kinds = {row.school_id: row.kind for row in cast("list[rows.SchoolRow]", sheets["schools.csv"].rows)}
    for row in cast("list[rows.ClassRow]", sheets["classes.csv"].rows):
        if kinds.get(row.school_id) == "kindergarten" and row.grades[-1] > 0:
            sentence = _("A kindergarten has the grades k1, k2 and k3 only; correct the grades or the school's kind.")
            damage.add("classes.csv", row.line, "grades", as_written(row.grades), sentence)


def _check_posts(sheets: Sheets, damage: DamageList) -> None:
    homes = {row.teacher_id: row.school_id for row in cast("list[rows.TeacherRow]", sheets["teachers.csv"].rows)}
    for row in cast("list[rows.PostRow]", sheets["posts.csv"].rows):
        if homes.get(row.teacher_id) == row.school_id:
            sentence = _("teachers.csv names this school for the teacher already; write only other schools here.")
            damage.add("posts.csv", row.line, "school_id", row.school_id, sentence)


def check_unavailable(times: Iterable[rows.UnavailableRow], damage: DamageList) -> None:
    for row in times:
        if row.end <= row.start:
            sentence = _("The teacher's time ends before it begins; correct one of the two times.")
            damage.add("teacher_unavailable.csv", row.line, "end", as_written(row.end), sentence)


def check_periods(sheets: Sheets, table: Table, damage: DamageList) -> None:
    """The periods of classes that `table` names are in their school's bells."""
    bells = sheets["bells.csv"]
    if not bells.complete:
        return
    periods: dict[object, set[object]] = {}
    for row in cast("list[rows.PeriodRow]", bells.rows):
        periods.setdefault(row.bell_id, set()).add(row.period)
    # A broken period row may be the very one that is meant.
    doubtful = {cells.get("bell_id") for cells in bells.broken}
    school_bells = {row.school_id: row.bell_id for row in cast("list[rows.SchoolRow]", sheets["schools.csv"].rows)}
    class_bells = {
        row.class_id: school_bells.get(row.school_id) for row in cast("list[rows.ClassRow]", sheets["classes.csv"].rows)
    }
    for lesson in cast("list[rows.BlockedRow | rows.LocalLessonRow]", sheets[table.file].rows):
        bell = class_bells.get(lesson.class_id)
        if bell in periods and bell not in doubtful and lesson.period not in periods[bell]:
            sentence = _("The bell schedule of the class's school has no period %(period)d; correct the number.")
            damage.add(table.file, lesson.line, "period", str(lesson.period), sentence % {"period": lesson.period})


def _check_local_teachers(lessons: Iterable[rows.LocalLessonRow], sheets: Sheets, damage: DamageList) -> None:
    """Nobody teaches two classes of a school in one period."""
    schools = {row.class_id: row.school_id for row in cast("list[rows.ClassRow]", sheets["classes.csv"].rows)}
    first: dict[tuple[str, str | None, int, int], int] = {}
    for row in lessons:
        place = (row.teacher_id, schools.get(row.class_id), row.weekday, row.period)
        line = first.setdefault(place, row.line)
        if line != row.line:
            sentence = _("The teacher has another lesson in this period, in line %(line)d; correct one of the two.")
            damage.add("local_timetable.csv", row.line, "teacher_id", row.teacher_id, sentence % {"line": line})


def _check_rules(sheet: Sheet[rows.Row], damage: DamageList) -> None:
    known = sheet.ids("rule")
    for row in cast("list[rows.RuleRow]", sheet.rows):
        parse = RULES.get(row.rule)
        if parse is None:
            sentence = _("There is no such rule; known are %(words)s.")
            damage.add("rules.csv", row.line, "rule", row.rule, sentence % {"words": ", ".join(RULES)})
            continue
        try:
            parse(row.value)
        except BadCell as refusal:
            damage.add("rules.csv", row.line, "value", row.value, str(refusal))
    # A misspelled rule, or one in a broken row, is probably the very one that is missing.
    if not sheet.complete or known - set(RULES) or any("rule" not in cells for cells in sheet.broken):
        return
    for name in RULES:
        if name not in known:
            damage.add("rules.csv", 0, "rule", name, _("The rule %(rule)s is missing; add it.") % {"rule": name})


def _check_calendar(days: Iterable[rows.CalendarRow], damage: DamageList) -> None:
    for row in days:
        if row.kind == "make_up" and row.as_weekday is None:
            sentence = _("A make-up day needs the weekday whose lessons it holds; write 1 to 7.")
            damage.add("calendar.csv", row.line, "as_weekday", "", sentence)
        if row.kind == "holiday" and row.as_weekday is not None:
            sentence = _("A holiday has no lessons; empty this cell.")
            damage.add("calendar.csv", row.line, "as_weekday", str(row.as_weekday), sentence)
