"""What today asks of a person: one section a role in a fixed order, one primary action, the nearest in time."""

from tongtang.shell.today.page import page_of_today

__all__ = ["page_of_today"]
