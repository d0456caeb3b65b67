"""What an import does to a county's pupils, in the form in which both engines take it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

DIGESTS = ("id_digest", "number_digest")
Frames = Callable[[], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Changes:
    """Three sets of rows of one county; frames may be asked for again.

    `created`: source_id, name, sex, birth_date, class_id, in all `created_rows`. `updated`: id, the same without
    source_id, and `moves` (boolean: another class). `ended`: primary keys. `digests` names the columns of DIGESTS that
    both sets have too, in hexadecimal.
    """

    county: int
    created: Frames
    created_rows: int
    updated: Frames
    ended: pl.Series
    digests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writing:
    """With what changes are written: `classes` gives `home_class_id` by `class_id`; `run` is the key of the import.

    New enrolments begin on `since`; those that they take the place of end on the day before `today`.
    """

    classes: pl.DataFrame
    since: date
    today: date
    now: datetime
    run: int | None = None

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)
