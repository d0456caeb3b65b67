"""Words for what entries and the catalogue hold as codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tongtang.audit.api import categories

RESULTS: dict[str, str | Promise] = {
    "done": pgettext_lazy("audit", "Done"),
    "refused": pgettext_lazy("audit", "Refused"),
    "failed": pgettext_lazy("audit", "Failed"),
}
KINDS: dict[str, str | Promise] = {
    "person": gettext_lazy("Staff"),
    "device": gettext_lazy("Classroom device"),
    "room": gettext_lazy("Receiving room"),
    "school": gettext_lazy("School"),
    "pupil": gettext_lazy("Pupil"),
    "class": gettext_lazy("Class"),
    "region": gettext_lazy("Region"),
    "approval": pgettext_lazy("audit", "Approval"),
    "support": gettext_lazy("Support access"),
    "reason": gettext_lazy("Reason"),
    "policy": gettext_lazy("Rules of sign-in"),
    "page": pgettext_lazy("audit", "Page"),
    "plan": gettext_lazy("Timetable"),
    "recording": pgettext_lazy("audit", "Recording"),
    "evidence": gettext_lazy("Evidence"),
    "import": gettext_lazy("Import"),
    "category": gettext_lazy("Category of data"),
    "audit": gettext_lazy("Audit log"),
    "command": gettext_lazy("Command"),
    "system": gettext_lazy("The system"),
    "nobody": gettext_lazy("Not signed in"),
}
BESIDES: dict[str, str | Promise] = {
    "everyone": gettext_lazy("Everybody signed in"),
    "self": gettext_lazy("The person themself"),
    "device": gettext_lazy("Classroom device"),
    "guardian": gettext_lazy("Guardian"),
    "pupil": gettext_lazy("Pupil"),
}
CONTEXTS: dict[str, str | Promise] = {
    "foundation": gettext_lazy("House"),
    "organisations": gettext_lazy("Organisations"),
    "people": gettext_lazy("People"),
    "audit": gettext_lazy("Audit"),
    "access": gettext_lazy("Access"),
    "curriculum": gettext_lazy("Curriculum"),
    "consent": gettext_lazy("Consents"),
    "alliances": gettext_lazy("Alliances"),
    "lessons": gettext_lazy("Lessons"),
    "timetable": gettext_lazy("Timetable"),
    "library": gettext_lazy("Library"),
    "preparation": gettext_lazy("Preparation"),
    "classroom": gettext_lazy("Classroom"),
    "operations": gettext_lazy("Operations"),
    "exchange": gettext_lazy("Exchange"),
}
SHORT_ID = 8


def result_word(code: str) -> str:
    return str(RESULTS.get(code, code))


def subject_word(subject: str, name: str = "") -> str:
    """An actor or object for reading: its kind with its name, or with the beginning of its number."""
    kind, _colon, key = subject.partition(":")
    word = str(KINDS.get(kind, kind))
    if name:
        return name
    if key == "unknown":
        return _("Unknown account")
    if kind == "category" and key in categories():
        return categories()[key].title
    return f"{word} {key[:SHORT_ID] if len(key) == 36 else key}".strip()
