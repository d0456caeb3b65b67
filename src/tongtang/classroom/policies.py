"""Who may run the studio, hold a classroom's screen, and assist from the phone: the verbs of `lessons` decide.

The anchor teacher of the lesson has TEACH, the device of the room and the school's local teachers have RECEIVE, the
local teachers have ASSIST. A push topic and a media ticket are handed out by the same verbs.
"""

from enum import StrEnum
from uuid import UUID

from tongtang.lessons.api import Verb

STUDIO, WALL, PHONE = Verb.TEACH, Verb.RECEIVE, Verb.ASSIST


class Topic(StrEnum):
    """Kinds of push topics: everybody of a lesson, its studio alone, one class alone."""

    LESSON = "lesson"
    STUDIO = "studio"
    RECEPTION = "reception"

    def of(self, public_id: UUID) -> str:
        """The topic's full name."""
        return f"{self.value}.{public_id}"
