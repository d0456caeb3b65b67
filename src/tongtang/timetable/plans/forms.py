"""Shapes of the forms of a search: how long, from which seed, for whose studios; from which day it is published."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.timetable.plans.comparison import published_now

FEWEST_SECONDS, MOST_SECONDS, USUAL_SECONDS, USUAL_SEED = 5, 3600, 60, 1
MOST_SEED = 999_999


def _seconds_field() -> forms.IntegerField:
    wrong = gettext_lazy("Give a whole number of seconds from 5 to 3600.")
    return forms.IntegerField(
        label=gettext_lazy("Search for at most (seconds)"),
        min_value=FEWEST_SECONDS,
        max_value=MOST_SECONDS,
        initial=USUAL_SECONDS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
    )


class ResumeForm(forms.Form):
    """Go on for so long."""

    seconds = _seconds_field()


class StartForm(ResumeForm):
    """`anchors`: the schools from whose studios the actor may plan; one of them is `anchor`.

    There is nothing to keep where none of them has published.
    """

    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        help_text=gettext_lazy("The same seed searches in the same order."),
        min_value=1,
        max_value=MOST_SEED,
        initial=USUAL_SEED,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), gettext_lazy("Give a whole number from 1 to 999999.")
        ),
    )
    keep_published = forms.BooleanField(
        label=gettext_lazy("Change as little as possible of the published timetable"),
        help_text=gettext_lazy("Never at the cost of more broadcasts or of lessons left out."),
        required=False,
        initial=True,
    )
    anchor = forms.ChoiceField(
        label=gettext_lazy("Teaching school"),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the schools."),
                        "required": gettext_lazy("Choose one of the schools.")},
    )  # fmt: skip

    def __init__(self, data: Any = None, *, anchors: Iterable[School]) -> None:
        super().__init__(data)
        self.anchors = {str(one.public_id): one for one in anchors}
        if not any(published_now(one, clock.today()) for one in self.anchors.values()):
            del self.fields["keep_published"]
        chosen = self.fields["anchor"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = [(key, one.name) for key, one in self.anchors.items()]

    @property
    def keeps_published(self) -> bool:
        """Whether a valid form wants little changed."""
        return bool(self.cleaned_data.get("keep_published"))

    @property
    def chosen_anchor(self) -> School:
        """The school of a valid form."""
        return self.anchors[self.cleaned_data["anchor"]]


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


class PublishForm(forms.Form):
    """From which day the plan holds."""

    starts = forms.DateField(
        label=gettext_lazy("Holds from"),
        initial=tomorrow,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("This is not a date. Choose it again.")),
    )

    def clean_starts(self) -> date:
        starts: date = self.cleaned_data["starts"]
        if starts <= clock.today():
            raise forms.ValidationError(_("Choose a day after today: what is taught today stays as it is."))
        return starts
