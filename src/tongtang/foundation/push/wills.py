"""What pages that died wanted said (the "last will" of MQTT): left by the push process, carried out by the worker.

A page deposits its will while it lives; push holds it in memory and leaves it here when the page has gone and not come
back. One file a will, in the home, readable by its owner only.
"""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from tongtang.foundation.environment import environment

# It travels in a header: nginx takes lines of up to 8 KiB.
LONGEST_WILL = 7 * 1024


def _folder() -> Path:
    folder = environment().home / "wills"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def leave(texts: Iterable[str]) -> None:
    """Put wills where the worker finds them; a file is seen whole or not at all."""
    for text in texts:
        path = _folder() / f"{secrets.token_hex(8)}.json"
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.rename(path)


def left() -> Iterator[str]:
    """Each will that waits; it is done with, and gone, when the next one is asked for."""
    for path in sorted(_folder().glob("*.json")):
        yield path.read_text(encoding="utf-8")
        path.unlink()
