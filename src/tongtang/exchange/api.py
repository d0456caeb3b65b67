"""The door of exchange."""

from tongtang.exchange.county.apply import load_county
from tongtang.exchange.plan.publish import publish_folder

__all__ = ["load_county", "publish_folder"]
