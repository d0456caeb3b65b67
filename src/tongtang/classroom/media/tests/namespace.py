"""A network namespace of our own: loopback, and a veth pair whose address the media server uses."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

ADDRESS = "10.77.0.1"
INTERFACE = "ve0"
NEW_NETWORK = 0x40000000
_numbers = count()


class NoNamespace(Exception):
    """Network namespaces cannot be made here; the message says why."""


@contextmanager
def network_namespace(*, addressed: bool = True) -> Iterator[str]:
    """Move this thread, and every process it starts, into a fresh namespace; its name. Back again at the end.

    Without `addressed` there is no interface but loopback.

    Raises:
        NoNamespace: not root, or a kernel or container that refuses.
    """
    name = f"tongtang{os.getpid()}-{next(_numbers)}"
    _ip("netns", "add", name)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        _ip("link", "set", "lo", "up")
        if addressed:
            _ip("link", "add", INTERFACE, "type", "veth", "peer", "name", "ve1")
            _ip("addr", "add", f"{ADDRESS}/24", "dev", INTERFACE)
            for end in (INTERFACE, "ve1"):
                _ip("link", "set", end, "up")
        yield name
    finally:
        _enter(here)
        os.close(here)
        os.close(there)
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoNamespace(
            f"ip {' '.join(words)}: {done.stderr.strip()}. Media tests need a network namespace of their own: "
            "run them as root, in a container that allows it (CAP_NET_ADMIN, CAP_SYS_ADMIN)."
        )


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, NEW_NETWORK) != 0:
        raise NoNamespace(f"setns: {os.strerror(ctypes.get_errno())}")


def listeners() -> dict[int, str]:
    """TCP ports that are listened on in this thread's namespace, with their address in the kernel's hexadecimal."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/thread-self/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {int(row[1].rsplit(":", 1)[1], 16): row[1].rsplit(":", 1)[0] for row in rows if row[3] == "0A"}
