"""Make this checkout ready: `python3 tools/setup.py demo|test`.

Runs on a bare Debian 12 with python3 alone, so it uses the standard library only. Each step keeps a stamp, the hash of
all that it reads, under `.setup/`; a step whose stamp still holds is skipped.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import debian

ROOT = Path(__file__).resolve().parents[1]
STAMPS = ROOT / ".setup"
LOG = STAMPS / "setup.log"
VENV = ROOT / ".venv"
NEWEST_FIRST = {"demo": ("test", "demo"), "test": ("test",)}
CATALOGUE = ("src/tongtang/locale/**/*.po", "locale-fragments/*.po")
LOCKS = {"demo": "requirements.lock", "test": "requirements-dev.lock"}


class StepFailed(Exception):
    """A step ended badly; the message says what happened and what to do."""


@dataclass(frozen=True)
class Step:
    """One piece of set-up: `command` runs when `inputs` changed since its stamp or one of `outputs` is gone."""

    name: str
    words: str
    inputs: tuple[str, ...]
    outputs: tuple[Path, ...]
    command: Callable[[], None]
    salt: str = ""

    def digest(self) -> str:
        total = hashlib.sha256(self.salt.encode())
        for path in sorted(set(_files(self.inputs))):
            total.update(str(path.relative_to(ROOT)).encode())
            total.update(path.read_bytes())
        return total.hexdigest()

    def is_fresh(self) -> bool:
        stamp = STAMPS / self.name
        whole = all(output.exists() for output in self.outputs)
        return whole and stamp.exists() and stamp.read_text(encoding="ascii") == self.digest()


def _files(patterns: Iterable[str]) -> Iterable[Path]:
    for pattern in patterns:
        yield from (path for path in ROOT.glob(pattern) if path.is_file() and "node_modules" not in path.parts)


def _call(command: list[str], advice: str) -> None:
    """Run `command` quietly; raise StepFailed with its last lines and `advice` when it fails."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start = log.tell()
        code = subprocess.run(
            command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False
        ).returncode
    if code:
        tail = LOG.read_bytes()[start:].decode(errors="replace").strip().splitlines()[-12:]
        raise StepFailed("\n".join([*tail, f"{command[0]} ended with {code}. {advice}", f"The whole log: {LOG}"]))


def _run_step(step: Step) -> None:
    if step.is_fresh():
        return
    print(f"  {step.words} ...", end="", flush=True)
    began = time.monotonic()
    (STAMPS / step.name).unlink(missing_ok=True)
    try:
        step.command()
    except StepFailed:
        print(" failed", flush=True)
        raise
    (STAMPS / step.name).write_text(step.digest(), encoding="ascii")
    print(f" {time.monotonic() - began:.0f} s", flush=True)


NETWORK = "If this machine has no network now, connect it and run the same command again: it goes on where it stopped."


def _python_step(goal: str) -> Step:
    def install() -> None:
        if not (VENV / "bin/pip").exists():
            _call([sys.executable, "-m", "venv", "--clear", str(VENV)], "Remove .venv and try again.")
        pip = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        locked = [*pip, "--require-hashes", "-r", "requirements-build.lock", "-r", LOCKS[goal]]
        _call(locked, NETWORK)
        _call(
            [*pip, "--no-deps", "--no-build-isolation", "-e", "."],
            "The package description in pyproject.toml is at fault.",
        )

    return Step(
        name=f"python-{goal}",
        words="Python packages",
        inputs=("requirements-build.lock", LOCKS[goal], "pyproject.toml"),
        outputs=(VENV / "bin/tongtang",),
        command=install,
        salt=f"{sys.version} {ROOT}",
    )


def _npm_step() -> Step:
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return Step(
        name="npm",
        words="front-end packages",
        inputs=("package.json", "package-lock.json", ".npmrc"),
        outputs=(ROOT / "node_modules/.package-lock.json",),
        command=lambda: _call(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], NETWORK),
        salt=version,
    )


def _script_step(
    name: str, words: str, script: list[str], inputs: tuple[str, ...], outputs: tuple[Path, ...], salt: str = ""
) -> Step:
    def run() -> None:
        _call(script, "This is a fault of the checkout, not of the machine.")

    return Step(name, words, inputs, outputs, run, salt)


def _steps() -> list[Step]:
    """What follows the Python packages, in order."""
    python = str(VENV / "bin/python")
    package = ROOT / "src/tongtang"
    return [
        _npm_step(),
        _script_step(
            "frontend",
            "front end",
            ["node", "frontend/build.mjs"],
            ("frontend/**/*", "package-lock.json", *CATALOGUE, "src/tongtang/**/*.html", "src/tongtang/**/*.py"),
            (package / "static/build",),
        ),
        _script_step(
            "translations",
            "translations",
            [python, "tools/catalogue.py", "compile"],
            ("tools/catalogue.py", *CATALOGUE),
            (package / "locale/zh_Hans/LC_MESSAGES/django.mo",),
        ),
        _script_step(
            "machine-code",
            "machine code of the quick search",
            [python, "tools/machine_code.py"],
            ("tools/machine_code.py", "requirements.lock", "src/tongtang/timetable/solver/classic/*.py"),
            (package / "timetable/solver/classic/__pycache__/machine-code",),
            salt=f"{sys.version} {ROOT}",
        ),
    ]


def _python_packages(goal: str) -> None:
    """The test packages hold those of the demo, so either set serves the demo."""
    if not any(_python_step(name).is_fresh() for name in NEWEST_FIRST[goal]):
        _run_step(_python_step(goal))


def set_up(goal: str) -> None:
    """Bring the machine and the checkout to what `goal` needs.

    Raises:
        StepFailed, debian.PackagesFailed: with what happened and what to do.
    """
    if sys.hexversion < 0x030B0000:
        raise StepFailed(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Debian 12 has it as python3."
        )
    STAMPS.mkdir(exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    for line in debian.install_missing(goal, LOG):
        print(f"  {line}", flush=True)
    _python_packages(goal)
    for step in _steps():
        _run_step(step)


def main() -> int:
    parser = argparse.ArgumentParser(description="Install what Tongtang needs on this machine and in this checkout.")
    parser.add_argument("goal", choices=sorted(LOCKS), help="demo: to run it; test: to test it as well")
    goal = parser.parse_args().goal
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    try:
        set_up(goal)
    except (StepFailed, debian.PackagesFailed) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one ended.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
