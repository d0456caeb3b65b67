"""Where the processes of one home find each other: Unix sockets under its run folder, none of them on the network."""

from dataclasses import dataclass
from pathlib import Path

from tongtang.foundation.environment import BadVariable, Environment

# The kernel's limit for the path of a Unix socket, without its closing zero.
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True)
class Socket:
    """A Unix socket by its file name in the run folder."""

    name: str

    def path(self, env: Environment) -> Path:
        """The socket's path.

        Raises:
            BadVariable: the home's path is too long for the kernel.
        """
        path = env.run / self.name
        if len(str(path).encode()) > LONGEST_SOCKET_PATH:
            raise BadVariable(f"TONGTANG_HOME={str(env.home)!r}: too long for sockets, give a path under 90 characters")
        return path


WEB = Socket("web.sock")
RUSH = Socket("rush.sock")
EVENTS = Socket("events.sock")
SIGNALLING = Socket("rtc.sock")
