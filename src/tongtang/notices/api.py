"""The door of notices for the contexts above."""

from tongtang.notices.actions import take_note, tell
from tongtang.notices.queries import notices_for, unread_count

__all__ = ["notices_for", "take_note", "tell", "unread_count"]
