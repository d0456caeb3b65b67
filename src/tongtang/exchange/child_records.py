"""What imports hold about a child by its number in the county's files: corrections by hand, rows that wait, sources."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.consent.api import Sheet, forgetting, holding
from tongtang.exchange.models import Correction, QuarantinedRow, SourceRecord
from tongtang.exchange.state.values import PUPILS
from tongtang.people.models import Pupil


def _corrections(pupil: Pupil) -> QuerySet[Correction]:
    return Correction.objects.filter(county_code=pupil.county_code, table=PUPILS, source_id=pupil.source_id)


def _sources(pupil: Pupil) -> QuerySet[SourceRecord]:
    return SourceRecord.objects.filter(county_code=pupil.county_code, table=PUPILS, source_id=pupil.source_id)


def _rows_apart(pupil: Pupil) -> QuerySet[QuarantinedRow]:
    """Waiting, taken or dropped: their cells hold the name in each state."""
    rows = QuarantinedRow.objects.filter(run__county_code=pupil.county_code, table=PUPILS)
    return rows.filter(row__source_id=pupil.source_id)


@holding
def of_imports(pupil: Pupil) -> Sequence[Sheet]:
    """Values that were corrected by hand, and rows that imports kept apart."""
    corrected = [[str(one.at), one.attribute, str(one.was), str(one.now), one.reason] for one in _corrections(pupil)]
    apart: list[list[Any]] = [
        [one.table, str(one.line), one.reason, one.state, str(one.row)] for one in _rows_apart(pupil)
    ]
    return [
        Sheet("exchange-corrections", _("Corrections by hand"), ["at", "attribute", "was", "now", "reason"], corrected),
        Sheet("exchange-rows-apart", _("Rows kept apart"), ["table", "line", "reason", "state", "row"], apart),
    ]


@forgetting(gettext_lazy("Corrections and rows of imports"))
def forget(pupil: Pupil) -> int:
    """Delete them: each holds the child's name or number."""
    return sum(rows.delete()[0] for rows in (_corrections(pupil), _sources(pupil), _rows_apart(pupil)))
