"""What people and consent hold about a child, for the export of its own data."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.consent.export import table_of
from tongtang.consent.holdings import Sheet, holding
from tongtang.consent.models import ConsentAnswer, DataRequest
from tongtang.people.models import Pupil

TITLES = {
    "people.enrolment": gettext_lazy("Class memberships"),
    "people.guardianship": gettext_lazy("Guardians' links"),
    "consent.guardianslip": gettext_lazy("Slips for guardians"),
}


@holding
def own_rows(pupil: Pupil) -> Sequence[Sheet]:
    """The child's record and every row of every table that names it by a foreign key."""
    sheets = [table_of(Pupil, Pupil._base_manager.filter(pk=pupil.pk), _("Record"))]
    for relation in Pupil._meta.related_objects:
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: pupil.pk})
        sheets.append(table_of(model, rows, str(TITLES.get(model._meta.label_lower, model._meta.verbose_name))))
    return sheets


@holding
def answers_and_requests(pupil: Pupil) -> Sequence[Sheet]:
    """What was answered and asked in the child's name: rows that carry its public id."""
    answers = ConsentAnswer.objects.filter(pupil=pupil.public_id).select_related("notice").order_by("id")
    requests = DataRequest.objects.filter(pupil=pupil.public_id).order_by("id")
    return [
        table_of(ConsentAnswer, answers, _("Answers about consent")),
        table_of(DataRequest, requests, _("Requests about data")),
    ]
