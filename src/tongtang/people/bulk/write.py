"""Changes of pupils into the database: `stage` outside the transaction, then `write` inside it."""

from django.db import connection

from tongtang.people.bulk import postgres, sqlite
from tongtang.people.bulk.changes import Changes, Writing


def stage(changes: Changes) -> None:
    """Bring `changes` near to the tables without locking them, where the engine has a use for that."""
    if connection.vendor == "sqlite":
        sqlite.stage(changes)


def write(changes: Changes, writing: Writing) -> None:
    """Write staged `changes` in the present transaction, on the connection that staged them."""
    if connection.vendor == "sqlite":
        sqlite.write(changes, writing)
    else:
        postgres.write(changes, writing)
