"""Media taken away while pages, push and signalling go on, which use TCP."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.journeys.conftest import INTERFACE

# Packets to a neighbour who does not exist: nobody is told, as in a black hole.
NOBODY = "02:00:00:00:00:01"
TABLE = "77"
ADDRESS = "10.77.0.1"


@contextmanager
def media_cut() -> Iterator[None]:
    """All UDP to the media server's address vanishes. Only in a network of one's own: rules of the kernel are moved."""
    # The kernel's own rule for local addresses stands first; ours must come before it.
    _ip("rule add pref 100 lookup local")
    _ip("rule del pref 0")
    _ip(f"neighbour replace {ADDRESS} lladdr {NOBODY} dev {INTERFACE} nud permanent")
    _ip(f"route replace default dev {INTERFACE} table {TABLE}")
    _ip(f"rule add pref 50 to {ADDRESS} ipproto udp lookup {TABLE}")
    try:
        yield
    finally:
        _ip("rule del pref 50")
        _ip("rule add pref 0 lookup local")
        _ip("rule del pref 100")


def _ip(words: str) -> None:
    path = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    assert path, "the Debian package iproute2 is missing: make test installs it"
    subprocess.run([path, *words.split()], check=True)
