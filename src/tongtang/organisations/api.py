"""The door of organisations for the contexts above."""

from tongtang.organisations.calendar import state_holidays
from tongtang.organisations.divisions import DivisionsMissing
from tongtang.organisations.imports import (
    Written,
    ensure_regions,
    write_bells,
    write_calendar,
    write_classes,
    write_imported,
    write_rows,
    write_schools,
    write_studios,
    write_terms,
)
from tongtang.organisations.queries import Township, counties_named, township_list

__all__ = [
    "DivisionsMissing",
    "Township",
    "Written",
    "counties_named",
    "ensure_regions",
    "state_holidays",
    "township_list",
    "write_bells",
    "write_calendar",
    "write_classes",
    "write_imported",
    "write_rows",
    "write_schools",
    "write_studios",
    "write_terms",
]
