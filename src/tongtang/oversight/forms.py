"""Filters of the two pages; a value that cannot be read shows all."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongtang.audit.api import Sensitivity, categories
from tongtang.audit.models import Stream
from tongtang.oversight.queries import Wanted


class LogFilter(forms.Form):
    """What the log is narrowed to."""

    stream = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Stream.choices])
    who = forms.CharField(label=_("Who: name, user name or number"), required=False, max_length=80)
    about = forms.CharField(label=_("About: name or number"), required=False, max_length=120)
    first = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def wanted(self) -> Wanted:
        self.is_valid()
        given: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        return Wanted(**given)


class FieldFilter(forms.Form):
    """What the catalogue is narrowed to."""

    text = forms.CharField(label=_("Field, purpose or role"), required=False, max_length=60)
    sensitivity = forms.ChoiceField(
        label=_("Class of data"), required=False, choices=[("", _("All classes")), *Sensitivity.choices]
    )
    retention = forms.ChoiceField(label=_("Kept"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.fields["retention"]
        assert isinstance(kept, forms.ChoiceField)  # noqa: S101 - for the type checker
        kept.choices = [("", _("All times")), *((name, row.title) for name, row in categories().items())]
