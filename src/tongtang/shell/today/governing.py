"""Today of those who answer for it: the head of a school, the officers of a county."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.access.api import Actor, Role
from tongtang.access.models import RoleAssignment
from tongtang.classroom.api import DayLesson, DayReception, agenda, lesson_title
from tongtang.foundation import clock
from tongtang.lessons.api import RANK, ReceptionState, Verb, lessons_for
from tongtang.operations.api import Verb as HelpVerb
from tongtang.operations.api import help_calls_for
from tongtang.organisations.models import Region, School
from tongtang.people.models import Person
from tongtang.shell.templatetags.kit import civil_moment
from tongtang.shell.today.parts import Alert, Figure, Section, Todo, address, share_of

OFFICERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)
MOST_LESSONS = 12
MOST_ALERTS = 8
MOST_TODOS = 6


def head_section(actor: Actor) -> Section:
    """Today's receptions of the head's schools, exceptions first; people without sign-in; calls for help."""
    held = [one.school_id for one in actor.assignments if one.role == Role.SCHOOL_HEAD and one.school_id]
    schools = list(School.objects.filter(pk__in=held).order_by("source_id"))
    today = clock.today()
    concerned = Q(school__in=held) | Q(receptions__school__in=held)
    lessons = agenda(actor, lessons_for(actor, Verb.VIEW).filter(concerned, date=today, is_demo=False))
    receptions = sorted(
        (one for row in lessons for one in row.receptions if one.reception.school_id in held),
        key=lambda one: (RANK[one.state], one.reception.starts_at, one.reception.pk),
    )
    return Section(
        kind="head",
        title=_("Today at %(schools)s") % {"schools": " · ".join(school.name for school in schools)},
        week_url=address("timetable:school-week", schools[0].public_id) if schools else "",
        figures=_figures(lessons, receptions),
        receptions=receptions,
        lessons=[row for row in lessons if row.lesson.school_id in held],
        todos=[*_open_help_calls(actor), *_without_sign_in(held)],
    )


def _figures(lessons: Sequence[DayLesson], receptions: Sequence[DayReception]) -> list[Figure]:
    """Receptions of the day: planned, on air, delivered so far, not delivered."""
    standing = [one for one in receptions if one.state != ReceptionState.CANCELLED]
    over = {row.lesson.pk for row in lessons if row.over}
    due = [one for one in standing if one.reception.lesson_id in over]
    delivered = sum(one.standing.figures.delivered for one in due)
    running = sum(one.reception.lesson_id not in over and one.state == ReceptionState.LIVE for one in standing)
    missed = sum(one.state == ReceptionState.NOT_DELIVERED for one in standing)
    taught = len({one.reception.lesson_id for one in standing})
    cancelled = len(receptions) - len(standing)
    return [
        Figure(
            _("Planned today"),
            str(len(standing)),
            ngettext("%(count)d lesson taught", "%(count)d lessons taught", taught) % {"count": taught}
            + (_("; cancelled %(count)d") % {"count": cancelled} if cancelled else ""),
            _("receptions"),
        ),
        Figure(
            _("On air now"),
            str(running),
            _("of %(total)d receptions of today") % {"total": len(standing)},
            _("receptions"),
        ),
        Figure(
            _("Delivered so far"),
            share_of(delivered, len(due)),
            _("%(count)d of %(total)d receptions that are over") % {"count": delivered, "total": len(due)},
        ),
        Figure(
            _("Not delivered"),
            str(missed),
            _("%(count)d of %(total)d receptions of today") % {"count": missed, "total": len(standing)},
            _("receptions"),
        ),
    ]


def _open_help_calls(actor: Actor) -> list[Todo]:
    """Calls for help that nobody has solved yet, the longest waiting first."""
    calls = help_calls_for(actor, HelpVerb.VIEW).filter(solved_at=None).order_by("called_at")
    return [
        Todo(
            icon="help",
            title=_("Help wanted: %(kind)s") % {"kind": call.get_kind_display()},
            note=f"{civil_moment(call.called_at)} · {call.reception.school.name} {call.reception.home_class.name}",
            url=address("operations:calls"),
            action=_("See the calls"),
        )
        for call in calls[:MOST_TODOS]
    ]


def _without_sign_in(schools: Sequence[int]) -> list[Todo]:
    """Staff of the schools who never signed in."""
    staff = Person.objects.filter(ended_on=None, posts__school__in=schools, posts__valid_to=None).distinct()
    never = staff.filter(Q(account=None) | Q(account__last_login=None)).order_by("source_id")
    names = list(never.values_list("name", flat=True))
    if not names:
        return []
    total = staff.count()
    return [
        Todo(
            icon="key",
            title=_("%(count)d of %(total)d people never signed in") % {"count": len(names), "total": total},
            note=" ".join(names[:MOST_TODOS]),
            url=address("access:people"),
            action=_("Renew codes"),
        )
    ]


def county_section(actor: Actor) -> Section:
    """The lessons of today below the officer's node, with what went wrong."""
    lessons = agenda(actor, lessons_for(actor, Verb.VIEW).filter(_below(actor), date=clock.today(), is_demo=False))
    receptions = [one for row in lessons for one in row.receptions]
    shown = sorted(lessons, key=_interest)[:MOST_LESSONS]
    return Section(
        kind="county",
        title=_("Lessons today"),
        week_url=address("timetable:week"),
        figures=_figures(lessons, receptions),
        lessons=sorted(shown, key=lambda row: row.starts_at),
        running=sum(row.current for row in lessons),
        more=len(lessons) - len(shown),
        todos=_open_help_calls(actor),
        alerts=_alerts(lessons),
    )


def _below(actor: Actor) -> Q:
    """Lessons taught or received where the person is an officer (not where they merely teach)."""
    whole = Q(pk__in=[])
    for held in actor.assignments:
        if held.role not in OFFICERS:
            continue
        if held.school_id is not None:
            whole |= Q(school=held.school_id) | Q(receptions__school=held.school_id)
        else:
            span = (held.code_low, held.code_high)
            whole |= Q(region_code__range=span) | Q(receptions__region_code__range=span)
    return whole


def _interest(row: DayLesson) -> tuple[int, float]:
    """Trouble first, then what is on air, then what comes, then what is over."""
    if row.state == "missed" or ReceptionState.NOT_DELIVERED in {one.state for one in row.receptions}:
        order = 0
    elif row.current:
        order = 1
    else:
        order = 3 if row.over else 2
    return order, row.starts_at.timestamp()


def _alerts(lessons: Sequence[DayLesson]) -> list[Alert]:
    """Receptions that were not delivered and have no make-up yet: reason, owner, day."""
    missed = [
        one
        for row in lessons
        for one in row.receptions
        if one.state == ReceptionState.NOT_DELIVERED and not one.standing.figures.make_ups
    ][:MOST_ALERTS]
    heads = _heads_of({one.reception.school_id for one in missed})
    return [
        Alert(
            title=f"{one.reception.school.name} {one.reception.home_class.name}",
            what=_("%(time)s %(lesson)s: %(reason)s")
            % {
                "time": civil_moment(one.reception.starts_at),
                "lesson": lesson_title(one.reception.lesson),
                "reason": one.standing.figures.not_delivered_reason or _("no reason given"),
            },
            owner=heads.get(one.reception.school_id) or one.reception.school.name,
            day=one.reception.date,
            url=address("lessons:lesson", one.reception.lesson.public_id),
            grave=True,
        )
        for one in missed
    ]


def _heads_of(schools: set[int]) -> dict[int, str]:
    """The name of a head by school. One query."""
    rows = RoleAssignment.objects.filter(role=Role.SCHOOL_HEAD, school__in=schools, valid_to=None)
    return {row.school_id: row.person.name for row in rows.select_related("person") if row.school_id is not None}


def county_name(actor: Actor) -> str:
    """The division that the officer stands at."""
    held = [one for one in actor.assignments if one.role in OFFICERS and one.code_low is not None]
    region = Region.objects.filter(code__in=[one.code_low for one in held]).order_by("level").first()
    return region.name if region else ""
