"""Import runs of pupils: one at a time in a county, each with its record and one entry of the audit chain."""

import fcntl
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tongtang.audit import api as audit
from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.models import ImportRun
from tongtang.exchange.roster.check import PupilSheet, check_births, read_pupils
from tongtang.exchange.roster.diff import Diff, diff
from tongtang.exchange.roster.text import file_digest
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.organisations.models import HomeClass, Term
from tongtang.people import api as people
from tongtang.people.models import Pupil

# First half of the 64-bit key of PostgreSQL's advisory locks; the second is the county's first six digits.
LOCK_KIND = 0x7474


class CountyBusy(Exception):
    """Another import of the county is on its way; the argument is the sentence for the reader."""


@contextmanager
def one_import_of(county: int) -> Iterator[None]:
    """Hold the county against other imports until the end, even without a transaction; it ends with the process.

    Raises:
        CountyBusy: somebody else holds it.
    """
    with _held(county, shared=False):
        yield


@contextmanager
def beside_no_import(county: int, refusal: type[Exception]) -> Iterator[None]:
    """Hold off imports that compare before they lock: what is written meanwhile would be lost. Others do not wait.

    Raises:
        refusal: such an import is on its way; the argument is the sentence for the reader.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(_held(county, shared=True))
        except CountyBusy as busy:
            raise refusal(str(busy)) from busy
        yield


def _held(county: int, *, shared: bool) -> AbstractContextManager[None]:
    return (_postgres_lock if connection.vendor == "postgresql" else _file_lock)(county, shared)


@contextmanager
def _postgres_lock(county: int, shared: bool) -> Iterator[None]:
    place, kind = [LOCK_KIND, county // 10**6], "_shared" if shared else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock{kind}(%s, %s)", place)
        if not cursor.fetchone()[0]:
            raise CountyBusy(_busy())
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock{kind}(%s, %s)", place)


@contextmanager
def _file_lock(county: int, shared: bool) -> Iterator[None]:
    folder = environment().home / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f"{county}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            raise CountyBusy(_busy()) from error
        yield


def _busy() -> str:
    return _("Another import of this county is running; wait until it is done, then try again.")


def prepare(
    sheet: PupilSheet, county: int, mode: ImportRun.Mode = ImportRun.Mode.BULK, shut: Collection[str] = ()
) -> Diff:
    """Compare and stage the sound rows of `sheet`; both happen before anything is locked.

    Pupils who stand keep the attributes of `shut`, which another system owns.
    """
    found = diff(sheet, county, mode, shut)
    if found.is_news:
        people.stage(found.changes)
    return found


def write_pupils(
    found: Diff, classes: Mapping[str, int], since: date, run: ImportRun | None = None, now: datetime | None = None
) -> None:
    """Write a prepared comparison in the present transaction; `classes` are primary keys by the id in the files."""
    if not found.is_news:
        return
    frame = pl.DataFrame(
        {"class_id": list(classes), "home_class_id": list(classes.values())},
        schema={"class_id": pl.String, "home_class_id": pl.Int64},
    )
    moment = now or clock.now()
    run_id = run.pk if run else None
    people.write(found.changes, people.Writing(frame, since, clock.today(), moment, run_id))


def close_run(run: ImportRun, counts: Mapping[str, object], now: datetime) -> None:
    """Mark `run` as applied and append its one entry to the audit chain; `counts` as in `ImportRun.counts`."""
    run.state, run.counts, run.finished_at = ImportRun.State.APPLIED, dict(counts), now
    run.save()
    _append(run, "import.apply", "done")


def _append(run: ImportRun, action: str, result: str) -> None:
    audit.append(
        stream="import",
        action=action,
        actor=run.by,
        object=f"import:{run.public_id}",
        result=result,
        detail={"digest": run.digest, "form": run.form, "mode": run.mode, "counts": run.counts},
        now=run.finished_at,
        region_code=run.county_code,
    )


def folder_digest(path: Path) -> str:
    """SHA-256 over the names and digests of the folder's CSV files, in order of names."""
    lines = [f"{file_digest(file)}  {file.name}\n" for file in sorted(path.glob("*.csv")) if file.is_file()]
    return sha256("".join(lines).encode()).hexdigest()


def import_roster(
    path: Path, county: int, *, by: str, system: str = "", mode: ImportRun.Mode = ImportRun.Mode.BULK
) -> ImportRun:
    """Check the roster file `path` (`layout.ROSTER`) against the classes of `county`, and apply it if it is sound.

    In bulk, the county's pupils that it does not name end today. A roster with findings is refused whole, and the run
    says what they are; its file may have changed nothing, which is applied as well.

    Raises:
        CountyBusy: another import of this county is on its way.
    """
    with one_import_of(county):
        run = _opened(path, county, by, system, mode)
        damage = DamageList()
        classes = dict(
            HomeClass.objects.filter(county_code=county, ended_on=None).values_list("source_id", "pk").iterator()
        )
        sheet = read_pupils(path.parent, damage, replace(layout.ROSTER, file=path.name))
        _check_places(sheet, county, set(classes), damage)
        run.checked_at = clock.now()
        if damage or not sheet.complete:
            return _refused(run, damage)
        found = prepare(sheet, county, mode)
        with transaction.atomic():
            write_pupils(found, classes, _since(county), run)
            close_run(run, found.counts, clock.now())
    return run


def _opened(path: Path, county: int, by: str, system: str, mode: ImportRun.Mode) -> ImportRun:
    return ImportRun.objects.create(
        county_code=county,
        system=system,
        form=ImportRun.Form.ROSTER,
        mode=mode,
        file_name=path.name[:200],
        digest=file_digest(path),
        by=by,
        created_at=clock.now(),
    )


def _check_places(sheet: PupilSheet, county: int, classes: set[str], damage: DamageList) -> None:
    """Each pupil's class stands in the county; nobody is born after its last term began."""
    unknown = list(sheet.class_counts.keys() - classes)
    if unknown:
        for line, class_id in sheet.lines_where(pl.col("class_id").is_in(unknown), "class_id"):
            sentence = _("The county has no class of this id; load its classes first or correct the id.")
            damage.add(sheet.table.file, line, "class_id", class_id, sentence)
    last = Term.objects.filter(county_code=county, ended_on=None).order_by("first_day").last()
    if last is not None:
        check_births(last.first_day, sheet, damage)


def _refused(run: ImportRun, damage: DamageList) -> ImportRun:
    run.state, run.finished_at = ImportRun.State.REFUSED, clock.now()
    run.findings = [one.as_json() for one in damage.listed([run.file_name])]
    run.counts = {"findings": len(damage.found) + damage.unlisted}
    with transaction.atomic():
        run.save()
        _append(run, "import.check", "refused")
    return run


def _since(county: int) -> date:
    """First day of new enrolments: a county's first roster tells what holds since its term began."""
    today = clock.today()
    if Pupil.objects.filter(county_code=county).exists():
        return today
    term = Term.objects.filter(county_code=county, ended_on=None).order_by("first_day").first()
    return min(today, term.first_day) if term else today
