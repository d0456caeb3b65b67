"""The gateway to Janus: one WebSocket for signalling, one for its admin API, requests as awaitables.

Wire format: Janus' own JSON (subprotocol `janus-protocol`). A request is answered by `success`, or by `ack` and later
by an `event` of the same transaction; errors of a plugin stand in `plugindata.data`.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from json import dumps, loads
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tongtang.classroom.media.configuration import JanusConfiguration

PLUGIN = "janus.plugin.videoroom"
KEEPALIVE_S = 25
TIMEOUT_S = 5.0
PING_TIMEOUT_S = 2.0
MAX_PUBLISHERS = 3
NO_SUCH_ROOM = 426
ROOM_EXISTS = 427

Message = dict[str, Any]


class JanusError(Exception):
    """Janus refused a request: its code and its reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code


class JanusGone(Exception):
    """There is no answer: the connection is lost or the time is over."""


def sign(secret: str, expiry: int, *scope: str) -> str:
    """A signed token in Janus' form: `expiry,realm,scope...:base64(HMAC-SHA1)`."""
    data = ",".join([str(expiry), *scope])
    mac = hmac.new(secret.encode(), data.encode(), hashlib.sha1).digest()
    return f"{data}:{base64.b64encode(mac).decode('ascii')}"


def core_token(configuration: JanusConfiguration) -> str:
    """May create sessions and attach the video room plugin, for an hour."""
    return sign(configuration.token_secret, int(time.time()) + 3600, "janus", PLUGIN)


def room_token(configuration: JanusConfiguration, room: str) -> str:
    """May join this room, for a minute."""
    return sign(configuration.token_secret, int(time.time()) + 60, PLUGIN, f"room={room}")


class Janus:
    """A connected session. Use `await Janus.open(configuration)` and `await janus.close()`."""

    def __init__(self, configuration: JanusConfiguration, socket: ClientConnection, admin: ClientConnection) -> None:
        self.configuration = configuration
        self._socket = socket
        self._admin = admin
        # The flag: an `ack` is the whole answer (keepalive), not the promise of an event.
        self._waiting: dict[str, tuple[asyncio.Future[Message], bool]] = {}
        self._listeners: dict[int, Callable[[Message], None]] = {}
        self._session = 0
        self._handle = 0
        self._tasks = [asyncio.create_task(self._read(socket)), asyncio.create_task(self._read(admin))]

    @classmethod
    async def open(cls, configuration: JanusConfiguration) -> "Janus":
        """Connect, create the session and the managing handle.

        Raises:
            JanusGone, OSError: Janus does not answer (yet).
        """
        socket = await connect(
            configuration.url, subprotocols=[Subprotocol("janus-protocol")], open_timeout=3, close_timeout=1
        )
        try:
            admin = await connect(
                configuration.admin_url,
                subprotocols=[Subprotocol("janus-admin-protocol")],
                open_timeout=3,
                close_timeout=1,
            )
        except BaseException:
            await socket.close()
            raise
        janus = cls(configuration, socket, admin)
        try:
            janus._session = (await janus._request({"janus": "create"}))["data"]["id"]
            janus._handle = await janus.attach(lambda _event: None)
        except BaseException:
            await janus.close()
            raise
        janus._tasks.append(asyncio.create_task(janus._keep_alive()))
        return janus

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for socket in (self._socket, self._admin):
            await socket.close()

    async def ping(self) -> None:
        """Answered by Janus' main loop.

        Raises:
            JanusGone: no answer within 2 s.
        """
        await self._request({"janus": "ping"}, timeout_s=PING_TIMEOUT_S)

    async def attach(self, listener: Callable[[Message], None]) -> int:
        """A handle on the video room plugin; `listener` gets the plugin's unasked news (`plugindata.data`)."""
        reply = await self._request({"janus": "attach", "session_id": self._session, "plugin": PLUGIN})
        handle = int(reply["data"]["id"])
        self._listeners[handle] = listener
        return handle

    async def detach(self, handle: int) -> None:
        self._listeners.pop(handle, None)
        await self._request({"janus": "detach", "session_id": self._session, "handle_id": handle})

    async def message(self, body: Message, handle: int = 0) -> Message:
        """The plugin's answer to `body`.

        Raises:
            JanusError: the plugin refused. JanusGone: no answer.
        """
        reply = await self._request(
            {"janus": "message", "session_id": self._session, "handle_id": handle or self._handle, "body": body}
        )
        data: Message = reply.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusError(data["error_code"], str(data.get("error")))
        return data

    async def create_room(self, room: str, tracks: Path) -> None:
        """An H.264 + Opus room that records nothing until it is told to; an existing one is kept as it is.

        `tracks` is the folder of its later recordings. A key frame is asked for every second: HLS needs it.
        """
        try:
            await self.message(
                {
                    "request": "create",
                    "room": room,
                    "admin_key": self.configuration.admin_key,
                    "secret": self.configuration.room_secret,
                    "publishers": MAX_PUBLISHERS,
                    "videocodec": "h264",
                    "audiocodec": "opus",
                    "opus_fec": True,
                    "bitrate": 1_500_000,
                    "fir_freq": 1,
                    "signed_tokens": True,
                    "is_private": True,
                    "permanent": False,
                    "record": False,
                    "rec_dir": str(tracks),
                    "lock_record": True,
                }
            )
        except JanusError as error:
            if error.code != ROOM_EXISTS:
                raise

    async def destroy_room(self, room: str) -> None:
        try:
            await self.message(self._managed("destroy", room))
        except JanusError as error:
            if error.code != NO_SUCH_ROOM:
                raise

    async def enable_recording(self, room: str, on: bool) -> None:
        """Open or close the recording of every present and later publisher."""
        await self.message({**self._managed("enable_recording", room), "record": on})

    async def kick(self, room: str, feed: str) -> None:
        """Throw a publisher out of the room; its media stops at once."""
        await self.message({**self._managed("kick", room), "id": feed})

    async def moderate(self, room: str, feed: str, mid: str, mute: bool) -> None:
        await self.message({**self._managed("moderate", room), "id": feed, "mid": mid, "mute": mute})

    async def participants(self, room: str) -> list[Message]:
        """Rows of `id`, `display`, `publisher` of everybody who joined as a publisher."""
        return list((await self.message({"request": "listparticipants", "room": room}))["participants"])

    async def join_as_monitor(self, room: str, listener: Callable[[Message], None]) -> tuple[int, list[Message]]:
        """Join without publishing: the handle, and the publishers of this moment; later ones come to `listener`."""
        handle = await self.attach(listener)
        token = room_token(self.configuration, room)
        body = {"request": "join", "ptype": "publisher", "room": room, "id": "server.monitor", "token": token}
        joined = await self.message(body, handle)
        return handle, list(joined.get("publishers", []))

    async def forward(self, room: str, feed: str, streams: list[Message]) -> list[int]:
        """Send copies of a publisher's RTP to loopback ports; the ids of the forwards.

        `streams` rows: `mid`, `port`, `pt`, and for video `rtcp_port`.
        """
        body = {
            **self._managed("rtp_forward", room),
            "admin_key": self.configuration.admin_key,
            "publisher_id": feed,
            "host": "127.0.0.1",
            "host_family": "ipv4",
            "streams": streams,
        }
        return [row["stream_id"] for row in (await self.message(body)).get("forwarders", [])]

    async def stop_forward(self, room: str, feed: str, stream: int) -> None:
        body = {**self._managed("stop_rtp_forward", room), "admin_key": self.configuration.admin_key}
        await self.message({**body, "publisher_id": feed, "stream_id": stream})

    async def handle_info(self, session: int, handle: int) -> Message:
        """Packets, bytes, NACKs and retransmissions of one WebRTC leg, as Janus' admin API gives them."""
        reply = await self._request(
            {
                "janus": "handle_info",
                "session_id": session,
                "handle_id": handle,
                "admin_secret": self.configuration.admin_secret,
            },
            admin=True,
        )
        return dict(reply["info"])

    def _managed(self, request: str, room: str) -> Message:
        return {"request": request, "room": room, "secret": self.configuration.room_secret}

    async def _request(self, message: Message, *, admin: bool = False, timeout_s: float = TIMEOUT_S) -> Message:
        transaction = secrets.token_hex(8)
        future = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = (future, message["janus"] != "message")
        message = {**message, "transaction": transaction}
        if not admin:
            message["token"] = core_token(self.configuration)
        try:
            await (self._admin if admin else self._socket).send(dumps(message))
            async with asyncio.timeout(timeout_s):
                reply: Message = await future
        except (TimeoutError, ConnectionClosed) as error:
            raise JanusGone(f"no answer to {message['janus']}") from error
        finally:
            self._waiting.pop(transaction, None)
        if reply["janus"] == "error":
            raise JanusError(reply["error"]["code"], str(reply["error"]["reason"]))
        return reply

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                self._take(loads(text))
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(JanusGone("Janus closed the connection"))

    def _take(self, message: Message) -> None:
        if (waiting := self._waiting.get(str(message.get("transaction")))) is not None:
            future, ack_is_answer = waiting
            if (ack_is_answer or message["janus"] != "ack") and not future.done():
                future.set_result(message)
            return
        listener = self._listeners.get(message.get("sender", 0))
        if listener is not None and message["janus"] == "event":
            listener(message["plugindata"]["data"])

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_S)
            with suppress(JanusGone):
                await self._request({"janus": "keepalive", "session_id": self._session})
