"""Entries of access in the audit log: who did what to whose rights. No child's name or number stands in one."""

from collections.abc import Mapping
from typing import Any

from tongtang.access.actor import Actor
from tongtang.access.entries import person_object
from tongtang.audit.api import append

__all__ = ["ACCESS", "READS", "SUPPORT", "person_object", "record"]

ACCESS, SUPPORT, READS = "access", "support", "reads"


def record(
    action: str,
    actor: Actor | str,
    about: str,
    *,
    stream: str = ACCESS,
    result: str = "done",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry, in the transaction of the change. `actor`: who asked, or "system", "command:NAME"."""
    by = actor if isinstance(actor, str) else actor.subject
    append(stream=stream, action=action, actor=by, object=about, result=result, reason=reason, detail=detail)
