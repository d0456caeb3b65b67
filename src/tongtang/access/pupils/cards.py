"""What stands on a pupil's printed card."""

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

from tongtang.access.pupils.credentials import Given
from tongtang.access.pupils.models import Means


@dataclass(frozen=True)
class Card:
    """One card: the name, and whichever of code (with its QR picture), PIN and pictures were made."""

    name: str
    code: str
    picture: SafeString
    pin: str
    pictures: Sequence[str]


def printed(given: Sequence[Given]) -> list[Card]:
    """The cards of `given`, in their order; the QR picture holds the code alone."""
    return [
        Card(
            one.pupil.name,
            code := one.secrets.get(Means.CARD, ""),
            _drawn(code) if code else SafeString(""),
            one.secrets.get(Means.PIN, ""),
            [name for name in one.secrets.get(Means.PICTURES, "").split("-") if name],
        )
        for one in given
    ]


def _drawn(code: str) -> SafeString:
    drawn = segno.make(code, error="m", micro=False)
    return mark_safe(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - drawn by segno, holds no text
