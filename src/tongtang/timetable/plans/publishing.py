"""A found plan is published: through the checker, in one transaction, with the names that its groups had."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.alliances import api as alliances
from tongtang.alliances.models import Alliance
from tongtang.lessons.models import Course
from tongtang.timetable.actions import Publication, publish_plan
from tongtang.timetable.actions import Refused as PublishRefused
from tongtang.timetable.models import PlanRun, PublishedPlan
from tongtang.timetable.orders.queries import alliances_to_change
from tongtang.timetable.plans.actions import Refused, check_inputs
from tongtang.timetable.plans.alliance import gathered_alliance
from tongtang.timetable.plans.comparison import published_now
from tongtang.timetable.plans.inputs import broadcasts_in, recorded_in
from tongtang.timetable.plans.names import Names
from tongtang.timetable.plans.naming import with_kept_names
from tongtang.timetable.plans.queries import anchors_for
from tongtang.timetable.policies import Verb
from tongtang.timetable.sentences import SENTENCES, in_words
from tongtang.timetable.solver.model import Broadcast, RecordedLesson


@transaction.atomic
def publish_run(*, actor: Actor, run: PlanRun, starts: date) -> Publication:
    """Publish the best plan of a search from a day on, all of it or nothing.

    Raises:
        Refused: the search is under way or found nothing complete, the county's data have changed since, the plan
            breaks a rule (each by name), or something stands in its way.
    """
    run = PlanRun.objects.select_for_update(of=("self",)).select_related("anchor").get(pk=run.pk)
    if run.busy:
        raise Refused(_("The search is still under way. Stop it, or wait for its end, then publish."))
    if not run.complete:
        raise Refused(_("This plan leaves out lessons that classes are owed. It cannot be published."))
    check_inputs(run)
    plan, recorded = broadcasts_in(run.plan), recorded_in(run.recorded)
    before = published_now(run.anchor, starts)
    try:
        alliance = _alliance(actor, run, plan, recorded, starts)
        known = Course.objects.filter(alliance=alliance).values_list("source_id", flat=True)
        plan = with_kept_names(plan, broadcasts_in(before.broadcasts) if before else [], set(known))
        done = publish_plan(
            actor=actor,
            alliance=alliance,
            county_code=run.county_code,
            broadcasts=plan,
            starts=starts,
            recorded=recorded,
        )
    except (PublishRefused, alliances.Refused) as refused:
        raise Refused(str(refused)) from refused
    if done.violations:
        names = Names(run.county_code, plan)
        raise Refused(*(in_words(SENTENCES[one.rule], names.facts(one.facts)) for one in done.violations))
    run.published = PublishedPlan.objects.filter(alliance=alliance).order_by("-pk").first()
    run.save(update_fields=["published"])
    return done


def _alliance(
    actor: Actor, run: PlanRun, plan: list[Broadcast], recorded: list[RecordedLesson], starts: date
) -> Alliance:
    """The county's office takes schools and teachers into the alliance with the plan; a head has one that holds them.

    Raises:
        Refused: the school anchors no alliance.
    """
    if anchors_for(actor, Verb.GATHER).filter(pk=run.anchor_id).exists():
        return gathered_alliance(plan, run.county_code, starts, recorded, anchor=run.anchor)
    alliance = alliances.alliance_anchored_by(run.anchor, starts)
    if alliance is None or not alliances_to_change(actor).filter(pk=alliance.pk).exists():
        raise Refused(_("Your school anchors no alliance on that day. Ask the county's office to publish the plan."))
    return alliance
