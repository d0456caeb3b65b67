"""Filters for the pages of lessons: words of a row, the value of a log line in the correction form."""

from django import template

from tongtang.lessons import wording
from tongtang.lessons.history import Entry
from tongtang.lessons.ledger_list import LedgerRow

register = template.Library()
register.filter("explanation", wording.explanation)
register.filter("make_up_words", wording.make_up_words)
register.filter("listed", wording.listed)


@register.filter
def entry_value(entry: Entry) -> str:
    """What the correction form posts for a line of the log."""
    return f"{entry.key}*{entry.count}"


@register.filter
def ledger_title(row: LedgerRow) -> str:
    """Subject and title of a ledger's lesson."""
    return wording.lesson_title(row.lesson)
