"""The design kit in templates: icons, status chips, figures, bars, civil dates, fields. Loaded in every template."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import uuid4

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock, once

register = template.Library()


class Sign(NamedTuple):
    """How a state shows: the class that tints it, its icon, its word. Never by colour alone."""

    kind: str
    icon: str
    word: str | Promise


RECEPTION_STATES = {
    "planned": Sign("", icon="clock", word=gettext_lazy("Planned")),
    "live": Sign("ok", icon="broadcast", word=gettext_lazy("Live")),
    "bridged": Sign("info", icon="replace", word=gettext_lazy("Live, bridged")),
    "recorded": Sign("info", icon="player-play", word=gettext_lazy("Recorded, same day")),
    "shown": Sign("info", icon="player-play", word=gettext_lazy("Recorded lesson")),
    "embedded": Sign("embed", icon="puzzle", word=gettext_lazy("Embedded")),
    "observed": Sign("observe", icon="eye", word=gettext_lazy("Observed")),
    "not_delivered": Sign("bad", icon="x", word=gettext_lazy("Not delivered")),
    "made_up": Sign("warn", icon="calendar-plus", word=gettext_lazy("Made up")),
    "cancelled": Sign("", icon="calendar-x", word=gettext_lazy("Cancelled")),
}
FACET_STATES = {
    "evidenced": Sign("done", icon="check", word=gettext_lazy("Has evidence")),
    "self_reported": Sign("self", icon="user", word=gettext_lazy("Self-reported")),
    "due": Sign("due", icon="clock", word=gettext_lazy("Not due yet")),
    "late": Sign("late", icon="alert-circle", word=gettext_lazy("Late")),
    "not_applicable": Sign("na", icon="minus", word=gettext_lazy("Does not apply")),
    "not_built": Sign("none", icon="minus", word=gettext_lazy("Not in this release")),
}
LINK_STATES = {
    "high": Sign("hd", icon="lq3", word=gettext_lazy("High definition")),
    "smooth": Sign("sd", icon="lq2", word=gettext_lazy("Smooth")),
    "audio": Sign("au", icon="lq1", word=gettext_lazy("Audio")),
    "off": Sign("off", icon="lq0", word=gettext_lazy("Disconnected")),
}
FACETS: dict[str, tuple[str | Promise, str | Promise]] = {
    "PREPARE": (gettext_lazy("prep."), gettext_lazy("Prepare")),
    "TEACH": (gettext_lazy("teach."), gettext_lazy("Teach")),
    "RESEARCH": (gettext_lazy("res."), gettext_lazy("Research")),
    "EVALUATE": (gettext_lazy("eval."), gettext_lazy("Evaluate")),
    "PREVIEW": (gettext_lazy("prev."), gettext_lazy("Preview")),
    "ATTEND": (gettext_lazy("att."), gettext_lazy("Attend")),
    "PRACTISE": (gettext_lazy("prac."), gettext_lazy("Practise")),
    "ASSESS": (gettext_lazy("ass."), gettext_lazy("Assess")),
}
FIRST_PUPIL_FACET = "PREVIEW"
WEEKDAYS = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


@register.simple_tag(name="icon")
def draw_icon(name: str, extra_class: str = "") -> SafeString:
    """`{% icon "hand-stop" %}`, `{% icon "check" "i-sm" %}`: decoration beside a word, hidden from screen readers."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        f"i {extra_class}".strip(),
        static("build/icons.svg"),
        name,
    )


@register.simple_tag
def island(name: str) -> SafeString:
    """`{% island "studio" %}` in `{% block scripts %}`: the bundle of frontend/islands/entries/studio.ts."""
    return format_html('<script type="module" src="{}"></script>', static(f"build/{name}.js"))


@register.simple_tag
def page_style(name: str) -> SafeString:
    """`{% page_style "week" %}` in `{% block styles %}`: frontend/styles/week.css."""
    return format_html('<link rel="stylesheet" href="{}">', static(f"build/{name}.css"))


@register.simple_tag
def chip(kind: str, icon: str, word: str | Promise) -> SafeString:
    """A chip of any kind: `{% chip "ok" icon="check" word=text %}`."""
    return format_html('<span class="{}">{}{}</span>', f"chip {kind}".strip(), draw_icon(icon), word)


@register.simple_tag
def reception_chip(state: str) -> SafeString:
    """The status chip of a reception: a key of RECEPTION_STATES."""
    return chip(*RECEPTION_STATES[state])


@register.simple_tag
def marks_key(lessons: Iterable[Any]) -> SafeString:
    """What the marks of lessons mean, one of each that stands there; screen readers have each row's own sentence."""
    shown = {state for lesson in lessons for state in lesson.marks}
    signs = [(state, sign.word) for state, sign in RECEPTION_STATES.items() if state in shown]
    if not signs:
        return mark_safe("")
    said = format_html_join("", '<span><i data-state="{}"></i>{}</span>', signs)
    return format_html('<p class="dots dots-key xs sub" aria-hidden="true">{}</p>', said)


@register.simple_tag
def link_state(state: str) -> SafeString:
    """The quality of a classroom's line: a key of LINK_STATES."""
    kind, icon, word = LINK_STATES[state]
    return format_html('<span class="link {}">{}{}</span>', kind, draw_icon(icon), word)


@register.simple_tag
def sync_strip(facets: dict[str, str]) -> SafeString:
    """The strip of eight: `{facet name: state}`, facets as in SyncFacet, states as in FACET_STATES."""
    words = [f"{FACETS[name][1]} {FACET_STATES[facets[name]].word}" for name in FACETS]
    label = _("Eight facets: %(list)s") % {"list": pgettext("list", ", ").join(words)}
    cells = (
        (
            mark_safe('<span class="gap"></span>') if name == FIRST_PUPIL_FACET else "",
            FACET_STATES[facets[name]].kind,
            short,
        )
        for name, (short, _full) in FACETS.items()
    )
    strip = format_html_join("", '{}<span class="f {}" aria-hidden="true">{}</span>', cells)
    return format_html('<span class="sync" role="img" aria-label="{}">{}</span>', label, strip)


@register.simple_tag
def sync_detail(facets: dict[str, str]) -> SafeString:
    """The same eight with their words, for one reception."""
    signs = ((full, FACET_STATES[facets[name]]) for name, (_short, full) in FACETS.items())
    rows = ((sign.kind, full, draw_icon(sign.icon), sign.word) for full, sign in signs)
    items = format_html_join("", '<li class="{}"><b>{}</b><span class="st">{}{}</span></li>', rows)
    return format_html('<ul class="sync8">{}</ul>', items)


@register.simple_tag
def figure(name: str, value: Any, note: str = "", unit: str = "") -> SafeString:
    """A key figure inside `<dl class="figs">`; `note` is its numerator and denominator, printed on the page."""
    return format_html(
        '<div class="fig"><dt>{}</dt><dd>{}{}<div class="nd">{}</div></dd></div>',
        name,
        value,
        format_html("<small>{}</small>", unit) if unit else "",
        note,
    )


@register.simple_tag
def share(numerator: int, denominator: int) -> str:
    """`95.5%` of 21 and 22; a dash where there is nothing to divide by."""
    return f"{numerator / denominator:.1%}" if denominator else "—"


@register.simple_tag
def bar(label: str, total: float, live: float = 0, recorded: float = 0) -> SafeString:
    """A bar of `live` (solid) and `recorded` (hatched) out of `total`, all of one unit; no style attribute."""
    scale = 100 / total if total else 0
    first, second = min(100.0, live * scale), min(100.0, recorded * scale)
    second = min(second, 100 - first)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="on" width="{}" height="8"></rect><rect class="rec" x="{}" width="{}" height="8"></rect></svg>',
        label,
        f"{first:.1f}",
        f"{first:.1f}",
        f"{second:.1f}",
    )


@register.filter
def subject_word(code: str) -> str:
    """The word of a subject: `{{ lesson.subject.code|subject_word }}`."""
    return subject_name(code)


@register.filter
def whole_minutes(seconds: int) -> int:
    """Seconds as whole minutes, rounded once, halves up."""
    return (int(seconds) + 30) // 60


@register.filter
def minutes(seconds: int) -> str:
    """Seconds as `40 min`."""
    count = whole_minutes(seconds)
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


def _civil(moment: datetime | date) -> datetime | date:
    return clock.civil(moment) if isinstance(moment, datetime) else moment


@register.filter
def civil_day(moment: datetime | date) -> str:
    """`14 April` in the words of the catalogue."""
    day = _civil(moment)
    return pgettext("day", "%(month)d/%(day)d") % {"month": day.month, "day": day.day}


@register.filter
def weekday(moment: datetime | date) -> str:
    """`Tue`."""
    return str(WEEKDAYS[_civil(moment).weekday()])


@register.filter
def civil_date(moment: datetime | date) -> str:
    """`14 April Tue`."""
    return pgettext("date", "%(weekday)s %(day)s") % {"day": civil_day(moment), "weekday": weekday(moment)}


@register.filter
def clock_time(moment: datetime | time) -> str:
    """`8:50`, without a leading zero, as bells are written."""
    wall = clock.civil(moment) if isinstance(moment, datetime) else moment
    return f"{wall.hour}:{wall.minute:02}"


@register.filter
def civil_moment(moment: datetime) -> str:
    """`14 April Tue 10:30`."""
    return f"{civil_date(moment)} {clock_time(moment)}"


@register.simple_tag
def time_range(start: datetime | time, end: datetime | time) -> str:
    """`10:30—11:10`."""
    return f"{clock_time(start)}—{clock_time(end)}"


@register.simple_tag
def day_range(first: date, last: date) -> str:
    """`13—17 April`, `30 April—4 May`."""
    if (first.year, first.month) != (last.year, last.month):
        return f"{civil_day(first)}—{civil_day(last)}"
    names = {"month": first.month, "first": first.day, "last": last.day}
    return pgettext("days", "%(month)d/%(first)d—%(last)d") % names


@register.filter
def minute_of_day(moment: datetime | time) -> int:
    """Minutes since civil midnight: `class="ls m{{ lesson.starts_at|minute_of_day }} d40"` places it in a week."""
    wall = clock.civil(moment) if isinstance(moment, datetime) else moment
    return wall.hour * 60 + wall.minute


@register.inclusion_tag("shell/_field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """One field with its label, hint and errors beside it."""
    return {"field": bound, "hint": hint or bound.help_text}


@register.simple_tag
def command_key() -> SafeString:
    """The hidden field by which a form that is sent twice is carried out once; stands beside `{% csrf_token %}`."""
    return format_html('<input type="hidden" name="{}" value="{}">', once.FIELD, uuid4())
