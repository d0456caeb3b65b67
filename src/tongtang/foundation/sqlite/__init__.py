"""Django's SQLite with one thing more: a transaction may be bound to end in time."""
