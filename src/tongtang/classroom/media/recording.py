"""From Janus' track files to one playable film: video copied, sound mixed, reconnects joined on one timeline.

Janus writes one `.mjr` (raw RTP) for each track and each connection, named
`videoroom-<lesson>-user-<anchor|stage>.<participant>-<µs>-<audio|video>-<n>.mjr`, with its wall-clock start in the
header. The anchor's video leads: each of its files is one stretch of the film; the sound of everybody who spoke
meanwhile is mixed to it. Time in which no anchor video was recorded is not in the film.
"""

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongtang.classroom.media import playlist

TRACK = re.compile(r"videoroom-.+-user-(anchor|stage)\.[A-Za-z0-9_-]+-\d+-(audio|video)-\d+\.mjr")
STAGED = re.compile(r"videoroom-.+-user-stage\.(stage-[0-9a-f-]{36})-\d+-(?:audio|video)-\d+\.mjr.*")
PLAYLIST = "film.m3u8"
SEGMENT_S = 6
SHORTEST_S = 0.5
LONGEST_WORK_S = 3600


class RecordingFailed(Exception):
    """The film could not be built; the track files are untouched, so it can be tried again."""


@dataclass(frozen=True)
class Stretch:
    """`duration_s` seconds of film from `offset_s` on, filmed from `wall_start` (Unix seconds) on."""

    wall_start: float
    offset_s: float
    duration_s: float


@dataclass(frozen=True)
class Built:
    """A film at `out_folder / PLAYLIST`; `skipped` names track files that hold nothing usable."""

    duration_s: float
    segments: tuple[Stretch, ...]
    skipped: tuple[str, ...] = ()

    def offset_of(self, wall: float) -> float:
        """Where in the film (seconds) the wall-clock moment `wall` is; one in a gap is at the gap's end."""
        for stretch in self.segments:
            if wall < stretch.wall_start + stretch.duration_s:
                return stretch.offset_s + max(0.0, wall - stretch.wall_start)
        return self.duration_s


@dataclass(frozen=True)
class _Track:
    kind: str
    medium: str
    media: Path
    start: float
    duration: float

    @property
    def end(self) -> float:
        return self.start + self.duration


def has_recording(lesson_folder: Path) -> bool:
    """Whether any byte of a track was recorded."""
    return any(path.stat().st_size > 0 for path in lesson_folder.glob("*.mjr"))


def has_anchor_picture(lesson_folder: Path) -> bool:
    """Whether a film can be built at all."""
    return any(path.stat().st_size > 0 for path in lesson_folder.glob("*-user-anchor.*-video-*.mjr"))


def stage_tracks(lesson_folder: Path, participant: str) -> list[Path]:
    """The track files of one classroom on stage."""
    return sorted(lesson_folder.glob(f"videoroom-*-user-stage.{participant}-*.mjr*"))


def staged_participants(lesson_folder: Path) -> set[str]:
    """Classrooms of which track files lie in the folder."""
    found = (STAGED.fullmatch(path.name) for path in lesson_folder.glob("*.mjr*"))
    return {match.group(1) for match in found if match}


def build_recording(lesson_folder: Path, out_folder: Path) -> Built:
    """Build the film of the tracks in `lesson_folder` as HLS in `out_folder` (replaced as a whole when it is done).

    Runs at low priority and copies the video: about a minute for a lesson.

    Raises:
        RecordingFailed: no anchor video was recorded, or a tool failed.
    """
    out_folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out_folder.name}-", dir=out_folder.parent) as scratch:
        work, draft = Path(scratch, "work"), Path(scratch, "film")
        work.mkdir()
        draft.mkdir()
        tracks, skipped = _unpacked(lesson_folder, work)
        videos = sorted((t for t in tracks if (t.kind, t.medium) == ("anchor", "video")), key=lambda t: t.start)
        sounds = [track for track in tracks if track.medium == "audio"]
        if not videos:
            raise RecordingFailed(f"{lesson_folder.name}: no video of the anchor teacher was recorded")
        built = _joined(videos, sounds, draft, skipped)
        shutil.rmtree(out_folder, ignore_errors=True)
        draft.replace(out_folder)
    out_folder.chmod(0o755)
    return built


def _unpacked(lesson_folder: Path, work: Path) -> tuple[list[_Track], list[str]]:
    tracks, skipped = [], []
    for path in sorted(lesson_folder.glob("*.mjr")):
        named = TRACK.fullmatch(path.name)
        track = _unpack(path, named.group(1), named.group(2), work) if named else None
        if track is None:
            skipped.append(path.name)
        else:
            tracks.append(track)
    return tracks, skipped


def _unpack(path: Path, kind: str, medium: str, work: Path) -> _Track | None:
    """The track as a file that ffmpeg reads; None where Janus was killed before it wrote a usable packet."""
    header = _json(_run(["janus-pp-rec", "--json", str(path)], check=False))
    if not header.get("u"):
        return None
    media = work / f"{path.stem}{'.mp4' if medium == 'video' else '.opus'}"
    _run(["janus-pp-rec", str(path), str(media)], check=False)
    if not media.exists():
        return None
    probe = ["ffprobe", "-v", "error", "-show_entries", "format=start_time,duration", "-of", "json", str(media)]
    found = _json(_run(probe, check=False)).get("format", {})
    duration = float(found.get("duration") or 0)
    if duration < SHORTEST_S:
        return None
    # The tool drops frames before the first key frame and keeps their time as the file's start.
    return _Track(kind, medium, media, header["u"] / 1e6 + float(found.get("start_time") or 0), duration)


def _joined(videos: list[_Track], sounds: list[_Track], draft: Path, skipped: list[str]) -> Built:
    stretches: list[Stretch] = []
    timeline = playlist.Timeline()
    offset = 0.0
    for number, video in enumerate(videos):
        # A connection that came back may overlap the end of the one that was lost.
        limit = videos[number + 1].start if number + 1 < len(videos) else video.end
        length = min(video.end, limit) - video.start
        if length < SHORTEST_S:
            continue
        folder = draft / f"p{number}"
        folder.mkdir()
        _run(_mux_command(video, length, sounds, folder))
        part = playlist.read((folder / "part.m3u8").read_text(encoding="utf-8"), f"{folder.name}/")
        (folder / "part.m3u8").unlink()
        timeline = playlist.append(timeline, part.segments, window=1_000_000)
        duration = sum(segment.duration for segment in part.segments)
        stretches.append(Stretch(video.start, offset, duration))
        offset += duration
    (draft / PLAYLIST).write_text(playlist.write(timeline, vod=True), encoding="utf-8")
    return Built(offset, tuple(stretches), tuple(skipped))


def _mux_command(video: _Track, length: float, sounds: list[_Track], folder: Path) -> list[str]:
    """ffmpeg: this video copied, the sounds that overlap it placed by their wall clock, mixed and encoded to AAC."""
    heard = [sound for sound in sounds if sound.end > video.start and sound.start < video.start + length]
    inputs = [word for track in [video, *heard] for word in ("-i", str(track.media))]
    placed = [f"[{at}:a]{_placed(sound.start - video.start)}[s{at}]" for at, sound in enumerate(heard, start=1)]
    names = "".join(f"[s{at}]" for at in range(1, len(heard) + 1))
    mixed = f"{names}amix=inputs={len(heard)}:normalize=0:duration=longest," if heard else "anullsrc=r=48000:cl=stereo,"
    graph = ";".join([*placed, f"{mixed}apad,atrim=0:{length:.6f},alimiter=limit=0.97[sound]"])
    return [
        "nice", "-n", "10", "ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
        "-protocol_whitelist", "file", *inputs, "-filter_complex", graph, "-map", "0:v:0", "-map", "[sound]",
        "-t", f"{length:.6f}", "-c:v", "copy", "-c:a", "aac", "-b:a", "64k", "-ar", "48000", "-ac", "2",
        "-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(folder / "%05d.m4s"),
        str(folder / "part.m3u8"),
    ]  # fmt: skip


def _placed(delay: float) -> str:
    """The filter that starts a sound `delay` seconds after the video (before it, when negative); gaps stay silent."""
    steady = "aresample=48000:async=1:first_pts=0"
    if delay < 0:
        return f"{steady},atrim=start={-delay:.6f},asetpts=PTS-STARTPTS"
    return f"{steady},adelay={delay * 1000:.0f}:all=1"


def _run(command: list[str], *, check: bool = True) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=LONGEST_WORK_S, check=False
        )
    except FileNotFoundError as error:
        raise RecordingFailed(f"{command[0]} is not installed: run apt-get install janus-tools ffmpeg") from error
    except subprocess.TimeoutExpired as error:
        raise RecordingFailed(f"{command[0]} did not end within {LONGEST_WORK_S} s") from error
    if check and done.returncode != 0:
        raise RecordingFailed(f"{command[0]}: {done.stderr.strip()[-600:]}")
    return done.stdout


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
