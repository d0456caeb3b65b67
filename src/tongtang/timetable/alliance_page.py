"""The page of an alliance's week: its blocks, what waits to be dealt with, and a change that is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.access.api import Actor
from tongtang.alliances.models import Alliance
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson
from tongtang.timetable.alliance_week import AIM, GHOST, AllianceWeek, at_time
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.actions import preview_order, preview_request
from tongtang.timetable.orders.effects import EffectRow, Split, change_lines, effect_rows, place_words, split_of
from tongtang.timetable.orders.judge import Touched
from tongtang.timetable.orders.places import Place, places_of
from tongtang.timetable.orders.preview import Preview
from tongtang.timetable.orders.requests import Move
from tongtang.timetable.orders.resolve import Refused
from tongtang.timetable.orders.sentences import KIND_WORDS, Reason, day_words, moment_words
from tongtang.timetable.page import Look, kind_of
from tongtang.timetable.weekly import Entry, entry_of_lesson
from tongtang.timetable.weeks import Week

MOST_REASONS = 6


@dataclass(frozen=True)
class Proposal:
    """A change that is looked at: one that nobody has made yet (`order` None), or an order."""

    title: str
    lines: Sequence[str]
    split: Split
    reasons: Sequence[Reason]
    possible: bool
    effects: Sequence[EffectRow]
    preview: Preview
    order: ChangeOrder | None = None
    state: str = ""
    starts_at: datetime | None = None

    @property
    def day(self) -> str:
        """The civil day of the new time, as a form posts it."""
        return f"{civil(self.starts_at):%Y-%m-%d}" if self.starts_at else ""

    @property
    def time(self) -> str:
        return f"{civil(self.starts_at):%H:%M}" if self.starts_at else ""

    @property
    def more_reasons(self) -> int:
        """How many obstacles are not shown in the panel."""
        return max(0, len(self.reasons) - MOST_REASONS)

    @property
    def first_reasons(self) -> Sequence[Reason]:
        return self.reasons[:MOST_REASONS]


def _proposal(title: str, preview: Preview, **more: object) -> Proposal:
    return Proposal(
        title,
        change_lines(preview.verdicts),
        split_of(preview),
        preview.reasons,
        preview.possible,
        effect_rows(preview.verdicts),
        preview,
        **more,  # type: ignore[arg-type]
    )


def proposed_move(actor: Actor, alliance: Alliance, lesson: Lesson, starts_at: datetime) -> Proposal:
    """A move of one lesson that nobody has ordered yet."""
    title = str(KIND_WORDS[ChangeOrder.Kind.MOVE])
    try:
        found = preview_request(actor=actor, alliance=alliance, request=Move(lesson.public_id, starts_at))
    except Refused as refused:
        nothing = Preview(ChangeOrder(alliance=alliance), refused=str(refused))
        return _proposal(title, nothing, starts_at=starts_at)
    return _proposal(title, found, starts_at=starts_at)


def proposed_order(actor: Actor, order: ChangeOrder) -> Proposal:
    """An order: a draft with its preview of this moment, one in force or gone with its state."""
    state = order.state_on(clock.today())
    preview = preview_order(order, actor) if state == ChangeOrder.State.DRAFT else Preview(order)
    return _proposal(str(KIND_WORDS[ChangeOrder.Kind(order.kind)]), preview, order=order, state=str(state))


def overlaid(found: AllianceWeek, proposal: Proposal | None, week: Week) -> list[Entry]:
    """The entries of a week with what orders left behind, and what a change would move, at its old and new place.

    What it would move here from another week stands at its new place only.
    """
    entries = [*found.entries, *found.ghosts]
    verdicts = proposal.preview.verdicts if proposal is not None else ()
    moved = {
        one.touched.lesson_id: one.touched
        for one in verdicts
        if one.touched.now.starts_at != one.touched.target.starts_at
    }
    drawn = []
    for entry in entries:
        touched = moved.get(entry.lesson_id)
        if touched is None or entry.state == GHOST:
            drawn.append(entry)
            continue
        drawn += [at_time(entry, entry.starts_at, GHOST), at_time(entry, touched.target.starts_at, AIM)]
    here = {entry.lesson_id for entry in found.entries}
    return [*drawn, *_arriving([one for key, one in moved.items() if key not in here], week)]


def _arriving(touched: Sequence[Touched], week: Week) -> list[Entry]:
    """Lessons of other weeks at the places in this one to which a change would move them."""
    coming = {one.lesson_id: one for one in touched if week.holds(civil(one.target.starts_at).date())}
    rows = Lesson.objects.filter(pk__in=coming).select_related("teacher", "shows__teacher", "school", "studio")
    return [
        at_time(entry_of_lesson(row, row.pk, len(coming[row.pk].receivers)), coming[row.pk].target.starts_at, AIM)
        for row in rows
    ]


def look_of(found: AllianceWeek, proposal: Proposal | None) -> Look:
    """How each block of the week looks: old places dashed, new ones outlined, what fits no bell marked."""
    targets = dict(found.moved_to)
    for one in proposal.preview.verdicts if proposal is not None else ():
        targets[one.touched.lesson_id] = one.touched.target.starts_at
    moved = {one.lesson_id for one in found.ghosts}

    def look(entry: Entry, now: datetime) -> tuple[str, str, str]:
        if entry.state == GHOST:
            words = _("To %(moment)s") % {"moment": moment_words(targets[entry.lesson_id])}
            return "from", "arrow-right", words
        if entry.state == AIM and proposal is not None and not proposal.possible:
            return "cannot", "alert-circle", _("Cannot")
        if entry.state == AIM:
            return "to", "calendar-plus", _("New time")
        if entry.lesson_id in found.misfits and not entry.cancelled:
            count = found.misfits[entry.lesson_id]
            words = ngettext("%(count)d class does not fit", "%(count)d classes do not fit", count)
            return "obs", "alert-triangle", words % {"count": count}
        kind, icon, mark = kind_of(entry, now)
        if not kind and entry.lesson_id in moved:
            return "chg", "arrows-exchange", _("Changed")
        return kind, icon, mark

    return look


@dataclass(frozen=True)
class Task:
    """Something that waits to be dealt with: `kind` is its colour, `address` where one does it."""

    kind: str
    icon: str
    title: str
    words: str
    key: UUID | None = None
    order: ChangeOrder | None = None


def tasks_of(found: AllianceWeek, orders: Sequence[ChangeOrder]) -> list[Task]:
    """Lessons that do not fit the bells of their classes, and orders that nobody has applied."""
    tasks = []
    for entry in found.entries:
        count = found.misfits.get(entry.lesson_id, 0)
        if count and not entry.cancelled:
            title = _("%(moment)s %(subject)s") % {"moment": moment_words(entry.starts_at), "subject": entry.name}
            words = ngettext(
                "%(count)d class has no period at this time. Choose one that all bells share.",
                "%(count)d classes have no period at this time. Choose one that all bells share.",
                count,
            )
            tasks.append(Task("warn", "clock", title, words % {"count": count}, key=entry.public_id))
    for order in orders:
        if order.state_on(clock.today()) == ChangeOrder.State.DRAFT:
            title = _("Draft: %(kind)s") % {"kind": str(KIND_WORDS[ChangeOrder.Kind(order.kind)])}
            tasks.append(Task("info", "calendar-plus", title, order.reason, order=order))
    return tasks


def place_json(place: Place) -> dict[str, object]:
    """A place as the page's island takes it."""
    wall = civil(place.starts_at)
    kind = "here" if place.here else "ok" if place.possible else "no"
    if kind == "ok" and (place.swaps or place.falls):
        kind = "falls" if place.falls else "swap"
    first = place.reasons[0] if place.reasons else None
    return {
        "day": wall.date().isoformat(),
        "minute": wall.hour * 60 + wall.minute,
        "time": f"{wall:%H:%M}",
        "kind": kind,
        "when": moment_words(place.starts_at),
        "words": _("It stands here now")
        if place.here
        else place_words(place.direct, place.swaps, place.falls, place.cannot),
        "why": reason_words(first, len(place.reasons) - 1) if first is not None and not place.here else "",
    }


def reason_words(reason: Reason, more: int) -> str:
    """An obstacle with the class that it concerns, and how many others there are."""
    words = _(": ").join(part for part in (f"{reason.school} {reason.home_class}".strip(), reason.sentence) if part)
    if more > 0:
        words += ngettext(" And %(count)d more.", " And %(count)d more.", more) % {"count": more}
    return words


@dataclass(frozen=True)
class DayPlaces:
    """The places of one day, each with its words."""

    day: str
    places: Sequence[tuple[Place, dict[str, object]]]

    @property
    def possible(self) -> list[Place]:
        """Those to which it may go."""
        return [place for place, _words in self.places if place.possible]


def places_by_day(lesson: Lesson, days: Sequence[date], now: datetime) -> list[DayPlaces]:
    """Where a lesson may go, by day."""
    found = places_of(lesson, days, now)
    return [
        DayPlaces(
            day_words(day),
            [(place, place_json(place)) for place in found if civil(place.starts_at).date() == day],
        )
        for day in days
    ]


def lesson_words(lesson: Lesson) -> str:
    """A lesson as lists name it."""
    teacher = f" {lesson.teacher.name}" if lesson.teacher else ""
    return f"{moment_words(lesson.starts_at)} {subject_name(lesson.subject_id)}{teacher}"
