"""One clock: UTC is stored, civil dates and bells are in Asia/Shanghai."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil date in Asia/Shanghai."""
    return civil(now()).date()


def civil(moment: datetime) -> datetime:
    """The same moment on the wall clock of Asia/Shanghai."""
    return moment.astimezone(SHANGHAI)


def at(day: date, wall: time) -> datetime:
    """The moment (UTC) of a civil date and a wall-clock time."""
    return datetime.combine(day, wall, tzinfo=SHANGHAI).astimezone(UTC)
