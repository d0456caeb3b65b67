"""From the townships that a folder names to real divisions: which county it is, and which township each name means."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.rows import SchoolRow
from tongtang.organisations.api import Township

TOWN, TOWNSHIP, SUBDISTRICT = "\u9547", "\u4e61", "\u8857\u9053"
SUFFIXES = (SUBDISTRICT, TOWN, TOWNSHIP)


class UnclearCounty(Exception):
    """The folder's townships do not decide the county; the argument is the sentence for the reader."""


def spellings(name: str) -> tuple[str, ...]:
    """The full names that `name`, written with or without its suffix, may stand for."""
    return (name, *(name + suffix for suffix in SUFFIXES))


def decide_county(schools: Iterable[SchoolRow], townships: Iterable[Township]) -> int:
    """The one county that has most of the townships named, more than any other and at least half of them.

    Raises:
        UnclearCounty: no county does.
    """
    names = {row.township for row in schools if row.township}
    hits: dict[int, set[str]] = {}
    by_spelling: dict[str, set[int]] = {}
    for township in townships:
        by_spelling.setdefault(township.name, set()).add(township.county_code)
    for name in names:
        for spelling in spellings(name):
            for county in by_spelling.get(spelling, ()):
                hits.setdefault(county, set()).add(name)
    ranked = sorted(hits.items(), key=lambda item: -len(item[1]))
    if not ranked or len(ranked[0][1]) * 2 < len(names):
        raise UnclearCounty(_("No county has these townships; say which county it is with --county."))
    if len(ranked) > 1 and len(ranked[1][1]) == len(ranked[0][1]):
        sentence = _("Several counties have these townships (%(codes)s); say which it is with --county.")
        best = sorted(code for code, found in ranked if len(found) == len(ranked[0][1]))
        raise UnclearCounty(sentence % {"codes": ", ".join(str(code) for code in best[:5])})
    return ranked[0][0]


def place_schools(
    schools: Iterable[SchoolRow], townships: Iterable[Township], county_name: str, damage: DamageList
) -> Mapping[str, int]:
    """12-digit township code by school id; a name that the county does not have, or has twice, is a finding."""
    by_name = {township.name: township.code for township in townships}
    places: dict[str, int] = {}
    for row in schools:
        if not row.township:
            continue
        found = [by_name[name] for name in spellings(row.township) if name in by_name]
        if row.township in by_name or len(found) == 1:
            places[row.school_id] = found[0]
            continue
        if found:
            sentence = _("%(county)s has several townships of this name; write it with its suffix.")
        else:
            sentence = _("%(county)s has no township of this name; correct it.")
        damage.add("schools.csv", row.line, "township", row.township, sentence % {"county": county_name})
    return places
