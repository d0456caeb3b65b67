"""The door of people for the contexts above."""

from tongtang.people.queries import pupils_of

__all__ = ["pupils_of"]
