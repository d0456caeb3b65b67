"""Running the programs that convert: bounded in time and memory, at low priority, without a network."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.preparation.conversion.limits import MEGABYTE, Unusable

ADDRESS_SPACE = 4096 * MEGABYTE
FILE_BYTES = 600 * MEGABYTE


class TookTooLong(Exception):
    """A program did not end in its time."""


@cache
def _without_network() -> tuple[str, ...]:
    """The words that take the network away; none where the kernel refuses this user its own namespaces."""
    words = ("unshare", "--user", "--net", "--map-current-user")
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else ()


def run_bounded(command: Sequence[str], *, seconds: int, home: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run `command` to its end with `home` as its home and temporary folder.

    It ends with this process, gets `seconds` of wall clock and of processor, 4 GB of address space, 600 MB a file.

    Raises:
        Unusable: the program is not installed.
        TookTooLong: it was ended after `seconds`.
    """
    if shutil.which(command[0]) is None:
        raise Unusable(
            _("The server lacks %(program)s, which converts slides. Tell the technician; upload pictures until then.")
            % {"program": command[0]}
        )
    bounds = ["prlimit", f"--as={ADDRESS_SPACE}", f"--cpu={seconds}", f"--fsize={FILE_BYTES}", "--core=0"]
    bounded = ["setpriv", "--pdeathsig", "KILL", "nice", "-n", "10", *bounds, *_without_network(), *command]
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    with subprocess.Popen(
        bounded, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment, cwd=home,
        process_group=0,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            _end_group(process)
            raise TookTooLong(command[0]) from error
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """soffice is a script that starts the program proper: the whole group has to go."""
    subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=False)
    process.communicate()
