"""The picture of an address on a slip: a QR code that any telephone reads, without the code beside it."""

import segno


def pictured(address: str) -> str:
    """A QR code as a data address of an image."""
    return str(segno.make(address, error="m").svg_data_uri(scale=3, border=2))
