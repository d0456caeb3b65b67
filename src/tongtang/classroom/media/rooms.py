"""One lesson's room: what is wished, what is so, and one idempotent step that makes the second like the first."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tongtang.classroom.media import arrival
from tongtang.classroom.media.desired import (
    DesiredRoom,
    HlsReady,
    RecordingEnded,
    RecordingStarted,
    Report,
    RoomLost,
    RoomReady,
)
from tongtang.classroom.media.hls import PAYLOAD_TYPES, LiveHls
from tongtang.classroom.media.janus import Janus, JanusError, JanusGone, Message
from tongtang.classroom.media.proxy import Feed
from tongtang.classroom.media.recording import stage_tracks

logger = logging.getLogger(__name__)
# An anchor without a camera sends a card as picture; a stream that has not begun by then is not waited for.
ALL_FLOW_WITHIN_S = 3.0
_publications = count(int(time.time()))


@dataclass(frozen=True)
class Surroundings:
    """Folders and the ways out of a room."""

    live: Path
    tracks: Path
    logs: Path
    report: Callable[[Report], None]
    tell_feeds: Callable[[str], Awaitable[None]]


class Room:
    """A lesson on the air. `wish` and Janus' news wake `settle`, which runs in the room's own task."""

    def __init__(self, wished: DesiredRoom, around: Surroundings) -> None:
        self.wished = wished
        self._around = around
        self._janus: Janus | None = None
        self._monitor = 0
        self._streams: dict[str, list[Message]] = {}
        self.feeds: dict[str, Feed] = {}
        self._told: list[Feed] = []
        self._forwarded: Feed | None = None
        self._recording_on = False
        self._recorded: set[str] = set()
        self._wake = asyncio.Event()
        film = wished.file if wished.source == "file" else None
        self.hls = LiveHls(
            around.live / self.lesson, around.logs / "hls.log", film,
            lambda at: around.report(HlsReady(self.lesson, at)),
        )  # fmt: skip
        self._task: asyncio.Task[None] | None = None

    @property
    def lesson(self) -> str:
        return self.wished.lesson_id

    @property
    def is_open(self) -> bool:
        return self._janus is not None

    @property
    def needs_janus(self) -> bool:
        return self.wished.source == "camera"

    async def start(self) -> None:
        (self._around.tracks / self.lesson).mkdir(parents=True, exist_ok=True)
        await self.hls.start()
        self._task = asyncio.create_task(self._live())

    def wish(self, wished: DesiredRoom) -> None:
        self.wished = wished
        self._wake.set()

    async def open(self, janus: Janus, epoch: int) -> None:
        """Create the room at Janus and watch who publishes.

        Raises:
            JanusError, JanusGone: try again later.
        """
        await janus.create_room(self.lesson, self._around.tracks / self.lesson)
        self._recording_on = False
        self._monitor, publishers = await janus.join_as_monitor(self.lesson, self._heard)
        self._janus = janus
        self._take_publishers(publishers)
        await self.settle()
        self._around.report(RoomReady(self.lesson, epoch, webrtc=True))

    def lose(self) -> None:
        """Janus has gone: nothing is published, forwarded or recorded any more."""
        if self._janus is None:
            return
        self._janus = None
        self.feeds.clear()
        self._forwarded = None
        self._report_recording()
        self._around.report(RoomLost(self.lesson, time.time()))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._janus is not None:
            try:
                await self._janus.detach(self._monitor)
                await self._janus.destroy_room(self.lesson)
            except (JanusError, JanusGone) as error:
                logger.warning("room %s did not close cleanly: %s", self.lesson, error)
        self.feeds.clear()
        self._report_recording()
        await self.hls.stop()

    def _heard(self, news: Message) -> None:
        if news.get("videoroom") == "destroyed":
            self.lose()
        self._take_publishers(news.get("publishers", []))
        for word in ("unpublished", "leaving"):
            self.feeds.pop(str(news.get(word, "")), None)
        self._wake.set()

    def _take_publishers(self, publishers: list[Message]) -> None:
        for row in publishers:
            feed = str(row["id"])
            self._streams[feed] = row.get("streams", [])
            self.feeds[feed] = Feed(feed, str(row.get("display", "")), next(_publications))

    async def _live(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.settle()
            except (JanusError, JanusGone) as error:
                logger.warning("room %s: %s; trying again", self.lesson, error)
                await asyncio.sleep(1)
                self._wake.set()

    async def settle(self) -> None:
        """Make recording, stage, HLS feed and the list of feeds what they should be; again changes nothing."""
        janus = self._janus
        if janus is None:
            return
        if self._recording_on != self.wished.recording:
            await janus.enable_recording(self.lesson, self.wished.recording)
            self._recording_on = self.wished.recording
        for feed in [feed for feed in self.feeds if not self.may_be_heard(feed)]:
            await janus.kick(self.lesson, feed)
            self.feeds.pop(feed, None)
        self._report_recording()
        if self._told != list(self.feeds.values()):
            self._told = list(self.feeds.values())
            await self._around.tell_feeds(self.lesson)
        await self._forward(janus)

    def may_be_heard(self, feed: str) -> bool:
        """Everybody who came in as the anchor, and of the classrooms the one on stage."""
        kind, _, participant = feed.partition(".")
        return kind == "anchor" or (kind == "stage" and participant == self.wished.stage_reception)

    async def _forward(self, janus: Janus) -> None:
        anchors = [feed for feed in self.feeds.values() if feed.feed.startswith("anchor.")]
        newest = max(anchors, key=lambda feed: feed.since, default=None)
        if newest == self._forwarded:
            return
        self._forwarded = newest
        await self.hls.renew()
        if newest is None:
            return
        mids = {
            row["type"]: row["mid"]
            for row in self._streams[newest.feed]
            if row.get("type") in ("audio", "video") and not row.get("disabled")
        }
        try:
            await self._until_all_flow(janus, newest.feed, mids)
            wanted = [{"mid": mid, **self.hls.streams[kind]} for kind, mid in mids.items()]
            await janus.forward(self.lesson, newest.feed, wanted)
        except JanusError as error:
            # The publisher may have left in this very moment; its successor is forwarded anew.
            logger.info("room %s: %s is not forwarded: %s", self.lesson, newest.feed, error)
            self._forwarded = None
            return
        self.hls.fed()

    async def _until_all_flow(self, janus: Janus, feed: str, mids: dict[str, str]) -> None:
        """Wait until sound and picture of a publisher have begun, or one of them does not come."""
        with arrival.probe() as probe:
            await probe.open(mids)
            wanted = [{"mid": mid, "port": probe.ports[kind], "pt": PAYLOAD_TYPES[kind]} for kind, mid in mids.items()]
            forwards = await janus.forward(self.lesson, feed, wanted)
            if not await probe.all_arrived(ALL_FLOW_WITHIN_S):
                logger.warning("room %s: not all of %s flows: %s", self.lesson, feed, ", ".join(mids))
            for forward in forwards:
                await janus.stop_forward(self.lesson, feed, forward)

    def forget_unrecorded(self) -> None:
        """Unlink the files of a class on stage that must not be recorded; called each second, so none grows older.

        Janus knows one switch a room. What it goes on writing has no name any more, and ends with its open file.
        """
        if self.wished.stage_reception is None or self.wished.stage_recorded:
            return
        for path in stage_tracks(self._around.tracks / self.lesson, self.wished.stage_reception):
            path.unlink(missing_ok=True)

    def _is_recorded(self, feed: str) -> bool:
        return feed.startswith("anchor.") or self.wished.stage_recorded

    def _report_recording(self) -> None:
        on = self._recording_on and self._janus is not None
        recorded = {feed for feed in self.feeds if self._is_recorded(feed)} if on else set()
        for feed in sorted(recorded - self._recorded):
            self._around.report(RecordingStarted(self.lesson, feed.partition(".")[2], time.time()))
        for feed in sorted(self._recorded - recorded):
            self._around.report(RecordingEnded(self.lesson, feed.partition(".")[2], time.time()))
        self._recorded = recorded
