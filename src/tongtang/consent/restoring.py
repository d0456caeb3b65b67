"""What consent adds to restores: children who were deleted are deleted again."""

from datetime import datetime

from django.utils.translation import ngettext

from tongtang.consent.erasure import replay_tombstones
from tongtang.foundation.restoring import restore_step


@restore_step("consent")
def delete_again(restored_to: datetime) -> str:
    """Replay the tombstones, which are newer than the restored database."""
    count = replay_tombstones()
    return ngettext("%(n)d child was deleted again.", "%(n)d children were deleted again.", count) % {"n": count}
