"""Child processes that never outlive us: own process group, killed by the kernel when the media process dies."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path

STOP_WITHIN_S = 4.0
MAX_LOG = 5_000_000


async def spawn(command: list[str], log: Path) -> Process:
    """Start `command` in its own group; its output is appended to `log` (begun anew beyond 5 MB).

    Raises:
        FileNotFoundError: `setpriv` (util-linux) is missing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    mode = "ab" if not log.exists() or log.stat().st_size < MAX_LOG else "wb"
    with log.open(mode) as output:
        return await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "KILL", "--", *command,
            stdin=DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


async def stop(process: Process, *, at_once: bool = False) -> None:
    """SIGTERM to the group, SIGKILL after 4 s (or `at_once`); waits for the end."""
    if process.returncode is None:
        _signal(process, signal.SIGKILL if at_once else signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.wait()
        except TimeoutError:
            _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
