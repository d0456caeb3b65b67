"""All that the product holds about one child as one ZIP: a page to read, tables, and JSON for machines."""

import csv
import io
import json
import zipfile

from django.core.signing import BadSignature, TimestampSigner
from django.db import models
from django.template.loader import render_to_string

from tongtang.access.api import Actor
from tongtang.audit import api as audit
from tongtang.consent.actions import name_of
from tongtang.consent.holdings import Sheet, sheets_of
from tongtang.foundation import clock
from tongtang.foundation.spreadsheets import safe_text
from tongtang.people.models import Person, Pupil

LINK_SECONDS = 15 * 60
_links = TimestampSigner(salt="tongtang.consent.export")


def link_token(actor: Actor, pupil: Pupil) -> str:
    """The right of this person to fetch this child's data, for 15 minutes."""
    return _links.sign(f"{pupil.public_id}:{actor.subject}")


def is_link_of(actor: Actor, pupil: Pupil, token: str) -> bool:
    """Whether a token is of this person, for this child, and not over."""
    try:
        return _links.unsign(token, max_age=LINK_SECONDS) == f"{pupil.public_id}:{actor.subject}"
    except BadSignature:
        return False


def table_of(model: type[models.Model], rows: models.QuerySet[models.Model], title: str) -> Sheet:
    """A sheet of model rows: every field but the database's own key and what the catalogue calls secret."""
    entries = {field.name: field for field in audit.fields() if field.model == model._meta.label}
    shown = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not isinstance(field, models.BinaryField)
        and (field.name not in entries or entries[field.name].sensitivity != audit.Sensitivity.SECRET)
    ]
    return Sheet(
        model._meta.label_lower.replace(".", "-"),
        title,
        [field.name for field in shown],
        [[_text(row, field) for field in shown] for row in rows],
        [entries[field.name].purpose if field.name in entries else field.name for field in shown],
    )


def _text(row: models.Model, field: models.Field) -> str:  # type: ignore[type-arg]
    value = getattr(row, field.name)
    # Who else answers for the child, or works with it, is that person's data: their random id, not their name.
    return "" if value is None else str(value.public_id if isinstance(value, Person) else value)


def _csv(sheet: Sheet) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(sheet.columns)
    writer.writerows([safe_text(cell) for cell in row] for row in sheet.rows)
    return "\ufeff" + file.getvalue()


def build(actor: Actor, pupil: Pupil) -> bytes:
    """The ZIP. Nothing of it is kept here: it is made for the one who asks and handed over."""
    sheets = sheets_of(pupil)
    made_at = clock.now()
    tables = {sheet.key: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows] for sheet in sheets}
    document = {"made_at": made_at.isoformat(), "child": str(pupil.public_id), "tables": tables}
    page = render_to_string("consent/export.html", {"sheets": sheets, "pupil": pupil, "made_at": made_at})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page)
        archive.writestr("data.json", json.dumps(document, ensure_ascii=False, indent=1))
        for sheet in sheets:
            archive.writestr(f"tables/{sheet.key}.csv", _csv(sheet))
    audit.append(
        stream="export",
        action="data.exported",
        actor=actor.subject,
        object=name_of(pupil),
        detail={"tables": {sheet.key: len(sheet.rows) for sheet in sheets}},
    )
    return file.getvalue()
