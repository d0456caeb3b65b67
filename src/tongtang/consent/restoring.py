"""After a restore, before anything is served: deleted children are deleted again, withdrawals hold again."""

from datetime import datetime

from django.utils.translation import ngettext

from tongtang.consent import withdrawals
from tongtang.consent.erasure import replay_tombstones
from tongtang.consent.tombstones import all_tombstones
from tongtang.foundation.restoring import backup_fact, restore_step


@backup_fact("tombstones")
def tombstones() -> int:
    """How many children were deleted so far."""
    return len(all_tombstones())


@restore_step("tombstones")
def replay(_moment: datetime) -> str:
    """The file of tombstones outlives the database that was put back."""
    count = replay_tombstones()
    words = ngettext("%(n)d child was deleted again.", "%(n)d children were deleted again.", count)
    return words % {"n": count}


@restore_step("withdrawals")
def replay_withdrawals(moment: datetime) -> str:
    """The files of withdrawals outlive the database that was put back."""
    count = withdrawals.replay(moment)
    words = ngettext("%(n)d consent was withdrawn again.", "%(n)d consents were withdrawn again.", count)
    return words % {"n": count}
