"""Checked rows kept between the check and the writing: a few in memory, many in a folder of this home."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tongtang.foundation.environment import environment

ROWS_IN_MEMORY = 50_000


class Spill:
    """Frames in the order in which they came; its folder goes with it."""

    def __init__(self) -> None:
        self.rows = 0
        self._kept: list[pl.DataFrame | Path] = []
        self._folder: Path | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Keep one frame."""
        self.rows += frame.height
        if self.rows <= ROWS_IN_MEMORY:
            self._kept.append(frame)
            return
        path = self._place() / f"{len(self._kept)}.arrow"
        frame.write_ipc(path, compression="lz4")
        self._kept.append(path)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Every frame again."""
        for kept in self._kept:
            yield pl.read_ipc(kept) if isinstance(kept, Path) else kept

    def _place(self) -> Path:
        if self._folder is None:
            parent = environment().home / "imports"
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder = Path(tempfile.mkdtemp(prefix="checked-", dir=parent))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
