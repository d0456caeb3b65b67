"""Shapes of what the alliance pages take."""

from datetime import date
from uuid import UUID

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy

from tongtang.foundation import clock


class DecisionForm(forms.Form):
    """A day (default today) and a reason; which of them a decision needs is the action's rule."""

    day = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("This is not a date. Choose it again.")}
    )
    reason = forms.CharField(required=False, max_length=200)

    @property
    def chosen_day(self) -> date:
        """The day given, else today."""
        found: date | None = self.cleaned_data["day"]
        return found or clock.today()


def uuid_of(text: str) -> UUID:
    """The id that a form posts.

    Raises:
        Http404: it is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def decision_of(data: QueryDict) -> str:
    """`approve`, `refuse` or `end`.

    Raises:
        Http404: anything else.
    """
    decision = data.get("decision", "")
    if decision not in ("approve", "refuse", "end"):
        raise Http404
    return decision
