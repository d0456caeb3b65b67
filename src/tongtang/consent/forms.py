"""Forms of guardians and of schools about consent: shape only."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    validate_password,
)
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongtang.access.api import LONGEST_PASSWORD, OwnPasswordForm
from tongtang.consent.models import DataRequest, Purpose, Voice
from tongtang.people.models import Guardianship

SHORTEST_PASSWORD = 8
GROUNDS_AGAINST = (DataRequest.Ground.ENROLLED, DataRequest.Ground.NOT_SHOWN)


class LongEnough(MinimumLengthValidator):
    """Django's own sentence is not translated."""

    def get_error_message(self) -> str:
        return gettext("This password has fewer than %(n)d characters. Choose a longer one.") % {"n": self.min_length}


# A guardian sees one child and no class: eight characters that are not a common word.
VALIDATORS: list[Any] = [LongEnough(SHORTEST_PASSWORD), CommonPasswordValidator(), NumericPasswordValidator()]
CODE = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
YES_NO = [("yes", _("Agree")), ("no", _("Do not agree"))]


class SlipForm(forms.Form):
    """The code of a slip, and what the person is to the child."""

    use_required_attribute = False

    code = forms.CharField(
        label=_("Code on the slip"),
        help_text=_("12 letters and digits"),
        max_length=40,
        widget=forms.TextInput(attrs=CODE),
    )
    kind = forms.ChoiceField(label=_("You are the child's"), choices=Guardianship.Kind.choices)


class JoinForm(OwnPasswordForm, SlipForm):
    """The same for somebody who has no account yet."""

    field_order = ("code", "kind", "name", "password", "again")
    name = forms.CharField(
        label=_("Your name"),
        help_text=_("May stay empty"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = _("At least 8 characters, not only digits")

    def check_password(self, password: str) -> None:
        validate_password(password, password_validators=VALIDATORS)


class AnswerForm(forms.Form):
    """One purpose, yes or no."""

    purpose = forms.TypedChoiceField(coerce=Purpose, choices=Purpose.choices)
    agree = forms.TypedChoiceField(coerce=lambda word: word == "yes", choices=YES_NO)


class PaperForm(AnswerForm):
    """An answer on paper, with its witness."""

    use_required_attribute = False
    field_order = ("purpose", "voice", "agree", "signed_on", "witness")

    purpose = forms.TypedChoiceField(label=_("What for"), coerce=Purpose, choices=Purpose.choices)
    agree = forms.TypedChoiceField(
        label=_("Ticked on the paper"), coerce=lambda word: word == "yes", choices=YES_NO, widget=forms.RadioSelect
    )
    voice = forms.TypedChoiceField(label=_("Signed by"), coerce=Voice, choices=Voice.choices)
    signed_on = forms.DateField(label=_("Day of the signature"), widget=forms.DateInput(attrs={"type": "date"}))
    witness = forms.CharField(label=_("Witness"), help_text=_("Who saw it being signed"), max_length=80)


class PasswordForm(forms.Form):
    """The second confirmation of what cannot be taken back."""

    use_required_attribute = False

    password = forms.CharField(
        label=_("Your password once more"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CorrectionForm(forms.Form):
    use_required_attribute = False

    text = forms.CharField(
        label=_("What is wrong, and what is right"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what is wrong and what would be right.")},
    )


class DecisionForm(forms.Form):
    """The school's decision with its ground."""

    use_required_attribute = False

    grant = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda word: word == "yes",
        choices=[("yes", _("Do it")), ("no", _("Do not do it"))],
        widget=forms.RadioSelect,
    )
    ground = forms.ChoiceField(label=_("Legal ground"), choices=DataRequest.Ground.choices)
    answer = forms.CharField(
        label=_("Words for the guardian"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    password = forms.CharField(
        label=_("Your password once more"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """The ground is one of what was decided: the guardian reads both."""
        given = super().clean() or self.cleaned_data
        if given.get("grant") is True and given.get("ground") in GROUNDS_AGAINST:
            self.add_error("ground", gettext("This is a ground for not doing it. Choose the ground that fits."))
        if given.get("grant") is False and given.get("ground") == DataRequest.Ground.AGREED:
            self.add_error("ground", gettext("This is a ground for doing it. Choose the ground that fits."))
        return given
