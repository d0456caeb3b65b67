"""Whether sound and picture of a publisher have both begun.

Without sender reports, ffmpeg takes the first packets of the two streams for the same moment. Forwarded before its
picture has begun, a publisher would be seen later than heard for the rest of the run, by as much as the picture was
late.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class _First(asyncio.DatagramProtocol):
    """Tells of the first packet."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def datagram_received(self, _data: bytes, _sender: tuple[str, int]) -> None:
        self.came.set()


class Probe:
    """A port of loopback for each kind of stream, to which copies of its packets are sent."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self._kinds: dict[str, _First] = {}
        self._transports: list[asyncio.DatagramTransport] = []

    async def open(self, kinds: Collection[str]) -> None:
        loop = asyncio.get_running_loop()
        for kind in kinds:
            transport, first = await loop.create_datagram_endpoint(_First, local_addr=("127.0.0.1", 0))
            self._transports.append(transport)
            self._kinds[kind] = first
            self.ports[kind] = transport.get_extra_info("sockname")[1]

    async def all_arrived(self, within_s: float) -> bool:
        """Whether each stream brought a packet in time."""
        try:
            async with asyncio.timeout(within_s):
                for first in self._kinds.values():
                    await first.came.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        for transport in self._transports:
            transport.close()


@contextmanager
def probe() -> Iterator[Probe]:
    """A probe that is closed at the end."""
    made = Probe()
    try:
        yield made
    finally:
        made.close()
