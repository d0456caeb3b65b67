"""A guardian's pages: the own children alone, today and this week, and whether they were there."""

from tongtang.shell.guardian.page import ChildPage, children_of, page_of_child

__all__ = ["ChildPage", "children_of", "page_of_child"]
