"""The door of audit for the contexts above."""

from tongtang.audit.actions import append, append_all, written
from tongtang.audit.chain import JSON, Record
from tongtang.audit.origin import coming_from

__all__ = ["JSON", "Record", "append", "append_all", "coming_from", "written"]
