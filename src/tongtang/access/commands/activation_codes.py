"""`tongtang activation-codes`: one-time codes by school, for people who have never signed in."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.access.actions import make_activation_codes
from tongtang.access.commands.places import county_code, region_of
from tongtang.access.policies import standing
from tongtang.access.queries import living_codes, never_signed_in
from tongtang.access.throttle import Refused
from tongtang.people.models import Person, Post

DONE, REFUSED = 0, 1


@dataclass(frozen=True)
class Code:
    user: str
    name: str
    code: str


@dataclass
class Sheet:
    """The codes of one school; `school` is empty for people of an office, who have no post."""

    county: str
    school: str
    name: str
    codes: list[Code] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--county", type=county_code, metavar="CODE", help=_("6-digit division code; else all"))
    parser.add_argument("--school", metavar="ID", help=_("only this school, by its id in the files, like p01"))
    parser.add_argument(
        "--renew", action="store_true", help=_("also for people who have a code that they have not used")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 done (even if nobody needed a code), 1 refused and nothing written."""
    try:
        people = _people(options)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return REFUSED
    waiting = people.filter(pk__in=living_codes().values("person"))
    kept = 0 if options.renew else waiting.count()
    chosen = people if options.renew else people.exclude(pk__in=waiting.values("pk"))
    sheets = _sheets(list(chosen))
    if options.json:
        print(json.dumps({"schools": [asdict(sheet) for sheet in sheets], "kept": kept}, ensure_ascii=False))
    else:
        print("\n\n".join(_text(sheet) for sheet in sheets))
    print(_summary(sum(len(sheet.codes) for sheet in sheets), kept), file=sys.stderr)
    return DONE


def _people(options: argparse.Namespace) -> QuerySet[Person]:
    people = never_signed_in(Person.objects.filter(ended_on=None))
    if options.county is not None:
        people = people.filter(county_code=region_of(options.county).code)
    if options.school is not None:
        posts = Post.objects.filter(standing(), school__source_id=options.school, school__ended_on=None)
        if not posts.exists():
            raise Refused(
                _("No school with the id %(id)s has staff. Check the id in schools.csv.") % {"id": options.school}
            )
        people = people.filter(pk__in=posts.values("person"))
    return people.order_by("county_code", "source_id")


def _sheets(people: Sequence[Person]) -> list[Sheet]:
    """Each person once: under the first of their schools, people without a post at the end."""
    codes = make_activation_codes(people, by="command:activation-codes")
    schools = {}
    for post in Post.objects.filter(standing()).select_related("school").order_by("-school__source_id"):
        schools[post.person_id] = post.school
    sheets: dict[tuple[int, str], Sheet] = {}
    for person in people:
        school = schools.get(person.pk)
        source_id, name = (school.source_id, school.name) if school else ("", _("Without a post"))
        key = (person.county_code, source_id)
        sheet = sheets.setdefault(key, Sheet(f"{person.county_code // 10**6}", source_id, name))
        sheet.codes.append(Code(person.source_id, person.name, codes[person.pk]))
    return [sheets[key] for key in sorted(sheets, key=lambda key: (key[0], not key[1], key[1]))]


def _text(sheet: Sheet) -> str:
    head = f"{sheet.name} ({sheet.county} {sheet.school})".replace(" )", ")")
    return "\n".join([head, *(f"  {one.code}  {one.user}  {one.name}" for one in sheet.codes)])


def _summary(made: int, kept: int) -> str:
    lines = [ngettext("%(n)d code made, good for 30 days.", "%(n)d codes made, good for 30 days.", made) % {"n": made}]
    if kept:
        words = ngettext(
            "%(n)d person has an unused code, which cannot be shown again; --renew replaces it.",
            "%(n)d people have an unused code, which cannot be shown again; --renew replaces it.",
            kept,
        )
        lines.append(words % {"n": kept})
    return "\n".join(lines)
