"""The search itself, in the worker: it writes each better plan into its row, and asks the row whether to go on."""

import os
import time
from dataclasses import asdict, dataclass, field, replace

from django.utils.translation import gettext as _

from tongtang.foundation import clock
from tongtang.timetable.models import PlanRun
from tongtang.timetable.plans.actions import MOST_LOG, Refused, check_inputs
from tongtang.timetable.plans.comparison import published_now
from tongtang.timetable.plans.inputs import broadcasts_in, county_for_anchor
from tongtang.timetable.plans.reasons import explanation_of
from tongtang.timetable.solver.county_plan import CheckerDisagrees, Effort, Progress, WeeklyAnswer, solve_county
from tongtang.timetable.solver.kept_plan import changed_lessons
from tongtang.timetable.solver.model import Broadcast, County

State = PlanRun.State
LOOK_SECONDS = 0.5
BEHIND = 10
"""How far the search stands back behind the lessons that this machine carries."""


@dataclass
class _Stretch:
    """One stretch of a search, from the row as it was taken up."""

    run: PlanRun
    keep: list[Broadcast]
    began: float = field(default_factory=time.monotonic)
    looked: float = 0.0
    ended: bool = False

    def __post_init__(self) -> None:
        self.before, self.log = self.run.spent, list(self.run.log)
        left = sum(lessons for _class, _subject, lessons in self.run.unserved) + len(self.run.recorded)
        plan = broadcasts_in(self.run.plan)
        changed = changed_lessons(plan, self.keep) if self.keep else 0
        self.best = (left, len(plan), changed) if self.run.has_plan else None

    @property
    def spent(self) -> float:
        return round(self.before + time.monotonic() - self.began, 1)

    def report(self, progress: Progress) -> None:
        """Keep what is better than all before."""
        found = progress.unserved, progress.broadcasts, progress.changed or 0
        values: dict[str, object] = {"spent": self.spent, "seen_at": clock.now(), "bound": progress.bound}
        # A plan that is complete with recorded lessons is not given up for one that leaves some of them out.
        whole = not self.run.recorded or not progress.unserved
        if whole and (self.best is None or found < self.best):
            self.best = found
            row = [self.spent, progress.broadcasts, progress.unserved, progress.bound, progress.changed]
            self.log.append(row)
            values |= {
                "plan": [asdict(one) for one in progress.plan],
                "unserved": [list(one) for one in progress.left],
                "recorded": [],
                "log": self.log[-MOST_LOG:],
            }
        PlanRun.objects.filter(pk=self.run.pk).update(**values)

    def stop(self) -> bool:
        """Whether somebody asked for the end; a sign of life for the page besides."""
        now = time.monotonic()
        if not self.ended and now - self.looked >= LOOK_SECONDS:
            self.looked = now
            mine = PlanRun.objects.filter(pk=self.run.pk, state=State.RUNNING)
            self.ended = not mine.update(spent=self.spent, seen_at=clock.now())
        return self.ended


def carry_out(run: PlanRun) -> None:
    """Search until the end of the stretch; a search whose worker died goes on where it stood."""
    taken = PlanRun.objects.filter(pk=run.pk, state__in=(State.WAITING, State.RUNNING))
    if not taken.update(state=State.RUNNING, seen_at=clock.now()):
        PlanRun.objects.filter(pk=run.pk, state=State.STOPPING).update(state=State.STOPPED, finished_at=clock.now())
        return
    try:
        check_inputs(run)
    except Refused as refused:
        fail(run, str(refused))
        return
    keep = _to_keep(run)
    stretch = _Stretch(run, keep)
    effort = Effort(
        seconds=max(run.until - run.spent, 1.0),
        workers=max(1, (os.cpu_count() or 2) - 1),
        seed=run.seed + run.stretches - 1,
        nice=BEHIND,
    )
    county = county_for_anchor(run.county_code, run.anchor)
    try:
        answer = solve_county(
            county, effort, first=broadcasts_in(run.plan), keep=keep, report=stretch.report, stop=stretch.stop
        )
    except CheckerDisagrees as wrong:
        sentence = _("The search made a plan that breaks a rule and was broken off; the plan was thrown away: %(why)s")
        fail(run, sentence % {"why": wrong})
        return
    _end(run, stretch, county, answer)


def _to_keep(run: PlanRun) -> list[Broadcast]:
    """The published plan, where it is to be changed little."""
    published = published_now(run.anchor, clock.today()) if run.keep_published else None
    # The county of a search knows no alliance: its limits stand in its rules.
    return [replace(one, alliance_id=None) for one in broadcasts_in(published.broadcasts)] if published else []


def _take_recorded(run: PlanRun, stretch: _Stretch, answer: WeeklyAnswer) -> None:
    """Keep the plan that is complete with its recorded lessons, unless fewer of them are known to do."""
    found = len(answer.recorded), len(answer.broadcasts), answer.changed or 0
    if answer.recorded and (not run.complete or stretch.best is None or found < stretch.best):
        run.plan, run.unserved = [asdict(one) for one in answer.broadcasts], []
        run.recorded = [asdict(one) for one in answer.recorded]
        run.save(update_fields=["plan", "unserved", "recorded"])


def _end(run: PlanRun, stretch: _Stretch, county: County, answer: WeeklyAnswer) -> None:
    run.refresh_from_db()
    _take_recorded(run, stretch, answer)
    explanation = explanation_of(run.county_code, county, answer)
    if run.complete:
        state = State.DONE if run.optimal or not stretch.ended else State.STOPPED
    elif answer.status == "infeasible":
        state = State.INFEASIBLE
    else:
        state = State.STOPPED if stretch.ended else State.DONE
    PlanRun.objects.filter(pk=run.pk).update(
        state=state,
        spent=stretch.spent,
        bound=None if run.recorded else answer.bound,
        explanation=explanation,
        finished_at=clock.now(),
    )


def fail(run: PlanRun, sentence: str) -> None:
    """End a search that broke down; its best plan stays."""
    PlanRun.objects.filter(pk=run.pk, state__in=PlanRun.BUSY).update(
        state=State.FAILED, error=sentence[:300], finished_at=clock.now()
    )
