"""The door of audit for the contexts above."""

from tongtang.audit import minors
from tongtang.audit import registry as retention
from tongtang.audit.actions import append, append_all, written
from tongtang.audit.catalogue import Category, Field, Sensitivity, categories, fields, table_names
from tongtang.audit.chain import JSON, Record, moment_of, stamp
from tongtang.audit.heads import signed
from tongtang.audit.origin import coming_from
from tongtang.audit.queries import last_proofs
from tongtang.audit.registry import Forgotten, forget_rows, forgotten

__all__ = [
    "JSON",
    "Category",
    "Field",
    "Forgotten",
    "Record",
    "Sensitivity",
    "append",
    "append_all",
    "categories",
    "coming_from",
    "fields",
    "forget_rows",
    "forgotten",
    "last_proofs",
    "minors",
    "moment_of",
    "retention",
    "signed",
    "stamp",
    "table_names",
    "written",
]
