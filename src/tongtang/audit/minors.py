"""The yearly report about the personal data of minors (art. 37 of the regulation on their protection online).

Words stand in `minors.toml`, figures come from the field catalogue, the database and the audit chain. A context that
keeps a register of its own fills a section with `@minors.figures("consents")` in its `minors.py`.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Count, Q, QuerySet
from django.utils.module_loading import autodiscover_modules

from tongtang.audit.catalogue import Field, Sensitivity, categories, fields, table_names
from tongtang.audit.chain import stamp
from tongtang.audit.models import Entry, Stream
from tongtang.audit.queries import proof_of
from tongtang.audit.verify import verify
from tongtang.foundation import clock
from tongtang.people.models import Pupil

SHORT = 16
Cell = str | int
Figures = Callable[[datetime, datetime], Iterable[tuple[str, int]]]
FIGURES: dict[str, Figures] = {}


@dataclass(frozen=True)
class Section:
    """A numbered part of the report: a table with a sentence above it."""

    key: str
    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Report:
    """The report about one civil year."""

    title: str
    basis: str
    year: int
    made_at: datetime
    whole: bool
    sections: Sequence[Section]


@dataclass(frozen=True)
class _Year:
    number: int
    first: datetime
    end: datetime

    def entries(self) -> QuerySet[Entry]:
        return Entry.objects.filter(at__gte=stamp(self.first), at__lt=stamp(self.end))


def figures(section: str) -> Callable[[Figures], Figures]:
    """Make a function of (first moment, end) the source of a section's own figures, as (words, number)."""

    def decorate(function: Figures) -> Figures:
        FIGURES[section] = function
        return function

    return decorate


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("minors.toml").read_text(encoding="utf-8"))


def _section(key: str, rows: Sequence[Sequence[Cell]], note: str = "") -> Section:
    words = _words()[key]
    return Section(key, words["title"], note or words["note"], words["columns"], rows)


def report(year: int, now: datetime) -> Report:
    """The report about `year` (civil, Asia/Shanghai), made at `now`; a broken chain is said, not hidden."""
    autodiscover_modules("minors")
    span = _Year(year, clock.at(date(year, 1, 1), time()), clock.at(date(year + 1, 1, 1), time()))
    found = verify()
    words = _words()
    chain = words["about"]["chain_broken" if found.findings else "chain_whole"]
    sections = [
        _about(year, now, chain.format(entries=found.entries, findings=len(found.findings))),
        _section("held", _held()),
        _section("reads", _reads(span)),
        _section("exports", _exports(span)),
        _consents(span),
        _section("deletions", _deletions(span)),
        _section("incidents", _incidents(span)),
        _section("measures", words["measures"]["rows"]),
        _section("signatures", words["signatures"]["rows"]),
    ]
    return Report(words["title"], words["basis"], year, now, not found.findings, sections)


def _about(year: int, now: datetime, chain: str) -> Section:
    words, today = _words()["about"], clock.civil(now).date()
    born = {age: _birthday(today, age) for age in (14, 18)}
    counts = Pupil.objects.aggregate(
        pupils=Count("pk", filter=Q(ended_on=None)),
        under_14=Count("pk", filter=Q(ended_on=None, birth_date__gt=born[14])),
        minors=Count("pk", filter=Q(ended_on=None, birth_date__lte=born[14], birth_date__gt=born[18])),
        adults=Count("pk", filter=Q(ended_on=None, birth_date__lte=born[18])),
        ended=Count("pk", filter=~Q(ended_on=None)),
    )
    rows: list[Sequence[Cell]] = [(words["year"], year), (words["made_at"], f"{clock.civil(now):%Y-%m-%d %H:%M}")]
    rows += [(words[name], counts[name]) for name in ("pupils", "under_14", "minors", "adults", "ended")]
    return _section("about", [*rows, (words["chain"], chain)])


def _birthday(today: date, age: int) -> date:
    """Born on this day or before: of that age today. Who was born on 29 February has it on 28 February."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return date(today.year - age, today.month, day)


def _held() -> list[Sequence[Cell]]:
    """A row for each field of minors or of sensitive data, with the number of rows that hold something."""
    wanted = [field for field in fields() if field.sensitivity in (Sensitivity.MINOR, Sensitivity.SENSITIVE)]
    rows: list[Sequence[Cell]] = []
    for model, group in groupby(wanted, key=lambda field: field.model):
        rows += _held_in(model, list(group))
    return rows


def _held_in(model: str, held: Sequence[Field]) -> list[Sequence[Cell]]:
    manager = apps.get_model(model)._base_manager
    counts = manager.aggregate(**{field.name: Count(field.name) for field in held})
    name = table_names().get(model, model)
    return [
        (
            name,
            field.name,
            str(field.sensitivity.label),
            field.purpose,
            categories()[field.retention].title,
            counts[field.name],
        )
        for field in held
    ]


def _reads(span: _Year) -> list[Sequence[Cell]]:
    about = Q(stream=Stream.READS) | Q(stream=Stream.SUPPORT) | Q(object__startswith="pupil:")
    rows = span.entries().filter(about).values("action").annotate(times=Count("seq"), who=Count("actor", distinct=True))
    return list(rows.order_by("action").values_list("action", "times", "who"))


def _exports(span: _Year) -> list[Sequence[Cell]]:
    rows = span.entries().filter(stream=Stream.EXPORT).values("action", "result").annotate(times=Count("seq"))
    return list(rows.order_by("action", "result").values_list("action", "result", "times"))


def _consents(span: _Year) -> Section:
    rows = span.entries().filter(stream=Stream.CONSENT).values("action").annotate(times=Count("seq"))
    counted: list[Sequence[Cell]] = list(rows.order_by("action").values_list("action", "times"))
    register = FIGURES.get("consents")
    if register is None:
        return _section("consents", counted, _words()["consents"]["missing"])
    return _section("consents", [*register(span.first, span.end), *counted])


def _deletions(span: _Year) -> list[Sequence[Cell]]:
    """Each category with its proofs of the year."""
    proofs: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    rows = span.entries().filter(stream=Stream.RETENTION, action="retention.deleted").order_by("seq")
    for seq, subject, detail in rows.values_list("seq", "object", "detail"):
        count, digest = proof_of(detail)
        proofs[subject.partition(":")[2]].append((seq, count, digest))
    known = categories()
    return [
        (
            known[name].title if name in known else name,
            len(found),
            sum(count for _seq, count, _digest in found),
            f"{found[-1][0]} {found[-1][2][:SHORT]}",
        )
        for name, found in sorted(proofs.items())
    ]


def _incidents(span: _Year) -> list[Sequence[Cell]]:
    words, entries = _words()["incidents"], span.entries()
    refused = entries.filter(result="refused")
    sign_in = Q(stream=Stream.ACCESS, action="session.failed")
    return [
        (words["registered"], entries.filter(action__startswith="incident.").count()),
        (words["refused"], refused.filter(sign_in).count()),
        (words["refused_others"], refused.exclude(sign_in).count()),
    ]
