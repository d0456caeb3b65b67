"""The door of timetable for the contexts above."""

from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities

__all__ = ["write_blocks", "write_requirements", "write_rules", "write_unavailabilities"]
