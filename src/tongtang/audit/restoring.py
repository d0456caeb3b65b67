"""What audit adds to backups and restores: its heads, and that the restored chain is whole."""

from datetime import datetime

from django.utils.translation import gettext as _

from tongtang.audit import heads
from tongtang.audit.models import Head
from tongtang.audit.verify import verify
from tongtang.foundation.restoring import backup_fact, restore_step


@backup_fact("audit.heads")
def heads_now() -> dict[str, list[object]]:
    """The last entry of each stream: number and hash."""
    return {stream: [seq, last] for stream, seq, last in Head.objects.values_list("stream", "seq", "hash")}


@restore_step("audit")
def verify_chain(restored_to: datetime) -> str:
    """Follow the chain, against the signed heads that were restored with it.

    A backup copies the database first and the files after it: heads that were signed meanwhile know entries that the
    restored chain cannot have, and say nothing about it.

    Raises:
        ValueError: it is not whole.
    """
    paths = [path for path in sorted(heads.folder().glob("*.json")) if path.name <= heads.name_at(restored_to)]
    known = [head for path in paths for head in heads.read_heads(path, "")]
    report = verify(known)
    if report.findings:
        first = report.findings[0]
        raise ValueError(f"{len(report.findings)}: {first.stream} {first.seq} {first.fault}")
    return _("The chain is whole: %(entries)d entries.") % {"entries": report.entries}
