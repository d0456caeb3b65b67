"""The words of states, tables, attributes and reasons on pages and in reports."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATES: dict[str, tuple[str, str, str | Promise]] = {
    "checked": ("", "clock", _("Being checked")),
    "waiting": ("warn", "alert-circle", _("Waits for your decision")),
    "applying": ("info", "refresh", _("Being applied")),
    "applied": ("ok", "check", _("Changes applied")),
    "refused": ("bad", "x", _("Not accepted")),
    "withdrawn": ("", "calendar-x", _("Import withdrawn")),
}
WEEKS_STATES: dict[str, tuple[str, str, str | Promise]] = {
    "waiting": ("", "clock", _("Waits to begin")),
    "running": ("info", "refresh", _("Searching")),
    "stopping": ("warn", "player-stop", _("Is being stopped")),
    "stopped": ("warn", "player-stop", _("Search stopped")),
    "done": ("ok", "check", _("Search ended")),
    "refused": ("bad", "x", _("Not accepted")),
    "failed": ("bad", "alert-circle", _("Search broke down")),
}
WEEK_STATUSES: dict[str, tuple[str, str, str | Promise]] = {
    "optimal": ("ok", "check", _("Proven best")),
    "feasible": ("info", "check", _("Has a week")),
    "infeasible": ("bad", "x", _("Proven impossible")),
    "unknown": ("warn", "clock", _("None found in time")),
}
FORMS: dict[str, str | Promise] = {
    "county_folder": _("Folder of our form (zip)"),
    "roster": _("Roster of our form"),
    "xlsx": _("Workbook of our form (.xlsx)"),
    "oneroster": _("OneRoster 1.2 (zip)"),
}
MODES: dict[str, str | Promise] = {"bulk": _("Whole county"), "delta": _("Changes only")}
TABLES: dict[str, str | Promise] = {
    "terms": _("Terms"),
    "schools": _("Schools"),
    "classes": _("Classes"),
    "teachers": _("Teachers"),
    "pupils": _("Pupils"),
}
KINDS: dict[str, tuple[str, str, str | Promise]] = {
    "created": ("ok", "plus", _("New")),
    "changed": ("info", "pencil", _("Changed")),
    "ended": ("warn", "calendar-x", _("Ends")),
}
ATTRIBUTES: dict[str, str | Promise] = {
    "name": _("Name"),
    "first_day": _("First day"),
    "last_day": _("Last day"),
    "code": _("School code"),
    "parent": _("Central school"),
    "school": _("School"),
    "grades": _("Grades"),
    "posts": _("Posts at"),
    "sex": _("Sex"),
    "birth_date": _("Birth date"),
    "class": _("Class"),
    "source_id": _("Id"),
    "*": _("All attributes"),
}
NAME_OF_THING = pgettext_lazy("of a school, class or term", "Name")
REASONS: dict[str, str | Promise] = {
    "no_birth_date": _("The birth date is missing"),
    "no_sex": _("The sex is missing"),
    "no_class": _("The class is not known yet"),
    "duplicate": _("Somebody with this name, birth date and school is here already"),
    "held": _("Corrected by hand"),
    "not_owner": _("Another system owns it"),
}
CHANGES: dict[str, str | Promise] = {"merge": _("Merged into"), "split": _("Split off"), "rename": _("Renamed")}
SEXES: dict[str, str | Promise] = {"male": _("male"), "female": _("female")}


def attribute(table: str, name: str) -> str | Promise:
    """The word of an attribute: things and people have different words for a name."""
    return NAME_OF_THING if name == "name" and table not in ("teachers", "pupils") else ATTRIBUTES.get(name, name)


def shown(value: object) -> str:
    """A value of a diff for a person."""
    if value is None or value == "":
        return "—"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "—"
    return str(SEXES.get(str(value), value))
