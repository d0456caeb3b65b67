"""Jobs of audit."""

from datetime import timedelta

from tongtang.audit.heads import write_heads
from tongtang.audit.registry import run_all
from tongtang.foundation import clock
from tongtang.foundation.jobs import periodic


class RetentionFailed(Exception):
    """Categories whose data are kept longer than they may be; the message names them."""


@periodic("audit.sign-heads", every=timedelta(hours=1))
def sign_heads() -> None:
    """Leave signed heads in the home's folder `audit-heads`, from where they are copied off the host."""
    write_heads(clock.now())


@periodic("audit.retention", every=timedelta(days=1))
def forget() -> None:
    """Forget what is past its time; a category that failed makes the job fail, after the others are done."""
    problems = [outcome for outcome in run_all(clock.now(), actor="system") if outcome.problem]
    if problems:
        raise RetentionFailed("; ".join(f"{outcome.category}: {outcome.problem}" for outcome in problems))
