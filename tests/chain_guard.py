"""Statements that lift the guard of the audit chain's entries, and put it back: only for tests."""

LIFT = {
    "sqlite": ["DROP TRIGGER audit_entry_update", "DROP TRIGGER audit_entry_delete"],
    "postgresql": ["ALTER TABLE audit_entry DISABLE TRIGGER USER"],
}
LOWER = {
    "sqlite": [
        f"CREATE TRIGGER audit_entry_{verb} BEFORE {verb} ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": ["ALTER TABLE audit_entry ENABLE TRIGGER USER"],
}
