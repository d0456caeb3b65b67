"""The media process (`tongtang media`): it supervises Janus and the ffmpegs and keeps the rooms as they are wished."""

import asyncio
import logging
import shutil
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tongtang.classroom.media import control
from tongtang.classroom.media.children import spawn, stop
from tongtang.classroom.media.configuration import MediaUnavailable, media_interfaces, write_configuration
from tongtang.classroom.media.desired import Border, DesiredRoom, Report, RoomReady
from tongtang.classroom.media.janus import Janus, JanusError, JanusGone
from tongtang.classroom.media.proxy import Doors, Feed, Proxy
from tongtang.classroom.media.rooms import Room, Surroundings
from tongtang.classroom.media.tickets import Grant, Right, UsedTickets

logger = logging.getLogger(__name__)
T = TypeVar("T")

RECONCILE_S = 1.0
ALLOWED_EVERY_S = 4.0
PING_EVERY_S = 2.0
READY_WITHIN_S = 10.0
BACK_OFF_S = (0.2, 0.5, 1, 2, 5, 10)
LASTING_S = 30
SWEEP_AFTER_S = 120


@dataclass(frozen=True)
class MediaSettings:
    """Where the media process works. `secret` signs the tickets; `hosts` are the host names that pages come from."""

    home: Path
    secret: str
    hosts: Sequence[str]
    interface: str = ""

    @property
    def run(self) -> Path:
        return self.home / "run"


def run(settings: MediaSettings, border: Border) -> None:
    """Run until SIGTERM or SIGINT; every child is ended before it returns."""
    asyncio.run(MediaProcess(settings, border).serve())


class MediaProcess:
    """The parts together. `serve` returns after a signal or after `quit`."""

    def __init__(self, settings: MediaSettings, border: Border) -> None:
        self._settings = settings
        self._border = border
        self._rooms: dict[str, Room] = {}
        self._janus: Janus | None = None
        self._janus_process: Process | None = None
        self._epoch_file = settings.run / "media-epoch"
        self._poked = asyncio.Event()
        self._reconciled = asyncio.Condition()
        self._rounds = 0
        self._end = asyncio.Event()
        # One thread: the border's database connection stays in one place, and its calls keep their order.
        self._border_thread = ThreadPoolExecutor(1, thread_name_prefix="border")
        settings.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._interfaces = media_interfaces(settings.interface)
        self._used = UsedTickets(settings.run / "rtc-used", time.time())
        doors = Doors(self._refusal, self._feeds_of, self._epoch)
        self.proxy = Proxy(secret=settings.secret, used=self._used, hosts=settings.hosts, doors=doors)
        media = settings.home / "media"
        self._around = Surroundings(
            media / "live", media / "tracks", settings.home / "logs", self._report, self.proxy.tell_feeds
        )

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        await self.proxy.start(self._settings.run / "rtc.sock")
        server = await control.listen(self._settings.run, self._answer)
        tasks = [asyncio.create_task(work) for work in (self._keep_rooms(), self._keep_janus(), self._keep_rights())]
        ended = asyncio.create_task(self._end.wait())
        try:
            await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.close()
            await self._wind_up([ended, *tasks])
        for task in tasks:
            if not task.cancelled() and task.exception() is not None:
                task.result()

    def quit(self) -> None:
        self._end.set()

    async def _wind_up(self, tasks: list[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.proxy.stop()
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
        if self._janus is not None:
            await self._janus.close()
        if self._janus_process is not None:
            await stop(self._janus_process)
        self._used.close()
        self._border_thread.shutdown()

    async def _asked(self, question: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._border_thread, question, *arguments)

    def _report(self, report: Report) -> None:
        logger.info("%s", report)
        self._border_thread.submit(self._told, report)

    def _told(self, report: Report) -> None:
        try:
            self._border.report(report)
        except Exception:
            # The product's side failed (its database, say); media goes on, the failure is in the log.
            logger.exception("a report was not taken: %s", report)

    async def _keep_rooms(self) -> None:
        while True:
            try:
                wished = await self._asked(self._border.desired)
                await self._reconcile({room.lesson_id: room for room in wished})
            except Exception:
                logger.exception("the wished rooms could not be read or made; trying again")
            self._sweep()
            self._rounds += 1
            async with self._reconciled:
                self._reconciled.notify_all()
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the result.
            with suppress(TimeoutError):
                async with asyncio.timeout(RECONCILE_S):
                    await self._poked.wait()
            self._poked.clear()

    async def _reconcile(self, wished: dict[str, DesiredRoom]) -> None:
        for lesson in [lesson for lesson in self._rooms if lesson not in wished]:
            room = self._rooms.pop(lesson)
            await self.proxy.close_lesson(lesson)
            await room.close()
        for lesson, wish in wished.items():
            room = self._rooms.get(lesson) or await self._new_room(wish)
            if room.wished != wish:
                staged = room.wished.stage_reception
                room.wish(wish)
                if staged not in (None, wish.stage_reception):
                    await self.proxy.revoke(lesson, str(staged), right=Right.PUBLISH_STAGE)
            room.forget_unrecorded()
            await self._open(room)

    def _sweep(self) -> None:
        """Remove the live segments of lessons that ended two minutes ago: those who lagged behind have seen them."""
        for folder in self._around.live.glob("*"):
            with suppress(FileNotFoundError):
                if folder.name not in self._rooms and time.time() - folder.stat().st_mtime > SWEEP_AFTER_S:
                    shutil.rmtree(folder, ignore_errors=True)

    async def _new_room(self, wish: DesiredRoom) -> Room:
        room = self._rooms[wish.lesson_id] = Room(wish, self._around)
        await room.start()
        if not room.needs_janus or not self._interfaces:
            self._report(RoomReady(room.lesson, self._epoch(), webrtc=False))
        return room

    async def _open(self, room: Room) -> None:
        if self._janus is None or room.is_open or not room.needs_janus:
            return
        try:
            await room.open(self._janus, self._epoch())
        except (JanusError, JanusGone) as error:
            logger.warning("room %s cannot be opened yet: %s", room.lesson, error)

    async def _keep_rights(self) -> None:
        async def allowed(grants: Sequence[Grant]) -> Sequence[bool]:
            return await self._asked(self._border.allowed, grants) if grants else []

        while True:
            await asyncio.sleep(ALLOWED_EVERY_S)
            try:
                await self.proxy.close_refused(allowed)
            except Exception:
                logger.exception("the rights could not be asked; trying again")

    async def _keep_janus(self) -> None:
        if not self._interfaces:
            logger.warning(
                "This machine has no network address but loopback: no WebRTC, lessons from a file go out as HLS. "
                "Connect a network or set TONGTANG_MEDIA_INTERFACE, then start again."
            )
            await asyncio.Event().wait()
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._run_janus()
            except (MediaUnavailable, OSError) as error:
                logger.error("Janus does not start: %s", error)
            failures = 0 if time.monotonic() - began > LASTING_S else failures + 1
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1] if failures else BACK_OFF_S[0])

    async def _run_janus(self) -> None:
        """One life of Janus: start, serve, watch, clean up."""
        configuration = write_configuration(self._settings.run / "janus", self._interfaces)
        process = self._janus_process = await spawn(configuration.command, self._settings.home / "logs" / "janus.log")
        try:
            self._janus = await _connected(process, lambda: Janus.open(configuration))
            if self._janus is None:
                logger.error("Janus did not answer within %s s; see logs/janus.log", READY_WITHIN_S)
                return
            self._epoch_file.write_text(str(self._epoch() + 1), encoding="ascii")
            self.proxy.janus = configuration
            self._poked.set()
            await self._watch(process, self._janus)
        finally:
            self.proxy.janus = None
            gone, self._janus = self._janus, None
            for room in self._rooms.values():
                room.lose()
            await stop(process, at_once=True)
            if gone is not None:
                await gone.close()

    async def _watch(self, process: Process, janus: Janus) -> None:
        """Back when Janus has ended or has been silent for two pings."""
        silent = 0
        while silent < 2:
            with suppress(TimeoutError):
                async with asyncio.timeout(PING_EVERY_S):
                    await process.wait()
                logger.error("Janus ended with %s", process.returncode)
                return
            try:
                await janus.ping()
                silent = 0
            except (JanusGone, JanusError):
                silent += 1
        logger.error("Janus is silent; it is started anew")

    def _epoch(self) -> int:
        return int(self._epoch_file.read_text(encoding="ascii")) if self._epoch_file.exists() else 0

    def _feeds_of(self, lesson: str) -> list[Feed]:
        return list(self._rooms[lesson].feeds.values()) if lesson in self._rooms else []

    async def _refusal(self, grant: Grant) -> str | None:
        """Why this grant may not come in now; looks at the wishes once more before it says no."""
        reason = self._present_refusal(grant)
        if reason is None:
            return None
        await self._next_round()
        return self._present_refusal(grant)

    async def _next_round(self) -> None:
        wanted = self._rounds + 1
        self._poked.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(2), self._reconciled:
                await self._reconciled.wait_for(lambda: self._rounds >= wanted)

    def _present_refusal(self, grant: Grant) -> str | None:
        room = self._rooms.get(grant.lesson)
        if room is None:
            return "this lesson is not on the air"
        if not room.is_open:
            return "the media server is starting; try again"
        if grant.right is Right.PUBLISH_STAGE and not room.may_be_heard(grant.feed):
            return "this classroom is not on stage"
        return None

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if question.get("do") == "poke":
            self._poked.set()
            return {"done": True}
        if question.get("do") == "revoke":
            return {"closed": await self.proxy.revoke(str(question["lesson"]), str(question["participant"]))}
        if question.get("do") == "legs":
            return {"legs": await self._legs(str(question["lesson"]))}
        return self._status()

    def _status(self) -> dict[str, Any]:
        running = self._janus_process is not None and self._janus_process.returncode is None
        return {
            "janus": self._janus_process.pid if self._janus_process is not None and running else None,
            "webrtc": bool(self._interfaces) and self._janus is not None,
            "epoch": self._epoch(),
            "connections": len(self.proxy.grants),
            "counts": dict(self.proxy.counts),
            "rooms": {
                lesson: {"open": room.is_open, "feeds": [feed.as_json() for feed in room.feeds.values()]}
                for lesson, room in self._rooms.items()
            },
        }

    async def _legs(self, lesson: str) -> list[dict[str, Any]]:
        legs = []
        for grant, session, handles in self.proxy.legs:
            for handle in handles if grant.lesson == lesson and self._janus is not None else []:
                with suppress(JanusError, JanusGone):
                    info = await self._janus.handle_info(session, handle) if self._janus else {}
                    # Only the link's figures: the rest holds tokens and addresses.
                    legs.append({"participant": grant.participant, "right": grant.right, "webrtc": info.get("webrtc")})
        return legs


async def _connected(process: Process, connect: Callable[[], Any]) -> Janus | None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.returncode is None:
        with suppress(OSError, JanusGone, TimeoutError):
            janus: Janus = await connect()
            return janus
        await asyncio.sleep(0.1)
    return None
