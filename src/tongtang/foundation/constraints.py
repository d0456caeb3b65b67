"""Migration operations for rules that both engines must hold against raw SQL: no overlap, append-only, same times.

PostgreSQL gets exclusion constraints and triggers, SQLite triggers. A broken rule is an IntegrityError on either engine.
"""

from collections.abc import Sequence

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

STAMP = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*"


class VendorSQL(migrations.RunSQL):
    """SQL that differs by engine: `statements[vendor]` is run forwards, `undo[vendor]` backwards."""

    reversible = True

    def __init__(self, statements: dict[str, Sequence[str]], undo: dict[str, Sequence[str]]) -> None:
        self.statements, self.undo = statements, undo
        super().__init__(migrations.RunSQL.noop, migrations.RunSQL.noop)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__name__, [self.statements, self.undo], {}

    def _run(self, editor: BaseDatabaseSchemaEditor, by_vendor: dict[str, Sequence[str]]) -> None:
        for statement in by_vendor[editor.connection.vendor]:
            editor.execute(statement, params=None)

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 the signature is Django's
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        self._run(schema_editor, self.statements)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        self._run(schema_editor, self.undo)


def no_overlap(table: str, name: str, key: str, start: str, end: str, active: str = "active") -> VendorSQL:
    """No two active rows of one `key` may overlap in [start, end)."""
    postgres = (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
        f"({key} WITH =, tstzrange({start}, {end}, '[)') WITH &&) WHERE ({active} AND {key} IS NOT NULL)"
    )
    # A stamp of another form would escape the comparison of texts, so it is refused.
    sqlite = f"""
        CREATE TRIGGER {name}_%s BEFORE %s ON {table} WHEN NEW.{active} AND NEW.{key} IS NOT NULL BEGIN
          SELECT RAISE(ABORT, '{name}: time stamp of another form')
            WHERE NEW.{start} NOT GLOB '{STAMP}' OR NEW.{end} NOT GLOB '{STAMP}' OR NEW.{end} <= NEW.{start};
          SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
            SELECT 1 FROM {table} WHERE {key} = NEW.{key} AND {active} AND id IS NOT NEW.id
              AND {start} < NEW.{end} AND {end} > NEW.{start});
        END"""
    return VendorSQL(
        {"postgresql": [postgres], "sqlite": [sqlite % ("insert", "INSERT"), sqlite % ("update", "UPDATE")]},
        {
            "postgresql": [f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
            "sqlite": [f"DROP TRIGGER {name}_insert", f"DROP TRIGGER {name}_update"],
        },
    )


def one_of_at_a_time(
    table: str, name: str, key: str, column: str, values: Sequence[str], first: str, last: str
) -> VendorSQL:
    """No two rows of one `key` bear different ones of `values` in `column` on the same day.

    `first` and `last` are dates, both included; `last` NULL: without end, before `first`: never.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    end = f"CASE WHEN {last} IS NULL THEN NULL ELSE GREATEST({last} + 1, {first}) END"
    postgres = (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
        f"({key} WITH =, {column} WITH <>, daterange({first}, {end}, '[)') WITH &&) WHERE ({column} IN ({listed}))"
    )
    sqlite = f"""
        CREATE TRIGGER {name}_%s BEFORE %s ON {table} WHEN NEW.{column} IN ({listed}) BEGIN
          SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
            SELECT 1 FROM {table} WHERE {key} = NEW.{key} AND {column} IN ({listed}) AND {column} <> NEW.{column}
              AND id IS NOT NEW.id
              AND max({first}, NEW.{first}) <= min(coalesce({last}, '9999-12-31'), coalesce(NEW.{last}, '9999-12-31')));
        END"""
    return VendorSQL(
        {"postgresql": [postgres], "sqlite": [sqlite % ("insert", "INSERT"), sqlite % ("update", "UPDATE")]},
        {
            "postgresql": [f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
            "sqlite": [f"DROP TRIGGER {name}_insert", f"DROP TRIGGER {name}_update"],
        },
    )


def append_only(table: str) -> VendorSQL:
    """UPDATE, DELETE, TRUNCATE and INSERT OR REPLACE of the rows of `table` are refused."""
    refuse = f"{table}_refuse"
    postgres = [
        # Emptying an empty table changes nothing, and is how test databases are cleaned.
        f"CREATE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT 1 FROM {table}) THEN RETURN NULL; END IF; "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {refuse}()",
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
    ]
    sqlite = [
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("update", "delete")
    ]
    return VendorSQL(
        {"postgresql": postgres, "sqlite": sqlite},
        {
            "postgresql": [
                f"DROP TRIGGER {table}_rows ON {table}",
                f"DROP TRIGGER {table}_whole ON {table}",
                f"DROP FUNCTION {refuse}()",
            ],
            "sqlite": [f"DROP TRIGGER {table}_{verb}" for verb in ("update", "delete")],
        },
    )


def same_as_parent(child: str, parent: str, link: str, columns: Sequence[str]) -> VendorSQL:
    """`columns` of a `child` row always equal those of its `parent` row: refused in the child, carried from the parent."""
    differs = " OR ".join(f"p.{c} <> NEW.{c}" for c in columns)
    carried = ", ".join(f"{c} = NEW.{c}" for c in columns)
    moved = " OR ".join(f"OLD.{c} <> NEW.{c}" for c in columns)
    name = f"{child}_as_{parent}"
    check = f"SELECT 1 FROM {parent} p WHERE p.id = NEW.{link} AND ({differs})"
    postgres = [
        f"CREATE FUNCTION {name}_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({check}) THEN "
        f"RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name}_check BEFORE INSERT OR UPDATE ON {child} FOR EACH ROW EXECUTE FUNCTION {name}_check()",
        f"CREATE FUNCTION {name}_carry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"UPDATE {child} SET {carried} WHERE {link} = NEW.id; RETURN NEW; END $$",
        f"CREATE TRIGGER {name}_carry AFTER UPDATE ON {parent} FOR EACH ROW WHEN ({moved}) "
        f"EXECUTE FUNCTION {name}_carry()",
    ]
    sqlite = [
        f"CREATE TRIGGER {name}_{verb} BEFORE {verb} ON {child} WHEN EXISTS ({check}) "
        f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        for verb in ("insert", "update")
    ] + [
        f"CREATE TRIGGER {name}_carry AFTER UPDATE ON {parent} WHEN {moved} "
        f"BEGIN UPDATE {child} SET {carried} WHERE {link} = NEW.id; END"
    ]
    return VendorSQL(
        {"postgresql": postgres, "sqlite": sqlite},
        {
            "postgresql": [
                f"DROP TRIGGER {name}_check ON {child}",
                f"DROP TRIGGER {name}_carry ON {parent}",
                f"DROP FUNCTION {name}_check()",
                f"DROP FUNCTION {name}_carry()",
            ],
            "sqlite": [f"DROP TRIGGER {name}_{part}" for part in ("insert", "update", "carry")],
        },
    )


def committed_within(table: str, seconds: int) -> VendorSQL:
    """A transaction that puts rows into `table` commits at most `seconds` after it began, by the database's own clock.

    PostgreSQL checks at COMMIT, SQLite through its connection (`foundation/sqlite`). A session may shorten the bound
    for itself, never lengthen it: `SET LOCAL tongtang.commit_within = '0.5'`; `SELECT commit_within(0.5)`.
    A broken bound is an OperationalError on either engine.
    """
    name = f"{table}_in_time"
    given = "coalesce(nullif(current_setting('tongtang.commit_within', true), '')::numeric, " + f"{seconds})"
    bound = f"least({seconds}, {given}) * interval '1 second'"
    postgres = [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF clock_timestamp() - transaction_timestamp() > {bound} THEN "
        f"RAISE EXCEPTION '{table}: the transaction was open for too long' USING ERRCODE = 'query_canceled'; END IF; "
        "RETURN NULL; END $$",
        f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    sqlite = f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN SELECT commit_within({seconds}); END"
    return VendorSQL(
        {"postgresql": postgres, "sqlite": [sqlite]},
        {
            "postgresql": [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"],
            "sqlite": [f"DROP TRIGGER {name}"],
        },
    )


def reference_by_sets(child: str, link: str, parent: str, *, few: bool = False) -> VendorSQL:
    """A foreign key whose rows PostgreSQL checks once a statement, in place of its own that locks each parent row.

    For tables filled by the million: of 1 million rows the own key costs more than all their writing. A delete of
    parents waits until no one else writes children, so that none is left without its parent. SQLite keeps its own key.
    `few`: many children share a parent. Then a statement locks each parent it names once, as the own key does for every
    row, and a delete of parents waits only for the statements that name them.
    """
    name = f"{child}_{link}_by_sets"
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$"
    key = f"conrelid = '{child}'::regclass AND confrelid = '{parent}'::regclass AND contype = 'f'"
    # One look into the parents' index a row, in a form that leaves PostgreSQL no choice: where its count of a table is
    # old, a join would read the whole table for each row.
    orphaned = f"EXISTS (SELECT 1 FROM fresh f WHERE (SELECT p.id FROM {parent} p WHERE p.id = f.{link}) IS NULL)"
    named = f"ARRAY(SELECT DISTINCT {link} FROM fresh)"
    held = f"SELECT p.id FROM {parent} p WHERE p.id = ANY ({named}) FOR KEY SHARE OF p"
    unheld = f"(SELECT count(*) FROM ({held}) h) < cardinality({named})"
    wait = "" if few else f"LOCK TABLE {child} IN SHARE ROW EXCLUSIVE MODE; "
    postgres = [
        f"DO $$ DECLARE own text; BEGIN SELECT conname INTO STRICT own FROM pg_constraint WHERE {key}; "
        f"EXECUTE format('ALTER TABLE {child} DROP CONSTRAINT %I', own); END $$",
        f"CREATE FUNCTION {name}_here() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan TO off AS $$ BEGIN "
        f"IF {unheld if few else orphaned} THEN {refuse}",
        f"CREATE FUNCTION {name}_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{wait}IF EXISTS (SELECT 1 FROM {child} c JOIN gone g ON c.{link} = g.id) THEN {refuse}",
        *(
            f"CREATE TRIGGER {name}_{verb} AFTER {verb} ON {child} REFERENCING NEW TABLE AS fresh "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_here()"
            for verb in ("insert", "update")
        ),
        f"CREATE TRIGGER {name}_gone AFTER DELETE ON {parent} REFERENCING OLD TABLE AS gone "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_gone()",
    ]
    undo = [
        f"DROP TRIGGER {name}_gone ON {parent}",
        *(f"DROP TRIGGER {name}_{verb} ON {child}" for verb in ("insert", "update")),
        f"DROP FUNCTION {name}_gone()",
        f"DROP FUNCTION {name}_here()",
        f"ALTER TABLE {child} ADD FOREIGN KEY ({link}) REFERENCES {parent} (id) DEFERRABLE INITIALLY DEFERRED",
    ]
    return VendorSQL({"postgresql": postgres, "sqlite": []}, {"postgresql": undo, "sqlite": []})
