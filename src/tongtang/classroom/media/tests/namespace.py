"""A network namespace of our own: loopback, and a veth pair whose address the media server uses."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS = "10.77.0.1"
INTERFACE = "ve0"
NEW_NETWORK = 0x40000000


class NoNamespace(Exception):
    """Network namespaces cannot be made here; the message says why."""


@contextmanager
def network_namespace(*, addressed: bool = True) -> Iterator[None]:
    """Move this thread, and every process it starts, into a fresh namespace; back again at the end.

    Without `addressed` there is no interface but loopback. The namespace goes when its last process has ended.

    Raises:
        NoNamespace: neither root nor in a user namespace, or a kernel or container that refuses.
    """
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NETWORK) != 0:
        raise NoNamespace(
            f"A network namespace cannot be made here: {os.strerror(ctypes.get_errno())}. Run the tests as root, or "
            "through tools/in_namespace.py, in a container that allows it (CAP_SYS_ADMIN)."
        )
    try:
        _ip("link", "set", "lo", "up")
        if addressed:
            _ip("link", "add", INTERFACE, "type", "veth", "peer", "name", "ve1")
            _ip("addr", "add", f"{ADDRESS}/24", "dev", INTERFACE)
            for end in (INTERFACE, "ve1"):
                _ip("link", "set", end, "up")
        yield
    finally:
        if libc.setns(here, NEW_NETWORK) != 0:
            raise NoNamespace(f"The way back is closed: {os.strerror(ctypes.get_errno())}")
        os.close(here)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoNamespace(f"ip {' '.join(words)}: {done.stderr.strip()}")


def listeners() -> dict[int, str]:
    """TCP ports that are listened on in this thread's namespace, with their address in the kernel's hexadecimal."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/thread-self/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {int(row[1].rsplit(":", 1)[1], 16): row[1].rsplit(":", 1)[0] for row in rows if row[3] == "0A"}
