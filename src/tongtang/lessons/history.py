"""One reception's evidence as people read it: nothing is left out, a correction stands beside what it corrects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.access.api import Actor, can
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception
from tongtang.lessons.policies import RECEPTIONS, Verb
from tongtang.lessons.wording import listed, reason_words
from tongtang.people.api import pupils_of

# What is recorded later than this after it occurred was handed over afterwards.
AT_ONCE = timedelta(seconds=60)
TITLES = {
    EvidenceKind.OPENED: gettext_lazy("The studio was opened"),
    EvidenceKind.JOINED: gettext_lazy("The classroom joined"),
    EvidenceKind.LEFT: gettext_lazy("The classroom left"),
    EvidenceKind.PAGE: gettext_lazy("Slide shown"),
    EvidenceKind.MARKER: gettext_lazy("Step done"),
    EvidenceKind.STAGE: gettext_lazy("On stage"),
    EvidenceKind.POLL: gettext_lazy("Question answered"),
    EvidenceKind.HELP: gettext_lazy("Call for help"),
    EvidenceKind.GAP: gettext_lazy("The live picture was interrupted"),
    EvidenceKind.MAKE_UP: gettext_lazy("Make-up arranged"),
    EvidenceKind.NOTE: gettext_lazy("Note of the local teacher"),
    EvidenceKind.NOT_DELIVERED: gettext_lazy("Marked as not delivered"),
    EvidenceKind.CANCELLED: gettext_lazy("Lesson cancelled"),
}
DOTS = {
    EvidenceKind.NOT_DELIVERED: "bad",
    EvidenceKind.CANCELLED: "bad",
    EvidenceKind.GAP: "warn",
    EvidenceKind.LEFT: "warn",
    EvidenceKind.HELP: "warn",
    EvidenceKind.MAKE_UP: "info",
}
# Kinds that figures stand on, and that the school may therefore withdraw.
COUNTED = (EvidenceKind.RECEIVED, EvidenceKind.ROLL_CALL, EvidenceKind.POLL, EvidenceKind.NOT_DELIVERED)


@dataclass(frozen=True)
class Correction:
    """A row that replaced or withdrew another."""

    recorded_at: datetime
    who: str
    reason: str
    withdrawn: bool


@dataclass(frozen=True)
class Entry:
    """One line of the log: a row, or a stretch of received seconds reported piece by piece.

    `key` is the uuid of the first row and `count` the number of rows.
    """

    key: str
    count: int
    kind: str
    title: str
    detail: str
    occurred_at: datetime
    recorded_at: datetime
    late: bool
    who: str
    dot: str
    counted: bool
    corrections: tuple[Correction, ...] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def withdrawn(self) -> bool:
        return bool(self.corrections) and self.corrections[-1].withdrawn

    @property
    def may_be_withdrawn(self) -> bool:
        return self.kind in COUNTED and not self.withdrawn


@dataclass
class _Stretch:
    """Rows that read as one line."""

    rows: list[EvidenceRow]

    def takes(self, row: EvidenceRow) -> bool:
        last = self.rows[-1]
        return (
            last.payload["mode"] == row.payload["mode"]
            and row.payload["from"] <= last.payload["to"]
            and _is_late(last) == _is_late(row)
        )


def _is_late(row: EvidenceRow) -> bool:
    return row.recorded_at - row.occurred_at > AT_ONCE


def stretches(rows: Iterable[EvidenceRow], corrections: Mapping[int, Sequence[EvidenceRow]]) -> list[list[EvidenceRow]]:
    """Rows by the line they share: consecutive received seconds of one kind together, unless corrected alone."""
    lines: list[_Stretch] = []
    last_received: _Stretch | None = None
    signature: object = None
    for row in rows:
        if row.kind != EvidenceKind.RECEIVED:
            lines.append(_Stretch([row]))
            continue
        corrected = [(one.actor_id, str(one.payload)) for one in corrections.get(row.pk, ())]
        if last_received is not None and signature == corrected and last_received.takes(row):
            last_received.rows.append(row)
            continue
        last_received, signature = _Stretch([row]), corrected
        lines.append(last_received)
    return [line.rows for line in lines]


def _title(rows: Sequence[EvidenceRow]) -> str:
    first, payload = rows[0], rows[0].payload
    if first.kind == EvidenceKind.RECEIVED:
        words = _("Received live") if payload["mode"] == "live" else _("Received from the recording")
        start, end = payload["from"], max(row.payload["to"] for row in rows)
        return _("%(what)s, minute %(start)s to %(end)s") % {
            "what": words,
            "start": _minute(start),
            "end": _minute(end),
        }
    if first.kind == EvidenceKind.ROLL_CALL:
        present = len(payload.get("present", []))
        enrolled = sum(len(payload.get(key, [])) for key in ("present", "absent", "on_leave"))
        return _("Roll call %(present)d / %(enrolled)d") % {"present": present, "enrolled": enrolled}
    if first.kind == EvidenceKind.HAND:
        return _("Hand up") if payload.get("raised") else _("Hand down")
    return str(TITLES[EvidenceKind(first.kind)])


def _minute(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _detail(row: EvidenceRow, sees_pupils: bool) -> str:
    payload: Mapping[str, Any] = row.payload
    if row.kind in (EvidenceKind.NOT_DELIVERED, EvidenceKind.CANCELLED):
        return listed([reason_words(payload.get("reason", "")), payload.get("detail", "")])
    if row.kind == EvidenceKind.MARKER:
        return str(payload.get("title", ""))
    if row.kind == EvidenceKind.NOTE:
        # A note for the class itself is the school's own and may name children.
        return str(payload.get("text", "")) if sees_pupils or payload.get("to") == "anchor" else _("Kept at the school")
    return ""


def _who(row: EvidenceRow) -> str:
    if row.actor is not None:
        return row.actor.name
    return _("Classroom device") if row.source == EvidenceRow.Source.DEVICE else _("System")


def _correction(row: EvidenceRow) -> Correction:
    return Correction(row.recorded_at, _who(row), row.payload.get("reason", ""), bool(row.payload.get("withdrawn")))


def _entry(
    rows: Sequence[EvidenceRow], corrections: Mapping[int, Sequence[EvidenceRow]], names: Mapping[str, str] | None
) -> Entry:
    first = rows[0]
    occurred = first.occurred_at
    if first.kind == EvidenceKind.RECEIVED:
        occurred -= timedelta(seconds=first.payload["to"] - first.payload["from"])
    called: dict[str, Sequence[str]] = {}
    if names is not None and first.kind == EvidenceKind.ROLL_CALL:
        called = {
            key: [names.get(one, "") for one in first.payload.get(key, [])] for key in ("present", "absent", "on_leave")
        }
    return Entry(
        key=str(first.uuid),
        count=len(rows),
        kind=first.kind,
        title=_title(rows),
        detail=_detail(first, names is not None),
        occurred_at=occurred,
        recorded_at=rows[-1].recorded_at,
        late=_is_late(first),
        who=_who(first),
        dot=DOTS.get(EvidenceKind(first.kind), "info" if first.payload.get("mode") == "recorded" else ""),
        counted=first.kind in COUNTED,
        corrections=tuple(_correction(one) for one in corrections.get(first.pk, ())),
        names=called,
    )


@dataclass(frozen=True)
class History:
    """The log of a reception: `entries` oldest first, `rows` the number of rows on record."""

    entries: Sequence[Entry]
    rows: int


def _rows(reception: Reception, as_of: datetime | None) -> list[EvidenceRow]:
    evidence = EvidenceRow.objects.filter(reception=reception).select_related("actor")
    if as_of is not None:
        evidence = evidence.filter(recorded_at__lte=as_of)
    return list(evidence.order_by("occurred_at", "id"))


def _split(rows: Iterable[EvidenceRow]) -> tuple[list[EvidenceRow], dict[int, list[EvidenceRow]]]:
    originals: list[EvidenceRow] = []
    corrections: dict[int, list[EvidenceRow]] = defaultdict(list)
    for row in rows:
        if row.kind == EvidenceKind.CORRECTION and row.corrects_id is not None:
            corrections[row.corrects_id].append(row)
        else:
            originals.append(row)
    return originals, {key: sorted(found, key=lambda one: one.pk) for key, found in corrections.items()}


def history_of(actor: Actor, reception: Reception, as_of: datetime | None = None) -> History:
    """The log as recorded up to `as_of`; names of pupils only for whom SEE_PUPILS admits."""
    rows = _rows(reception, as_of)
    originals, corrections = _split(rows)
    names: dict[str, str] | None = None
    if can(actor, RECEPTIONS[Verb.SEE_PUPILS], reception):
        found = pupils_of(reception.home_class_id, reception.date).values_list("public_id", "name")
        names = {str(public_id): name for public_id, name in found}
    entries = [_entry(line, corrections, names) for line in stretches(originals, corrections)]
    entries.sort(key=lambda entry: entry.occurred_at)
    return History(entries, len(rows))


def rows_of_entry(reception: Reception, key: str, count: int) -> list[EvidenceRow]:
    """The rows of one line of the log; empty where the log has no such line any more."""
    originals, corrections = _split(_rows(reception, None))
    for line in stretches(originals, corrections):
        if str(line[0].uuid) == key and len(line) == count:
            return line
    return []
