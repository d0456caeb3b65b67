"""Forms of entering the house and of its staff: shape only."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongtang.access.models import Account, Role
from tongtang.access.policies import ASSIGNABLE_AT_SCHOOLS, ASSIGNABLE_IN_REGIONS
from tongtang.access.queries import login_of
from tongtang.organisations.models import Region, School

LONGEST_PASSWORD = 256


class CountyForm(forms.Form):
    """Who in which county. The county is asked for only where the house holds several."""

    use_required_attribute = False

    county = forms.TypedChoiceField(label=_("County"), coerce=int)
    user_name = forms.CharField(
        label=_("User name"),
        help_text=_("Your staff number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, counties: Sequence[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        county = self.fields["county"]
        assert isinstance(county, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        county.choices = [(region.code, region.name) for region in counties]
        if len(counties) == 1:
            county.widget = forms.HiddenInput()
            county.initial = counties[0].code


class SignInForm(CountyForm):
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ActivationForm(CountyForm):
    """A one-time code and the person's own password, twice."""

    code = forms.CharField(
        label=_("One-time code"),
        help_text=_("12 letters and digits on the slip of paper"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Your own password"),
        help_text=_("At least 12 characters; a short sentence is easy to remember"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password once more"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        password = given.get("password")
        if password and "again" in given and given["again"] != password:
            self.add_error("again", gettext("The two passwords differ. Type the second one again."))
        if password:
            try:
                validate_password(password, Account(login=login_of(given.get("county", 0), given.get("user_name", ""))))
            except ValidationError as refused:
                self.add_error("password", refused)
        return given


class DigitsField(forms.RegexField):
    """Digits as Chinese keyboards send them: full-width ones and spaces are forgiven."""

    def to_python(self, value: Any) -> str:
        return "".join(unicodedata.normalize("NFKC", str(value or "")).split())


class DeviceForm(forms.Form):
    """The code that a school shows for a room."""

    use_required_attribute = False
    code = DigitsField(
        r"^[0-9]{8}$",
        label=_("8-digit code"),
        error_messages={"invalid": _("The code has 8 digits. Type them without spaces.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "8", "autocomplete": "off"}),
    )


class StaffFilter(forms.Form):
    """What the list of people shows; a value that cannot be read shows all."""

    school = forms.ModelChoiceField(
        School.objects.none(),
        label=_("School"),
        required=False,
        to_field_name="public_id",
        empty_label=_("All schools"),
    )
    text = forms.CharField(label=_("Name or user name"), required=False, max_length=60)
    never = forms.BooleanField(label=_("Never signed in only"), required=False)

    def __init__(self, *args: Any, schools: QuerySet[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        school = self.fields["school"]
        assert isinstance(school, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        school.queryset = schools


class RoleForm(forms.Form):
    """A role and its node: a school head's is a school, the others' a region."""

    assignable = frozenset(role.value for role in (*ASSIGNABLE_AT_SCHOOLS, *ASSIGNABLE_IN_REGIONS))

    role = forms.TypedChoiceField(
        label=_("Role"),
        coerce=Role,
        choices=[(role.value, role.label) for role in (*ASSIGNABLE_AT_SCHOOLS, *ASSIGNABLE_IN_REGIONS)],
    )
    school = forms.ModelChoiceField(
        School.objects.none(),
        label=_("School"),
        help_text=_("For a school head"),
        required=False,
        to_field_name="public_id",
        empty_label=_("No school"),
    )
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=_("Region"),
        help_text=_("For an officer, a researcher or a technician"),
        required=False,
        empty_label=_("No region"),
    )

    def __init__(self, *args: Any, schools: QuerySet[School], regions: QuerySet[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        school, region = self.fields["school"], self.fields["region"]
        assert isinstance(school, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(region, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        school.queryset, region.queryset = schools, regions

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        role = given.get("role")
        wants, other = ("school", "region") if role in ASSIGNABLE_AT_SCHOOLS else ("region", "school")
        if role and not given.get(wants) and wants not in self.errors:
            self.add_error(wants, gettext("Choose where the role holds."))
        given[other] = None
        return given


class PersonForm(forms.Form):
    """Somebody of an office."""

    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"), empty_label=None)
    user_name = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        label=_("User name"),
        help_text=_("Letters and digits, like o01"),
        max_length=64,
        error_messages={"invalid": _("Use letters and digits, and no spaces.")},
    )
    name = forms.CharField(label=_("Name"), max_length=60)

    def __init__(self, *args: Any, regions: QuerySet[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        region.queryset = regions
