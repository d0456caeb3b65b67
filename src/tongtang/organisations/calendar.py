"""The state's holidays, where a county brings no calendar of its own."""

from datetime import date, timedelta

from chinese_calendar import constants

# Days that the regulation on public holidays (as amended in 2024) fixes by date; the others, and the days off around
# them, are announced each year and come with the package of holidays.
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
ANNOUNCED_UNTIL = date(max(constants.holidays).year, 12, 31)


def is_state_holiday(day: date) -> bool:
    """Whether a day is a public holiday; beyond the announced years only the fixed dates are known."""
    return day in constants.holidays if day <= ANNOUNCED_UNTIL else (day.month, day.day) in FIXED


def state_holidays(first: date, last: date) -> list[date]:
    """The public holidays in [first, last]."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if is_state_holiday(day)]
