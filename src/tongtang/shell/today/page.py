"""The page of today of one person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtang.access.api import Actor, Role
from tongtang.foundation import clock
from tongtang.shell.today.governing import OFFICERS, county_name, county_section, head_section
from tongtang.shell.today.parts import Alert, Next, Section, Todo
from tongtang.shell.today.teaching import anchor_section, local_section

# The fixed order: who stands in a lesson first, then who answers for it.
SECTIONS: Sequence[tuple[tuple[Role, ...], Callable[[Actor], Section]]] = (
    ((Role.ANCHOR_TEACHER,), anchor_section),
    ((Role.LOCAL_TEACHER,), local_section),
    ((Role.SCHOOL_HEAD,), head_section),
    (OFFICERS, county_section),
)


@dataclass(frozen=True)
class Today:
    """`next`: the nearest lesson of all sections, with the page's one primary action."""

    day: date
    now: datetime
    place: str
    sections: Sequence[Section]
    next: Next | None

    @property
    def todos(self) -> list[Todo]:
        """What waits, each thing once, in the order of the sections."""
        return list(dict.fromkeys(todo for section in self.sections for todo in section.todos))

    @property
    def alerts(self) -> list[Alert] | None:
        """None where no section watches over exceptions."""
        found = [section.alerts for section in self.sections if section.alerts is not None]
        return [alert for alerts in found for alert in alerts] if found else None


def page_of_today(actor: Actor) -> Today:
    """What today asks of a person."""
    sections = [build(actor) for roles, build in SECTIONS if actor.holds(*roles)]
    candidates = [one for section in sections for one in section.candidates]
    return Today(
        day=clock.today(),
        now=clock.now(),
        place=county_name(actor) if actor.holds(*OFFICERS) else "",
        sections=sections,
        next=min(candidates, key=lambda one: one.starts_at, default=None),
    )
