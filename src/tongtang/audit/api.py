"""The door of audit for the contexts above."""

from tongtang.audit import registry as retention
from tongtang.audit.actions import append, append_all, written
from tongtang.audit.chain import JSON, Record
from tongtang.audit.origin import coming_from
from tongtang.audit.registry import Forgotten, forget_rows, forgotten

__all__ = [
    "JSON",
    "Forgotten",
    "Record",
    "append",
    "append_all",
    "coming_from",
    "forget_rows",
    "forgotten",
    "retention",
    "written",
]
