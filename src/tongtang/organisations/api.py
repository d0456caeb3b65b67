"""The door of organisations for the contexts above."""

from tongtang.organisations.calendar import state_holidays
from tongtang.organisations.divisions import PACKAGE as DIVISIONS
from tongtang.organisations.divisions import Division, DivisionsMissing, read_divisions, village_list
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
from tongtang.organisations.overlays import OverlayEntry, write_overlays
from tongtang.organisations.queries import Township, counties_named, township_list

__all__ = [
    "DIVISIONS",
    "Division",
    "DivisionsMissing",
    "OverlayEntry",
    "Township",
    "Written",
    "counties_named",
    "ensure_regions",
    "read_divisions",
    "state_holidays",
    "township_list",
    "village_list",
    "write_bells",
    "write_calendar",
    "write_classes",
    "write_imported",
    "write_overlays",
    "write_rows",
    "write_schools",
    "write_studios",
    "write_terms",
]
