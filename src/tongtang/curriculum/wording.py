"""Departures from a curriculum plan in sentences, each with its grade and learning area."""

from django.utils.translation import gettext as _

from tongtang.curriculum.names import area_name, grade_names
from tongtang.curriculum.plans import Violation

PERCENT = 100


def violation_sentence(one: Violation) -> str:
    """What the plan asks for, what was found."""
    facts = {
        "grade": grade_names([one.grade]) if one.grade is not None else "",
        "area": area_name(one.area) if one.area else "",
        "asked": one.asked,
        "found": one.found,
    }
    if one.code == "week_total":
        return _("%(grade)s has %(found)d periods a week; the plan has %(asked)d.") % facts
    if one.code == "missing":
        return _("%(grade)s has no %(area)s.") % facts
    if one.code == "undelivered":
        return _("Nothing of %(area)s that was due in %(grade)s was delivered.") % facts
    if one.code == "not_due":
        return _("%(area)s of %(grade)s is planned and not yet due.") % facts
    if one.code == "per_week":
        return _("%(grade)s has %(found)d periods of %(area)s a week; the plan has %(asked)d.") % facts
    facts |= {"asked": f"{one.asked / PERCENT:g} %", "found": f"{one.found / PERCENT:g} %"}
    if one.code == "share_low":
        return _("%(area)s has %(found)s of all periods; the plan asks for at least %(asked)s.") % facts
    return _("%(area)s has %(found)s of all periods; the plan allows at most %(asked)s.") % facts
