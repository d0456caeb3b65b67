"""Writes of overlays: organisations over schools that stay what they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from tongtang.organisations.models import Overlay, OverlayMembership

BATCH = 2000


@dataclass(frozen=True)
class OverlayEntry:
    """An overlay, known by kind, name and region; `members` are (school, first day, last day or None)."""

    kind: Overlay.Kind
    name: str
    region_code: int
    members: tuple[tuple[int, date, date | None], ...]


@transaction.atomic
def write_overlays(entries: Iterable[OverlayEntry]) -> dict[str, int]:
    """Make sure that these overlays and memberships stand; what stands already is let be, nothing is ended.

    Returns:
        Primary key of each overlay by its name.
    """
    found: dict[str, int] = {}
    for entry in entries:
        overlay, _made = Overlay.objects.get_or_create(kind=entry.kind, name=entry.name, region_code=entry.region_code)
        found[entry.name] = overlay.pk
        standing = set(overlay.memberships.values_list("school_id", "valid_from"))
        OverlayMembership.objects.bulk_create(
            [
                OverlayMembership(overlay=overlay, school_id=school, valid_from=first, valid_to=last)
                for school, first, last in entry.members
                if (school, first) not in standing
            ],
            batch_size=BATCH,
        )
    return found
