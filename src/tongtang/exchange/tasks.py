"""Jobs of exchange."""

from uuid import UUID

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import Damage
from tongtang.exchange.models import ImportRun, SchoolWeeksRun
from tongtang.exchange.school_weeks import run as weeks
from tongtang.exchange.stages import run as stages
from tongtang.foundation.jobs import job


def _found(public_id: str, state: str) -> ImportRun | None:
    return ImportRun.objects.filter(public_id=UUID(public_id), state=state).first()


def give_up(public_id: str) -> None:
    """The job broke down: nothing of the run is written."""
    run = ImportRun.objects.filter(
        public_id=UUID(public_id), state__in=(ImportRun.State.CHECKED, ImportRun.State.APPLYING)
    ).first()
    if run is not None:
        sentence = _("The import broke down on this server and nothing was changed. Tell the technician.")
        stages.refuse(run, [Damage(run.file_name, 0, "", "", sentence)])


@job(attempts=2, gave_up=give_up)
def check_import(public_id: str) -> None:
    """Check a run that was handed in; one that is checked or gone is left alone."""
    run = _found(public_id, ImportRun.State.CHECKED)
    if run is not None and run.checked_at is None:
        stages.check_run(run)


@job(attempts=2, gave_up=give_up)
def apply_import(public_id: str) -> None:
    """Apply a run that a person gave the word for."""
    run = _found(public_id, ImportRun.State.APPLYING)
    if run is not None:
        stages.apply_run(run)


def give_up_weeks(public_id: str) -> None:
    """The search broke down: its page says so."""
    weeks.fail(public_id)


@job(queue="plans", attempts=3, gave_up=give_up_weeks)
def solve_schools(public_id: str) -> None:
    """Search for the weeks of whole schools; one whose worker died begins anew."""
    run = SchoolWeeksRun.objects.filter(public_id=UUID(public_id)).first()
    if run is not None:
        weeks.carry_out(run)
