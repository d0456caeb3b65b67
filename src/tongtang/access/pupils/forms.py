"""Forms of the class's page."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tongtang.access.pupils.models import Means
from tongtang.organisations.models import ReceivingRoom


class GiveForm(forms.Form):
    """Which secrets to make anew."""

    means = forms.MultipleChoiceField(
        label=_("Make anew"),
        choices=[(Means.CARD, _("Card")), (Means.PIN, _("PIN")), (Means.PICTURES, _("Pictures"))],
        initial=[Means.CARD, Means.PIN, Means.PICTURES],
        widget=forms.CheckboxSelectMultiple,
    )

    @property
    def chosen(self) -> list[Means]:
        return [Means(one) for one in self.cleaned_data["means"]]


class RoomsForm(forms.Form):
    """Rooms by their public ids; none: the class signs in nowhere."""

    rooms = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, rooms: Sequence[ReceivingRoom], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rooms = {str(room.public_id): room for room in rooms}
        cast(forms.MultipleChoiceField, self.fields["rooms"]).choices = [(key, key) for key in self._rooms]

    @property
    def chosen(self) -> list[ReceivingRoom]:
        return [self._rooms[key] for key in self.cleaned_data["rooms"]]
