"""Raw UPDATE, DELETE, TRUNCATE and INSERT OR REPLACE change nothing."""

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, utc

from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow

ATTACKS = {
    "update": "UPDATE lessons_evidencerow SET payload = '{}'",
    "delete": "DELETE FROM lessons_evidencerow",
    "replace": "INSERT OR REPLACE INTO lessons_evidencerow SELECT * FROM lessons_evidencerow",
    "truncate": "TRUNCATE lessons_evidencerow CASCADE",
    "upsert": "INSERT INTO lessons_evidencerow SELECT * FROM lessons_evidencerow WHERE true "
    "ON CONFLICT (uuid) DO UPDATE SET kind = 'left'",
}
ONLY = {"replace": "sqlite", "truncate": "postgresql"}


@pytest.mark.parametrize("attack", [name for name in ATTACKS if ONLY.get(name, connection.vendor) == connection.vendor])
def test_evidence_withstands(cast: Cast, attack: str) -> None:
    reception = add_lesson(cast, utc(TUESDAY, 10, 30)).receptions.first()
    rows = [happened(EvidenceKind.NOTE, utc(TUESDAY, 10, 31), {"text": "真的"})]
    record_evidence(actor=actor_for(cast.points[0].local), reception=reception, rows=rows)
    # Outstanding foreign keys of this transaction would stop a TRUNCATE before the ledger's own guard does.
    connection.check_constraints()
    before = list(EvidenceRow.objects.values())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[attack])
    assert list(EvidenceRow.objects.values()) == before
