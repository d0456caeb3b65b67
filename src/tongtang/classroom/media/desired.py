"""The border between the media process and the product: what it is asked to run, and what it reports.

The media process knows no model. `Border` is filled by the web side; its functions are called in one worker thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tongtang.classroom.media.tickets import Grant


@dataclass(frozen=True)
class DesiredRoom:
    """One lesson that should be on the air now.

    `file` is the pre-encoded H.264 + AAC film of a `source="file"` room. `stage_reception` is the participant id of
    the one receiving classroom that may publish, or None; without `stage_recorded` nothing of it is kept on disk.
    """

    lesson_id: str
    recording: bool = False
    source: Literal["camera", "file"] = "camera"
    file: Path | None = None
    stage_reception: str | None = None
    stage_recorded: bool = True


@dataclass(frozen=True)
class RoomReady:
    """The room can be joined. A higher `epoch` than before means: every page must rejoin."""

    lesson_id: str
    epoch: int
    webrtc: bool


@dataclass(frozen=True)
class HlsReady:
    """The first segment after a (re)start stands in the playlist."""

    lesson_id: str
    at: float


@dataclass(frozen=True)
class RecordingStarted:
    """Bytes of this participant are being written since `at` (Unix seconds)."""

    lesson_id: str
    participant: str
    at: float


@dataclass(frozen=True)
class RecordingEnded:
    """No byte of this participant is written after `at` (Unix seconds)."""

    lesson_id: str
    participant: str
    at: float


@dataclass(frozen=True)
class RoomLost:
    """The media server went away at `at`; a `RoomReady` with a new epoch follows."""

    lesson_id: str
    at: float


Report = RoomReady | HlsReady | RecordingStarted | RecordingEnded | RoomLost


def everybody(grants: Sequence[Grant]) -> Sequence[bool]:
    """The answer of a border that takes no right back."""
    return [True] * len(grants)


@dataclass(frozen=True)
class Border:
    """What the product gives the media process.

    `desired` is asked every second and at a poke. `allowed` is asked at most every 4 s, with the grant of every open
    signalling connection, and answers in the same order: False closes the connection. `report` is told the news.
    """

    desired: Callable[[], Sequence[DesiredRoom]]
    report: Callable[[Report], None]
    allowed: Callable[[Sequence[Grant]], Sequence[bool]] = everybody
