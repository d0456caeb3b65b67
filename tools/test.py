"""Run the checks and tests: `python tools/test.py [STAGE...]`; without a stage, all of them in order.

Every stage runs even when an earlier one failed; the table at the end names the failures, and the exit code is 1 if
there is one. A stage whose tests are missing fails: nothing is skipped.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
BIN = Path(PYTHON).parent
# The order of tests is shuffled, the same way every time: see decision 22.
PYTEST = (PYTHON, "-m", "pytest", "--quiet", "--randomly-seed=20260901")
EXPLORE = (PYTHON, "-m", "pytest", "--quiet", "--hypothesis-profile=new")
NOT_JOURNEYS = ("-m", "not journey", "-n", "2")
# Twice what the longest stage takes on two cores: what hangs must not hide the stages after it.
STAGE_SECONDS = 1800
SOURCES = ("src", "tests", "tools", "bench")


@dataclass(frozen=True)
class Stage:
    """One command whose exit code says whether it passed."""

    name: str
    words: str
    command: tuple[str, ...]


def stages() -> list[Stage]:
    """All stages, the quick ones first."""
    sources = tuple(name for name in SOURCES if (ROOT / name).exists())
    ruff = str(BIN / "ruff")
    return [
        Stage("format", "Python format", (ruff, "format", "--check", "--quiet", *sources)),
        Stage("lint", "Python lint", (ruff, "check", "--quiet", *sources)),
        Stage("types", "Python types", (str(BIN / "mypy"),)),
        Stage("contracts", "import contracts", (str(BIN / "lint-imports"), "--no-logo")),
        Stage(
            "migrations", "migrations match models", (PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run")
        ),
        Stage("catalogue", "translations", (PYTHON, "tools/catalogue.py", "check")),
        Stage("typescript", "TypeScript types", ("npx", "--no-install", "tsc", "--noEmit")),
        Stage("frontend", "front-end tests", ("npm", "test", "--silent")),
        Stage("sqlite", "tests on SQLite", (*PYTEST, *NOT_JOURNEYS)),
        Stage("postgresql", "tests on PostgreSQL", (PYTHON, "tools/with_postgres.py", *PYTEST, *NOT_JOURNEYS)),
        Stage("journeys", "browser journeys", (PYTHON, "tools/in_namespace.py", *PYTEST, "-m", "journey")),
    ]


def by_name_only() -> list[Stage]:
    """Stages that run only when named."""
    return [Stage("explore", "tests on SQLite, in a new order with newly drawn cases", (*EXPLORE, *NOT_JOURNEYS))]


def run_stage(stage: Stage, home: Path) -> tuple[bool, float]:
    """Whether it passed, and its seconds."""
    print(f"\n==> {stage.name}: {stage.words}", flush=True)
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
    environment |= {"TONGTANG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tongtang.config.settings"}
    code = run_bounded(stage.command, environment)
    seconds = time.monotonic() - began
    print(f"==> {stage.name} {'passed' if code == 0 else 'FAILED'} in {seconds:.1f} s", flush=True)
    return code == 0, seconds


def run_bounded(command: Sequence[str], environment: dict[str, str]) -> int:
    """The exit code of `command`; after STAGE_SECONDS it is ended with all that it started, and 124 is returned."""
    try:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, process_group=0)
    except FileNotFoundError as missing:
        print(f"{missing.filename} is missing: run `make test`, which installs it", file=sys.stderr)
        return 127
    try:
        return process.wait(STAGE_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"ended: not done after {STAGE_SECONDS} s", file=sys.stderr, flush=True)
        return 124
    finally:
        end_group(process)


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Ask what is left of the group to end, and after ten seconds make it end."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)


def run_all(chosen: Sequence[Stage]) -> int:
    with tempfile.TemporaryDirectory(prefix="tongtang-test-") as home:
        results = [(stage, *run_stage(stage, Path(home))) for stage in chosen]
    print()
    for stage, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {seconds:7.1f} s  {stage.name}: {stage.words}")
    failed = [stage.name for stage, passed, _seconds in results if not passed]
    if failed:
        print(f"\nFailed: {' '.join(failed)}. One alone: make test STAGES={failed[0]}", flush=True)
    return 1 if failed else 0


def main() -> int:
    known = {stage.name: stage for stage in [*stages(), *by_name_only()]}
    parser = argparse.ArgumentParser(description="Run the checks and tests of Tongtang.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"one of: {' '.join(known)}")
    names = parser.parse_args().stages
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"no stage {unknown[0]}; there are {' '.join(known)}")
    try:
        return run_all([known[name] for name in names] if names else stages())
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
