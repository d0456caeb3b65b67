"""How the state and the result of a search are said."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.timetable.models import PlanRun
from tongtang.timetable.solver.facilitation import Facilitation
from tongtang.timetable.solver.model import Broadcast


class Sign(NamedTuple):
    """Class, icon and word of a chip."""

    kind: str
    icon: str
    word: Any


SIGNS: Mapping[str, Sign] = {
    PlanRun.State.WAITING: Sign("", icon="clock", word=gettext_lazy("Waits to begin")),
    PlanRun.State.RUNNING: Sign("info", icon="refresh", word=gettext_lazy("Searching")),
    PlanRun.State.STOPPING: Sign("warn", icon="player-stop", word=gettext_lazy("Is being stopped")),
    PlanRun.State.STOPPED: Sign("warn", icon="player-stop", word=gettext_lazy("Search stopped")),
    PlanRun.State.DONE: Sign("ok", icon="check", word=gettext_lazy("Search ended")),
    PlanRun.State.INFEASIBLE: Sign("bad", icon="x", word=gettext_lazy("Proven impossible")),
    PlanRun.State.FAILED: Sign("bad", icon="alert-circle", word=gettext_lazy("Search broke down")),
}
PUBLISHED = Sign("ok", icon="send", word=gettext_lazy("Published"))


def turn_words(one: Broadcast | Facilitation) -> str:
    """Which weeks hold a lesson, where not every week does."""
    facts = {"week": one.week, "weeks": one.every_weeks}
    return _("week %(week)d of %(weeks)d") % facts if one.every_weeks > 1 else ""


def sign_of(run: PlanRun) -> Sign:
    """The chip of a search; a plan that was published says so."""
    return PUBLISHED if run.published_id and not run.busy else SIGNS[run.state]


def verdict_of(run: PlanRun) -> str:
    """How good the best plan so far is, in one sentence; empty before there is one."""
    if not run.has_plan:
        return ""
    facts = {"broadcasts": len(run.plan), "bound": run.bound or 0, "required": run.required}
    if run.unserved:
        facts |= {"left": sum(lessons for _class, _subject, lessons in run.unserved)}
        return _("%(left)d of %(required)d class-lessons a week still have no place.") % facts
    if not run.plan:
        return _("No broadcast: all %(required)d class-lessons a week are recorded.") % facts
    if run.optimal:
        return _("%(broadcasts)d broadcasts a week, proven the fewest possible.") % facts
    if run.recorded:
        facts |= {"recorded": len(run.recorded)}
        return _("%(broadcasts)d broadcasts a week; %(recorded)d of %(required)d class-lessons are recorded.") % facts
    facts |= {"gap": len(run.plan) - (run.bound or 0)}
    return _("%(broadcasts)d broadcasts a week; no plan has fewer than %(bound)d: at most %(gap)d too many.") % facts
