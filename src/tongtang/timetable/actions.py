"""Publishing a weekly plan over the term's calendar."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.access.api import Actor
from tongtang.alliances.api import check_teaching, members_of
from tongtang.alliances.models import Alliance
from tongtang.audit.api import append
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import bind_showings, clash_sentence
from tongtang.lessons.models import Course, Lesson, Mode, Reception
from tongtang.organisations.api import lock_schools
from tongtang.organisations.models import HomeClass, ReceivingRoom, Studio, Term
from tongtang.people.models import Person
from tongtang.timetable import queries
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import PublishedPlan
from tongtang.timetable.orders.against_plans import (
    Existing,
    days_of_own_lessons,
    days_otherwise,
    days_under_orders,
    untouchable,
)
from tongtang.timetable.own_clashes import own_clashes
from tongtang.timetable.showings import (
    MARK,
    Pair,
    guides_before,
    guides_of,
    is_showing,
    name_of,
    showings,
    with_something_to_show,
)
from tongtang.timetable.solver.difference import Difference, difference
from tongtang.timetable.solver.expand import DatedLesson, expand
from tongtang.timetable.solver.model import Broadcast, Calendar, County, Limits, RecordedLesson
from tongtang.timetable.solver.model import Term as TermSpan
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Violation

BATCH = 500
MOST_NAMED = 12


class Refused(ValueError):
    """The plan cannot be published; the message is a sentence for the person."""


@dataclass(frozen=True)
class Publication:
    """What publishing did: numbers of dated lessons. With violations nothing was written."""

    starts: date
    violations: Sequence[Violation] = ()
    unchanged: int = 0
    added: int = 0
    moved: int = 0
    removed: int = 0

    @property
    def published(self) -> int:
        """Dated lessons of the plan that stand from `starts` on."""
        return self.unchanged + self.added + self.moved


@dataclass
class _Rows:
    """The rows that a plan's ids stand for."""

    people: dict[str, Person]
    studios: dict[str, Studio]
    classes: dict[str, HomeClass]
    rooms: dict[tuple[int, int], ReceivingRoom]
    courses: dict[str, Course] = field(default_factory=dict)


def _rows_of(county_code: int) -> _Rows:
    own = {"county_code": county_code, "ended_on": None}
    return _Rows(
        people={row.source_id: row for row in Person.objects.filter(**own)},
        studios={row.source_id: row for row in Studio.objects.filter(**own).select_related("school")},
        classes={row.source_id: row for row in HomeClass.objects.filter(**own).select_related("school")},
        rooms={
            (row.school_id, row.number): row
            for row in ReceivingRoom.objects.filter(school__county_code=county_code, ended_on=None)
        },
    )


def limits_of(county: County, alliance: Alliance) -> Limits:
    """The alliance's own limits of a group; the grade bands are the county's."""
    return Limits(alliance.max_classes_per_lesson, alliance.max_pupils_per_lesson, county.rules.limits.grade_bands)


def _check_topology(alliance: Alliance, plan: "_Plan", rows: _Rows, day: date) -> None:
    """Teachers, studios and receiving schools are those that the alliance's topology admits.

    Raises:
        alliances.Refused: with the sentence of the topology.
    """
    for teacher, studio in sorted({(one.teacher_id, one.studio_id) for one in plan.broadcasts}):
        check_teaching(alliance, teacher=rows.people[teacher], studio=rows.studios[studio], day=day)
    receiving = {rows.classes[class_id].school for class_id in plan.class_ids}
    for school in receiving - set(members_of(alliance, day)):
        raise Refused(
            _("%(school)s is not a member of %(alliance)s.") % {"school": school.name, "alliance": alliance.name}
        )


def _courses(alliance: Alliance, broadcasts: Sequence[Broadcast], rows: _Rows) -> dict[str, Course]:
    found: dict[str, Course] = {}
    for one in broadcasts:
        if one.group_id not in found:
            found[one.group_id], _made = Course.objects.update_or_create(
                alliance=alliance,
                source_id=one.group_id,
                defaults={"subject_id": one.subject, "teacher": rows.people[one.teacher_id]},
            )
    return found


def _moment(day: date, minutes: int) -> datetime:
    return clock.at(day, time(minutes // 60, minutes % 60))


def _fill(lesson: Lesson, dated: DatedLesson, rows: _Rows, changeover: timedelta) -> Lesson:
    """Put the plan's values into a lesson row."""
    studio = rows.studios.get(dated.studio_id)
    lesson.subject_id = dated.subject
    lesson.teacher, lesson.studio = rows.people.get(dated.teacher_id), studio
    lesson.school = studio.school if studio else lesson.alliance.anchor_school
    lesson.region_code = lesson.school.region_code
    lesson.course, lesson.recorded = rows.courses[dated.group_id], is_showing(dated)
    lesson.date = dated.day
    lesson.starts_at, lesson.ends_at = _moment(dated.day, dated.start), _moment(dated.day, dated.end)
    lesson.busy_until = lesson.ends_at + changeover
    lesson.state, lesson.active = Lesson.State.PLANNED, True
    return lesson


def _receptions(lesson: Lesson, dated: DatedLesson, rows: _Rows) -> list[Reception]:
    made = []
    for one in dated.receptions:
        home_class = rows.classes[one.class_id]
        made.append(
            Reception(
                lesson=lesson,
                home_class=home_class,
                school_id=home_class.school_id,
                region_code=home_class.school.region_code,
                room=rows.rooms[home_class.school_id, one.room],
                period_number=one.period,
                mode=Mode.RECORDED if lesson.recorded else Mode.LIVE,
                date=lesson.date,
                starts_at=lesson.starts_at,
                ends_at=lesson.ends_at,
            )
        )
    return made


def _take_out(lessons: Sequence[Lesson]) -> None:
    """Cancelled lessons and receptions block nobody; a moved lesson comes back with its new values."""
    keys = [lesson.pk for lesson in lessons]
    Reception.objects.filter(lesson__in=keys).update(active=False)
    Lesson.objects.filter(pk__in=keys).update(state=Lesson.State.CANCELLED, active=False)


def _write(
    alliance: Alliance, change: Difference, existing: Existing, rows: _Rows, changeover: timedelta
) -> list[Lesson]:
    """The lessons that have a new place."""
    _take_out([existing[one.key] for one in change.removed] + [existing[move.before.key] for move in change.moved])
    receptions: list[Reception] = []
    placed: list[Lesson] = []
    for move in change.moved:
        lesson = _fill(existing[move.before.key], move.after, rows, changeover)
        lesson.save()
        placed.append(lesson)
        receptions += _receptions(lesson, move.after, rows)
    made = Lesson.objects.bulk_create(
        [_fill(Lesson(alliance=alliance), one, rows, changeover) for one in change.added], batch_size=BATCH
    )
    for lesson, one in zip(made, change.added, strict=True):
        receptions += _receptions(lesson, one, rows)
    Reception.objects.bulk_create(receptions, batch_size=BATCH)
    return [*placed, *made]


def _check_own_weeks(placed: Sequence[Lesson], county_code: int) -> None:
    """No new place of the plan is one of a class's own lesson, nor of an own lesson of its teacher.

    Raises:
        Refused: with those own lessons; the caller's transaction undoes what was written.
    """
    found = own_clashes(placed, county_code)
    if found:
        raise Refused(
            ngettext(
                "The plan meets %(count)d own lesson of schools (%(places)s). "
                "Align the schools' own timetables with it and load them, or choose another plan.",
                "The plan meets %(count)d own lessons of schools (%(places)s). "
                "Align the schools' own timetables with it and load them, or choose another plan.",
                len(found),
            )
            % {"count": len(found), "places": "; ".join(found[:MOST_NAMED])}
        )


def publish_plan(
    *,
    actor: Actor | None,
    alliance: Alliance,
    county_code: int,
    broadcasts: Sequence[Broadcast],
    starts: date,
    recorded: Sequence[RecordedLesson] = (),
) -> Publication:
    """Check a weekly plan against every rule and publish it over the rest of the term.

    Applies from `starts` on; what is past, open or taught stays. The same plan again changes nothing. `recorded`
    lessons become dated lessons too, wherever there is a recording that their class has not seen.

    Raises:
        Refused: there is no term for that day, a class would watch recordings of nobody, or a lesson outside the plan
            stands in the way.
        alliances.Refused: the topology's rule.
    """
    term = queries.term_on(county_code, starts)
    if term is None:
        raise Refused(_("No term lasts until %(day)s. Load the county's terms first.") % {"day": starts.isoformat()})
    county = queries.plan_county(county_code)
    broadcasts = [replace(one, alliance_id=str(alliance.pk)) for one in broadcasts]
    violations = verify(county, broadcasts, {str(alliance.pk): limits_of(county, alliance)}, recorded)
    if violations:
        return Publication(starts, violations)
    try:
        with transaction.atomic():
            return _publish(actor, alliance, term, county, _Plan(broadcasts, recorded, starts), county_code)
    except IntegrityError as error:
        raise Refused(_("A lesson outside the plan stands in the way: ") + clash_sentence(error)) from error


@dataclass(frozen=True)
class _Plan:
    """What is published from a day on."""

    broadcasts: Sequence[Broadcast]
    recorded: Sequence[RecordedLesson]
    starts: date

    @property
    def class_ids(self) -> set[str]:
        """Every class that receives, live or recorded."""
        live = {key for one in self.broadcasts for key in one.class_ids}
        return live | {one.class_id for one in self.recorded}


def _publish(
    actor: Actor | None, alliance: Alliance, term: Term, county: County, plan: _Plan, county_code: int
) -> Publication:
    Alliance.objects.select_for_update().get(pk=alliance.pk)
    rows = _rows_of(county_code)
    guides = _guides(county, plan, rows, _earlier(alliance, term, county))
    lock_schools({rows.classes[key].school_id for key in plan.class_ids})
    _check_topology(alliance, plan, rows, max(plan.starts, term.first_day))
    rows.courses = _courses(alliance, plan.broadcasts, rows)
    _follow(alliance, guides, rows)
    existing = queries.published_lessons(alliance, term)
    before = queries.dated(existing)
    after = _expanded(
        county, plan, guides, term, queries.calendar_of(county_code, term.first_day, term.last_day), existing, before
    )
    _check_something_is_held(plan, after)
    wanted = difference(before, after, plan.starts)
    _check_orders(wanted, existing)
    change = _only_open(wanted, existing)
    _check_places(alliance, change, rows)
    _check_own_weeks(
        _write(alliance, change, existing, rows, timedelta(minutes=county.rules.changeover_minutes)), county_code
    )
    if not change.is_empty:
        bind_showings(Q(alliance=alliance))
        seat_facilitators({row.school_id for row in rows.classes.values()})
        _record(actor, alliance, _keep(actor, alliance, term, plan), change)
    return Publication(
        plan.starts, (), len(change.unchanged), len(change.added), len(change.moved), len(change.removed)
    )


def _earlier(alliance: Alliance, term: Term, county: County) -> list[Broadcast]:
    """The groups of the alliance's plans of the term, each as the last one has it, with the classes still there."""
    groups: dict[str, list[Broadcast]] = {}
    for plan in PublishedPlan.objects.filter(alliance=alliance, term=term).order_by("pk"):
        now: dict[str, list[Broadcast]] = defaultdict(list)
        for one in plan.broadcasts:
            known = tuple(key for key in one["class_ids"] if key in county.classes)
            now[one["group_id"]].append(Broadcast(**{**one, "class_ids": known}))
        groups |= now
    return [one for several in groups.values() for one in several if one.class_ids]


def _guides(county: County, plan: _Plan, rows: _Rows, earlier: Sequence[Broadcast]) -> dict[Pair, Broadcast | None]:
    """The groups whose recordings classes watch: of the plan, else of those taught before.

    Raises:
        Refused: there is none for some classes.
    """
    guides = guides_of(county, plan.broadcasts, plan.recorded)
    known = guides_before(county, earlier, [one for one in plan.recorded if not guides[one.class_id, one.subject]])
    guides |= known
    alone = [
        f"{rows.classes[class_id].school.name} {rows.classes[class_id].name} {subject_name(subject)}"
        for (class_id, subject), guide in guides.items()
        if guide is None
    ]
    if alone:
        sentence = _("Nobody teaches live what these classes would watch recorded: %(classes)s.")
        raise Refused(sentence % {"classes": _(", ").join(alone)})
    return guides


def _check_something_is_held(plan: _Plan, after: Sequence[DatedLesson]) -> None:
    """A plan all of whose lessons are recorded shows somebody something.

    Raises:
        Refused: nothing could be shown on any of its days.
    """
    if not plan.broadcasts and not any(one.day >= plan.starts for one in after):
        raise Refused(
            _("There is no recording that these classes have not seen and could watch from %(day)s on.")
            % {"day": plan.starts.isoformat()}
        )


def _follow(alliance: Alliance, guides: Mapping[Pair, Broadcast | None], rows: _Rows) -> None:
    """What each class watches of a subject as a course that follows its guide's."""
    taught = {guide.group_id for guide in guides.values() if guide} - rows.courses.keys()
    rows.courses |= {row.source_id: row for row in Course.objects.filter(alliance=alliance, source_id__in=taught)}
    for (class_id, subject), guide in guides.items():
        if guide is not None:
            course = rows.courses[guide.group_id]
            values = {"subject_id": subject, "teacher": course.teacher, "follows": course}
            rows.courses[name_of(class_id, subject)], _made = Course.objects.update_or_create(
                alliance=alliance, source_id=name_of(class_id, subject), defaults=values
            )


def _expanded(
    county: County,
    plan: _Plan,
    guides: Mapping[Pair, Broadcast | None],
    term: Term,
    calendar: Calendar,
    existing: Existing,
    before: Sequence[DatedLesson],
) -> list[DatedLesson]:
    """The dated lessons of a plan, live and recorded."""
    weekly = [*plan.broadcasts, *showings(county, plan.recorded, guides)]
    expanded = expand(county, weekly, TermSpan(term.first_day, term.last_day), calendar, published=before)
    standing = [one for one in before if one.day < plan.starts] + [one for one in expanded if one.day >= plan.starts]
    keys = {row.pk: key for key, row in existing.items()}
    seen: dict[Pair, list[tuple[str, date, int]]] = defaultdict(list)
    for (group, day, _start), row in existing.items():
        if row.recorded and row.active and row.shows_id in keys and day < plan.starts:
            _mark, class_id, subject = group.split(MARK)
            seen[class_id, subject].append(keys[row.shows_id])
    later = [one for one in expanded if one.day >= plan.starts]
    return with_something_to_show(later, standing, guides, seen)


def _refuse_days(days: Iterable[date], sentence: str) -> None:
    """Raises Refused with the days, if there are any."""
    named = ", ".join(day.isoformat() for day in sorted(set(days)))
    if named:
        raise Refused(sentence % {"days": named})


def _check_orders(wanted: Difference, existing: Existing) -> None:
    _refuse_days(
        days_under_orders(wanted, existing),
        _("Change orders stand on lessons that this plan changes (%(days)s). Withdraw them first."),
    )


def _check_places(alliance: Alliance, change: Difference, rows: _Rows) -> None:
    """No new place of the plan is one that an order has taken or speaks of otherwise."""
    _refuse_days(
        days_of_own_lessons(change, rows.classes),
        _("Change orders moved classes' own lessons to where this plan has others (%(days)s). Withdraw them first."),
    )
    _refuse_days(
        days_otherwise(alliance, change, rows.classes),
        _("Change orders say otherwise of days on which this plan has lessons (%(days)s). Withdraw them first."),
    )


def _only_open(change: Difference, existing: Existing) -> Difference:
    """Without what concerns lessons that began, and without new lessons in the past."""
    now = clock.now()

    def free(one: DatedLesson) -> bool:
        return not untouchable(existing[one.key], now)

    return Difference(
        unchanged=change.unchanged,
        added=tuple(one for one in change.added if _moment(one.day, one.start) > now),
        moved=tuple(
            move for move in change.moved if free(move.before) and _moment(move.after.day, move.after.start) > now
        ),
        removed=tuple(one for one in change.removed if free(one)),
    )


def _keep(actor: Actor | None, alliance: Alliance, term: Term, published: _Plan) -> PublishedPlan:
    """What was published, with its digest."""
    plan = [asdict(one) for one in published.broadcasts]
    recorded = [asdict(one) for one in published.recorded]
    return PublishedPlan.objects.create(
        alliance=alliance,
        term=term,
        applies_from=published.starts,
        digest=hashlib.sha256(json.dumps([*plan, *recorded], sort_keys=True).encode()).hexdigest(),
        broadcasts=plan,
        recorded=recorded,
        published_at=clock.now(),
        published_by_id=actor.person_id if actor else None,
    )


def _record(actor: Actor | None, alliance: Alliance, plan: PublishedPlan, change: Difference) -> None:
    append(
        stream="evidence",
        action="plan.published",
        actor=actor.subject if actor else "command:publish-plan",
        object=f"alliance:{alliance.public_id}",
        detail={
            "digest": plan.digest,
            "starts": plan.applies_from.isoformat(),
            "unchanged": len(change.unchanged),
            "added": len(change.added),
            "moved": len(change.moved),
            "removed": len(change.removed),
        },
        region_code=alliance.region_code,
    )
