"""From an uploaded file that nobody trusts to one picture a slide. No database here."""

from tongtang.preparation.conversion.limits import Unusable
from tongtang.preparation.conversion.slides import Made, convert
from tongtang.preparation.conversion.sniff import Kind, sniff

__all__ = ["Kind", "Made", "Unusable", "convert", "sniff"]
