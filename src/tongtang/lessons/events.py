"""What contexts above do when lessons change, in the same transaction: they say so here.

A context writes `lesson_followers.py` with functions under these decorators; it is found like `tasks.py`.
"""

from collections.abc import Callable, Collection

from django.utils.module_loading import autodiscover_modules

Follower = Callable[[Collection[int]], None]
_CANCELLED: list[Follower] = []


def lesson_cancelled(function: Follower) -> Follower:
    """Told the keys of the receptions that are not given any more."""
    _CANCELLED.append(function)
    return function


def tell_cancelled(receptions: Collection[int]) -> None:
    """Everybody who follows is told, one after another."""
    autodiscover_modules("lesson_followers")
    for function in _CANCELLED:
        function(receptions)
