"""Chinese names of subjects and grades, through the message catalogue."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SUBJECTS = {
    "chinese": _("Chinese"),
    "maths": _("Maths"),
    "english": _("English"),
    "ethics": _("Ethics and rule of law"),
    "science": _("Science"),
    "physics": _("Physics"),
    "chemistry": _("Chemistry"),
    "biology": _("Biology"),
    "history": _("History"),
    "geography": _("Geography"),
    "pe": _("PE and health"),
    "music": _("Music"),
    "art": _("Art"),
    "it": _("Information technology"),
    "labour": _("Labour"),
    "practice": _("Integrated practice"),
    "local": _("Local course"),
    "wellbeing": _("Wellbeing"),
    "safety": _("Life and safety"),
    "calligraphy": _("Calligraphy"),
    "class_meeting": _("Class meeting"),
}
GRADES = [
    pgettext_lazy("grade", "Kindergarten, first year"),
    pgettext_lazy("grade", "Kindergarten, second year"),
    pgettext_lazy("grade", "Kindergarten, third year"),
    pgettext_lazy("grade", "Grade 1"),
    pgettext_lazy("grade", "Grade 2"),
    pgettext_lazy("grade", "Grade 3"),
    pgettext_lazy("grade", "Grade 4"),
    pgettext_lazy("grade", "Grade 5"),
    pgettext_lazy("grade", "Grade 6"),
    pgettext_lazy("grade", "Grade 7"),
    pgettext_lazy("grade", "Grade 8"),
    pgettext_lazy("grade", "Grade 9"),
    pgettext_lazy("grade", "Senior grade 1"),
    pgettext_lazy("grade", "Senior grade 2"),
    pgettext_lazy("grade", "Senior grade 3"),
]


AREAS = {
    "chinese": SUBJECTS["chinese"],
    "maths": SUBJECTS["maths"],
    "foreign_language": _("Foreign language"),
    "ethics": SUBJECTS["ethics"],
    "history_geography": _("History and geography"),
    "science": _("Science, with physics, chemistry and biology"),
    "it": SUBJECTS["it"],
    "pe": SUBJECTS["pe"],
    "arts": _("Arts"),
    "practice": _("Labour, practice, local and school courses"),
}


def area_name(code: str) -> str:
    """The name shown for a learning area of a curriculum plan."""
    return str(AREAS[code])


def subject_name(code: str) -> str:
    """The name shown for a subject code."""
    return str(SUBJECTS[code])


def grade_names(grades: Sequence[int]) -> str:
    """The grades -2 (first year of kindergarten) to 12 of a class, in words."""
    return str(pgettext_lazy("between grades", ", ")).join(str(GRADES[grade + 2]) for grade in grades)
