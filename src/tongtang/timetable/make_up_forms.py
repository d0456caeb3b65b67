"""Shape of the make-up form: one of the proposed periods, or a time, a room and a studio of one's own choice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.foundation import clock
from tongtang.organisations.models import ReceivingRoom, Studio
from tongtang.timetable.slots import Slot

OTHER = "other"


def slot_key(slot: Slot) -> str:
    """The moment of a proposal, as the form posts it."""
    return clock.civil(slot.period.starts_at).strftime("%Y-%m-%dT%H:%M")


class MakeUpForm(forms.Form):
    """`slot`: the key of a proposal, or "other" with date, time, room and studio.

    `over`: what is to be said of a proposal's moment, where its week is full for the teacher.
    """

    slot = forms.CharField(required=False)
    date = forms.DateField(
        label=gettext_lazy("Date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a date. Choose it again.")},
    )
    time = forms.TimeField(
        label=gettext_lazy("Begins"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("This is not a time. Choose it again.")},
    )
    room = forms.ChoiceField(label=gettext_lazy("Receiving room"), required=False)
    studio = forms.ChoiceField(label=gettext_lazy("Studio"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        slots: Sequence[Slot],
        rooms: Sequence[ReceivingRoom],
        studios: Sequence[Studio],
        over: Mapping[datetime, str],
    ) -> None:
        super().__init__(data)
        self.over = over
        self.slots = {slot_key(slot): slot for slot in slots}
        self.rooms = {str(room.public_id): room for room in rooms}
        self.studios = {str(studio.public_id): studio for studio in studios}
        room_words = [(key, _("Room %(number)d") % {"number": room.number}) for key, room in self.rooms.items()]
        choices: dict[str, list[tuple[str, str]]] = {
            "room": room_words,
            "studio": [(key, studio.name) for key, studio in self.studios.items()],
        }
        for name, options in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = options

    @property
    def offers(self) -> list[dict[str, Any]]:
        """The proposals as the page lists them; the first is chosen until somebody chooses."""
        rooms = {room.pk: room for room in self.rooms.values()}
        studios = {studio.pk: studio for studio in self.studios.values()}
        chosen = self.data.get("slot") or next(iter(self.slots), OTHER)
        return [
            {
                "key": key,
                "starts_at": slot.period.starts_at,
                "number": slot.period.number,
                "room": rooms[slot.room_id],
                "studio": studios[slot.studio_id],
                "checked": key == chosen,
                "over": self.over.get(slot.period.starts_at, ""),
            }
            for key, slot in self.slots.items()
        ]

    @property
    def takes_other(self) -> bool:
        """Whether a time of one's own choice is chosen."""
        return (self.data.get("slot") or next(iter(self.slots), OTHER)) == OTHER

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = cleaned.get("slot") or OTHER
        if chosen != OTHER and chosen not in self.slots:
            raise forms.ValidationError(_("This period was taken meanwhile. Choose one of those that are free now."))
        if chosen == OTHER:
            for name, sentence in (
                ("date", _("Choose a date.")),
                ("time", _("Choose a time.")),
                ("room", _("Choose a room.")),
                ("studio", _("Choose a studio.")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned

    @property
    def chosen(self) -> dict[str, Any]:
        """starts_at, room, studio of a valid form."""
        slot = self.slots.get(self.cleaned_data["slot"])
        if slot is not None:
            rooms = {room.pk: room for room in self.rooms.values()}
            studios = {studio.pk: studio for studio in self.studios.values()}
            return {
                "starts_at": slot.period.starts_at,
                "room": rooms[slot.room_id],
                "studio": studios[slot.studio_id],
            }
        return {
            "starts_at": clock.at(self.cleaned_data["date"], self.cleaned_data["time"]),
            "room": self.rooms[self.cleaned_data["room"]],
            "studio": self.studios[self.cleaned_data["studio"]],
        }
