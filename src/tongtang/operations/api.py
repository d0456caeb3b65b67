"""The door of operations for the contexts above."""

from tongtang.operations.policies import Verb
from tongtang.operations.queries import help_calls_for

__all__ = ["Verb", "help_calls_for"]
