"""Jobs of access."""

from datetime import timedelta

from django.core.management import call_command

from tongtang.access.sessions import forget_ended
from tongtang.access.throttle import forget_old_failures
from tongtang.foundation.jobs import periodic


@periodic("access.sweep", every=timedelta(days=1))
def sweep() -> None:
    """Forget failed attempts of yesterday and sessions that are over."""
    forget_old_failures()
    call_command("clearsessions", verbosity=0)
    forget_ended()
