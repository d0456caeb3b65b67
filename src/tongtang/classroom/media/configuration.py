"""Janus' configuration: random secrets, every listener on loopback, the media interface chosen or named.

Written to `TONGTANG_HOME/run/janus` (0600) at each start of the media process. The secrets live as long as the process.
"""

import array
import fcntl
import secrets
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

LIBRARY_FOLDERS = ("/usr/lib/x86_64-linux-gnu/janus", "/usr/lib/aarch64-linux-gnu/janus", "/usr/lib/janus")
PLUGINS_KEPT = {"libjanus_videoroom.so"}
TRANSPORTS_KEPT = {"libjanus_websockets.so"}
RTP_PORTS = (20000, 20999)


class MediaUnavailable(Exception):
    """Live media cannot run here; the message says what is missing and what to do."""


@dataclass(frozen=True)
class JanusConfiguration:
    """Where the running Janus answers and the secrets that only the media process knows."""

    folder: Path
    ws_port: int
    admin_port: int
    interfaces: tuple[str, ...]
    token_secret: str
    admin_secret: str
    admin_key: str
    room_secret: str

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def admin_url(self) -> str:
        return f"ws://127.0.0.1:{self.admin_port}"

    @property
    def command(self) -> list[str]:
        return ["janus", "-F", str(self.folder), "-C", str(self.folder / "janus.jcfg")]


def media_interfaces(wanted: str) -> tuple[str, ...]:
    """What carries media: the interfaces or address prefixes `wanted` (comma separated), else all with an IPv4 address.

    Loopback is never among the chosen ones: Janus does not use it. Empty means that there is no other address, so that
    only HLS is possible.

    Raises:
        MediaUnavailable: a named interface does not exist.
    """
    present = _addresses()
    if wanted:
        names = tuple(name.strip() for name in wanted.split(",") if name.strip())
        for name in names:
            if name not in present and not any(address.startswith(name) for address in present.values()):
                raise MediaUnavailable(
                    f"TONGTANG_MEDIA_INTERFACE={wanted!r}: {name} has no IPv4 address here; "
                    f"there are {', '.join(f'{key} ({value})' for key, value in sorted(present.items()))}"
                )
        return names
    return tuple(sorted(name for name, address in present.items() if not address.startswith("127.")))


def _addresses() -> dict[str, str]:
    """IPv4 address by interface name, of interfaces that are up (SIOCGIFCONF lists no others)."""
    size = 40 * 256 if sys.maxsize > 2**32 else 32 * 256
    buffer = array.array("B", bytes(size))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("iL", size, buffer.buffer_info()[0])
        used = struct.unpack("iL", fcntl.ioctl(probe, 0x8912, request))[0]
    data = buffer.tobytes()
    step = 40 if sys.maxsize > 2**32 else 32
    return {
        data[at : at + 16].split(b"\0", 1)[0].decode(): socket.inet_ntoa(data[at + 20 : at + 24])
        for at in range(0, used, step)
    }


def free_ports(count: int) -> list[int]:
    """`count` TCP ports of loopback that nobody listens on at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def write_configuration(folder: Path, interfaces: tuple[str, ...]) -> JanusConfiguration:
    """Fresh secrets and ports, written to `folder`.

    Raises:
        MediaUnavailable: Janus is not installed.
    """
    library = next((path for path in LIBRARY_FOLDERS if Path(path, "plugins").is_dir()), None)
    if library is None:
        raise MediaUnavailable("Janus is not installed: run apt-get install janus janus-tools")
    ws_port, admin_port = free_ports(2)
    configuration = JanusConfiguration(
        folder, ws_port, admin_port, interfaces, *(secrets.token_urlsafe(32) for _ in range(4))
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name, text in _files(configuration, Path(library)).items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return configuration


def _files(c: JanusConfiguration, library: Path) -> dict[str, str]:
    plugins = _all_but(library / "plugins", PLUGINS_KEPT)
    transports = _all_but(library / "transports", TRANSPORTS_KEPT)
    interfaces = ",".join(c.interfaces)
    return {
        "janus.jcfg": f"""general: {{
  configs_folder = "{c.folder}"
  plugins_folder = "{library}/plugins"
  transports_folder = "{library}/transports"
  events_folder = "{library}/events"
  loggers_folder = "{library}/loggers"
  debug_level = 3
  debug_colors = false
  debug_timestamps = true
  admin_secret = "{c.admin_secret}"
  token_auth = true
  token_auth_secret = "{c.token_secret}"
  session_timeout = 60
  reclaim_session_timeout = 0
  server_name = "tongtang"
}}
media: {{ rtp_port_range = "{RTP_PORTS[0]}-{RTP_PORTS[1]}" }}
nat: {{ full_trickle = false  ice_enforce_list = "{interfaces}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
""",
        "janus.transport.websockets.jcfg": f"""general: {{
  json = "compact"
  ws = true
  ws_port = {c.ws_port}
  ws_ip = "127.0.0.1"
  wss = false
}}
admin: {{ admin_ws = true  admin_ws_port = {c.admin_port}  admin_ws_ip = "127.0.0.1"  admin_wss = false }}
""",
        "janus.plugin.videoroom.jcfg": f"""general: {{
  admin_key = "{c.admin_key}"
  lock_rtp_forward = true
  string_ids = true
}}
""",
    }


def _all_but(folder: Path, kept: set[str]) -> str:
    return ",".join(sorted(path.name for path in folder.glob("*.so") if path.name not in kept))
