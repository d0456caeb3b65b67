"""Forms of entering the house and of its staff: shape only."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from tongtang.access.models import Account, Role, RoleAssignment, SignInPolicy
from tongtang.access.policies import ASSIGNABLE_AT_SCHOOLS, ASSIGNABLE_IN_REGIONS
from tongtang.access.queries import login_of, place_of_codes
from tongtang.access.support import MOST_HOURS
from tongtang.organisations.models import Region, School
from tongtang.people.models import Person

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


class OwnPasswordForm(forms.Form):
    """A person's own password, twice; which passwords will do is said by `check_password`."""

    password = forms.CharField(
        label=_("Your own password"),
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

    def check_password(self, password: str) -> None:
        """Raises ValidationError."""
        validate_password(password)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        password = given.get("password")
        if password and "again" in given and given["again"] != password:
            self.add_error("again", gettext("The two passwords differ. Type the second one again."))
        if password:
            try:
                self.check_password(password)
            except ValidationError as refused:
                self.add_error("password", refused)
        return given


class ActivationForm(OwnPasswordForm, CountyForm):
    """A one-time code and the person's own password, twice."""

    field_order = ("county", "user_name", "code", "password", "again")
    code = forms.CharField(
        label=_("One-time code"),
        help_text=_("12 letters and digits on the slip of paper"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = _("At least 12 characters; a short sentence is easy to remember")

    def check_password(self, password: str) -> None:
        # What is known of the person is held against it only when the code was right: `actions.activate`.
        given = self.cleaned_data
        validate_password(password, Account(login=login_of(given.get("county", 0), given.get("user_name", ""))))


class CodeForm(forms.Form):
    """The six digits of an authenticator app, or a recovery code."""

    use_required_attribute = False
    code = forms.CharField(
        label=_("6-digit code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "text",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class NewPasswordForm(forms.Form):
    """Another password of one's own; `account` is whose."""

    use_required_attribute = False
    old = forms.CharField(
        label=_("Present password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
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

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("password") and given.get("again") != given["password"]:
            self.add_error("again", gettext("The two passwords differ. Type the second one again."))
        if given.get("password"):
            try:
                validate_password(given["password"], self.account)
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
    """A role and its node, a school or a region; a guest's role has a last day."""

    use_required_attribute = False
    assignable = frozenset(role.value for role in (*ASSIGNABLE_AT_SCHOOLS, *ASSIGNABLE_IN_REGIONS))

    role = forms.TypedChoiceField(
        label=_("Role"),
        coerce=Role,
        choices=[(role.value, role.label) for role in dict.fromkeys((*ASSIGNABLE_AT_SCHOOLS, *ASSIGNABLE_IN_REGIONS))],
    )
    school = forms.ModelChoiceField(
        School.objects.none(),
        label=_("School"),
        help_text=_("For somebody of one school"),
        required=False,
        to_field_name="public_id",
        empty_label=_("No school"),
    )
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=_("Region"),
        help_text=_("For somebody of a bureau: all its schools"),
        required=False,
        empty_label=_("No region"),
    )
    until = forms.DateField(
        label=_("Last day"),
        help_text=_("Experts and observers need one; others hold the role until it is ended"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, schools: QuerySet[School], regions: QuerySet[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        school, region = self.fields["school"], self.fields["region"]
        assert isinstance(school, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(region, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        school.queryset, region.queryset = schools, regions

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        role, school, region = given.get("role"), given.get("school"), given.get("region")
        if role and not self.errors:
            self._check_node(role, school, region)
        return given

    def _check_node(self, role: Role, school: School | None, region: Region | None) -> None:
        if school is None and region is None:
            self.add_error(
                "school" if role in ASSIGNABLE_AT_SCHOOLS else "region", gettext("Choose where the role holds.")
            )
        elif school is not None and region is not None:
            self.add_error("region", gettext("Choose a school or a region, not both."))
        elif school is not None and role not in ASSIGNABLE_AT_SCHOOLS:
            self.add_error("region", gettext("This role is held in a region. Choose the region, and no school."))
        elif region is not None and role not in ASSIGNABLE_IN_REGIONS:
            self.add_error("school", gettext("This role is held at a school. Choose the school, and no region."))


class DaysForm(forms.Form):
    """From a day to a day."""

    use_required_attribute = False
    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(
        label=_("To (and including)"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DelegationForm(DaysForm):
    """A role of one's own, or a part of its node, for a colleague."""

    row = forms.ModelChoiceField(
        RoleAssignment.objects.none(), label=_("Role"), to_field_name="public_id", empty_label=None
    )
    to = forms.CharField(label=_("Colleague"), help_text=_("The user name, as on the list of staff"), max_length=64)
    school = forms.ModelChoiceField(
        School.objects.none(),
        label=_("Only this school"),
        required=False,
        to_field_name="public_id",
        empty_label=_("The whole of the role"),
    )
    field_order = ("row", "to", "school", "first", "last")

    def __init__(self, *args: Any, rows: QuerySet[RoleAssignment], schools: QuerySet[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, row=rows, school=schools)
        self.fields["row"].label_from_instance = role_words  # type: ignore[attr-defined]


class SubstituteForm(DaysForm):
    """Who stands in for whom."""

    row = forms.ModelChoiceField(
        RoleAssignment.objects.none(), label=_("Absent teacher"), to_field_name="public_id", empty_label=None
    )
    substitute = forms.ModelChoiceField(
        Person.objects.none(), label=_("Substitute"), to_field_name="public_id", empty_label=None
    )
    field_order = ("row", "substitute", "first", "last")

    def __init__(self, *args: Any, rows: QuerySet[RoleAssignment], staff: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, row=rows, substitute=staff)
        self.fields["row"].label_from_instance = teacher_words  # type: ignore[attr-defined]


def _choose_from(form: forms.Form, **rows: QuerySet[Any]) -> None:
    for name, found in rows.items():
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = found


def role_words(row: RoleAssignment) -> str:
    """An own role as a choice shows it."""
    place = row.school.name if row.school else place_of_codes(row.code_low)
    return f"{Role(row.role).label} · {place}"


def teacher_words(row: RoleAssignment) -> str:
    """A teacher of a school as a choice shows them."""
    return (
        f"{row.person.name} ({row.person.source_id}) · {Role(row.role).label} · {row.school.name if row.school else ''}"
    )


class SupportForm(forms.Form):
    """A request to be let into a school."""

    use_required_attribute = False
    school = forms.ModelChoiceField(
        School.objects.none(), label=_("School"), to_field_name="public_id", empty_label=None
    )
    reason = forms.CharField(
        label=_("What for"), help_text=_("The school reads this; no names of children"), min_length=4, max_length=200
    )
    hours = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(n, ngettext_lazy("%(n)d hour", "%(n)d hours", n) % {"n": n}) for n in range(1, MOST_HOURS + 1)],
    )

    def __init__(self, *args: Any, schools: QuerySet[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, school=schools)


class ReasonForm(forms.Form):
    """Why somebody does what is recorded with its reason."""

    use_required_attribute = False
    reason = forms.CharField(
        label=_("Why is this needed?"),
        help_text=_("At least 6 characters; the audit log keeps it. No names of children"),
        min_length=6,
        max_length=200,
    )


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rules of sign-in."""

    use_required_attribute = False

    class Meta:
        model = SignInPolicy
        fields = ("second_factor", "idle_minutes")
        labels = {
            "second_factor": _("Who shows a second factor"),
            "idle_minutes": _("Minutes without any use after which a session ends"),
        }


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
