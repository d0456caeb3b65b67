"""The door of organisations for the contexts above."""

from tongtang.organisations.calendar import state_holidays
from tongtang.organisations.changes import (
    division_on,
    division_today,
    end_school,
    keep_names,
    keep_places,
    move_classes,
    move_overlays,
    move_places,
    names_at,
    rename_school,
    schools_of_classes_on,
    twin_of,
)
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
from tongtang.organisations.queries import Township, counties_named, lock_schools, township_list

__all__ = [
    "DIVISIONS",
    "Division",
    "DivisionsMissing",
    "OverlayEntry",
    "Township",
    "Written",
    "counties_named",
    "division_on",
    "division_today",
    "end_school",
    "ensure_regions",
    "keep_names",
    "keep_places",
    "lock_schools",
    "move_classes",
    "move_overlays",
    "move_places",
    "names_at",
    "read_divisions",
    "rename_school",
    "schools_of_classes_on",
    "state_holidays",
    "township_list",
    "twin_of",
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
