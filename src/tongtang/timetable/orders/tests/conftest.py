"""What tests share that write for good."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction


@pytest.fixture
def emptied_evidence(transactional_db: None) -> Iterator[None]:
    """Evidence that was committed can be taken out by nobody, so the test takes its guard away for a moment."""
    yield
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE lessons_evidencerow DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM lessons_evidencerow")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE lessons_evidencerow ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'lessons_evidencerow_delete'")
        [(guard,)] = cursor.fetchall()
        cursor.execute("DROP TRIGGER lessons_evidencerow_delete")
        cursor.execute("DELETE FROM lessons_evidencerow")
        cursor.execute(guard)
