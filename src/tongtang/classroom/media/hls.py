"""Plain HLS of one lesson: an ffmpeg run copies the video into 1 s fMP4 segments, and one playlist joins the runs.

Each run (a new publisher, a restart) writes into its own folder `g<n>` below `media/live/<lesson>/`. The public
`live.m3u8` is composed here, so that numbers never go back and a change of run is a discontinuity: players go on.
"""

import asyncio
import contextlib
import logging
import random
import shutil
import socket
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tongtang.classroom.media import playlist
from tongtang.classroom.media.children import spawn, stop

logger = logging.getLogger(__name__)

WINDOW = 8
COMPOSE_EVERY_S = 0.1
PAYLOAD_TYPES = {"audio": 111, "video": 96}
PORTS = range(25000, 29996, 4)
LISTENS_WITHIN_S = 3.0
BACK_OFF_S = (0.2, 0.5, 1, 2, 5)
LASTING_RUN_S = 30
# A player begins three target durations before the end (RFC 8216, section 6.3.3). The player of Chromium gives up a
# playlist that is shorter: it reads the first segment for its codecs, and then has nothing to begin with.
LEAST = 3
# Copied from a camera, a run begins with sound alone, until the first key frame: its first segment holds seconds more
# sound than it says, a player that begins there is ahead of the picture by as much, and runs dry at each segment.
FIRST_SEGMENT = "/000000.m4s"

SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=lesson
c=IN IP4 127.0.0.1
t=0 0
m=audio {audio} RTP/AVP 111
a=rtpmap:111 opus/48000/2
m=video {video} RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1
"""
QUIET = ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning"]
SEGMENTS = [
    "-f", "hls", "-hls_time", "1", "-hls_list_size", str(WINDOW), "-hls_segment_type", "fmp4",
    "-hls_flags", "delete_segments+independent_segments+program_date_time+temp_file+omit_endlist",
    "-hls_delete_threshold", str(WINDOW), "-hls_fmp4_init_filename", "init.mp4",
]  # fmt: skip


def camera_command(sdp: Path, folder: Path) -> list[str]:
    """ffmpeg that waits for the forwarded RTP (for a day, if need be) and copies the video."""
    return [
        *QUIET, "-protocol_whitelist", "file,udp,rtp", "-listen_timeout", "86400",
        "-fflags", "nobuffer+genpts", "-flags", "low_delay", "-analyzeduration", "4000000", "-probesize", "2000000",
        "-fpsprobesize", "0", "-max_delay", "200000", "-reorder_queue_size", "64", "-i", str(sdp),
        "-map", "0:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "48k", "-ar", "48000",
        "-af", "aresample=async=1:first_pts=0", *SEGMENTS,
        "-hls_segment_filename", str(folder / "%06d.m4s"), str(folder / "live.m3u8"),
    ]  # fmt: skip


def file_command(film: Path, folder: Path) -> list[str]:
    """ffmpeg that plays a pre-encoded film (H.264, AAC) in real time, over and over, without encoding."""
    return [
        *QUIET, "-re", "-stream_loop", "-1", "-protocol_whitelist", "file", "-i", f"file:{film}",
        "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *SEGMENTS,
        "-hls_segment_filename", str(folder / "%06d.m4s"), str(folder / "live.m3u8"),
    ]  # fmt: skip


class LiveHls:
    """The HLS of one lesson, from `start` to `stop`; `on_first_segment(at)` is called once for each run."""

    def __init__(self, folder: Path, log: Path, film: Path | None, on_first_segment: Callable[[float], None]) -> None:
        self.folder = folder
        self._log = log
        self._film = film
        self._on_first_segment = on_first_segment
        self._audio_port = 0 if film else _free_port_block()
        self._run = 0
        self._process: Process | None = None
        self._timeline = playlist.Timeline()
        self._tasks: list[asyncio.Task[None]] = []
        self._fed = False
        self._failures = 0
        self._told = 0
        self._seen: tuple[int, int] = (0, 0)

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """Where the room's audio and video are to be forwarded to, in the words of `rtp_forward`."""
        return {
            "audio": {"port": self._audio_port, "pt": PAYLOAD_TYPES["audio"]},
            "video": {"port": self._audio_port + 2, "rtcp_port": self._audio_port + 3, "pt": PAYLOAD_TYPES["video"]},
        }

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._timeline, self._run = _left_behind(self.folder)
        self._tasks = [asyncio.create_task(self._keep_running()), asyncio.create_task(self._keep_composing())]

    async def stop(self) -> None:
        """End the runs and say so in the playlist; the segments stay for those who lag behind."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._process is not None:
            await stop(self._process, at_once=True)
        if self._timeline.segments:
            self._compose(ended=True)

    async def renew(self) -> None:
        """A fresh run for a new publisher, back when its ports are open: forward only then."""
        if self._fed and self._process is not None:
            self._failures = 0
            # Waiting for packets, ffmpeg does not hear SIGTERM; finished segments are whole files in any case.
            await stop(self._process, at_once=True)
        until = time.monotonic() + LISTENS_WITHIN_S
        while time.monotonic() < until:
            running = self._process is not None and self._process.returncode is None
            if running and _is_bound(self._audio_port) and _is_bound(self._audio_port + 2):
                return
            await asyncio.sleep(0.03)
        logger.warning("ffmpeg of %s does not listen", self.folder.name)

    def fed(self) -> None:
        """RTP goes to the present run from now on; it serves no other publisher."""
        self._fed = True

    @property
    def _folder_of_run(self) -> Path:
        return self.folder / f"g{self._run}"

    async def _keep_running(self) -> None:
        while True:
            began = time.monotonic()
            self._run += 1
            self._fed = False
            folder = self._folder_of_run
            folder.mkdir(parents=True, exist_ok=True)
            self._process = await spawn(self._command(folder), self._log)
            await self._process.wait()
            self._drop_old_runs()
            await asyncio.sleep(BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)])
            self._failures = 0 if time.monotonic() - began > LASTING_RUN_S else self._failures + 1

    def _command(self, folder: Path) -> list[str]:
        if self._film is not None:
            return file_command(self._film, folder)
        sdp = self.folder / "lesson.sdp"
        sdp.write_text(SDP.format(audio=self._audio_port, video=self._audio_port + 2), encoding="ascii")
        return camera_command(sdp, folder)

    async def _keep_composing(self) -> None:
        while True:
            await asyncio.sleep(COMPOSE_EVERY_S)
            try:
                self._compose()
            except OSError as error:
                logger.error("the playlist of %s could not be written: %s", self.folder.name, error)
                await asyncio.sleep(1)

    def _compose(self, *, ended: bool = False) -> None:
        source = self._folder_of_run / "live.m3u8"
        with contextlib.suppress(FileNotFoundError):
            mark = (self._run, source.stat().st_mtime_ns)
            if mark != self._seen:
                fresh = playlist.read(source.read_text(encoding="utf-8"), f"{self._folder_of_run.name}/")
                self._seen = mark
                segments = tuple(segment for segment in fresh.segments if self._is_whole(segment))
                self._timeline = playlist.append(self._timeline, segments, WINDOW)
                if len(self._timeline.segments) < LEAST and not ended:
                    return
                self._publish(ended)
                if self._told != self._run and segments:
                    self._told = self._run
                    self._on_first_segment(time.time())
                return
        if ended:
            self._publish(ended)

    def _is_whole(self, segment: playlist.Segment) -> bool:
        return self._film is not None or not segment.uri.endswith(FIRST_SEGMENT)

    def _publish(self, ended: bool) -> None:
        timeline = playlist.Timeline(
            self._timeline.sequence, self._timeline.breaks_gone, self._timeline.segments, ended=ended
        )
        draft = self.folder / "live.m3u8.draft"
        draft.write_text(playlist.write(timeline), encoding="utf-8")
        draft.replace(self.folder / "live.m3u8")

    def _drop_old_runs(self) -> None:
        listed = {segment.uri.partition("/")[0] for segment in self._timeline.segments}
        for path in self.folder.glob("g*"):
            if path.is_dir() and path.name not in listed and path != self._folder_of_run:
                shutil.rmtree(path, ignore_errors=True)


def _left_behind(folder: Path) -> tuple[playlist.Timeline, int]:
    """What an earlier media process wrote: its timeline (as far as its files are there) and its last run."""
    run = max((int(path.name[1:]) for path in folder.glob("g*") if path.name[1:].isdigit()), default=0)
    public = folder / "live.m3u8"
    if not public.exists():
        return playlist.Timeline(), run
    timeline = playlist.read(public.read_text(encoding="utf-8"))
    gone = sum(not (folder / segment.uri).exists() for segment in timeline.segments)
    kept = timeline.segments[gone:]
    breaks = sum(segment.breaks for segment in timeline.segments[:gone])
    return playlist.Timeline(timeline.sequence + gone, timeline.breaks_gone + breaks, kept), run


def _free_port_block() -> int:
    """Four UDP ports in a row on loopback: audio, its RTCP, video, its RTCP."""
    for base in random.sample(PORTS, len(PORTS)):
        if all(_is_free(base + step) for step in range(4)):
            return base
    raise OSError("no four free UDP ports in a row between 25000 and 29999")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 (a probe that nothing is read from)
        except OSError:
            return False
    return True


def _is_bound(port: int) -> bool:
    return not _is_free(port)
