"""Where in a recording a moment of the lesson lies. No database here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

NEAR_SECONDS = 1.0
"""Chapters nearer to each other than this are one: whoever leafs through slides means the last."""

LAST_SECONDS = 0.001
"""A moment this near to the end of a segment was not recorded in it."""


@dataclass(frozen=True)
class Moment:
    """At `at` the lesson came to `title`; `picture` is the slide's file below the media folder, or ""."""

    at: datetime
    title: str
    picture: str = ""


@dataclass(frozen=True)
class Segment:
    """`duration` seconds of recording, from `offset` in the file, taken from the wall-clock moment `starts_at` on."""

    starts_at: datetime
    offset: float
    duration: float


@dataclass(frozen=True)
class Mark:
    """A chapter: seconds from the start of the recording."""

    second: float
    title: str
    picture: str = ""


def chapters(moments: Sequence[Moment], segments: Sequence[Segment]) -> list[Mark]:
    """Chapters in strictly rising order, each inside a segment.

    A moment that was not recorded (before the first segment, or in a gap) starts with the next segment; where several
    meet there, the last one stands, for it is what the class then saw. What came after the last segment is left out.
    """
    marks: list[Mark] = []
    for moment in sorted(moments, key=lambda one: one.at):
        second = _second_of(moment.at, segments)
        if second is None:
            continue
        if marks and second - marks[-1].second < NEAR_SECONDS:
            second = marks.pop().second
        marks.append(Mark(second, moment.title, moment.picture))
    return marks


def _second_of(at: datetime, segments: Sequence[Segment]) -> float | None:
    for segment in sorted(segments, key=lambda one: one.offset):
        into = max(0.0, (at - segment.starts_at).total_seconds())
        if into <= segment.duration - LAST_SECONDS:
            return segment.offset + into
    return None
