"""Chance from one number: small draws, whole columns of draws, and sums shared out exactly."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

import polars as pl

T = TypeVar("T")
GOLDEN, MIX_A, MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
WORD = 2**64
CUTS = 60


class Draws:
    """Draws of one table of one county; only `random()`, whose values Python promises to keep."""

    def __init__(self, *path: object) -> None:
        self._random = random.Random("/".join(map(str, path)))  # noqa: S311 - no secret: the same seed, the same region

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def below(self, number: int) -> int:
        return int(self.share() * number)

    def one_of(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def word(self) -> int:
        """64 bits."""
        return self.below(2**32) << 32 | self.below(2**32)

    def skewed(self, spread: float) -> float:
        """A log-normal weight with median 1 and the given standard deviation of its logarithm."""
        angle = math.cos(2 * math.pi * self.share())
        return math.exp(spread * math.sqrt(-2 * math.log(1 - self.share())) * angle)

    def mixed(self, items: Sequence[T]) -> list[T]:
        """The items in another order."""
        keyed = sorted((self.share(), index) for index in range(len(items)))
        return [items[index] for _share, index in keyed]


def column(start: int, count: int) -> pl.Series:
    """`count` draws of 64 bits, SplitMix64 (Steele, Lea, Flood 2014) from the word `start`."""
    frame = pl.select(pl.int_range(1, count + 1, dtype=pl.UInt64).alias("z"))
    z = pl.col("z")
    for expression in (
        z * _word(GOLDEN) + _word(start),
        (z ^ (z // _word(2**30))) * _word(MIX_A),
        (z ^ (z // _word(2**27))) * _word(MIX_B),
        z ^ (z // _word(2**31)),
    ):
        frame = frame.select(expression.alias("z"))
    return frame["z"]


def _word(number: int) -> pl.Expr:
    return pl.lit(number % WORD, dtype=pl.UInt64)


def apportion(total: int, weights: Sequence[float], low: int = 0, high: int | Sequence[int] | None = None) -> list[int]:
    """Whole numbers near `weights` in proportion, each from `low` to `high`, that sum to `total` exactly.

    Raises:
        ValueError: the bounds do not admit the total.
    """
    count = len(weights)
    tops = [total] * count if high is None else [high] * count if isinstance(high, int) else list(high)
    tops = [max(low, top) for top in tops]
    if not low * count <= total <= sum(tops):
        raise ValueError(f"{total} does not fit {count} parts from {low} to {sum(tops)} in all")
    unbounded = low == 0 and high is None
    scale = total / (sum(weights) or 1) if unbounded else _scale(total, weights, low, tops)
    exact = [min(max(weight * scale, low), top) for weight, top in zip(weights, tops, strict=True)]
    parts = [int(value) for value in exact]
    by_rest = sorted(range(count), key=lambda index: (parts[index] - exact[index], index))
    missing = total - sum(parts)
    step = 1 if missing > 0 else -1
    while missing:
        for index in by_rest:
            if missing and low <= parts[index] + step <= tops[index]:
                parts[index] += step
                missing -= step
    return parts


def _scale(total: int, weights: Sequence[float], low: int, tops: Sequence[int]) -> float:
    """The factor at which the bounded weights sum to `total`, by bisection."""
    bottom, ceiling = 0.0, (total + 1) / max(min(weight for weight in weights if weight > 0), 1e-9)
    for _cut in range(CUTS):
        middle = (bottom + ceiling) / 2
        reached = sum(min(max(weight * middle, low), top) for weight, top in zip(weights, tops, strict=True))
        bottom, ceiling = (middle, ceiling) if reached < total else (bottom, middle)
    return ceiling
