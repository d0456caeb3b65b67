"""Shapes of the forms by which each kind of change order is made; whether it can be is the orders' own matter."""

import re
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.foundation import clock
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders import requests as ask
from tongtang.timetable.orders.choices import Offer, Options
from tongtang.timetable.orders.cycles import WeekCycle
from tongtang.timetable.sentences import WEEKDAYS

Kind = ChangeOrder.Kind
TURNS, MOVES = 4, 6
LONGEST_CYCLE = 8
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
NOT_A_DAY = {
    "required": gettext_lazy("Choose a date."),
    "invalid": gettext_lazy("This is not a date. Choose it again."),
}
NOT_A_TIME = {
    "required": gettext_lazy("Choose a time."),
    "invalid": gettext_lazy("This is not a time. Choose it again."),
}
NOT_CHOSEN = {
    "required": gettext_lazy("Choose one from the list."),
    "invalid": gettext_lazy("Choose one from the list."),
}


def _day(value: date) -> None:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise forms.ValidationError(_("This is not a date. Choose it again."))


def _day_field(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=required, widget=widget, validators=[_day], error_messages=dict(NOT_A_DAY)
    )


def _time_field(label: Any, *, required: bool = True) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=required, widget=widget, error_messages=dict(NOT_A_TIME))


def _one(label: Any, options: Options, empty: Any, *, required: bool = True) -> forms.UUIDField:
    """A choice by public id; what is not offered is refused by the order itself, in its own words."""
    widget = forms.Select(choices=[("", empty), *options])
    return forms.UUIDField(label=label, required=required, widget=widget, error_messages=dict(NOT_CHOSEN))


class Many(forms.MultipleChoiceField):
    """Several choices by public id; those that are no ids are refused here, those that are not there by the order."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "required": gettext_lazy("Choose at least one."),
        "invalid_choice": gettext_lazy("Choose at least one."),
    }

    def valid_value(self, value: str) -> bool:
        try:
            UUID(str(value))
        except ValueError:
            return False
        return True


def _moment(day: date, wall: time) -> datetime:
    return clock.at(day, wall.replace(second=0, microsecond=0, tzinfo=None))


def _ids(values: list[str]) -> tuple[UUID, ...]:
    return tuple(UUID(value) for value in dict.fromkeys(values))


LESSON = gettext_lazy("Lesson")
CHOOSE = gettext_lazy("Choose")
AS_PLANNED = gettext_lazy("As planned")


@dataclass(frozen=True)
class Line:
    """Fields on one line."""

    heading: str
    fields: list[forms.BoundField]
    open: bool


class _KindOfForm(DeclarativeFieldsMetaclass, ABCMeta):
    """A form whose kinds must say what they ask for: one that does not cannot be made."""


class OrderForm(forms.Form, metaclass=_KindOfForm):
    """What every order has, and what each kind adds: its fields, and what a valid form asks for."""

    rows: list[tuple[str, list[str]]] = []
    """Groups of fields that belong on one line: heading and names."""

    def __init__(self, data: Any = None, *, offer: Offer, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.rows = []
        self.build(offer)
        self.fields["reason"] = forms.CharField(
            label=gettext_lazy("Reason"),
            max_length=200,
            help_text=gettext_lazy("Everybody concerned reads it."),
            error_messages={"required": gettext_lazy("Say why the timetable is changed.")},
        )

    @abstractmethod
    def build(self, offer: Offer) -> None:
        """Add the fields of the kind."""

    @property
    @abstractmethod
    def request(self) -> ask.Request:
        """What a valid form asks for."""

    @property
    def alone(self) -> list[forms.BoundField]:
        """The fields that stand in no row; the reason comes after all of them."""
        inside = {name for _heading, names in self.rows for name in names}
        return [self[name] for name in self.fields if name not in inside | {"reason"}]

    @property
    def lines(self) -> list["Line"]:
        """The rows; the first is open, and those in which something stands."""
        return [
            Line(heading, [self[name] for name in names], not number or any(self.data.get(name) for name in names))
            for number, (heading, names) in enumerate(self.rows)
        ]


class MoveForm(OrderForm):
    """One lesson to another time, on any day of the term."""

    def build(self, offer: Offer) -> None:
        self.fields["lesson"] = _one(LESSON, offer.lessons, CHOOSE)
        self.fields["date"] = _day_field(gettext_lazy("New date"))
        self.fields["time"] = _time_field(gettext_lazy("New start"))
        self.fields["studio"] = _one(gettext_lazy("Studio"), offer.studios, AS_PLANNED, required=False)

    @property
    def request(self) -> ask.Move:
        given = self.cleaned_data
        return ask.Move(given["lesson"], _moment(given["date"], given["time"]), given["studio"])


class SwapForm(OrderForm):
    """Two lessons take each other's time."""

    def build(self, offer: Offer) -> None:
        self.fields["lesson"] = _one(LESSON, offer.lessons, CHOOSE)
        self.fields["other"] = _one(gettext_lazy("Swapped with"), offer.lessons, CHOOSE)

    @property
    def request(self) -> ask.Swap:
        return ask.Swap(self.cleaned_data["lesson"], self.cleaned_data["other"])


class SubstituteForm(OrderForm):
    """Somebody else teaches some lessons."""

    def build(self, offer: Offer) -> None:
        self.fields["lessons"] = Many(label=gettext_lazy("Lessons"), choices=offer.lessons)
        self.fields["teacher"] = _one(gettext_lazy("Substitute"), offer.teachers, CHOOSE)
        self.fields["studio"] = _one(gettext_lazy("Studio"), offer.studios, AS_PLANNED, required=False)

    @property
    def request(self) -> ask.Substitute:
        given = self.cleaned_data
        return ask.Substitute(_ids(given["lessons"]), given["teacher"], given["studio"])


class CancelForm(OrderForm):
    """Some lessons are not held."""

    def build(self, offer: Offer) -> None:
        self.fields["lessons"] = Many(label=gettext_lazy("Lessons"), choices=offer.lessons)

    @property
    def request(self) -> ask.Cancel:
        return ask.Cancel(_ids(self.cleaned_data["lessons"]))


class MakeUpForm(OrderForm):
    """What a class missed is given again."""

    def build(self, offer: Offer) -> None:
        self.fields["missed"] = _one(gettext_lazy("What was missed"), offer.missed, CHOOSE)
        self.fields["date"] = _day_field(gettext_lazy("New date"))
        self.fields["time"] = _time_field(gettext_lazy("New start"))

    @property
    def request(self) -> ask.MakeUp:
        given = self.cleaned_data
        return ask.MakeUp(given["missed"], _moment(given["date"], given["time"]))


class TransferForm(OrderForm):
    """The lessons of a day are held on another."""

    def build(self, _offer: Offer) -> None:
        self.fields["from_day"] = _day_field(gettext_lazy("Lessons of this day"))
        self.fields["to_day"] = _day_field(gettext_lazy("are held on"))

    @property
    def request(self) -> ask.Transfer:
        return ask.Transfer(self.cleaned_data["from_day"], self.cleaned_data["to_day"])


class _Span(OrderForm):
    """Kinds that hold from a day to a day."""

    def build(self, _offer: Offer) -> None:
        self.fields["first_day"] = _day_field(gettext_lazy("First day"))
        self.fields["last_day"] = _day_field(gettext_lazy("Last day"))

    def add_moves(self, offer: Offer) -> None:
        """Rows by which single lessons are moved."""
        for number in range(1, MOVES + 1):
            names = [f"move{number}_lesson", f"move{number}_date", f"move{number}_time"]
            self.fields[names[0]] = _one(LESSON, offer.lessons, "—", required=False)
            self.fields[names[1]] = _day_field(gettext_lazy("New date"), required=False)
            self.fields[names[2]] = _time_field(gettext_lazy("New start"), required=False)
            self.rows.append((_("Moved lesson %(number)d") % {"number": number}, names))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day lies before the first one."))
        for number in range(1, MOVES + 1):
            if cleaned.get(f"move{number}_lesson"):
                for name in (f"move{number}_date", f"move{number}_time"):
                    if not cleaned.get(name) and name not in self.errors:
                        self.add_error(name, _("Say when this lesson is held."))
        return cleaned

    @property
    def moves(self) -> tuple[ask.Move, ...]:
        given = self.cleaned_data
        numbers = [number for number in range(1, MOVES + 1) if given.get(f"move{number}_lesson")]
        return tuple(
            ask.Move(given[f"move{number}_lesson"], _moment(given[f"move{number}_date"], given[f"move{number}_time"]))
            for number in numbers
        )

    @property
    def span(self) -> tuple[date, date]:
        return self.cleaned_data["first_day"], self.cleaned_data["last_day"]


class BellsForm(_Span):
    """Schools ring other bells for some weeks."""

    def build(self, offer: Offer) -> None:
        super().build(offer)
        self.fields["bell"] = _one(gettext_lazy("Bell schedule"), offer.bells, CHOOSE)
        self.fields["schools"] = Many(label=gettext_lazy("Schools"), choices=offer.schools)
        self.add_moves(offer)

    @property
    def request(self) -> ask.WeekBells:
        bell = self.cleaned_data["bell"]
        rings = tuple(ask.Ring(school, bell) for school in _ids(self.cleaned_data["schools"]))
        return ask.WeekBells(*self.span, rings, self.moves)


class TemporaryForm(_Span):
    """For some days only these lessons are held."""

    def build(self, offer: Offer) -> None:
        super().build(offer)
        self.fields["kept"] = Many(label=gettext_lazy("Held as planned"), choices=offer.lessons, required=False)
        self.add_moves(offer)

    @property
    def request(self) -> ask.Temporary:
        return ask.Temporary(*self.span, self.moves, _ids(self.cleaned_data["kept"]))


def _weeks(text: str, length: int) -> WeekCycle:
    """`1, 3` of a cycle of 4.

    Raises:
        ValueError: no such weeks.
    """
    return WeekCycle(length, frozenset(int(part) for part in re.split(r"[^0-9]+", text) if part))


class RotationForm(_Span):
    """Weekly lessons take turns, each in its own weeks of a cycle."""

    def build(self, offer: Offer) -> None:
        super().build(offer)
        days = [("", AS_PLANNED), *((str(number), word) for number, word in enumerate(WEEKDAYS, start=1))]
        for number in range(1, TURNS + 1):
            names = [f"turn{number}_{part}" for part in ("place", "length", "weeks", "day", "time", "teacher", "off")]
            fields: list[forms.Field] = [
                forms.ChoiceField(
                    label=gettext_lazy("Weekly lesson"), choices=[("", "—"), *offer.weekly], required=False
                ),
                forms.IntegerField(
                    label=gettext_lazy("Weeks of the cycle"), min_value=1, max_value=LONGEST_CYCLE, required=False
                ),
                forms.CharField(label=gettext_lazy("In its weeks"), max_length=20, required=False),
                forms.ChoiceField(label=gettext_lazy("Other weekday"), choices=days, required=False),
                _time_field(gettext_lazy("New start"), required=False),
                _one(gettext_lazy("Other teacher"), offer.teachers, AS_PLANNED, required=False),
                forms.BooleanField(label=gettext_lazy("Not held"), required=False),
            ]
            self.fields |= dict(zip(names, fields, strict=True))
            self.rows.append((_("Turn %(number)d") % {"number": number}, names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        turns = [number for number in range(1, TURNS + 1) if cleaned.get(f"turn{number}_place")]
        if not turns:
            self.add_error("turn1_place", _("Choose at least one lesson."))
        for number in turns:
            try:
                _weeks(cleaned.get(f"turn{number}_weeks") or "", cleaned.get(f"turn{number}_length") or 0)
            except ValueError:
                self.add_error(
                    f"turn{number}_weeks", _("Write the weeks of the cycle with commas, such as 1, 3 of 4 weeks.")
                )
        return cleaned

    def _turn(self, number: int) -> ask.Turn:
        given = {name.partition("_")[2]: self.cleaned_data[name] for name in self.rows[number - 1][1]}
        group, weekday, start = given["place"].split("|")
        wall: time | None = given["time"]
        return ask.Turn(
            group,
            int(weekday),
            int(start),
            _weeks(given["weeks"], given["length"]),
            int(given["day"]) if given["day"] else None,
            wall.hour * 60 + wall.minute if wall else None,
            given["teacher"],
            None,
            given["off"],
        )

    @property
    def request(self) -> ask.Rotation:
        chosen = [number for number in range(1, TURNS + 1) if self.cleaned_data.get(f"turn{number}_place")]
        return ask.Rotation(*self.span, tuple(self._turn(number) for number in chosen))


FORMS: Mapping[str, Callable[..., OrderForm]] = {
    Kind.MOVE: MoveForm,
    Kind.SWAP: SwapForm,
    Kind.SUBSTITUTE: SubstituteForm,
    Kind.CANCEL: CancelForm,
    Kind.MAKE_UP: MakeUpForm,
    Kind.ROTATION: RotationForm,
    Kind.BELLS: BellsForm,
    Kind.TEMPORARY: TemporaryForm,
    Kind.DAY_TRANSFER: TransferForm,
}
