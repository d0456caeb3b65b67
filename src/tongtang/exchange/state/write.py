"""A comparison written into the house, in the caller's transaction; each change as it was shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Model, Q
from django.utils.translation import gettext as _

from tongtang.access.api import Role, write_teaching_roles
from tongtang.exchange.state.compare import CHANGED, CREATED, ENDED, Change
from tongtang.exchange.state.values import CLASSES, PUPILS, SCHOOLS, TEACHERS, TERMS
from tongtang.organisations.api import keep_names, keep_places
from tongtang.organisations.models import BellSchedule, HomeClass, School, Term
from tongtang.people.models import Enrolment, Person, Post, Pupil

BATCH = 2000
UPDATE_BATCH = 200
# What a new school is taken to have until somebody says better: one screen on a thin line.
NEW_LINK_MBPS, NEW_STREAMS = 4, 1
NEW_WEEKLY_CAP = 20
Fields = Callable[[Change], dict[str, Any]]


class CannotWrite(Exception):
    """The county lacks something that every new row needs; the message is a sentence."""


@dataclass
class _Writing:
    """One county while it is written: primary keys by id of source."""

    county: int
    run: int | None
    today: date
    keys: dict[str, dict[str, int]] = field(default_factory=dict)

    def key(self, table: str, source_id: object) -> int:
        return self.keys[table][str(source_id)]


def write_changes(county: int, changes: Sequence[Change], *, run: int | None, today: date) -> None:
    """Write `changes` of the county; `run` is the key of the import run (None: a correction by hand).

    A school that gets another name, and a class another school, keep the old one for the days before; a name that was
    corrected by hand never was.

    Raises:
        CannotWrite: a new school, and the county has no bell schedule.
    """
    writing = _Writing(county, run, today)
    for table, write in _STEPS:
        write(writing, [change for change in changes if change.table == table])


def _load(writing: _Writing, table: str, model: type[Model]) -> None:
    rows = model._default_manager.filter(county_code=writing.county)
    writing.keys[table] = dict(rows.values_list("source_id", "pk"))


def _save(
    writing: _Writing, table: str, model: type[Any], changes: list[Change], fields: Callable[[Change], dict[str, Any]]
) -> None:
    """Create, change and end the rows of one table; `fields` gives the model's values of a change."""
    _load(writing, table, model)
    known = writing.keys[table]
    fresh: list[Change] = []
    old: list[Change] = []
    for change in changes:
        (old if change.source_id in known else fresh).append(change)
    made = [model(county_code=writing.county, source_id=change.source_id, **fields(change)) for change in fresh]
    model.objects.bulk_create(made, batch_size=BATCH)
    _update(writing, model, old, fields)
    _load(writing, table, model)


def _update(writing: _Writing, model: type[Any], old: list[Change], fields: Fields) -> None:
    asked = {change.source_id for change in old}
    rows = {row.source_id: row for row in _rows_of(writing, model, asked)}
    touched: set[str] = {"ended_on"}
    changed = []
    for change in old:
        row = rows[change.source_id]
        values: dict[str, Any] = {} if change.kind == ENDED else fields(change)
        values["ended_on"] = writing.today if change.kind == ENDED else None
        for name, value in values.items():
            setattr(row, name, value)
        touched |= set(values)
        changed.append(row)
    if changed:
        names = sorted(model._meta.get_field(name).name for name in touched)
        model.objects.bulk_update(changed, names, batch_size=UPDATE_BATCH)


def _rows_of(writing: _Writing, model: type[Any], asked: set[str]) -> Iterable[Any]:
    """The rows of `asked`; past a batch the whole county is read, since a list of ids has its limit."""
    rows = model.objects.filter(county_code=writing.county)
    if len(asked) <= UPDATE_BATCH:
        return list(rows.filter(source_id__in=asked))
    return [row for row in rows.iterator(BATCH) if row.source_id in asked]


def _after(change: Change) -> dict[str, Any]:
    return {attribute: after for attribute, (_before, after) in change.attributes.items()}


def _write_terms(writing: _Writing, changes: list[Change]) -> None:
    def fields(change: Change) -> dict[str, Any]:
        after = _after(change)
        values: dict[str, Any] = {"name": after["name"]} if "name" in after else {}
        for name in ("first_day", "last_day"):
            if name in after:
                values[name] = date.fromisoformat(str(after[name]))
        if change.kind == CREATED:
            values["teaching_weeks"] = min((values["last_day"] - values["first_day"]).days // 7 + 1, 53)
        return values

    _save(writing, TERMS, Term, changes, fields)


def _write_schools(writing: _Writing, changes: list[Change]) -> None:
    bell = BellSchedule.objects.filter(county_code=writing.county, ended_on=None).order_by("source_id").first()
    if bell is None and any(change.kind == CREATED for change in changes):
        raise CannotWrite(_("The county has no bell schedule yet; load the county's own files first."))

    def fields(change: Change) -> dict[str, Any]:
        after = _after(change)
        values: dict[str, Any] = {name: after[name] or "" for name in ("name", "code") if name in after}
        # A school that comes back is what it was.
        if change.source_id not in writing.keys[SCHOOLS]:
            values |= {"region_code": writing.county, "bell_schedule": bell, "link_mbps": NEW_LINK_MBPS}
            values["max_streams"] = NEW_STREAMS
            values["kind"] = School.Kind.TEACHING_POINT if after.get("parent") else School.Kind.RECEIVING_SCHOOL
        return values

    # Two schools may change their codes with one another; a code is nobody's in between.
    coded = [change.source_id for change in changes if change.attributes.get("code", (None, None))[0]]
    School.objects.filter(county_code=writing.county, source_id__in=coded).update(code="")
    if writing.run is not None:
        renamed = [change.source_id for change in changes if change.kind == CHANGED and "name" in change.attributes]
        rows = School.objects.filter(county_code=writing.county, source_id__in=renamed)
        keep_names(dict(rows.values_list("pk", "name")), writing.today)
    _save(writing, SCHOOLS, School, changes, fields)
    parents = {change.source_id: _after(change)["parent"] for change in changes if "parent" in change.attributes}
    placed = list(School.objects.filter(county_code=writing.county, source_id__in=parents))
    for row in placed:
        parent = parents[row.source_id]
        row.parent_id = writing.key(SCHOOLS, parent) if parent else None
    School.objects.bulk_update(placed, ["parent"], batch_size=UPDATE_BATCH)


def _write_classes(writing: _Writing, changes: list[Change]) -> None:
    def fields(change: Change) -> dict[str, Any]:
        after = _after(change)
        values: dict[str, Any] = {name: after[name] for name in ("name", "grades") if name in after}
        if "school" in after:
            values["school_id"] = writing.key(SCHOOLS, after["school"])
        if change.kind == CREATED:
            values["pupil_count"] = 0
        return values

    moved = [change.source_id for change in changes if change.kind == CHANGED and "school" in change.attributes]
    rows = HomeClass.objects.filter(county_code=writing.county, source_id__in=moved)
    keep_places(dict(rows.values_list("pk", "school")), writing.today)
    _save(writing, CLASSES, HomeClass, changes, fields)


def _write_teachers(writing: _Writing, changes: list[Change]) -> None:
    def fields(change: Change) -> dict[str, Any]:
        after = _after(change)
        return {"from_roster": True, **({"name": after["name"]} if "name" in after else {})}

    _save(writing, TEACHERS, Person, changes, fields)
    wanted: dict[int, set[int]] = {}
    for change in changes:
        if change.kind == ENDED or "posts" in change.attributes:
            posts = [] if change.kind == ENDED else list(_after(change)["posts"] or [])
            person = writing.key(TEACHERS, change.source_id)
            wanted[person] = {writing.key(SCHOOLS, school) for school in posts}
    _write_posts(writing, wanted)


def _write_posts(writing: _Writing, wanted: dict[int, set[int]]) -> None:
    yesterday = writing.today - timedelta(days=1)
    closed: set[tuple[int, int]] = set()
    standing: set[tuple[int, int]] = set()
    for post in Post.objects.filter(person__in=wanted, school__county_code=writing.county, valid_to=None):
        place = (post.person_id, post.school_id)
        (standing if post.school_id in wanted[post.person_id] else closed).add(place)
    for person, school in closed:
        Post.objects.filter(person=person, school=school, valid_to=None).update(valid_to=yesterday)
    fresh = {(person, school) for person, schools in wanted.items() for school in schools} - standing
    for person, school in sorted(fresh):
        Post.objects.update_or_create(
            person_id=person,
            school_id=school,
            valid_from=writing.today,
            defaults={"valid_to": None},
            create_defaults={"weekly_cap": NEW_WEEKLY_CAP, "subjects": []},
        )
    write_teaching_roles({(place, Role.LOCAL_TEACHER) for place in fresh}, closed, writing.today)


def _write_pupils(writing: _Writing, changes: list[Change]) -> None:
    def fields(change: Change) -> dict[str, Any]:
        after = _after(change)
        values: dict[str, Any] = {name: after[name] for name in ("name", "sex") if name in after}
        if "birth_date" in after:
            values["birth_date"] = date.fromisoformat(str(after["birth_date"]))
        return {**values, "run": writing.run}

    _save(writing, PUPILS, Pupil, changes, fields)
    moves: dict[int, int | None] = {}
    for change in changes:
        if change.kind == ENDED or "class" in change.attributes:
            to = None if change.kind == ENDED else _after(change)["class"]
            moves[writing.key(PUPILS, change.source_id)] = writing.key(CLASSES, to) if to else None
    move_pupils(moves, writing.today)
    _count_new_classes(writing)


def _count_new_classes(writing: _Writing) -> None:
    """A class that came without its size has that of its roll."""
    rows = list(
        HomeClass.objects.filter(county_code=writing.county, ended_on=None, pupil_count=0).annotate(
            enrolled=Count("enrolments", filter=Q(enrolments__valid_to=None))
        )
    )
    for row in rows:
        row.pupil_count = row.enrolled
    HomeClass.objects.bulk_update(rows, ["pupil_count"], batch_size=UPDATE_BATCH)


def move_pupils(moves: dict[int, int | None], today: date) -> None:
    """Pupils (primary keys) into classes from `today` on; None: into none."""
    pupils = sorted(moves)
    for start in range(0, len(pupils), BATCH):
        part = pupils[start : start + BATCH]
        standing = Enrolment.objects.filter(pupil__in=part, valid_to=None)
        # Somebody who was put into a class today and is moved today was never there a day.
        standing.filter(valid_from__gte=today).delete()
        standing.update(valid_to=today - timedelta(days=1))
        fresh = ((pupil, moves[pupil]) for pupil in part)
        Enrolment.objects.bulk_create(
            [Enrolment(pupil_id=pupil, home_class_id=to, valid_from=today) for pupil, to in fresh if to is not None],
            batch_size=BATCH,
        )


_STEPS: Iterable[tuple[str, Callable[[_Writing, list[Change]], None]]] = (
    (TERMS, _write_terms),
    (SCHOOLS, _write_schools),
    (CLASSES, _write_classes),
    (TEACHERS, _write_teachers),
    (PUPILS, _write_pupils),
)
