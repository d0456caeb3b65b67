"""Shapes of what the alliance pages take."""

from datetime import date
from uuid import UUID

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.alliances.matching import LEVELS
from tongtang.alliances.models import SchoolProfile
from tongtang.curriculum.api import SUBJECTS, subject_name
from tongtang.foundation import clock

LANGUAGES = (
    ("zh", gettext_lazy("Standard Chinese")), ("bo", gettext_lazy("Tibetan")), ("ii", gettext_lazy("Yi")),
    ("ug", gettext_lazy("Uyghur")), ("mn", gettext_lazy("Mongolian")), ("ko", gettext_lazy("Korean")),
)  # fmt: skip
MOST_WEEKS = 20


class DecisionForm(forms.Form):
    """A day (default today) and a reason; which of them a decision needs is the action's rule."""

    day = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("This is not a date. Choose it again.")}
    )
    reason = forms.CharField(required=False, max_length=200)
    until = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("This is not a date. Choose it again.")}
    )

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
    """`approve`, `refuse`, `renew` or `end`.

    Raises:
        Http404: anything else.
    """
    decision = data.get("decision", "")
    if decision not in ("approve", "refuse", "renew", "end"):
        raise Http404
    return decision


class LimitForm(forms.Form):
    """How many schools an alliance takes in; empty: as many as come."""

    limit = forms.IntegerField(required=False, min_value=0, max_value=10_000, label=gettext_lazy("Places"))


class ProfileForm(forms.Form):
    """Level, languages, and an edition and a pace for each subject."""

    level = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("Not known")), *((level, level) for level in LEVELS)],
        label=gettext_lazy("Foundations of the pupils"),
        help_text=gettext_lazy("1 weakest, 5 strongest, as the school sees them itself"),
    )
    languages = forms.MultipleChoiceField(
        required=False,
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Languages of instruction"),
    )

    def __init__(self, data: QueryDict | None, profile: SchoolProfile | None) -> None:
        told = {"level": profile.level, "languages": profile.languages} if profile else {}
        for code in SUBJECTS:
            told |= {
                f"edition_{code}": profile.editions.get(code, "") if profile else "",
                f"pace_{code}": profile.pace.get(code) if profile else None,
            }
        super().__init__(data, initial=told)
        for code in SUBJECTS:
            name = subject_name(code)
            self.fields[f"edition_{code}"] = forms.CharField(
                required=False, max_length=30, label=_edition(name), widget=forms.TextInput(attrs={"list": "editions"})
            )
            self.fields[f"pace_{code}"] = forms.IntegerField(
                required=False, min_value=-MOST_WEEKS, max_value=MOST_WEEKS, label=_pace(name)
            )

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Subject, its edition, its pace."""
        return [(subject_name(code), self[f"edition_{code}"], self[f"pace_{code}"]) for code in SUBJECTS]

    def values(self) -> dict[str, object]:
        """The keyword arguments of `describe_school`."""
        given = self.cleaned_data
        return {
            "editions": {code: given[f"edition_{code}"] for code in SUBJECTS if given[f"edition_{code}"]},
            "pace": {code: given[f"pace_{code}"] for code in SUBJECTS if given[f"pace_{code}"] is not None},
            "level": given["level"],
            "languages": given["languages"],
        }


def _edition(subject: str) -> str:
    return _("%(subject)s: edition") % {"subject": subject}


def _pace(subject: str) -> str:
    return _("%(subject)s: weeks before or behind the plan") % {"subject": subject}
