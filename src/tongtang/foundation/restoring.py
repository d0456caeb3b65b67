"""What contexts add to backups and restores, in a module `restoring.py` of their own, found like `tasks.py`.

A fact is noted in each backup's manifest and shown beside the restored one. A step runs once after a restore, before
anything is served; it returns a sentence for the operator, and raises to say that the restored house is not sound.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.module_loading import autodiscover_modules

# Below the home: what a context writes there outlives a restore. The newest copy that a backup holds is put back,
# also when the database returns to an earlier moment: deletions made after it stay made.
TOMBSTONES = "tombstones"

Fact = Callable[[], object]
Step = Callable[[datetime], str]
FACTS: dict[str, Fact] = {}
STEPS: dict[str, Step] = {}


def backup_fact(name: str) -> Callable[[Fact], Fact]:
    """Note the JSON value that the function returns, as `name`, in each backup."""

    def decorate(function: Fact) -> Fact:
        FACTS[name] = function
        return function

    return decorate


def restore_step(name: str) -> Callable[[Step], Step]:
    """Run the function after a restore with the moment that the restored database reaches."""

    def decorate(function: Step) -> Step:
        STEPS[name] = function
        return function

    return decorate


def discover() -> None:
    """Import each context's `restoring.py`."""
    autodiscover_modules("restoring")
