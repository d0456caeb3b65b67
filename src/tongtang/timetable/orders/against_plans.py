"""On which days change orders stand against a plan that is to be published."""

from collections.abc import Mapping
from datetime import date, datetime

from tongtang.alliances.models import Alliance
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import HomeClass
from tongtang.timetable.models import ChangeOrder, LocalMove
from tongtang.timetable.orders.patches import shape_of
from tongtang.timetable.orders.world import bases_of, patches_of, rings_in_force, transfers_in_force
from tongtang.timetable.solver.difference import Difference
from tongtang.timetable.solver.expand import DatedLesson

Existing = Mapping[tuple[str, date, int], Lesson]
Classes = Mapping[str, HomeClass]


def untouchable(lesson: Lesson, now: datetime) -> bool:
    """A lesson that began, or that somebody opened, stays as it is."""
    return lesson.state != Lesson.State.PLANNED or lesson.starts_at <= now


def days_under_orders(change: Difference, existing: Existing) -> set[date]:
    """Of lessons that the plan changes and on which an order stands: what its withdrawal would bring back must not
    vanish."""
    now = clock.now()
    lessons = [existing[one.key] for one in (*change.removed, *(move.before for move in change.moved))]
    ordered = [row for row in lessons if hasattr(row, "base")]
    bases, patches = bases_of(ordered), patches_of([row.pk for row in ordered])
    days = set()
    for row in ordered:
        # What somebody cancelled by hand does not come back, so nothing of it can vanish.
        by_order = shape_of(bases[row.pk], [patch for _order, patch in patches[row.pk]]).cancelled
        if not untouchable(row, now) or (by_order and row.starts_at > now):
            days.add(row.date)
    return days


def days_of_own_lessons(change: Difference, classes: Classes) -> set[date]:
    """Of new places of the plan to which an order moved a class's own lesson."""
    places = {(classes[row.class_id].pk, one.day, row.period) for one in _placed(change) for row in one.receptions}
    moves = LocalMove.objects.filter(home_class__in={home_class for home_class, _day, _period in places})
    return {place[1] for place in moves.values_list("home_class", "to_day", "to_period") if place in places}


def days_otherwise(alliance: Alliance, change: Difference, classes: Classes) -> set[date]:
    """Of new places of the plan of whose day an order says otherwise: other bells, only what it names, none."""
    days = {one.day for one in _placed(change)}
    if not days:
        return set()
    closed = _closed(alliance)
    spoken_of = {day for day in days if any(first <= day <= last for first, last in closed)}
    places = {(classes[row.class_id].school_id, one.day) for one in _placed(change) for row in one.receptions}
    rings = rings_in_force({school for school, _day in places}, min(days), max(days))
    return spoken_of | {
        day
        for school, day in places
        for ring in rings
        if ring.school_id == school and ring.first_day <= day <= ring.last_day
    }


def _placed(change: Difference) -> list[DatedLesson]:
    return [*change.added, *(move.after for move in change.moved)]


def _closed(alliance: Alliance) -> list[tuple[date, date]]:
    """Spans in which the alliance's orders hold only what they name, and days that they hold on another day."""
    temporary = alliance.change_orders.filter(kind=ChangeOrder.Kind.TEMPORARY, state=ChangeOrder.State.APPLIED)
    spans = [(one["first_day"], one["last_day"]) for one in temporary.values_list("request", flat=True)]
    transferred = [from_day for from_day, _to_day in transfers_in_force(alliance.pk)]
    return [
        *((date.fromisoformat(first), date.fromisoformat(last)) for first, last in spans),
        *((day, day) for day in transferred),
    ]
