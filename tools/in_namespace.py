"""Run a command in a network of its own: `python tools/in_namespace.py COMMAND...`.

The network holds loopback and a pair of linked interfaces, `ve0` with address 10.77.0.1/24 (Janus never uses loopback)
and `ve1`; nothing outside can be reached. It is gone when the command and all that it started have ended. Where no
network can be made, this fails with the reason.
"""

import os
import shutil
import subprocess
import sys

ADDRESS = "10.77.0.1"
INTERFACE = "ve0"
INSIDE = "--inside"
LINKS = (
    "link set lo up",
    f"link add {INTERFACE} type veth peer name ve1",
    f"address add {ADDRESS}/24 dev {INTERFACE}",
    f"link set {INTERFACE} up",
    "link set ve1 up",
    f"route add default dev {INTERFACE}",
)


def _ip() -> str:
    path = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if not path:
        sys.exit("in_namespace: the Debian package iproute2 is missing (make test installs it)")
    return path


def _enter(command: list[str]) -> None:
    """Become the same script inside a new network namespace; without root inside a user namespace of its own."""
    own_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    probe = subprocess.run(["unshare", *own_user, "--net", "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        sys.exit(f"in_namespace: this machine refuses a network of its own: {probe.stderr.strip()}; run it as root")
    os.execvp("unshare", ["unshare", *own_user, "--net", sys.executable, __file__, INSIDE, *command])


def _set_up() -> None:
    for line in LINKS:
        done = subprocess.run([_ip(), *line.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"in_namespace: `ip {line}` failed: {done.stderr.strip()}")


def main() -> None:
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        sys.exit(__doc__)
    if words[0] != INSIDE:
        _ip()
        _enter(words)
    _set_up()
    os.environ["TONGTANG_MEDIA_INTERFACE"] = INTERFACE
    os.execvp(words[1], words[1:])


if __name__ == "__main__":
    main()
