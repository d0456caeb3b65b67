"""What contexts want noted in a backup; needs Django."""

from typing import Any

from tongtang.foundation import restoring


def facts_now() -> dict[str, Any]:
    """Every registered fact as it is now."""
    restoring.discover()
    return {name: fact() for name, fact in sorted(restoring.FACTS.items())}
