"""Jobs of the timetable."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from tongtang.foundation.jobs import job, periodic
from tongtang.timetable.leaving import end_receptions_after_last_days
from tongtang.timetable.models import PlanRun


def give_up(public_id: str) -> None:
    """The search broke down time and again: the page says so, the best plan stays."""
    from tongtang.timetable.plans.solving import fail

    run = PlanRun.objects.filter(public_id=UUID(public_id)).first()
    if run is not None:
        fail(run, _("The search broke down on this server. Its best plan is kept; resume it, or tell the technician."))


@job(queue="plans", attempts=5, gave_up=give_up)
def solve_plan(public_id: str) -> None:
    """Search for a county's weekly plan. OR-Tools is loaded here, never by a page."""
    from tongtang.timetable.plans.solving import carry_out

    run = PlanRun.objects.select_related("anchor").filter(public_id=UUID(public_id)).first()
    if run is not None:
        carry_out(run)


@periodic("timetable.end-receptions", every=timedelta(hours=1))
def end_receptions() -> None:
    """Schools that have left receive no more; each hour, so that the morning after their last day is right."""
    end_receptions_after_last_days()
