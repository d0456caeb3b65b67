"""Words for what entries and the catalogue hold as codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

# What the other contexts have written so far; an action without a word shows its code.
ACTIONS: dict[str, str | Promise] = {
    "session.begun": gettext_lazy("Signed in"),
    "session.ended": gettext_lazy("Signed out"),
    "session.failed": gettext_lazy("Sign-in failed"),
    "code.made": gettext_lazy("One-time code made"),
    "device.code_made": gettext_lazy("Code for a classroom device made"),
    "device.bound": gettext_lazy("Classroom device bound"),
    "device.revoked": gettext_lazy("Classroom device unbound"),
    "role.give": gettext_lazy("Role given"),
    "role.end": gettext_lazy("Role ended"),
    "account.activate": gettext_lazy("Account opened"),
    "account.password": gettext_lazy("Password changed"),
    "evidence.corrected": gettext_lazy("Evidence corrected"),
    "evidence.withdrawn": gettext_lazy("Evidence withdrawn"),
    "recording.viewed": gettext_lazy("Recording watched"),
    "retention.deleted": gettext_lazy("Deleted at the end of its time"),
    "audit.exported": gettext_lazy("Audit log exported"),
}
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
    "recording": gettext_lazy("Recording"),
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


def action_word(code: str) -> str:
    """The word of an action, else its code."""
    return str(ACTIONS.get(code, code))


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
    return f"{word} {key[:SHORT_ID] if len(key) == 36 else key}".strip()
