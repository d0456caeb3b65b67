"""What people and consent hold about a child, for the export of its own data."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.consent.export import table_of
from tongtang.consent.holdings import Sheet, holding
from tongtang.consent.models import ConsentAnswer, DataRequest
from tongtang.people.models import Pupil

SECRET = "secret"  # noqa: S105 a class of the field catalogue
CATALOGUE = "fields.toml"
TITLES = {
    "people.enrolment": gettext_lazy("Class memberships"),
    "people.guardianship": gettext_lazy("Guardians' links"),
    "consent.guardianslip": gettext_lazy("Slips for guardians"),
}


@cache
def secret_fields(model: type[models.Model]) -> frozenset[str]:
    """Fields that the catalogue calls secret: codes and digests, which tell the child nothing and open something."""
    path = Path(apps.get_app_config(model._meta.app_label).path) / CATALOGUE
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get(model.__name__, {}) if path.exists() else {}
    return frozenset(name for name, entry in entries.items() if entry.get("class") == SECRET)


def _sheet(model: type[models.Model], rows: models.QuerySet[models.Model], title: str) -> Sheet:
    return table_of(list(rows), model._meta.label_lower.replace(".", "-"), title, secret_fields(model))


@holding
def own_rows(pupil: Pupil) -> Sequence[Sheet]:
    """The child's record and every row of every table that names it by a foreign key."""
    sheets = [_sheet(Pupil, Pupil._base_manager.filter(pk=pupil.pk), _("Record"))]
    for relation in Pupil._meta.related_objects:
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: pupil.pk})
        sheets.append(_sheet(model, rows, str(TITLES.get(model._meta.label_lower, model._meta.verbose_name))))
    return sheets


@holding
def answers_and_requests(pupil: Pupil) -> Sequence[Sheet]:
    """What was answered and asked in the child's name: rows that carry its public id."""
    answers = ConsentAnswer.objects.filter(pupil=pupil.public_id).select_related("notice").order_by("id")
    requests = DataRequest.objects.filter(pupil=pupil.public_id).order_by("id")
    return [
        _sheet(ConsentAnswer, answers, _("Answers about consent")),
        _sheet(DataRequest, requests, _("Requests about data")),
    ]
