"""The Debian packages that Tongtang needs: which are missing, and how to install them."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


class PackagesFailed(Exception):
    """Packages without which the goal cannot be reached were not installed; the message says why and what to do."""


@dataclass(frozen=True)
class Need:
    """A Debian package, how to see that its content is there, and what is lost without it ("": everything)."""

    package: str
    present: Callable[[], bool]
    without: str = ""
    goals: tuple[str, ...] = ("demo", "test")


def _program(*names: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") for name in names)


def _installed(*packages: str) -> Callable[[], bool]:
    def check() -> bool:
        query = ["dpkg-query", "-W", "-f", "${db:Status-Status}\n", *packages]
        return "installed" in subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()

    return check


def _postgres_programs() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


NEEDS = (
    Need("python3-venv", lambda: importlib.util.find_spec("ensurepip") is not None),
    Need("nodejs", _program("node")),
    Need("npm", _program("npm")),
    Need("nginx", _program("nginx")),
    Need("openssl", _program("openssl"), "no HTTPS for other devices (make demo LAN=1)"),
    Need("janus", _program("janus"), "no live video"),
    Need("janus-tools", _program("janus-pp-rec"), "no recordings"),
    Need("ffmpeg", _program("ffmpeg"), "no live video for many classrooms and no recordings"),
    Need("fonts-noto-cjk", _installed("fonts-noto-cjk"), "Chinese in converted slides may show as boxes"),
    Need("poppler-utils", _program("pdftoppm"), "no slides from PDF files"),
    Need(
        "libreoffice-impress-nogui",
        _installed("libreoffice-impress-nogui", "libreoffice-impress"),
        "no slides from PPTX files",
    ),
    Need("chromium", _program("chromium"), goals=("test",)),
    # The Node.js that Playwright brings along is linked against it.
    Need("libatomic1", _installed("libatomic1"), goals=("test",)),
    Need("postgresql", _postgres_programs, goals=("test",)),
    Need("fet", _program("fet-cl"), goals=("test",)),
    Need("iproute2", _program("ip"), goals=("test",)),
)
# Debian starts these at once on ports of its own; ours run as children of `tongtang serve`.
SERVICES = frozenset({"nginx", "janus", "postgresql"})
REASONS = (
    ("dpkg was interrupted", "An installation was cut off: run `dpkg --configure -a` as root, then this again."),
    ("Could not get lock", "Another program is installing packages: wait until it is done, then run this again."),
    ("Temporary failure resolving", "Debian's package server is out of reach: check the network, then run this again."),
    ("Could not connect", "Debian's package server is out of reach: check the network or the proxy."),
    ("No space left", "The disk is full: about 2 GB are needed."),
    ("a password is required", "sudo needs your password: run this in a terminal, or as root."),
    ("not in the sudoers", "This account may not use sudo: run this as root."),
)


def install_missing(goal: str, log: Path) -> Iterator[str]:
    """Install what `goal` lacks; yields lines for people. Output of the package tools goes to `log`.

    Raises:
        PackagesFailed: something is missing without which `goal` cannot be reached.
    """
    missing = [need for need in NEEDS if goal in need.goals and not need.present()]
    if not missing:
        return
    names = [need.package for need in missing]
    yield f"Debian packages: {' '.join(names)} (takes minutes the first time)"
    reason = _install(names, log)
    left = [need for need in missing if not need.present()]
    vital = [need.package for need in left if goal == "test" or not need.without]
    if reason and vital and len(names) > len(vital):
        reason = _install(vital, log)
        vital = [need.package for need in left if need.package in vital and not need.present()]
    if vital:
        raise PackagesFailed(f"Not installed: {' '.join(vital)}. {reason}\nThe whole log: {log}")
    _rest_services([need.package for need in missing if need.present()], log)
    yield from (
        f"{need.package} could not be installed: {need.without}. {reason}" for need in left if not need.present()
    )


def _install(names: list[str], log: Path) -> str:
    """Install `names`; the reason why not, or ""."""
    if not shutil.which("apt-get"):
        return "This is no Debian: install what is named here by this system's own means."
    if os.geteuid() and not shutil.which("sudo"):
        return f"Run as root: apt-get install --no-install-recommends {' '.join(names)}"
    install = ["install", "-y", "--no-install-recommends", *names]
    if not any(Path("/var/lib/apt/lists").glob("*Packages*")):
        _apt(["update"], log)
        return _reason(*_apt(install, log))
    code, text = _apt(install, log)
    if code and any(
        hint in text for hint in ("Unable to locate", "has no installation candidate", "404", "Unable to fetch")
    ):
        _apt(["update"], log)
        code, text = _apt(install, log)
    return _reason(code, text)


def _apt(arguments: list[str], log: Path) -> tuple[int, str]:
    """Exit code and output of one apt-get; waits up to two minutes for another one to end."""
    command = [
        *([] if os.geteuid() == 0 else ["sudo"]),
        *["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"],
        *["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2", *arguments],
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"\n$ {' '.join(command)}\n{done.stdout}")
    return done.returncode, done.stdout


def _reason(code: int, text: str) -> str:
    if not code:
        return ""
    for hint, words in REASONS:
        if hint in text:
            return words
    errors = [line for line in text.splitlines() if line.startswith("E:")]
    return "apt-get said: " + " ".join(errors[-2:] or [f"exit code {code}"])


def _rest_services(packages: list[str], log: Path) -> None:
    """Stop Debian's own service of what was installed just now, and keep it from starting with the machine."""
    if not Path("/run/systemd/system").is_dir():
        return
    for name in sorted(SERVICES.intersection(packages)):
        command = [*([] if os.geteuid() == 0 else ["sudo"]), "systemctl", "disable", "--now", name]
        with log.open("a", encoding="utf-8") as file:
            subprocess.run(command, stdout=file, stderr=file, check=False)
