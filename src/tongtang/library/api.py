"""The door of the library for the contexts above."""

from tongtang.library.actions import (
    PLAYLIST,
    fail_recording,
    finish_recording,
    folder_of,
    retract_recording,
    start_recording_resource,
)
from tongtang.library.chapters import Moment, Segment
from tongtang.library.queries import recording_of, recordings_for, shown_by

__all__ = [
    "PLAYLIST",
    "Moment",
    "Segment",
    "fail_recording",
    "finish_recording",
    "folder_of",
    "recording_of",
    "recordings_for",
    "retract_recording",
    "shown_by",
    "start_recording_resource",
]
