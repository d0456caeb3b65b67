"""A whole run: one county after the other, written, loaded, remembered."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.alliances.api import Refused
from tongtang.curriculum.api import Stage
from tongtang.exchange.county.apply import load_county
from tongtang.exchange.generate.classes import name_classes
from tongtang.exchange.generate.drafts import CountyDraft
from tongtang.exchange.generate.draws import Draws
from tongtang.exchange.generate.folder import Written, write_folder
from tongtang.exchange.generate.network import CODE, add_network, anchor_networks, load_network
from tongtang.exchange.generate.people import own_prefix
from tongtang.exchange.generate.places import read_places
from tongtang.exchange.generate.progress import Progress
from tongtang.exchange.generate.quotas import Quota, share_out
from tongtang.exchange.generate.scales import Scale
from tongtang.exchange.generate.schools import name_schools
from tongtang.exchange.generate.state import CannotGenerate, Done, State, only_run, read_state
from tongtang.organisations import api as organisations
from tongtang.organisations.models import School

NEW_SCHOOL_YEAR = (8, 1)


@dataclass(frozen=True)
class Order:
    """What was asked for. `out` keeps the folders; without `load` nothing goes into the database."""

    scale: Scale
    seed: int
    year: int
    out: Path | None = None
    resume: bool = False
    load: bool = True

    @property
    def name(self) -> str:
        return f"{self.scale.name}-{self.seed}-{self.year}"


@dataclass
class Outcome:
    """Counts over all counties, and the digest of each county's folder by its code."""

    tally: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    digests: dict[str, str] = field(default_factory=dict)


def school_year(day: date) -> int:
    """The year in which the school year of `day` began."""
    return day.year if (day.month, day.day) >= NEW_SCHOOL_YEAR else day.year - 1


def generate(order: Order, progress: Progress | None = None) -> Outcome:
    """Make the region.

    Raises:
        CannotGenerate: nothing to resume, another run, or a county that holds other schools.
        DivisionsMissing: the package of divisions is not installed.
    """
    places = read_places(order.scale)
    state = read_state(order.name, resume=order.resume)
    with only_run(state.folder):
        if order.load:
            organisations.ensure_regions()
            _check_counties([place.code for place in places], state)
        quotas = share_out(order.scale, places, order.seed)
        scale = order.scale
        progress = progress or Progress(scale.pupils + scale.children + scale.teachers, len(places))
        for position, quota in enumerate(quotas):
            _one_county(order, quota, position, state, progress)
        if order.load:
            progress.doing(_("alliances"))
            _load_anchors(state, order.year)
        progress.close()
    return _outcome(state)


def _check_counties(codes: Sequence[str], state: State) -> None:
    """A load ends the schools that its folder does not name: it may only meet its own."""
    known = organisations.counties_named(int(code) * CODE for code in codes)
    missing = [code for code in codes if int(code) * CODE not in known]
    if missing:
        sentence = _("The division %(code)s is not loaded; run `tongtang load-regions`.")
        raise CannotGenerate(sentence % {"code": missing[0]})
    own = {int(code) * CODE for code in state.begun}
    held = set(School.objects.filter(county_code__in=known).values_list("county_code", flat=True).distinct()) - own
    if held:
        sentence = _(
            "%(county)s holds schools already that this run did not make; they would be ended. "
            "Set TONGTANG_HOME to an empty folder (and TONGTANG_DATABASE_URL to an empty database)."
        )
        raise CannotGenerate(sentence % {"county": known[min(held)]})


def _one_county(order: Order, quota: Quota, position: int, state: State, progress: Progress) -> None:
    code = quota.place.code
    if code in state.done and _stands(order, code):
        progress.skip(_people(state.done[code].rows))
        return
    progress.doing(quota.place.name)
    county = draft_county(quota, order.seed, order.year)
    if code not in state.begun:
        state.begun.append(code)
        state.save()
    folder = (order.out or state.folder / "folders") / code
    shutil.rmtree(folder, ignore_errors=True)
    written = write_folder(folder, county, order.year, own_prefix(code, position), order.seed)
    if order.load:
        _load(county, folder)
    if order.out is None:
        shutil.rmtree(folder)
    state.done[code] = _done(county, written)
    state.save()
    progress.finished(quota.place.name, _people(written.rows))


def _stands(order: Order, code: str) -> bool:
    """Whether what the state says of a county is still there: the database or the folders may be others by now."""
    if order.load and not School.objects.filter(county_code=int(code) * CODE).exists():
        return False
    return order.out is None or (order.out / code).is_dir()


def draft_county(quota: Quota, seed: int, year: int) -> CountyDraft:
    """Everything of a county but its people: the same for the same seed and year."""
    code = quota.place.code
    schools = name_schools(quota, Draws(seed, code, "schools"))
    draws = Draws(seed, code, "classes")
    classes = [one for school in schools for one in name_classes(school, draws)]
    county = CountyDraft(code, quota.place.name, schools, classes)
    add_network(county, year, Draws(seed, code, "network"))
    return county


def _load(county: CountyDraft, folder: Path) -> None:
    report = load_county(folder, int(county.code) * CODE)
    if report.errors:
        first = report.errors[0]
        where = f"{folder / first.file}:{first.line}: {first.message}"
        raise CannotGenerate(_("A made-up county was refused: %(where)s") % {"where": where})
    _load_network(county)


def _load_network(county: CountyDraft) -> None:
    try:
        load_network(county.overlays, county.alliances)
    except Refused as refused:
        raise CannotGenerate(_("A made-up alliance was refused: %(why)s") % {"why": refused}) from refused


def _load_anchors(state: State, year: int) -> None:
    """The alliances across counties, when all their schools stand."""
    anchors = {number: (code, school, name) for code, one in state.done.items() for number, school, name in one.anchors}
    receivers: dict[int, list[tuple[str, str]]] = {}
    for code, one in state.done.items():
        for number, school in one.receivers:
            receivers.setdefault(number, []).append((code, school))
    overlays, alliances = anchor_networks(anchors, receivers, year)
    try:
        load_network(overlays, alliances)
    except Refused as refused:
        raise CannotGenerate(_("A made-up alliance was refused: %(why)s") % {"why": refused}) from refused


def _people(rows: Mapping[str, int]) -> int:
    return rows["pupils"] + rows["teachers"]


def _done(county: CountyDraft, written: Written) -> Done:
    return Done(
        written.digest,
        dict(written.rows),
        dict(tally_of(county)),
        [(one.anchor, one.id, one.name) for one in county.schools if one.kind == "anchor_school"],
        [(one.anchor, one.id) for one in county.schools if one.kind == "receiving_school"],
    )


def tally_of(county: CountyDraft) -> Counter[str]:
    """Counts of a county by `kind`, `kind.pupils`, `kind.teachers`, `stage.pupils` and some that the figures need."""
    tally: Counter[str] = Counter(counties=1)
    for school in county.schools:
        tally[school.kind] += 1
        tally[f"{school.kind}.pupils"] += school.pupils
        tally[f"{school.kind}.teachers"] += school.teachers
        tally[f"{school.stage}.pupils"] += school.pupils
        tally["pupils"] += school.pupils * (school.stage != Stage.PRESCHOOL)
        tally["teachers"] += school.teachers * (school.stage != Stage.PRESCHOOL)
        tally["boarding"] += school.boarding
        tally[f"{school.link}.links"] += 1
    points = [school for school in county.schools if school.kind == "teaching_point"]
    tally["small_points"] = sum(school.pupils < 50 for school in points)
    tally["counties_with_points"] = int(bool(points))
    for one in county.classes:
        tally[f"{one.school.kind}.classes"] += 1
        tally["multi_grade_classes"] += len(one.heads) > 1
    for alliance in county.alliances:
        tally[f"{alliance.topology}.alliances"] += 1
    for overlay in county.overlays:
        tally[f"{overlay.kind}.overlays"] += 1
    tally["anchor.alliances"] = tally["anchor_school"]
    if county.code.startswith("5133"):
        tally["ganzi.pupils"], tally["ganzi.teachers"] = tally["pupils"], tally["teachers"]
    return tally


def _outcome(state: State) -> Outcome:
    outcome = Outcome()
    for code, one in sorted(state.done.items()):
        outcome.tally.update(one.tally)
        outcome.rows.update(one.rows)
        outcome.digests[code] = one.digest
    return outcome
