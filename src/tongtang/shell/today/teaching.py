"""Today of those who stand in a lesson: the anchor teacher in the studio, the local teacher in the classroom."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.access.api import Actor, Role
from tongtang.classroom.api import OPENS_BEFORE, DayLesson, DayReception, agenda, lesson_title
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import Verb, lessons_for, receptions_for, roll_calls_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.organisations.models import School
from tongtang.preparation.models import Slide
from tongtang.shell.templatetags.kit import civil_moment
from tongtang.shell.today.parts import Cell, Check, Next, Row, SchoolTable, Section, Todo, address

# Courseware is due three days before the lesson (routine of the alliance, S1.6 of the programmes).
COURSEWARE_DUE = timedelta(days=3)
ROLL_CALL_LOOKS_BACK = timedelta(days=7)
LOOKS_AHEAD = timedelta(days=14)
MOST_TODOS = 6


def anchor_section(actor: Actor) -> Section:
    """The anchor teacher's own lessons of today."""
    today = clock.today()
    lessons = agenda(actor, lessons_for(actor, Verb.TEACH).filter(date=today, active=True))
    return Section(
        kind="anchor",
        title=_("My lessons today"),
        week_url=address("timetable:week"),
        lessons=lessons,
        todos=_without_courseware(actor, today),
        candidates=_next_taught(actor, lessons, today),
    )


def _next_taught(actor: Actor, lessons: Sequence[DayLesson], today: date) -> list[Next]:
    """The lesson that runs or comes next today, else the first of the days after."""
    ahead = [row.lesson for row in lessons if not row.over]
    if not ahead:
        later = lessons_for(actor, Verb.TEACH).filter(
            date__range=(today + timedelta(days=1), today + LOOKS_AHEAD), active=True
        )
        ahead = list(later.order_by("starts_at")[:1])
    return [_hero_of_lesson(lesson, today) for lesson in ahead[:1]]


def _hero_of_lesson(lesson: Lesson, today: date) -> Next:
    enter = lesson.starts_at - OPENS_BEFORE <= clock.now()
    slides = Slide.objects.filter(courseware__lesson=lesson, courseware__state="ready").count()
    classes = lesson.receptions.filter(active=True).count()
    ready = ngettext("%(count)d slide ready", "%(count)d slides ready", slides) % {"count": slides}
    return Next(
        title=lesson_title(lesson),
        starts_at=lesson.starts_at,
        facts=[
            ngettext("%(count)d class", "%(count)d classes", classes) % {"count": classes},
            *([lesson.studio.name] if lesson.studio else []),
        ],
        checks=[Check(slides > 0, ready if slides else _("No slides yet"))],
        url=address("classroom:studio" if enter else "preparation:lesson", lesson.public_id),
        action=_("Enter the studio") if enter else _("Prepare slides"),
        icon="broadcast" if enter else "book-2",
        open=enter,
        today=lesson.date == today,
    )


def _without_courseware(actor: Actor, today: date) -> list[Todo]:
    """Lessons of the next three days that have no slides."""
    now = clock.now()
    rows = (
        lessons_for(actor, Verb.TEACH)
        .filter(date__range=(today, today + COURSEWARE_DUE), starts_at__gt=now, active=True, is_demo=False)
        .annotate(files=Count("courseware", filter=~Q(courseware__state="failed")))
        .filter(files=0)
        .order_by("starts_at")
    )
    return [
        Todo(
            icon="book-2",
            title=_("No slides: %(lesson)s") % {"lesson": lesson_title(row)},
            note=civil_moment(row.starts_at),
            url=address("preparation:lesson", row.public_id),
            action=_("Prepare slides"),
        )
        for row in rows[:MOST_TODOS]
    ]


def local_schools(actor: Actor) -> list[School]:
    """Schools where the person is a local teacher."""
    held = [one.school_id for one in actor.assignments if one.role == Role.LOCAL_TEACHER and one.school_id]
    return list(School.objects.filter(pk__in=held).order_by("source_id"))


def local_section(actor: Actor) -> Section:
    """Today's receptions of the local teacher's schools, each school a table."""
    today = clock.today()
    schools = local_schools(actor)
    mine = receptions_for(actor, Verb.ASSIST).filter(date=today)
    lessons = agenda(actor, Lesson.objects.filter(pk__in=mine.values("lesson")))
    return Section(
        kind="local",
        title=_("Lessons of my classes today"),
        tables=[_table(school, lessons) for school in schools],
        todos=_roll_calls_missing(actor, today),
        candidates=_next_received(actor, lessons, today),
    )


def _table(school: School, lessons: Sequence[DayLesson]) -> SchoolTable:
    """Rows by starting time, columns by class."""
    found = [(row, one) for row in lessons for one in row.receptions if one.reception.school_id == school.pk]
    classes = sorted({(one.reception.home_class.source_id, one.reception.home_class.name) for _row, one in found})
    rows = []
    for starts_at in sorted({row.starts_at for row, _one in found}):
        at = {one.reception.home_class.source_id: (row, one) for row, one in found if row.starts_at == starts_at}
        cells = [_cell(*at[key]) if key in at else None for key, _name in classes]
        rows.append(Row(starts_at, next(one.reception.period_number for _row, one in at.values()), cells))
    return SchoolTable(
        school.name, address("timetable:school-week", school.public_id), [name for _key, name in classes], rows
    )


def _cell(row: DayLesson, one: DayReception) -> Cell:
    url = address("classroom:phone", one.reception.public_id) if one.phone else ""
    return Cell(row.title, one.state.value, url, row.current)


def _next_received(actor: Actor, lessons: Sequence[DayLesson], today: date) -> list[Next]:
    """The reception that runs or comes next today, else the first of the days after."""
    ahead = [one.reception for row in lessons if not row.over for one in row.receptions if one.phone]
    if not ahead:
        later = receptions_for(actor, Verb.ASSIST).filter(
            date__range=(today + timedelta(days=1), today + LOOKS_AHEAD), active=True
        )
        ahead = list(later.order_by("starts_at")[:1])
    return [_hero_of_reception(reception, today) for reception in ahead[:1]]


def _hero_of_reception(reception: Reception, today: date) -> Next:
    lesson = reception.lesson
    bound = reception.room.devices.filter(revoked_at=None).exists()
    pupils = reception.home_class.pupil_count
    teacher = [_("Taught by %(name)s") % {"name": lesson.teacher.name}] if lesson.teacher else []
    return Next(
        title=f"{lesson_title(lesson)} {reception.home_class.name}",
        starts_at=reception.starts_at,
        facts=[
            reception.school.name,
            *teacher,
            ngettext("%(count)d pupil", "%(count)d pupils", pupils) % {"count": pupils},
        ],
        checks=[
            Check(bound, _("The classroom's device is bound") if bound else _("No device is bound to this classroom"))
        ],
        url=address("classroom:phone", reception.public_id),
        action=_("Enter the classroom"),
        icon="door-enter",
        open=reception.starts_at - OPENS_BEFORE <= clock.now(),
        today=reception.date == today,
    )


def _roll_calls_missing(actor: Actor, today: date) -> list[Todo]:
    """Receptions of the last seven days that began without a roll call and were not reported as missed."""
    began = receptions_for(actor, Verb.ASSIST).filter(
        date__range=(today - ROLL_CALL_LOOKS_BACK, today), starts_at__lte=clock.now(), active=True
    )
    rows = list(began.filter(lesson__is_demo=False).order_by("-starts_at"))
    called = roll_calls_of(rows)
    reported = set(
        EvidenceRow.objects.filter(reception__in=rows, kind=EvidenceKind.NOT_DELIVERED).values_list(
            "reception_id", flat=True
        )
    )
    missing = [row for row in rows if row.pk not in called and row.pk not in reported]
    return [
        Todo(
            icon="users",
            title=_("Roll call missing: %(class)s %(subject)s")
            % {"class": row.home_class.name, "subject": subject_name(row.lesson.subject_id)},
            note=f"{civil_moment(row.starts_at)} · {row.school.name}",
            url=address("classroom:phone", row.public_id),
            action=_("Call the roll"),
        )
        for row in missing[:MOST_TODOS]
    ]
