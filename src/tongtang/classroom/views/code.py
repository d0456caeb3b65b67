"""The picture that brings a local teacher's phone to the reception."""

import segno
from django.utils.safestring import SafeString, mark_safe


def phone_code(address: str) -> SafeString:
    """A QR code of `address` as inline SVG, dark on white; the phone still asks for the local teacher's sign-in."""
    drawn = segno.make(address, error="m", micro=False)
    return mark_safe(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - drawn by segno, holds no text
