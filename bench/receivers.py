"""CPU of the product's Janus for each further WebRTC receiver.

Receivers without a decoder: each is a real subscription through the product's `/rtc` with a ticket of its own, but its
peer is not a browser: a second Janus takes the media in and throws it away. The studio is a film that the second Janus
sends without encoding it. Only signalling, JSON, passes through here; the second Janus' CPU is not counted.
"""

import asyncio
import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.media import Measured, slope
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tongtang.classroom.media.configuration import LIBRARY_FOLDERS, free_ports
from tongtang.classroom.media.tests.house import eventually
from tongtang.classroom.media.tickets import Right

LESSON = "00000000-0000-4000-8000-000000000002"
COUNTS = (2, 10, 20)
SETTLE_S, MEASURE_S = 4, 8
AUDIO_PORT, VIDEO_PORT = 23000, 23002
ROOM, STREAMING = "janus.plugin.videoroom", "janus.plugin.streaming"
MOUNTPOINT = {
    "request": "create",
    "type": "rtp",
    "id": "film",
    "media": [
        {"type": "audio", "mid": "a", "port": AUDIO_PORT, "pt": 111, "codec": "opus"},
        {"type": "video", "mid": "v", "port": VIDEO_PORT, "pt": 96, "codec": "h264",
         "fmtp": "profile-level-id=42e01f;packetization-mode=1"},
    ],
}  # fmt: skip
Message = dict[str, Any]


class Talk:
    """A connection that speaks Janus' JSON, to the product's proxy (after `redeem`) or straight to a Janus."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._session: Message = {}
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def redeem(self, ticket: str) -> None:
        await self.socket.send(json.dumps({"tongtang": "redeem", "ticket": ticket}))
        answer = json.loads(await self.socket.recv())
        if answer["tongtang"] != "redeemed":
            raise SystemExit(f"the ticket was refused: {answer}")

    async def begin(self) -> None:
        self._reader = asyncio.create_task(self._read())
        self._session = {"session_id": (await self._ask({"janus": "create"}))["data"]["id"]}

    async def attach(self, plugin: str) -> int:
        return int((await self._ask({"janus": "attach", "plugin": plugin}))["data"]["id"])

    async def say(self, handle: int, body: Message, jsep: Message | None = None) -> Message:
        """The whole answer to a plugin's request; its `jsep`, if any, stands in it."""
        more = {"jsep": {"type": jsep["type"], "sdp": jsep["sdp"]}} if jsep else {}
        answer = await self._ask({"janus": "message", "handle_id": handle, "body": body, **more})
        data = answer.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise SystemExit(f"Janus refused {body['request']}: {data}")
        return answer

    async def _ask(self, message: Message) -> Message:
        transaction = secrets.token_hex(6)
        future = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({**message, **self._session, "transaction": transaction}))
        answer: Message = await asyncio.wait_for(future, 10)
        if answer["janus"] == "error":
            raise SystemExit(f"Janus refused {message['janus']}: {answer['error']}")
        return answer

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                message = json.loads(text)
                future = self._waiting.get(str(message.get("transaction")))
                if future is not None and message["janus"] != "ack" and not future.done():
                    future.set_result(message)


def measure(house: Measured, film: Path) -> dict[str, Any]:
    """CPU of Janus in percent of a core at each number of receivers, and its slope a receiver."""
    house.wish({"lesson_id": LESSON})
    eventually(lambda: house.is_open(LESSON), 15)
    with _second_janus(house.home) as port:
        points = asyncio.run(_measure(house, port, film))
    house.wish()
    each = slope([(count, share) for count, share, _ in points])
    return {
        "janus_cpu_percent": {str(count): round(share, 1) for count, share, _ in points},
        "kbit_per_s_each": round(points[-1][2]),
        "cpu_percent_each": round(each, 2),
        "receivers_per_core": round(100 / each),
    }


@contextmanager
def _second_janus(home: Path) -> Iterator[int]:
    """The WebSocket port of a Janus that plays the studio and the classrooms."""
    library = next(path for path in LIBRARY_FOLDERS if Path(path, "plugins").is_dir())
    port = free_ports(1)[0]
    folder = home / "second-janus"
    folder.mkdir()
    kept = {"libjanus_videoroom.so", "libjanus_streaming.so", "libjanus_websockets.so"}
    off = {kind: ",".join(p.name for p in Path(library, kind).glob("*.so") if p.name not in kept)
           for kind in ("plugins", "transports", "events", "loggers")}  # fmt: skip
    files = {
        "janus": f"""general: {{ configs_folder="{folder}" plugins_folder="{library}/plugins" debug_level=3
  transports_folder="{library}/transports" events_folder="{library}/events" loggers_folder="{library}/loggers" }}
media: {{ rtp_port_range="22000-22999" }}
nat: {{ full_trickle=false ice_enforce_list="{_interface(home)}" }}
plugins: {{ disable="{off["plugins"]}" }}
transports: {{ disable="{off["transports"]}" }}
""",
        "janus.transport.websockets": f'general: {{ ws=true ws_port={port} ws_ip="127.0.0.1" wss=false }}\n',
        "janus.plugin.videoroom": "general: { string_ids=true }\n",
        "janus.plugin.streaming": "general: { string_ids=true }\n",
    }
    for name, text in files.items():
        (folder / f"{name}.jcfg").write_text(text, encoding="utf-8")
    command = ["janus", "-F", str(folder), "-C", str(folder / "janus.jcfg")]
    with (home / "logs" / "second-janus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        time.sleep(1.5)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _interface(home: Path) -> str:
    """The interface that the product's own Janus was told to use."""
    text = (home / "run" / "janus" / "janus.jcfg").read_text(encoding="utf-8")
    return text.split('ice_enforce_list = "', 1)[1].split('"', 1)[0]


async def _measure(house: Measured, port: int, film: Path) -> list[tuple[int, float, float]]:
    async with connect(f"ws://127.0.0.1:{port}", subprotocols=[Subprotocol("janus-protocol")]) as socket:
        second = Talk(socket)
        await second.begin()
        await _prepare(second)
        with _sending(film):
            talks = [await _publish(house, second)]
            points = []
            for count in COUNTS:
                while len(talks) - 1 < count:
                    talks.append(await _subscribe(house, second, len(talks)))
                await asyncio.sleep(SETTLE_S)
                points.append((count, *await _share(house, count)))
            for talk in talks:
                await talk.socket.close()
    return points


async def _prepare(second: Talk) -> None:
    """The room that takes media in, and the mountpoint of the film."""
    room = {"request": "create", "room": "sink", "publishers": 200, "videocodec": "h264", "audiocodec": "opus"}
    await second.say(await second.attach(ROOM), {**room, "bitrate": 0})
    await second.say(await second.attach(STREAMING), MOUNTPOINT)


@contextmanager
def _sending(film: Path) -> Iterator[None]:
    rtp = "rtp://127.0.0.1:{}?pkt_size=1200"
    # A transport stream repeats its parameter sets at each key frame, which a receiver that comes later needs.
    stream = film.with_suffix(".ts")
    remux = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-i", str(film), "-c", "copy", str(stream)]
    subprocess.run(remux, check=True)
    command = [
        "ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", str(stream),
        "-map", "0:v", "-c:v", "copy", "-payload_type", "96", "-f", "rtp",
        rtp.format(VIDEO_PORT), "-map", "0:a", "-c:a", "libopus", "-b:a", "60k", "-payload_type", "111", "-f", "rtp",
        rtp.format(AUDIO_PORT),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


async def _publish(house: Measured, second: Talk) -> Talk:
    """The film goes on the air as the teacher of the lesson."""
    studio = await _come_in(house, "teacher", Right.PUBLISH_ANCHOR)
    watching = await second.attach(STREAMING)
    offer = (await second.say(watching, {"request": "watch", "id": "film"}))["jsep"]
    handle = await studio.attach(ROOM)
    await studio.say(handle, {"request": "join", "ptype": "publisher"})
    answer = (await studio.say(handle, {"request": "publish"}, offer))["jsep"]
    await second.say(watching, {"request": "start"}, answer)
    for _ in range(50):
        if "anchor.teacher" in house.feeds(LESSON):
            return studio
        await asyncio.sleep(0.1)
    raise SystemExit("the film is not on the air within 5 s")


async def _subscribe(house: Measured, second: Talk, number: int) -> Talk:
    """One more classroom, whose media ends in the second Janus."""
    classroom = await _come_in(house, f"class-{number}", Right.RECEIVE)
    handle = await classroom.attach(ROOM)
    wanted = {"request": "join", "ptype": "subscriber", "streams": [{"feed": "anchor.teacher"}]}
    offer = (await classroom.say(handle, wanted))["jsep"]
    sink = await second.attach(ROOM)
    body = {"request": "joinandconfigure", "ptype": "publisher", "room": "sink"}
    answer = (await second.say(sink, body, offer))["jsep"]
    await classroom.say(handle, {"request": "start"}, answer)
    return classroom


async def _come_in(house: Measured, participant: str, right: Right) -> Talk:
    socket = await connect(f"ws://127.0.0.1:{house.port}/rtc", origin=Origin(house.origin))
    talk = Talk(socket)
    await talk.redeem(house.ticket(LESSON, participant, right))
    await talk.begin()
    return talk


async def _share(house: Measured, count: int) -> tuple[float, float]:
    """Percent of a core that Janus uses now, and kbit/s that each receiver gets."""
    began, spent, sent = time.monotonic(), house.janus_cpu, _bytes_out(house, count)
    await asyncio.sleep(MEASURE_S)
    spent, seconds = house.janus_cpu - spent, time.monotonic() - began
    return 100 * spent / seconds, (_bytes_out(house, count) - sent) * 8 / 1000 / seconds / count


def _bytes_out(house: Measured, count: int) -> int:
    legs = house.ask(do="legs", lesson=LESSON)["legs"]
    receiving = [leg for leg in legs if leg["right"] == Right.RECEIVE]
    if len(receiving) != count:
        raise SystemExit(f"{len(receiving)} of {count} receivers are connected")
    return sum(medium["stats"]["out"]["bytes"] for leg in receiving for medium in leg["webrtc"]["media"].values())
