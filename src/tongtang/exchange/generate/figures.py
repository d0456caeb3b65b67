"""What the programmes count, and what a run reached of it."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from tongtang.exchange.generate.words import LISTS


@dataclass(frozen=True)
class Figure:
    """One number of the programmes. `reached` is None where the generator makes no such thing; `why` tells more."""

    label: str
    source: str
    number: int
    reached: float | None
    why: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@cache
def _entries() -> list[Mapping[str, object]]:
    return list(tomllib.loads((LISTS / "figures.toml").read_text(encoding="utf-8"))["figure"])


def figures(tally: Mapping[str, int]) -> list[Figure]:
    """Every figure beside what `tally` says of it."""
    return [
        Figure(
            str(entry["label"]),
            str(entry["source"]),
            int(str(entry["number"])),
            _reached(str(entry.get("reach", "")), tally),
            str(entry.get("why", "")),
        )
        for entry in _entries()
    ]


def _reached(form: str, tally: Mapping[str, int]) -> float | None:
    """A count, or one count over another."""
    if not form:
        return None
    upper, _slash, lower = form.partition(" / ")
    return tally.get(upper, 0) / (tally.get(lower) or 1) if lower else tally.get(upper, 0)


def as_lines(found: list[Figure]) -> list[str]:
    """The table for a terminal."""
    lines = []
    for one in found:
        reached = "-" if one.reached is None else f"{one.reached:,.0f}"
        lines.append(
            f"{one.number:>12,}  {reached:>12}  {one.source:<20}  {one.label}" + (f" ({one.why})" if one.why else "")
        )
    return lines
