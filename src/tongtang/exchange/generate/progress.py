"""How far a long run is, for the person who waits."""

import sys
import time
from typing import TextIO

from django.utils.translation import gettext as _

WIDTH = 24
EVERY_SECONDS = 0.2


class Progress:
    """A bar on a terminal, a line a county elsewhere. `total` and what is done are rows."""

    def __init__(self, total: int, counties: int, stream: TextIO = sys.stderr) -> None:
        self.total, self.counties, self.stream = total, counties, stream
        self.began = time.monotonic()
        self._skipped = self._done = self._finished = 0
        self._shown = 0.0

    def skip(self, rows: int) -> None:
        """A county that stands already."""
        self._skipped += rows
        self._done += rows
        self._finished += 1

    def doing(self, what: str) -> None:
        """Say what happens now; at most some times a second, and only on a terminal."""
        now = time.monotonic()
        if self.stream.isatty() and now - self._shown >= EVERY_SECONDS:
            self._shown = now
            self.stream.write(f"\r{self._line(what)}\x1b[K")
            self.stream.flush()

    def finished(self, name: str, rows: int) -> None:
        """A county is done."""
        self._done += rows
        self._finished += 1
        if self.stream.isatty():
            self.doing(name)
        else:
            print(self._line(name), file=self.stream, flush=True)

    def close(self) -> None:
        if self.stream.isatty():
            self.stream.write("\n")

    def _line(self, what: str) -> str:
        elapsed = max(time.monotonic() - self.began, 0.001)
        speed = (self._done - self._skipped) / elapsed
        left = (self.total - self._done) / speed if speed else 0.0
        share = min(1.0, self._done / max(1, self.total))
        bar = "#" * int(share * WIDTH) + "-" * (WIDTH - int(share * WIDTH))
        sentence = _("%(bar)s %(share)d %% | %(county)d of %(counties)d | %(speed)s rows/s | %(left)s left | %(what)s")
        values = {
            "bar": bar, "share": int(share * 100), "county": self._finished, "counties": self.counties,
            "speed": f"{speed:,.0f}", "left": _clock(left), "what": what,
        }  # fmt: skip
        return sentence % values


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
