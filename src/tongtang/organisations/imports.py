"""Bulk writes of what a county's files say: rows that are new, differ or vanished, and no others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from tongtang.foundation import clock
from tongtang.foundation.rows import insert_many
from tongtang.organisations.changes import keep_names, keep_places
from tongtang.organisations.divisions import PACKAGE, PILOT_PROVINCES, Division, read_divisions
from tongtang.organisations.models import (
    BellSchedule,
    CalendarDay,
    HomeClass,
    ImportedModel,
    Level,
    Period,
    ReceivingRoom,
    Region,
    School,
    Studio,
    Term,
)

BATCH = 2000
# An update of many rows is one CASE a column, searched from its start for each row: long ones cost their square.
UPDATE_BATCH = 200
Values = Mapping[str, Any]
Key = tuple[Any, ...]
ModelT = TypeVar("ModelT", bound=Model)


@dataclass
class Written:
    """What a bulk write did. `ids`: primary key by key of the file, of every wanted row."""

    ids: dict[Key, Any] = field(default_factory=dict)
    created: set[Key] = field(default_factory=set)
    changed: set[Key] = field(default_factory=set)
    ended: dict[Key, Any] = field(default_factory=dict)

    def also_changed(self, keys: Iterable[Key]) -> None:
        """Count rows as changed because something that belongs to them was; a created row stays created."""
        self.changed |= set(keys) - self.created

    @property
    def by_source(self) -> dict[str, Any]:
        """Primary key by `source_id`, where that alone is the key."""
        return {key[0]: pk for key, pk in self.ids.items()}

    @property
    def ended_by_source(self) -> dict[str, Any]:
        return {key[0]: pk for key, pk in self.ended.items()}

    def counts(self) -> dict[str, int]:
        """Numbers of rows created, changed, unchanged and ended."""
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "unchanged": len(self.ids) - len(self.created) - len(self.changed),
            "ended": len(self.ended),
        }


def write_rows(rows: QuerySet[ModelT], key: tuple[str, ...], wanted: Mapping[Key, Values], today: date) -> Written:
    """Make `rows` (of a model with `ended_on`) hold exactly `wanted`: values by the fields of `key`.

    A row that is not wanted ends today; one that comes back is changed; one that ended before is let be.
    """
    model = rows.model
    written = Written()
    changed: list[ModelT] = []
    touched: set[str] = set()
    ended: list[ModelT] = []
    for row in rows:
        row_key = tuple(getattr(row, name) for name in key)
        values = wanted.get(row_key)
        if values is not None:
            written.ids[row_key] = row.pk
            different = _different(row, values)
            if different:
                written.changed.add(row_key)
                touched |= different
                changed.append(_set(row, values, None))
        elif row.ended_on is None:  # type: ignore[attr-defined]
            written.ended[row_key] = row.pk
            ended.append(_set(row, {}, today))
    fresh = {item: values for item, values in wanted.items() if item not in written.ids}
    made = insert_many([model(**dict(zip(key, item, strict=True)), **values) for item, values in fresh.items()])
    written.ids.update(zip(fresh, (row.pk for row in made), strict=True))
    written.created = set(fresh)
    # The base manager: the default one of a detail does not see the rows that ended, and some of them come back.
    if changed:
        fields = sorted(model._meta.get_field(name).name for name in touched)
        model._base_manager.bulk_update(changed, fields, batch_size=UPDATE_BATCH)
    if ended:
        model._base_manager.bulk_update(ended, ["ended_on"], batch_size=UPDATE_BATCH)
    return written


def _different(row: Model, values: Values) -> set[str]:
    """The fields in which `row` is not as wanted."""
    different = {name for name, value in values.items() if getattr(row, name) != value}
    return different if row.ended_on is None else {*different, "ended_on"}  # type: ignore[attr-defined]


def _set(row: ModelT, values: Values, ended_on: date | None) -> ModelT:
    for name, value in values.items():
        setattr(row, name, value)
    row.ended_on = ended_on  # type: ignore[attr-defined]
    return row


def write_imported(
    model: type[ImportedModel], county: int, wanted: Mapping[str, Values], today: date | None = None
) -> Written:
    """`write_rows` for the rows of one county that are keyed by `source_id`."""
    rows = model._default_manager.filter(county_code=county)
    keyed = {(source_id,): {"county_code": county, **values} for source_id, values in wanted.items()}
    return write_rows(rows, ("source_id",), keyed, today or clock.today())


def write_terms(county: int, wanted: Mapping[str, Values]) -> Written:
    """Terms by id: name, first_day, last_day, teaching_weeks."""
    return write_imported(Term, county, wanted)


def write_bells(county: int, periods: Mapping[tuple[str, int], tuple[time, time]]) -> tuple[dict[str, int], Written]:
    """Bell schedules from their periods, by (bell id, number): start and end.

    Returns:
        Primary key of each schedule by its id, and what was done to the periods.
    """
    bells = write_imported(BellSchedule, county, {bell: {} for bell, _number in periods})
    wanted = {
        (bells.by_source[bell], number): {"starts": start, "ends": end}
        for (bell, number), (start, end) in periods.items()
    }
    rows = Period.with_ended.filter(bell_schedule__county_code=county)
    written = write_rows(rows, ("bell_schedule_id", "number"), wanted, clock.today())
    return bells.by_source, written


def write_schools(
    county: int, wanted: Mapping[str, Values], parents: Mapping[str, str], rooms: Mapping[str, int]
) -> Written:
    """Schools by id: name, kind, township_id, bell_schedule_id, link_mbps, max_streams.

    `parents` holds the id of the central school of each teaching point, `rooms` the number of receiving rooms of each
    school. The county's bureau manages them all. A school that gets another name keeps the old one for the days before.
    """
    standing = School.objects.filter(county_code=county, ended_on=None).values_list("pk", "source_id", "name")
    lost = {pk: name for pk, key, name in standing if key in wanted and wanted[key].get("name", name) != name}
    keep_names(lost, clock.today())
    written = write_imported(School, county, {key: {"region_code": county, **row} for key, row in wanted.items()})
    pks = written.by_source
    moved = []
    for school in School.objects.filter(county_code=county, ended_on=None).only("source_id", "parent_id"):
        parent = pks.get(parents.get(school.source_id, ""))
        if school.parent_id != parent:
            school.parent_id = parent
            moved.append(school)
    School.objects.bulk_update(moved, ["parent"], batch_size=UPDATE_BATCH)
    written.also_changed((school.source_id,) for school in moved)
    written.also_changed(_write_rooms({pks[school]: (school, count) for school, count in rooms.items()}))
    return written


def _write_rooms(wanted: Mapping[int, tuple[str, int]]) -> set[Key]:
    """Rooms 1 to n of each school (primary key -> id, n); the ids of the schools where one came or went."""
    numbers: dict[Key, Values] = {
        (pk, number + 1): {} for pk, (_school, count) in wanted.items() for number in range(count)
    }
    rows = ReceivingRoom.objects.filter(school__in=wanted)
    written = write_rows(rows, ("school_id", "number"), numbers, clock.today())
    touched = {pk for pk, _number in (*written.created, *written.changed, *written.ended)}
    return {(wanted[pk][0],) for pk in touched}


def write_studios(county: int, wanted: Mapping[str, Values]) -> Written:
    """Studios by id: school_id, name."""
    return write_imported(Studio, county, wanted)


def write_classes(county: int, wanted: Mapping[str, Values]) -> Written:
    """Home classes by id: school_id, name, grades (a list), pupil_count; one that moves keeps where it was before."""
    standing = HomeClass.objects.filter(county_code=county, ended_on=None).values_list("pk", "source_id", "school")
    left = {pk: at for pk, key, at in standing if key in wanted and wanted[key].get("school_id", at) != at}
    keep_places(left, clock.today())
    return write_imported(HomeClass, county, wanted)


def write_calendar(county: int, wanted: Mapping[date, Values]) -> Written:
    """Days by date: kind, as_weekday (None on a holiday)."""
    rows = CalendarDay.with_ended.filter(county_code=county)
    keyed = {(county, day): values for day, values in wanted.items()}
    return write_rows(rows, ("county_code", "date"), keyed, clock.today())


def load_regions(divisions: Iterable[Division]) -> dict[str, int]:
    """Make the regions of the given provinces hold exactly `divisions`; one that vanished is valid until today."""
    wanted = {division.code: division for division in divisions}
    provinces = {code // 10**10 for code in wanted}
    created, changed, ended = [], [], []
    known = {row.code: row for row in Region.objects.all() if row.code // 10**10 in provinces}
    for code, division in wanted.items():
        values = {"name": division.name, "level": division.level, "parent_id": division.parent, "valid_to": None}
        row = known.get(code)
        if row is None:
            created.append(Region(code=code, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    for code, row in known.items():
        if code not in wanted and row.valid_to is None:
            row.valid_to = clock.today()
            ended.append(row)
    Region.objects.bulk_create(created, batch_size=BATCH)
    Region.objects.bulk_update([*changed, *ended], ["name", "level", "parent", "valid_to"], batch_size=UPDATE_BATCH)
    return {
        "created": len(created),
        "changed": len(changed),
        "unchanged": len(wanted) - len(created) - len(changed),
        "ended": len(ended),
    }


def ensure_regions() -> None:
    """Load the pilot provinces where no township stands yet, so that an empty home needs no extra step.

    Raises:
        DivisionsMissing: the package of divisions is not installed.
    """
    if not Region.objects.filter(level=Level.TOWNSHIP).exists():
        load_regions(read_divisions(PACKAGE, PILOT_PROVINCES))
