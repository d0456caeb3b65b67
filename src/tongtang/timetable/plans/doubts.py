"""What is missing or wrong in the county's data, named before anybody searches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tongtang.curriculum.api import SUBJECTS
from tongtang.foundation import clock
from tongtang.organisations.models import BellSchedule, HomeClass, School, Studio
from tongtang.people.models import Person, Post
from tongtang.timetable import queries
from tongtang.timetable.models import PlanRule, Requirement, TeacherUnavailability

RULES = (
    "lesson_minutes",
    "start_tolerance_minutes",
    "changeover_minutes",
    "max_classes_per_broadcast",
    "max_pupils_per_broadcast",
    "grade_bands",
    "same_subject_per_class_and_day",
    "group_is_stable",
)
NAMED = 5


@dataclass(frozen=True)
class Doubt:
    """What is wrong, and where it is mended. What `blocks` leaves nothing to search."""

    sentence: str
    mend: str
    blocks: bool = False


def doubts_of(county_code: int, anchor: School) -> list[Doubt]:
    """Everything to mend before a search for the plan of a school's studios; what blocks comes first."""
    found = [*_rules(county_code), *_rows(county_code), *_bells(county_code)]
    if not any(one.blocks for one in found):
        found += [*_studios(anchor), *_rooms(county_code), *_sizes(county_code), *_teachers(county_code)]
        found += _term(county_code)
    return sorted(found, key=lambda one: not one.blocks)


def _named(names: Iterable[str]) -> str:
    """The first few by name, the others by number."""
    every = sorted(names)
    text = _(", ").join(every[:NAMED])
    return text if len(every) <= NAMED else _("%(some)s and %(more)d more") % {"some": text, "more": len(every) - NAMED}


def _mend(file: str, column: str) -> str:
    """The place in the county's files."""
    sentence = _("Correct column %(column)s in %(file)s, then hand the county's files in again.")
    return sentence % {"column": column, "file": file}


def _rules(county_code: int) -> Iterator[Doubt]:
    known = set(PlanRule.objects.filter(county_code=county_code).values_list("rule", flat=True))
    missing = [rule for rule in RULES if rule not in known]
    if missing:
        yield Doubt(
            _("The county has no rule for: %(rules)s.") % {"rules": _(", ").join(missing)},
            _mend("rules.csv", "rule"),
            blocks=True,
        )


def _rows(county_code: int) -> Iterator[Doubt]:
    if not Requirement.objects.filter(home_class__county_code=county_code, home_class__ended_on=None).exists():
        sentence = _("No class is owed a lesson by broadcast: there is nothing to plan.")
        yield Doubt(sentence, _mend("requirements.csv", "lessons_per_week"), blocks=True)
    orphans = HomeClass.objects.filter(county_code=county_code, ended_on=None).exclude(school__ended_on=None)
    if names := [f"{one.school.name} {one.name}" for one in orphans.select_related("school")]:
        sentence = _("These classes belong to a school that has ended: %(names)s.")
        yield Doubt(sentence % {"names": _named(names)}, _mend("classes.csv", "school_id"), blocks=True)


def _bells(county_code: int) -> Iterator[Doubt]:
    """Schools whose bell schedule is gone or rings no period."""
    schools = School.objects.filter(county_code=county_code, ended_on=None).select_related("bell_schedule")
    gone = [one.name for one in schools if one.bell_schedule.ended_on is not None]
    if gone:
        sentence = _("The bell schedule of these schools is no longer there: %(names)s.")
        yield Doubt(sentence % {"names": _named(gone)}, _mend("schools.csv", "bell_id"), blocks=True)
    silent = BellSchedule.objects.filter(county_code=county_code, ended_on=None, periods=None)
    for bell in silent:
        names = [one.name for one in schools if one.bell_schedule_id == bell.pk]
        sentence = _("Bell schedule %(bell)s has no period; the classes of these schools have no bells: %(names)s.")
        facts = {"bell": bell.source_id, "names": _named(names) or _("none")}
        yield Doubt(sentence % facts, _mend("bells.csv", "period"), blocks=True)


def _studios(anchor: School) -> Iterator[Doubt]:
    if not Studio.objects.filter(school=anchor, ended_on=None).exists():
        sentence = _("%(school)s has no studio to teach from.") % {"school": anchor.name}
        yield Doubt(sentence, _mend("studios.csv", "school_id"), blocks=True)


def _owed(county_code: int) -> list[Requirement]:
    rows = Requirement.objects.filter(home_class__county_code=county_code, home_class__ended_on=None)
    return list(rows.select_related("home_class__school").order_by("pk"))


def _rooms(county_code: int) -> Iterator[Doubt]:
    schools = {row.home_class.school for row in _owed(county_code)}
    bare = [one.name for one in schools if not one.receiving_rooms.filter(ended_on=None).exists()]
    if bare:
        sentence = _("These schools have no receiving room; their classes stay without a place: %(names)s.")
        yield Doubt(sentence % {"names": _named(bare)}, _mend("schools.csv", "receiving_rooms"))
    if cut := [one.name for one in schools if one.max_streams < 1]:
        sentence = _("The line of these schools carries no lesson; their classes stay without a place: %(names)s.")
        yield Doubt(sentence % {"names": _named(cut)}, _mend("schools.csv", "max_streams"))


def _sizes(county_code: int) -> Iterator[Doubt]:
    limits = queries.rules_of(county_code).limits
    classes = {row.home_class for row in _owed(county_code)}
    large = [one for one in classes if limits.max_pupils is not None and one.pupil_count > limits.max_pupils]
    if large:
        sentence = _("These classes have more pupils than one broadcast may have (%(limit)d): %(names)s.")
        names = _named(f"{one.school.name} {one.name}" for one in large)
        yield Doubt(sentence % {"limit": limits.max_pupils, "names": names}, _mend("classes.csv", "pupils"))
    odd = [
        one
        for one in classes
        if not any(all(low <= grade <= high for grade in one.grades) for low, high in limits.grade_bands)
    ]
    if odd and limits.grade_bands:
        sentence = _("The grades of these classes lie in no band that may share a broadcast: %(names)s.")
        names = _named(f"{one.school.name} {one.name}" for one in odd)
        yield Doubt(sentence % {"names": names}, _mend("rules.csv", "grade_bands"))


def _teachers(county_code: int) -> Iterator[Doubt]:
    posts = Post.objects.filter(person__county_code=county_code, person__ended_on=None, valid_to=None)
    taught: dict[str, int] = defaultdict(int)
    for subjects, cap in posts.values_list("subjects", "weekly_cap"):
        for subject in subjects:
            taught[subject] += cap
    owed: dict[str, int] = defaultdict(int)
    for row in _owed(county_code):
        owed[row.subject_id] += row.lessons_per_week
    for subject, lessons in sorted(owed.items()):
        facts = {"subject": SUBJECTS.get(subject, subject), "lessons": lessons}
        if subject not in taught:
            sentence = _("No teacher with a post teaches %(subject)s; %(lessons)d class-lessons stay without a place.")
            yield Doubt(sentence % facts, _mend("teachers.csv", "subjects"))
        elif not taught[subject]:
            sentence = _("The teachers of %(subject)s may teach no lesson a week: their cap is 0.")
            yield Doubt(sentence % facts, _mend("teachers.csv", "weekly_cap"))
    away = TeacherUnavailability.objects.filter(person__county_code=county_code).values("person")
    idle = Person.objects.filter(pk__in=away).exclude(pk__in=posts.values("person"))
    if names := list(idle.values_list("name", flat=True)):
        sentence = _("These teachers have no post and are not planned: %(names)s.")
        yield Doubt(sentence % {"names": _named(names)}, _mend("teachers.csv", "school_id"))


def _term(county_code: int) -> Iterator[Doubt]:
    if queries.term_on(county_code, clock.today()) is None:
        sentence = _("No term lasts from today on: a plan can be searched, but not published.")
        yield Doubt(sentence, _mend("terms.csv", "last_day"))
