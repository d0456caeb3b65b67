"""HLS playlists made of several encoder runs on one growing timeline. Pure functions on text.

Source: RFC 8216, sections 4.3 and 6.2.2: a media sequence number never goes back, a change of encoder is a
discontinuity with its own EXT-X-MAP, and the discontinuity sequence counts those that have left the window.
"""

import math
import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Segment:
    """One media segment; `duration` in seconds, `clock` its wall time as written by the encoder (may be empty)."""

    uri: str
    duration: float
    init: str
    clock: str = ""
    breaks: bool = False
    """whether a discontinuity stands before it"""


@dataclass(frozen=True)
class Timeline:
    """The segments of the window, oldest first; `sequence` and `breaks_gone` number the first one."""

    sequence: int = 0
    breaks_gone: int = 0
    segments: tuple[Segment, ...] = ()
    ended: bool = False


def read(text: str, folder: str = "") -> Timeline:
    """The timeline written in `text`; `folder` (with its slash) is put before each URI."""
    sequence = int(_number(text, "EXT-X-MEDIA-SEQUENCE"))
    gone = int(_number(text, "EXT-X-DISCONTINUITY-SEQUENCE"))
    segments: list[Segment] = []
    init, clock, breaks, duration = "", "", False, 0.0
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "#EXT-X-MAP":
            init = folder + value.split('URI="', 1)[1].split('"', 1)[0]
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            clock = value
        elif name == "#EXT-X-DISCONTINUITY":
            breaks = True
        elif name == "#EXTINF":
            duration = float(value.split(",", 1)[0])
        elif line and not line.startswith("#"):
            segments.append(Segment(folder + line, duration, init, clock, breaks))
            clock, breaks = "", False
    return Timeline(sequence, gone, tuple(segments), "#EXT-X-ENDLIST" in text)


def _number(text: str, tag: str) -> float:
    found = re.search(rf"^#{tag}:([0-9.]+)", text, re.MULTILINE)
    return float(found.group(1)) if found else 0


def append(timeline: Timeline, fresh: tuple[Segment, ...], window: int) -> Timeline:
    """`timeline` with the segments of `fresh` that it does not hold yet, cut to the last `window` segments.

    The first segment of another encoder run (another init file) gets a discontinuity.
    """
    known = {segment.uri for segment in timeline.segments}
    segments = list(timeline.segments)
    # Segments that have left the window must not come back: only what follows the newest known one is new.
    newest = max((at for at, segment in enumerate(fresh) if segment.uri in known), default=-1)
    for segment in fresh[newest + 1 :]:
        changed = bool(segments) and segments[-1].init != segment.init
        segments.append(replace(segment, breaks=changed))
    cut = max(0, len(segments) - window)
    gone = sum(segment.breaks for segment in segments[:cut])
    return replace(
        timeline,
        sequence=timeline.sequence + cut,
        breaks_gone=timeline.breaks_gone + gone,
        segments=tuple(segments[cut:]),
    )


def write(timeline: Timeline, *, vod: bool = False) -> str:
    """The playlist's text; `vod` writes a finished one."""
    longest = max((segment.duration for segment in timeline.segments), default=1.0)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{max(1, math.ceil(longest - 0.5))}"]
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{timeline.sequence}")
    lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{timeline.breaks_gone}")
    lines += ["#EXT-X-PLAYLIST-TYPE:VOD"] if vod else []
    lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    init = ""
    for segment in timeline.segments:
        lines += ["#EXT-X-DISCONTINUITY"] if segment.breaks else []
        if segment.init != init:
            init = segment.init
            lines.append(f'#EXT-X-MAP:URI="{init}"')
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{segment.clock}"] if segment.clock else []
        lines += [f"#EXTINF:{segment.duration:.6f},", segment.uri]
    lines += ["#EXT-X-ENDLIST"] if vod or timeline.ended else []
    return "\n".join(lines) + "\n"
