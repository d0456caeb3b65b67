"""Where the request that is being served came from, for the entries that are written while it is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_source: ContextVar[str] = ContextVar("audit_source", default="")


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Entries written inside name `address` as their source."""
    token = _source.set(address)
    try:
        yield
    finally:
        _source.reset(token)


def source() -> str:
    """The address of the request being served; "" outside of one."""
    return _source.get()
