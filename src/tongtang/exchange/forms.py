"""Forms of imports, corrections, rules and changes of schools."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongtang.exchange import wording
from tongtang.exchange.models import ImportRun
from tongtang.exchange.state.values import ATTRIBUTES, TABLES
from tongtang.organisations.models import HomeClass, Region, School

FORMS = (ImportRun.Form.ONEROSTER, ImportRun.Form.COUNTY_FOLDER, ImportRun.Form.XLSX)
DAY_INPUT = {"type": "date"}


class UploadForm(forms.Form):
    """A file for one county."""

    county = forms.TypedChoiceField(label=_("County"), coerce=int)
    form = forms.ChoiceField(label=_("Form of the file"), choices=[(one, wording.FORMS[one]) for one in FORMS])
    system = forms.CharField(label=_("System it comes from"), max_length=60)
    file = forms.FileField(label=_("File"), max_length=200, allow_empty_file=True)

    def __init__(self, *args: Any, counties: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [(row.code, row.name) for row in counties]  # type: ignore[attr-defined]


class SchoolWeeksForm(forms.Form):
    """The files of whole schools, and how long to search."""

    county = forms.TypedChoiceField(label=_("County"), coerce=int)
    file = forms.FileField(label=_("Files of the schools (zip)"), max_length=200)
    seconds = forms.IntegerField(
        label=_("Search for at most (seconds)"),
        min_value=5,
        max_value=3600,
        initial=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": "6"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Give a whole number of seconds from 5 to 3600.")
        ),
    )

    def __init__(self, *args: Any, counties: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [(row.code, row.name) for row in counties]  # type: ignore[attr-defined]


class DiffFilter(forms.Form):
    """Which changes of a run are shown."""

    table = forms.ChoiceField(required=False, label=_("Table"))
    kind = forms.ChoiceField(required=False, label=_("Kind of change"))
    school = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(required=False, max_length=60, label=_("Name or id"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tables = [(one, wording.TABLES[one]) for one in TABLES]
        kinds = [(one, words[2]) for one, words in wording.KINDS.items()]
        self.fields["table"].choices = [("", _("All tables")), *tables]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("All changes")), *kinds]  # type: ignore[attr-defined]

    def values(self) -> dict[str, str]:
        """The filled filters; a bad one counts as empty."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class WaitingForm(forms.Form):
    """A row kept apart, corrected by hand."""

    name = forms.CharField(label=_("Name"), max_length=60)
    sex = forms.ChoiceField(label=_("Sex"), choices=list(wording.SEXES.items()))
    birth_date = forms.DateField(label=_("Birth date"), widget=forms.DateInput(DAY_INPUT, format="%Y-%m-%d"))
    home_class = forms.CharField(label=_("Class (its id)"), max_length=64)

    def __init__(self, *args: Any, county: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.county = county

    def clean_home_class(self) -> str:
        source_id: str = self.cleaned_data["home_class"]
        if not HomeClass.objects.filter(county_code=self.county, source_id=source_id, ended_on=None).exists():
            raise forms.ValidationError(_("There is no class of this id in the county; correct it."))
        return source_id


class CorrectionForm(forms.Form):
    """One attribute set by hand, with the reason."""

    value = forms.CharField(label=_("Right value"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RuleForm(forms.Form):
    """A rule of the source of record from a day on."""

    county = forms.TypedChoiceField(label=_("County"), coerce=int)
    attribute = forms.ChoiceField(label=_("Attribute"))
    owner = forms.CharField(label=_("System that owns it"), max_length=60)
    may_overwrite = forms.CharField(
        label=_("Systems that may overwrite it"), help_text=_("Commas between"), max_length=200, required=False
    )
    valid_from = forms.DateField(label=_("Holds from"), widget=forms.DateInput(DAY_INPUT, format="%Y-%m-%d"))

    def __init__(self, *args: Any, counties: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [(row.code, row.name) for row in counties]  # type: ignore[attr-defined]
        self.fields["attribute"].choices = [  # type: ignore[attr-defined]
            (f"{table}.{name}", f"{wording.TABLES[table]} · {wording.attribute(table, name)}")
            for table in TABLES
            for name in (*ATTRIBUTES[table], "*")
        ]


class RenameForm(forms.Form):
    """A new name from a day on."""

    name = forms.CharField(label=_("New name"), max_length=120)
    day = forms.DateField(label=_("Holds from"), widget=forms.DateInput(DAY_INPUT, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class MergeForm(forms.Form):
    """The school that takes this one in."""

    other = forms.ModelChoiceField(
        School.objects.none(), label=_("Taken in by"), to_field_name="public_id", empty_label=None
    )
    day = forms.DateField(label=_("Holds from"), widget=forms.DateInput(DAY_INPUT, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = School.objects.filter(county_code=school.county_code, ended_on=None).exclude(pk=school.pk)
        self.fields["other"].queryset = rows.order_by("source_id")  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """A new school that takes some of the classes."""

    name = forms.CharField(label=_("Name of the new school"), max_length=120)
    source_id = forms.RegexField(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$", label=_("Id of the new school"))
    classes = forms.ModelMultipleChoiceField(
        HomeClass.objects.none(),
        label=_("Classes that move"),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.DateField(label=_("Holds from"), widget=forms.DateInput(DAY_INPUT, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        rows = HomeClass.objects.filter(school=school, ended_on=None).order_by("source_id")
        self.fields["classes"].queryset = rows  # type: ignore[attr-defined]

    def clean_source_id(self) -> str:
        source_id: str = self.cleaned_data["source_id"]
        if School.objects.filter(county_code=self.school.county_code, source_id=source_id).exists():
            raise forms.ValidationError(_("Another school has this id; choose another one."))
        return source_id
