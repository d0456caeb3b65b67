"""Ports for real processes: each test worker has a range of its own, below those that the kernel hands out.

A port that the kernel named and that was closed again can be handed to another worker before the process binds it.
"""

import os
import socket
from itertools import cycle

_RANGE = 2000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_candidates = cycle(range(12_000 + _WORKER * _RANGE, 12_000 + (_WORKER + 1) * _RANGE))


def free_port() -> int:
    """A port of this worker's range on which nobody listens."""
    for port in _candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("a cycle does not end")
