"""What a change sends to whom; called inside the change's transaction, sent after its commit."""

from tongtang.classroom.models import LiveSession, Poll
from tongtang.classroom.policies import Topic
from tongtang.classroom.queries import class_state, poll_totals, public_state, room_rows
from tongtang.foundation.push.bus import publish
from tongtang.lessons.models import Lesson, Reception


def announce_session(lesson: Lesson, session: LiveSession) -> None:
    """The lesson's state, to everybody of the lesson."""
    publish(Topic.LESSON.of(lesson.public_id), "session", public_state(lesson, session), snapshot_key="session")


def announce_room(reception: Reception) -> None:
    """One classroom's row to the studio, and its own state to that class alone."""
    publish(
        Topic.STUDIO.of(reception.lesson.public_id),
        "room",
        room_rows([reception])[0],
        snapshot_key=str(reception.public_id),
    )
    publish(Topic.RECEPTION.of(reception.public_id), "room", class_state(reception), snapshot_key="room")


def announce_tally(lesson: Lesson, poll: Poll) -> None:
    """A poll's sums, to the studio alone."""
    publish(Topic.STUDIO.of(lesson.public_id), "tally", poll_totals(poll), snapshot_key="tally")


def announce_note(reception: Reception, text: str, at: float) -> None:
    """A class's word to the anchor teacher, to the studio alone."""
    note = {"name": reception.school.name, "text": text, "at": at}
    publish(Topic.STUDIO.of(reception.lesson.public_id), "note", note)


def announce_camera(reception: Reception, working: bool) -> None:
    """Whether a class on stage can be seen, to that class alone."""
    publish(Topic.RECEPTION.of(reception.public_id), "camera", {"working": working}, snapshot_key="camera")
