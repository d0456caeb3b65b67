"""Pages of matching: which anchor fits a school and why, what a school says of itself."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tongtang.access.api import ActorRequest, require_person
from tongtang.alliances import queries, wording
from tongtang.alliances.actions import describe_school, refusal_of
from tongtang.alliances.forms import ProfileForm, uuid_of
from tongtang.alliances.matching import WEIGHTS, Match
from tongtang.alliances.models import Alliance, SchoolProfile
from tongtang.alliances.policies import Verb
from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.people.models import Person

REFUSED = 400


@require_GET
@require_person
def matches(request: ActorRequest) -> HttpResponse:
    """The alliances that the actor may see, ranked for one of its schools, each with its terms."""
    schools = queries.schools_described_by(request.actor)
    wanted = request.GET.get("school", "")
    school = get_object_or_404(schools, public_id=uuid_of(wanted)) if wanted else schools.first()
    if school is None:
        raise Http404
    seen = {one.pk: one for one in queries.alliances_for(request.actor, Verb.VIEW)}
    found = queries.matches_of([school], list(seen.values()))[school.pk]
    standing = queries.open_memberships(school, clock.today())
    ranked = [_row(seen[one.alliance], school, one) | {"standing": standing.get(one.alliance, "")} for one in found]
    context = {
        "school": school,
        "schools": schools,
        "told": SchoolProfile.objects.filter(school=school).first(),
        "rows": [row for row in ranked if row["standing"] or not row["broken"]],
        "shut_out": [row for row in ranked if row["broken"] and not row["standing"]],
        "applies": queries.schools_that_apply(request.actor).filter(pk=school.pk).exists(),
        "weights": [(wording.TERM_WORDS[term], weight) for term, weight in WEIGHTS.items()],
    }
    return render(request, "alliances/matches.html", context)


def _row(alliance: Alliance, school: School, found: Match) -> dict[str, Any]:
    parts = [(wording.TERM_WORDS[one.term], wording.part_sentence(one)) for one in found.parts]
    refusal = refusal_of(alliance, school, clock.today())
    broken = [*(wording.RULE_SENTENCES[rule] for rule in found.broken), *([refusal] if refusal else [])]
    counted = sum(one.share is not None for one in found.parts)
    return {"alliance": alliance, "score": found.score, "parts": parts, "counted": counted, "broken": broken}


@require_http_methods(["GET", "POST"])
@require_person
def profile(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What a school says of itself."""
    school = get_object_or_404(queries.schools_described_by(request.actor), public_id=public_id)
    told = SchoolProfile.objects.filter(school=school).first()
    form = ProfileForm(request.POST if request.method == "POST" else None, told)
    if not form.is_valid():
        return _profile(request, school, told, form)
    by = get_object_or_404(Person, pk=request.actor.person_id or 0)
    describe_school(school=school, by=by, **form.values())  # type: ignore[arg-type]
    return redirect(f"{reverse('alliances:matches')}?school={school.public_id}")


def _profile(request: ActorRequest, school: School, told: SchoolProfile | None, form: ProfileForm) -> HttpResponse:
    context = {"school": school, "told": told, "form": form, "editions": queries.edition_words()}
    return render(request, "alliances/profile.html", context, status=REFUSED if form.is_bound else 200)
