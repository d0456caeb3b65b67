"""The door of notices for the contexts above."""

from tongtang.notices.actions import take_note, tell
from tongtang.notices.queries import notices_for, told_count, unread_count

__all__ = ["notices_for", "take_note", "tell", "told_count", "unread_count"]
