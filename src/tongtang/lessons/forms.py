"""Shapes of what pages of lessons take: moments, spans of days, reasons. Rules are in the actions."""

from datetime import UTC, date, datetime, timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.foundation import clock
from tongtang.lessons.ledger_list import LedgerFilter

# Evidence transactions end within 30 s, or the database refuses them (migration 0005); on SQLite a writer waits at most
# 20 s before. A moment this old has no late commit to come.
SETTLED = timedelta(seconds=60)
LONGEST_SPAN = 31
# Before it there was no evidence; databases and time zones cannot tell every moment of year one.
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class BadMoment(ValueError):
    """The moment asked for cannot be shown; the message is a sentence for the person."""


class BadSpan(ValueError):
    """The days asked for cannot be shown; the message is a sentence for the person."""


def frozen_moment(text: str) -> datetime | None:
    """The moment of `2026-04-15T18:00` on the wall clock of Asia/Shanghai; None for an empty text.

    Raises:
        BadMoment: unreadable, before the year 2000, or less than 60 s ago.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMoment(_("This is not a date and time. Choose them again; the page shows the present.")) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.SHANGHAI)
    if moment < FIRST_MOMENT:
        raise BadMoment(_("There is no evidence of that time. Choose a later moment or the present."))
    if moment > clock.now() - SETTLED:
        raise BadMoment(
            _("Evidence can be shown as of a moment at least 60 seconds ago. Choose an earlier one or the present.")
        )
    return moment


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _day(text: str | None, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadSpan(_("This is not a date. Choose the days again.")) from error


def ledger_filter(given: QueryDict) -> LedgerFilter:
    """The filter of a ledger's address: from, to, subject, school, only=exceptions; this week where no day is given.

    Raises:
        BadSpan: unreadable days, the wrong order, or more than 31 of them.
    """
    monday, sunday = week_of(clock.today())
    first = _day(given.get("from"), monday)
    last = _day(given.get("to"), sunday if not given.get("from") else week_of(first)[1])
    if last < first:
        raise BadSpan(_("The last day lies before the first. Choose the days again."))
    days = (last - first).days + 1
    if days > LONGEST_SPAN:
        raise BadSpan(
            _("%(days)d days are too many for one page. Choose at most %(limit)d.")
            % {"days": days, "limit": LONGEST_SPAN}
        )
    return LedgerFilter(
        first, last, given.get("subject", ""), _uuid_or_empty(given), given.get("only", "") == "exceptions"
    )


def _uuid_or_empty(given: QueryDict) -> str:
    try:
        return str(forms.UUIDField(required=False).clean(given.get("school", "")) or "")
    except forms.ValidationError as error:
        raise BadSpan(_("There is no such school. Choose it again.")) from error


class ReasonForm(forms.Form):
    """Why: one line."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 200}),
        help_text=gettext_lazy("Without names of pupils: everybody who may see this lesson reads it."),
    )


class CorrectionForm(ReasonForm):
    """Which line of the log to withdraw, and why; a line is `<uuid of its first row>*<number of rows>`."""

    entry = forms.RegexField(
        r"^[0-9a-f-]{36}\*[0-9]{1,5}$",
        label=gettext_lazy("Record"),
        error_messages={"required": gettext_lazy("Choose the record that is wrong.")},
    )
    field_order = ["entry", "reason"]

    @property
    def chosen(self) -> tuple[str, int]:
        """Uuid of the line's first row and its number of rows."""
        key, _star, count = self.cleaned_data["entry"].partition("*")
        return key, int(count)
