"""Two network namespaces with a router between them whose forwarding can be switched off: packets vanish."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CLIENT_ADDRESS, SERVER_ADDRESS = "10.78.1.2", "10.78.2.2"
SIDES = (("client", CLIENT_ADDRESS, "10.78.1.1"), ("server", SERVER_ADDRESS, "10.78.2.1"))


@dataclass(frozen=True)
class Link:
    """The names of the three namespaces."""

    client: str
    router: str
    server: str

    def cut(self) -> None:
        """From now on packets are dropped in both directions, without a word to either end."""
        _ip("netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=0")

    def mend(self) -> None:
        _ip("netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")


@contextmanager
def routed_link() -> Iterator[Link]:
    """A client and a server namespace; fails with the reason where none can be made."""
    link = Link(*(f"tt{os.getpid()}{end}" for end in "crs"))
    try:
        for name in (link.client, link.router, link.server):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        for side, address, gateway in SIDES:
            _join(getattr(link, side), link.router, side[:3], address, gateway)
        link.mend()
        yield link
    finally:
        for name in (link.client, link.router, link.server):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _join(name: str, router: str, port: str, address: str, gateway: str) -> None:
    _ip("link", "add", "up0", "netns", name, "type", "veth", "peer", "name", port, "netns", router)
    for namespace, device, own in ((name, "up0", address), (router, port, gateway)):
        _ip("-n", namespace, "addr", "add", f"{own}/24", "dev", device)
        _ip("-n", namespace, "link", "set", device, "up")
    _ip("-n", name, "route", "add", "default", "via", gateway)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"no network namespace can be made here (ip {' '.join(words)}: {done.stderr.strip()})")
