"""What a reception's row says in words: one place for the page and its file."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.ledger import rounded_minutes
from tongtang.lessons.lesson_table import TableRow
from tongtang.lessons.models import Lesson
from tongtang.lessons.states import MISSED, ReceptionState

# The same words as on the chips and strips of the pages; a test holds them together.
STATE_WORDS = {
    ReceptionState.PLANNED: gettext_lazy("Planned"),
    ReceptionState.LIVE: gettext_lazy("Live"),
    ReceptionState.BRIDGED: gettext_lazy("Live, bridged"),
    ReceptionState.RECORDED: gettext_lazy("Recorded, same day"),
    ReceptionState.SHOWN: gettext_lazy("Recorded lesson"),
    ReceptionState.EMBEDDED: gettext_lazy("Embedded"),
    ReceptionState.OBSERVED: gettext_lazy("Observed"),
    ReceptionState.NOT_DELIVERED: gettext_lazy("Not delivered"),
    ReceptionState.MADE_UP: gettext_lazy("Made up"),
    ReceptionState.CANCELLED: gettext_lazy("Cancelled"),
}
FACET_NAMES = {
    "PREPARE": gettext_lazy("Prepare"),
    "TEACH": gettext_lazy("Teach"),
    "RESEARCH": gettext_lazy("Research"),
    "EVALUATE": gettext_lazy("Evaluate"),
    "PREVIEW": gettext_lazy("Preview"),
    "ATTEND": gettext_lazy("Attend"),
    "PRACTISE": gettext_lazy("Practise"),
    "ASSESS": gettext_lazy("Assess"),
}
FACET_WORDS = {
    "evidenced": gettext_lazy("Has evidence"),
    "due": gettext_lazy("Not due yet"),
    "late": gettext_lazy("Late"),
    "not_applicable": gettext_lazy("Does not apply"),
    "not_built": gettext_lazy("Not in this release"),
}
# The reasons that a phone offers.
REASONS = {
    "anchor_absent": gettext_lazy("The anchor teacher did not come"),
    "link_down": gettext_lazy("The network is down"),
    "no_power": gettext_lazy("Power failure"),
    "equipment": gettext_lazy("Equipment is broken"),
    "school_event": gettext_lazy("Something at school"),
    "other": gettext_lazy("Another reason"),
}


def reason_words(reason: str) -> str:
    """A reason's words; a text that is no code stands for itself."""
    return str(REASONS.get(reason, reason))


def listed(parts: Iterable[str]) -> str:
    """Parts as a list in one line."""
    return str(pgettext("list", ", ")).join(part for part in parts if part)


def _why_missed(row: TableRow) -> str:
    found = row.figures
    if row.state not in MISSED or found.cancelled:
        return ""
    if found.not_delivered_reason:
        return reason_words(found.not_delivered_reason)
    if found.reached and found.roll_call is None:
        return _("Received, but no roll call")
    if found.reached:
        return _("Received, but nobody was there")
    received = rounded_minutes(found.live_seconds + found.recorded_seconds)
    planned = rounded_minutes(row.planned_seconds)
    if not received:
        return _("Nothing received")
    return _("%(received)d of %(planned)d minutes received") % {"received": received, "planned": planned}


def _how_received(row: TableRow) -> str:
    found = row.figures
    if row.state in (ReceptionState.RECORDED, ReceptionState.SHOWN) and found.shown is not None:
        start, end = (clock.civil(moment) for moment in found.shown)
        return _("Shown %(start)s—%(end)s") % {"start": f"{start:%-H:%M}", "end": f"{end:%-H:%M}"}
    if row.state == ReceptionState.BRIDGED:
        minutes = rounded_minutes(found.recorded_seconds)
        return ngettext("Bridged for %(count)d minute", "Bridged for %(count)d minutes", minutes) % {"count": minutes}
    return ""


def _who_was_missing(row: TableRow) -> list[str]:
    call = row.figures.roll_call
    if call is None:
        return []
    absent = _("%(count)d absent") % {"count": call.absent} if call.absent else ""
    on_leave = _("%(count)d on leave") % {"count": call.on_leave} if call.on_leave else ""
    return [absent, on_leave]


def explanation(row: TableRow) -> str:
    """Why the row is as it is, without any name of a pupil."""
    return listed([_why_missed(row), _how_received(row), *_who_was_missing(row)])


def make_up_words(row: TableRow) -> str:
    """When the make-up is or was; empty without one."""
    if row.make_up is None:
        return ""
    start = clock.civil(row.make_up.reception.starts_at)
    when = pgettext("make-up", "%(month)d/%(day)d %(time)s") % {
        "month": start.month,
        "day": start.day,
        "time": f"{start:%-H:%M}",
    }
    sentence = _("Made up on %(when)s") if row.make_up.delivered else _("Make-up on %(when)s")
    return sentence % {"when": when}


def lesson_title(lesson: Lesson) -> str:
    """Subject and title."""
    return f"{subject_name(lesson.subject_id)} {lesson.title}".strip()
