"""Corrections by hand: a value that imports leave alone until somebody lets it go. Who, when and why are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.exchange.models import Correction, ImportRun, SourceRecord
from tongtang.exchange.roster.runs import beside_no_import
from tongtang.exchange.sources.rules import Ownership, ownership, rules_of
from tongtang.exchange.state.compare import CHANGED, Change
from tongtang.exchange.state.present import present_state
from tongtang.exchange.state.values import ATTRIBUTES, CLASSES, PUPILS, SCHOOLS, TABLES, TEACHERS, TERMS, Row, Value
from tongtang.exchange.state.write import write_changes
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, Region, School, Term
from tongtang.people.models import Person, Pupil

CODE_DIGITS = 10
LONGEST = {SCHOOLS: 120}
MODELS: dict[str, Any] = {TERMS: Term, SCHOOLS: School, CLASSES: HomeClass, TEACHERS: Person, PUPILS: Pupil}
# Attributes that name rows of other tables move people; they are changed where that is seen, not here.
BY_HAND = {
    table: tuple(name for name in names if name in ("name", "code", "sex", "birth_date", "first_day", "last_day"))
    for table, names in ATTRIBUTES.items()
}


class Refused(ValueError):
    """The value cannot be set by hand; the message is a sentence for the person."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a row as its page shows it.

    `system` and `run`: where the value came from and the import that wrote it; `held`: the correction that stands.
    """

    name: str
    value: Value
    system: str
    run: ImportRun | None
    written_at: datetime | None
    owner: Ownership
    held: Correction | None
    by_hand: bool


def row_of(county: int, table: str, source_id: str) -> Row | None:
    """The values of a row that stands today."""
    if table not in TABLES:
        return None
    return present_state(county)[table].get(source_id)


def attributes_of(county: int, table: str, source_id: str, row: Row) -> list[Attribute]:
    """Every attribute of a row with its source."""
    record = SourceRecord.objects.filter(county_code=county, table=table, source_id=source_id).first()
    runs = _runs_of(record, table, county, source_id)
    held = {
        one.attribute: one
        for one in Correction.objects.filter(county_code=county, table=table, source_id=source_id, released_at=None)
    }
    rules = rules_of(county, clock.today())
    found = []
    for name in ATTRIBUTES[table]:
        run = runs.get(name) or runs.get("*")
        system = run.system if run else record.system if record else ""
        found.append(
            Attribute(
                name,
                row.get(name),
                system,
                run,
                run.finished_at if run else None,
                ownership(rules, table, name),
                held.get(name),
                name in BY_HAND[table],
            )
        )
    return found


def _runs_of(record: SourceRecord | None, table: str, county: int, source_id: str) -> dict[str, ImportRun]:
    """The run that wrote each attribute; "*" for those of which only the row's run is known."""
    named = {name: UUID(value) for name, value in (record.attributes if record else {}).items()}
    by_id = {run.public_id: run for run in ImportRun.objects.filter(public_id__in=set(named.values()))}
    found = {name: by_id[public_id] for name, public_id in named.items() if public_id in by_id}
    if table == PUPILS:
        key = Pupil.objects.filter(county_code=county, source_id=source_id).values_list("run", flat=True).first()
        run = ImportRun.objects.filter(pk=key).first() if key else None
        if run is not None:
            found["*"] = run
    return found


def parsed(table: str, attribute: str, value: str) -> Value:
    """A value written by a person, as the house keeps it.

    Raises:
        Refused: it will not do for the attribute.
    """
    if attribute not in BY_HAND.get(table, ()):
        raise Refused(_("This attribute is not corrected here."))
    value = value.strip()
    if attribute in ("birth_date", "first_day", "last_day"):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise Refused(_("This is not a date; write it like 2026-09-01.")) from error
    if attribute == "sex" and value not in ("male", "female"):
        raise Refused(_("Choose the sex."))
    if attribute == "code" and not (len(value) == CODE_DIGITS and value.isascii() and value.isdigit()):
        raise Refused(_("A school code has ten digits."))
    if not value or len(value) > LONGEST.get(table, 60):
        raise Refused(_("The text is empty or too long."))
    return value


def _check_beside(county: int, table: str, source_id: str, row: Row, attribute: str, value: Value) -> None:
    """A value is judged beside the others: a term in order, a code of one school, a birth that was.

    Raises:
        Refused: it does not fit them.
    """
    if table == TERMS and attribute != "name":
        days = {**row, attribute: value}
        if str(days["first_day"]) >= str(days["last_day"]):
            raise Refused(_("The first day of a term comes before its last day."))
    if attribute == "birth_date" and str(value) > clock.today().isoformat():
        raise Refused(_("The birth date has not come yet."))
    here = {"county_code": county, "source_id": source_id}
    if attribute == "code" and School.objects.filter(code=value).exclude(**here).exists():
        raise Refused(_("Another school has this code."))


def correct(
    *, actor: Actor, county: int, table: str, source_id: str, attribute: str, value: str, reason: str
) -> Correction:
    """Set a value by hand; imports leave it alone from now on.

    Raises:
        Refused: the value will not do, the row does not stand, or an import of the county is on its way.
    """
    with beside_no_import(county, Refused), transaction.atomic():
        return _correct(actor, county, table, source_id, attribute, value, reason)


def _correct(
    actor: Actor, county: int, table: str, source_id: str, attribute: str, value: str, reason: str
) -> Correction:
    Region.objects.select_for_update().get(code=county)
    row = row_of(county, table, source_id)
    if row is None:
        raise Refused(_("This row does not stand any more; reload the page."))
    now = parsed(table, attribute, value)
    _check_beside(county, table, source_id, row, attribute, now)
    was = row.get(attribute)
    Correction.objects.filter(
        county_code=county, table=table, source_id=source_id, attribute=attribute, released_at=None
    ).update(released_at=clock.now(), released_by=actor.subject)
    made = Correction.objects.create(
        county_code=county,
        table=table,
        source_id=source_id,
        attribute=attribute,
        was=was,
        now=now,
        reason=reason,
        by=actor.subject,
        at=clock.now(),
    )
    if now != was:
        _write(county, Change(table, source_id, CHANGED, "", "", {attribute: (was, now)}))
    if table == PUPILS:
        _hold(county, source_id, attribute, {"by": actor.subject, "at": made.at.isoformat(), "was": was})
    _audit(actor, "source.corrected", county, table, source_id, attribute, reason)
    return made


def _write(county: int, change: Change) -> None:
    run = Pupil.objects.filter(county_code=county, source_id=change.source_id).values_list("run", flat=True).first()
    write_changes(county, [change], run=run if change.table == PUPILS else None, today=clock.today())


def _hold(county: int, source_id: str, attribute: str, mark: dict[str, Any] | None) -> None:
    pupil = Pupil.objects.get(county_code=county, source_id=source_id)
    held = {name: one for name, one in (pupil.held or {}).items() if name != attribute}
    if mark is not None:
        held[attribute] = mark
    pupil.held = held or None
    pupil.save(update_fields=["held", "updated_at"])


@transaction.atomic
def release(*, actor: Actor, correction: Correction) -> None:
    """Let a corrected value go: the next import may change it."""
    changed = Correction.objects.filter(pk=correction.pk, released_at=None).update(
        released_at=clock.now(), released_by=actor.subject
    )
    if not changed:
        raise Refused(_("This value is no longer held; reload the page."))
    county, table = correction.county_code, correction.table
    if table == PUPILS and Pupil.objects.filter(county_code=county, source_id=correction.source_id).exists():
        _hold(county, correction.source_id, correction.attribute, None)
    _audit(actor, "source.released", county, table, correction.source_id, correction.attribute, "")


def _audit(actor: Actor, action: str, county: int, table: str, source_id: str, attribute: str, reason: str) -> None:
    """An entry names a row by its public id: an id of source may be a pupil's number."""
    public_id = MODELS[table].objects.get(county_code=county, source_id=source_id).public_id
    kind = {"terms": "term", SCHOOLS: "school", CLASSES: "class", TEACHERS: "person", PUPILS: "pupil"}[table]
    append(
        stream="import",
        action=action,
        actor=actor.subject,
        object=f"{kind}:{public_id}",
        reason=reason,
        detail={"attribute": attribute},
        region_code=county,
    )
