"""Pages of weeks, and the wall screen of a school."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tongtang.access.api import Actor, ActorRequest, Role, require_actor, visible
from tongtang.curriculum.api import grade_names, subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import Verb as LessonVerb
from tongtang.lessons.api import receptions_for
from tongtang.organisations.models import HomeClass, School
from tongtang.timetable import forms, weekly
from tongtang.timetable.alliance_week import alliances_for
from tongtang.timetable.board import Line, board_of, code_of
from tongtang.timetable.page import Grid, Words, broadcast_words, classes_words, draw, joined, week_words
from tongtang.timetable.plans.queries import anchors_for
from tongtang.timetable.policies import CLASSES, OFFICERS, Verb
from tongtang.timetable.turns import with_turns
from tongtang.timetable.weekly import Bell, Entry
from tongtang.timetable.weeks import Week, week_of

# No content: the screen has what there is.
UNCHANGED = 204


def navigation_of(request: HttpRequest, week: Week) -> dict[str, str]:
    """Addresses of the week before, of the present week and of the next, filters kept."""

    def address(other: Week) -> str:
        query = request.GET.copy()
        query["week"] = other.key
        for name in ("to", "order"):
            query.pop(name, None)
        return f"{request.path}?{query.urlencode()}"

    return {
        "previous": address(week.previous),
        "this": address(week_of(clock.today())),
        "next": address(week.next),
    }


def sheet_query(request: HttpRequest, week: Week) -> str:
    """What the address of the workbook says: this week, under the page's filters."""
    query = request.GET.copy()
    query["week"] = week.key
    return query.urlencode()


def _context(
    request: ActorRequest,
    *,
    heading: str,
    week: Week,
    county_code: int,
    entries: Sequence[Entry],
    words: Words,
    bells: Sequence[Bell],
) -> dict[str, Any]:
    """What timetable/week.html needs of every week."""
    term = weekly.term_of(county_code, week)
    grid: Grid = draw(
        week=week,
        entries=with_turns(entries),
        words=words,
        may_open=weekly.openable(request.actor, entries),
        bells=bells,
        county_code=county_code,
    )
    return {
        "heading": heading,
        "week": week,
        "last_day": grid.columns[-1].day,
        "is_this_week": week == week_of(clock.today()),
        "week_words": week_words(week, term),
        "term": term,
        "grid": grid,
        "navigation": navigation_of(request, week),
        "alliances": alliances_for(request.actor),
        "as_of": clock.now(),
        "sheet_query": sheet_query(request, week),
    }


def _class_words(entry: Entry) -> str:
    """Of an own lesson the school goes without saying."""
    return joined(entry.teacher, "" if entry.own else entry.school, _beside(entry))


def _beside(entry: Entry) -> str:
    return _("%(name)s beside the class") % {"name": entry.facilitator} if entry.facilitator else ""


def _teacher_words(entry: Entry) -> str:
    if entry.own:
        return joined(entry.home_class, entry.school)
    if entry.classes is None:
        room = _("Room %(number)d") % {"number": entry.room} if entry.room else ""
        return joined(entry.home_class, room, _("beside the class"))
    return joined("" if entry.cancelled else classes_words(entry.classes), entry.studio)


def _room_words(entry: Entry) -> str:
    return joined(entry.home_class, entry.teacher, entry.school, _beside(entry))


def _school_words(rooms: int) -> Words:
    """A school with one room need not name it."""

    def words(entry: Entry) -> str:
        if entry.classes is not None:
            return broadcast_words(entry)
        if entry.own:
            return joined(entry.home_class, entry.teacher)
        room = _("Room %(number)d") % {"number": entry.room} if rooms > 1 and entry.room else ""
        return joined(entry.home_class, room, _beside(entry))

    return words


@require_GET
@require_actor
def class_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What a class receives and what its own school teaches it."""
    home_class, week = weekly.class_for(request.actor, public_id), forms.week_in(request.GET)
    school = home_class.school
    context = _context(
        request,
        heading=f"{school.name} {home_class.name}",
        week=week,
        county_code=school.county_code,
        entries=weekly.class_week(home_class, week),
        words=_class_words,
        bells=weekly.bells_of(Q(pk=school.pk), week),
    )
    places = _places_of(request.actor, school, home_class) | {"feed": ("class", home_class.public_id)}
    return render(request, "timetable/week.html", context | places)


def _places_of(actor: Actor, school: School, home_class: HomeClass | None = None) -> dict[str, Any]:
    """The weeks beside this one, where the actor may see the school's: its own, its classes', rooms', studios'."""
    may = weekly.schools_for(actor).filter(pk=school.pk).exists()
    gauged = visible(school.home_classes.filter(ended_on=None), actor, CLASSES[Verb.SEE_GAUGES]).exists()
    if not may:
        return {"school": None, "home_class": home_class, "gauged": gauged}
    return {
        "school": school,
        "classes": school.home_classes.filter(ended_on=None).order_by("source_id"),
        "home_class": home_class,
        "rooms": school.receiving_rooms.filter(ended_on=None),
        "studios": school.studios.filter(ended_on=None).order_by("source_id"),
        "gauged": gauged,
    }


@require_GET
@require_actor
def teacher_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What a teacher teaches, with the bells of the schools they work at."""
    person, week = weekly.teacher_for(request.actor, public_id), forms.week_in(request.GET)
    context = _context(
        request,
        heading=person.name,
        week=week,
        county_code=person.county_code,
        entries=weekly.teacher_week(person, week),
        words=_teacher_words,
        bells=weekly.bells_of(Q(posts__person=person, posts__valid_to=None), week),
    )
    return render(request, "timetable/week.html", context | {"feed": ("teacher", person.public_id)})


@require_GET
@require_actor
def school_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What a school's classes receive in its rooms, what it teaches them itself, what is taught from its studios."""
    school, week = weekly.school_for(request.actor, public_id), forms.week_in(request.GET)
    context = _context(
        request,
        heading=school.name,
        week=week,
        county_code=school.county_code,
        entries=weekly.school_week(school, week),
        words=_school_words(school.receiving_rooms.filter(ended_on=None).count()),
        bells=weekly.bells_of(Q(pk=school.pk), week),
    )
    wall = weekly.schools_for(request.actor, Verb.SHOW_WALL).filter(pk=school.pk).exists()
    places = _places_of(request.actor, school) | {"wall": wall, "feed": ("school", school.public_id)}
    return render(request, "timetable/week.html", context | places)


@require_GET
@require_actor
def county_week(request: ActorRequest, code: int) -> HttpResponse:
    """The unified timetable of a county."""
    county, week = weekly.county_for(request.actor, code), forms.week_in(request.GET)
    choice = forms.choice_in(request.GET)
    found = weekly.county_week(request.actor, county, week, choice)
    keys = [school.pk for school in found.schools]
    context = _context(
        request,
        heading=county.name,
        week=week,
        county_code=county.code,
        entries=found.entries,
        words=broadcast_words,
        bells=weekly.bells_of(Q(pk__in=keys), week),
    )
    seen = set(
        weekly.schools_for(request.actor)
        .filter(pk__in=[school.pk for school in found.schools])
        .values_list("pk", flat=True)
    )
    teachers = weekly.teachers_for(request.actor).filter(taught_lessons__in=[one.lesson_id for one in found.entries])
    filters = {
        "county": county,
        "may_plan": anchors_for(request.actor).filter(county_code=county.code).exists(),
        "counties": weekly.counties_for(request.actor),
        "choice": choice,
        "found": found,
        "subjects": [(subject, subject_name(subject)) for subject in found.subjects],
        "grades": [(grade, grade_names([grade])) for grade in range(1, forms.GRADES + 1)],
        "open_schools": [school for school in found.schools if school.pk in seen],
        "teachers": teachers.distinct().order_by("source_id"),
    }
    return render(request, "timetable/week.html", context | filters)


@require_GET
@require_actor
def room_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What is received in a room."""
    room, week = weekly.room_for(request.actor, public_id), forms.week_in(request.GET)
    school = room.school
    context = _context(
        request,
        heading="{} {}".format(school.name, _("Room %(number)d") % {"number": room.number}),
        week=week,
        county_code=school.county_code,
        entries=weekly.room_entries(room, (week.monday, week.sunday)),
        words=_room_words,
        bells=weekly.bells_of(Q(pk=school.pk), week),
    )
    places = _places_of(request.actor, school) | {"room": room, "feed": ("room", room.public_id)}
    return render(request, "timetable/week.html", context | places)


@require_GET
@require_actor
def studio_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What is taught from a studio."""
    studio, week = weekly.studio_for(request.actor, public_id), forms.week_in(request.GET)
    school = studio.school
    context = _context(
        request,
        heading=f"{school.name} {studio.name}",
        week=week,
        county_code=school.county_code,
        entries=weekly.studio_entries(studio, (week.monday, week.sunday)),
        words=broadcast_words,
        bells=weekly.bells_of(Q(pk=school.pk), week),
    )
    places = _places_of(request.actor, school) | {"studio": studio, "feed": ("studio", studio.public_id)}
    return render(request, "timetable/week.html", context | places)


def _first_week(actor: Actor) -> str | None:
    """The address of the week that the actor's work is about: the county, the school, the own lessons."""
    if actor.holds(*OFFICERS):
        county = weekly.counties_for(actor).first()
        if county is not None:
            return reverse("timetable:county-week", args=[county.code])
    if actor.holds(Role.ANCHOR_TEACHER) and not actor.holds(Role.SCHOOL_HEAD):
        person = weekly.person_of(actor)
        return reverse("timetable:teacher-week", args=[person.public_id])
    schools = [one.school_id for one in actor.assignments if one.school_id is not None]
    if actor.device is not None and actor.person_id is None:
        schools = [actor.device.school_id]
    school = weekly.schools_for(actor).filter(pk__in=schools).first()
    return reverse("timetable:school-week", args=[school.public_id]) if school else None


@require_GET
@require_actor
def week(request: ActorRequest) -> HttpResponse:
    """Leads each role to its own week."""
    address = _first_week(request.actor)
    if address is None:
        return render(request, "timetable/no_week.html")
    return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)


@require_GET
@require_actor
def wall(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A week of a school for a classroom's screen, which shows the present day; the device's own room leads in."""
    school = weekly.school_for(request.actor, public_id, Verb.SHOW_WALL)
    board = board_of(request.actor, school, forms.room_in(request.GET))
    if request.headers.get("X-Board") == board.version:
        return HttpResponse(status=UNCHANGED, headers={"X-Server-Time": f"{board.now.timestamp():.3f}"})
    may_enter = _enterable(request.actor, board.coming)
    coming = [
        (line, _code(request, line) if line.day == board.today else None, line.reception in may_enter)
        for line in board.coming
    ]
    return render(request, "timetable/wall.html", {"school": school, "board": board, "coming": coming})


def _enterable(actor: Actor, lines: Sequence[Line]) -> set[UUID]:
    """The receptions whose classroom opens to the actor: the room's device, the local teachers."""
    rows = receptions_for(actor, LessonVerb.RECEIVE).filter(public_id__in=[line.reception for line in lines])
    return set(rows.values_list("public_id", flat=True))


def _code(request: HttpRequest, line: Line) -> SafeString:
    """The code that leads the local teacher's phone to a reception."""
    return code_of(request.build_absolute_uri(reverse("classroom:phone", args=[line.reception])))
