"""Beginning, stopping and resuming the search for a weekly plan; the search itself is `solving`."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.timetable.models import PlanRun
from tongtang.timetable.plans.comparison import compare
from tongtang.timetable.plans.doubts import doubts_of
from tongtang.timetable.plans.inputs import changed_parts, county_for_anchor, digests_of
from tongtang.timetable.tasks import solve_plan

State = PlanRun.State
MOST_LOG = 200


class Refused(ValueError):
    """The step cannot be taken; the message is a sentence, `sentences` are all of them."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences: Sequence[str] = sentences


def _busy_sentence() -> str:
    return _("A search is under way in this county already. Wait for its end, or stop it first.")


def start_run(*, actor: Actor, anchor: School, seconds: int, seed: int, keep_published: bool = True) -> PlanRun:
    """Begin a search for the plan of a school's studios, for the whole county, of `seconds` at most.

    `keep_published`: with least change against the published plan, where there is one.

    Raises:
        Refused: another search is under way in the county, or the data leave nothing to search.
    """
    county_code = anchor.county_code
    blocking = [one for one in doubts_of(county_code, anchor) if one.blocks]
    if blocking:
        raise Refused(*(f"{one.sentence}{one.mend}" for one in blocking))
    county = county_for_anchor(county_code, anchor)
    try:
        with transaction.atomic():
            run = PlanRun.objects.create(
                county_code=county_code,
                anchor=anchor,
                seed=seed,
                keep_published=keep_published,
                until=float(seconds),
                inputs=digests_of(county),
                required=sum(owed.lessons_per_week for owed in county.requirements),
                made_by_id=actor.person_id,
                made_at=clock.now(),
            )
            solve_plan.enqueue(str(run.public_id))
    except IntegrityError as error:
        raise Refused(_busy_sentence()) from error
    return run


@transaction.atomic
def stop_run(run: PlanRun) -> None:
    """Ask a search to end; the best plan so far stays. One that nobody has taken up yet ends at once.

    Raises:
        Refused: it is not under way any more.
    """
    waiting = PlanRun.objects.filter(pk=run.pk, state=State.WAITING)
    if waiting.update(state=State.STOPPED, finished_at=clock.now()):
        return
    if not PlanRun.objects.filter(pk=run.pk, state__in=(State.RUNNING, State.STOPPING)).update(state=State.STOPPING):
        raise Refused(_("This search has ended already; its best plan is below."))


def can_be_better(run: PlanRun) -> bool:
    """Whether more search could find fewer broadcasts, or as few with less change where that is wanted."""
    if not run.optimal:
        return True
    found = compare(run) if run.keep_published else None
    return found is not None and found.lessons_changed > 0


def resume_run(*, run: PlanRun, seconds: int) -> None:
    """Go on for `seconds` more from the best plan so far.

    Raises:
        Refused: it is under way, nothing can be better, or the county's data have changed since.
    """
    if not can_be_better(run):
        raise Refused(_("This plan has as few broadcasts as are possible at all: there is nothing to search for."))
    check_inputs(run)
    try:
        with transaction.atomic():
            ended = PlanRun.objects.filter(pk=run.pk).exclude(state__in=PlanRun.BUSY)
            values = {
                "state": State.WAITING,
                "since": run.spent,
                "until": run.spent + seconds,
                "stretches": run.stretches + 1,
            }
            if not ended.update(**values, finished_at=None, error="", published=None, seen_at=None):
                raise Refused(_busy_sentence())
            solve_plan.enqueue(str(run.public_id))
    except IntegrityError as error:
        raise Refused(_busy_sentence()) from error


def check_inputs(run: PlanRun) -> None:
    """The county's data are what they were when the search began.

    Raises:
        Refused: with what has changed.
    """
    blocking = [one for one in doubts_of(run.county_code, run.anchor) if one.blocks]
    if blocking:
        raise Refused(*(f"{one.sentence}{one.mend}" for one in blocking))
    parts = changed_parts(run.inputs, digests_of(county_for_anchor(run.county_code, run.anchor)))
    if parts:
        sentence = _("The county's data have changed since this search began (%(parts)s). Begin a new search.")
        raise Refused(sentence % {"parts": parts})
