"""What a run has done so far, on disk, so that a killed one can go on."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.foundation.environment import environment

FILE = "state.json"


class CannotGenerate(Exception):
    """Nothing was done; the argument is the sentence for the operator."""


@dataclass
class Done:
    """A county that stands: the digest of its folder, its rows by table, and counts for the figures."""

    digest: str
    rows: dict[str, int]
    tally: dict[str, int]
    anchors: list[tuple[int, str, str]] = field(default_factory=list)
    receivers: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class State:
    """One run: `begun` are the counties whose rows it may have written, `done` those that it has finished."""

    folder: Path
    begun: list[str] = field(default_factory=list)
    done: dict[str, Done] = field(default_factory=dict)

    def save(self) -> None:
        """Whole or not at all."""
        draft = self.folder / f"{FILE}.new"
        content = {"begun": self.begun, "done": {code: asdict(one) for code, one in self.done.items()}}
        with draft.open("w", encoding="utf-8") as handle:
            json.dump(content, handle, ensure_ascii=False)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(self.folder / FILE)


def read_state(name: str, *, resume: bool) -> State:
    """The state of the run `name` of this home; without `resume` every county is to be done, again if need be.

    Raises:
        CannotGenerate: `resume`, and there is nothing to resume.
    """
    folder = environment().home / "generate" / name
    path = folder / FILE
    if not path.is_file():
        if resume:
            sentence = _("There is no begun run of this scale, seed and year here; leave --resume out.")
            raise CannotGenerate(sentence)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return State(folder)
    content = json.loads(path.read_text(encoding="utf-8"))
    state = State(folder, content["begun"])
    if resume:
        state.done = {code: Done(**one) for code, one in content["done"].items()}
    return state


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold the run's folder.

    Raises:
        CannotGenerate: another process holds it.
    """
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotGenerate(_("The same run is going on in another process; wait for it or stop it.")) from error
        yield
