"""What an order does to each receiving class, in sentences: it moves, it swaps with a lesson of its own, it cannot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.curriculum.api import subject_name
from tongtang.organisations.models import HomeClass, ReceivingRoom
from tongtang.people.models import Person
from tongtang.timetable.orders.judge import Effect, Outcome, Verdict
from tongtang.timetable.orders.preview import Preview
from tongtang.timetable.orders.sentences import cautions_of, change_line, day_words, moment_words, reasons_of


@dataclass(frozen=True)
class EffectRow:
    """One receiving class under one lesson of an order; `way` as in `way_of`."""

    school: str
    home_class: str
    subject: str
    way: str
    sentence: str


@dataclass(frozen=True)
class Names:
    """Names of classes, rooms and people, by key."""

    classes: Mapping[int, HomeClass]
    rooms: Mapping[int, int]
    people: Mapping[int, str]


def _names(verdicts: Sequence[Verdict]) -> Names:
    effects = [one for each in verdicts for one in each.effects]
    classes = HomeClass.objects.filter(pk__in={one.receiver.home_class_id for one in effects})
    rooms = ReceivingRoom.objects.filter(pk__in={one.seat.room_id for one in effects if one.seat})
    people = {each.touched.target.teacher_id for each in verdicts if each.touched.target.teacher_id is not None}
    return Names(
        {row.pk: row for row in classes.select_related("school")},
        dict(rooms.values_list("pk", "number")),
        dict(Person.objects.filter(pk__in=people).values_list("pk", "name")),
    )


def _seated(verdict: Verdict, effect: Effect, names: Names) -> str:
    now, target = verdict.touched.now, verdict.touched.target
    if target.cancelled:
        return _("Not held on %(day)s; the class is short of one period.") % {"day": moment_words(now.starts_at)}
    if now.starts_at == target.starts_at and now.teacher_id != target.teacher_id:
        return _("Taught by %(teacher)s.") % {"teacher": names.people.get(target.teacher_id or 0, "")}
    seat = effect.seat
    facts = {
        "old": moment_words(now.starts_at),
        "new": moment_words(target.starts_at),
        "period": seat.period if seat and seat.period else "—",
        "room": names.rooms.get(seat.room_id, "—") if seat else "—",
    }
    if now.starts_at == target.starts_at:
        return _("Stays at %(new)s: period %(period)s, room %(room)s.") % facts
    return _("From %(old)s to %(new)s: period %(period)s, room %(room)s.") % facts


def _sentence(verdict: Verdict, effect: Effect, names: Names) -> str:
    if effect.outcome is Outcome.CANNOT:
        alone = Verdict(verdict.touched, (), (effect,))
        return " ".join(one.sentence for one in reasons_of([alone]))
    words = _seated(verdict, effect, names)
    if effect.outcome is Outcome.FALLS:
        alone = Verdict(verdict.touched, (), (effect,))
        return " ".join([words, *(one.sentence for one in cautions_of([alone]))])
    if effect.shift is None:
        return words
    shift = effect.shift
    own = _("Its own %(subject)s goes from %(from_day)s period %(from_period)d to %(to_day)s period %(to_period)d.") % {
        "subject": subject_name(shift.local.subject),
        "from_day": day_words(shift.from_day),
        "from_period": shift.from_period,
        "to_day": day_words(shift.to_day),
        "to_period": shift.to_period,
    }
    return f"{words} {own}"


WAYS = ("cannot", "falls", "swap", "direct", "stopped", "stays")
"""How a class is touched, in the order of a table: what cannot be first."""


def way_of(verdict: Verdict, effect: Effect) -> str:
    """One of `WAYS`: a class that moves nowhere has its lesson stopped, or taught at its own time by somebody else."""
    if effect.outcome is not Outcome.DIRECT:
        return str(effect.outcome)
    if verdict.touched.target.cancelled:
        return "stopped"
    same = verdict.touched.now.starts_at == verdict.touched.target.starts_at and not verdict.touched.now.cancelled
    return "stays" if same else "direct"


def effect_rows(verdicts: Sequence[Verdict]) -> list[EffectRow]:
    """Every class, what cannot be first, then what swaps."""
    names = _names(verdicts)
    rows = []
    for each in verdicts:
        for one in each.effects:
            home = names.classes[one.receiver.home_class_id]
            rows.append(
                EffectRow(
                    home.school.name,
                    home.name,
                    subject_name(each.touched.subject),
                    way_of(each, one),
                    _sentence(each, one, names),
                )
            )
    return sorted(rows, key=lambda row: WAYS.index(row.way))


@dataclass(frozen=True)
class Split:
    """The classes that an order touches: those that move or swap or cannot, and those whose lesson stops or stays.

    `falls`: those that move, while a lesson of their own is not held.
    """

    direct: int
    swaps: int
    falls: int
    cannot: int
    stopped: int
    stays: int

    @property
    def every(self) -> int:
        return self.direct + self.swaps + self.falls + self.cannot + self.stopped + self.stays


def split_of(preview: Preview) -> Split:
    """How many classes are touched in which way."""
    ways = Counter(way_of(each, one) for each in preview.verdicts for one in each.effects)
    return Split(ways["direct"], ways["swap"], ways["falls"], ways["cannot"], ways["stopped"], ways["stays"])


def change_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """What becomes of each lesson, in the order of the clock."""
    ordered = sorted(verdicts, key=lambda one: one.touched.now.starts_at)
    return [change_line(one.touched) for one in ordered]


def place_words(direct: int, swaps: int, falls: int, cannot: int) -> str:
    """`22 classes move, 3 swap with a lesson of their own, 1 loses one, 1 cannot`; what is none is not said."""
    parts = []
    if direct:
        parts.append(ngettext("%(count)d class moves", "%(count)d classes move", direct) % {"count": direct})
    if swaps:
        words = ngettext("%(count)d class swaps with an own lesson", "%(count)d classes swap with own lessons", swaps)
        parts.append(words % {"count": swaps})
    if falls:
        parts.append(
            ngettext("%(count)d class loses an own lesson", "%(count)d classes lose own lessons", falls)
            % {"count": falls}
        )
    if cannot:
        parts.append(ngettext("%(count)d class cannot", "%(count)d classes cannot", cannot) % {"count": cannot})
    return _(", ").join(parts) or _("No class receives this lesson")
