"""The life of a run: handed in, checked, applied or withdrawn. Each step is one transaction."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.exchange.county.apply import Report, write_folder
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.county.folder import read_county
from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.models import ImportRun, QuarantinedRow, SourceRecord
from tongtang.exchange.roster.runs import beside_no_import
from tongtang.exchange.stages import files
from tongtang.exchange.stages.check import OTHER, Checked, check, prepare
from tongtang.exchange.stages.diffs import write_diff
from tongtang.exchange.state.compare import CREATED, ENDED, Change
from tongtang.exchange.state.write import CannotWrite, write_changes
from tongtang.foundation import clock
from tongtang.organisations.models import Region

BATCH = 2000
FINDINGS_KEPT = 500
State = ImportRun.State


class Refused(ValueError):
    """The step cannot be taken; the message is a sentence for the person."""


class _Busy(Exception):
    """A load of the county is on its way; the message is a sentence."""


class _Stale(Exception):
    """The county changed since the diff was shown."""


def hand_in(*, actor: Actor, county: int, form: str, system: str, name: str, chunks: Iterable[bytes]) -> ImportRun:
    """Keep an upload as a new run that waits for its check.

    Raises:
        files.TooLarge: nothing is kept.
    """
    run = ImportRun(
        county_code=county,
        form=form,
        system=system,
        file_name=name[-200:],
        by=actor.subject,
        created_at=clock.now(),
    )
    files.keep_upload(run, chunks)
    with transaction.atomic():
        run.save()
        _audit(run, "import.handed_in", actor.subject)
    return run


def check_run(run: ImportRun) -> None:
    """Check a run; afterwards it waits for a person, or is refused with its findings."""
    damage = prepare(run)
    with transaction.atomic():
        checked = None if damage else check(run)
        if not ImportRun.objects.select_for_update().filter(pk=run.pk, state=run.state).exists():
            # Withdrawn meanwhile: what was unpacked since goes too.
            files.forget_files(run)
            return
        if checked is not None:
            _take_over(run, checked)
        if checked is None or checked.damage:
            refuse(run, damage if checked is None else checked.damage)
            return
        _quarantine(run, checked)
        write_diff(files.diff_of(run), checked.comparison)
        run.state = State.WAITING
        run.checked_at = clock.now()
        run.save()


def _take_over(run: ImportRun, checked: Checked) -> None:
    run.system = checked.system or run.system
    run.mode = ImportRun.Mode.DELTA if checked.is_delta else ImportRun.Mode.BULK
    run.counts = {
        **checked.comparison.counts(),
        "findings": len(checked.damage),
        "quarantined": len(checked.waiting),
        "digest": checked.comparison.digest(),
        "uncarried": checked.wanted.uncarried,
        "older": checked.older,
        "refused": [asdict(one) for one in checked.comparison.refused[:FINDINGS_KEPT]],
        "refused_count": len(checked.comparison.refused),
        "other_tables": _other_tables(checked),
    }


def _other_tables(checked: Checked) -> dict[str, Any]:
    """What a county folder does to tables that are no part of a roster: bells, rules, requirements ..."""
    if checked.report is None:
        return {}
    counted = {"terms", "schools", "classes", "teachers", "pupils"}
    found: dict[str, dict[str, int]] = {}
    for kind in (CREATED, "changed", ENDED):
        for table, count in getattr(checked.report, kind).items():
            if table not in counted:
                found.setdefault(table, {})[kind] = count
    return found


def _quarantine(run: ImportRun, checked: Checked) -> None:
    QuarantinedRow.objects.bulk_create(
        [
            QuarantinedRow(
                run=run,
                table=one.table,
                line=one.line,
                column=one.column,
                row={"source_id": one.source_id, **one.cells},
                reason=one.code,
            )
            for one in checked.waiting
        ],
        batch_size=BATCH,
    )


def refuse(run: ImportRun, damage: list[Damage]) -> None:
    """End a run with its findings; its files and the rows that it kept apart are thrown away."""
    run.state = State.REFUSED
    run.findings = [one.as_json() for one in damage[:FINDINGS_KEPT]]
    run.counts = {**run.counts, "findings": len(damage)}
    run.checked_at = run.finished_at = clock.now()
    with transaction.atomic():
        run.save()
        QuarantinedRow.objects.filter(run=run, state=QuarantinedRow.State.WAITING).delete()
        _audit(run, "import.refused", run.by, result="refused")
    files.forget_files(run)


@transaction.atomic
def begin_apply(*, actor: Actor, run: ImportRun) -> None:
    """Take the word of a person; a job carries it out.

    Raises:
        Refused: the run does not wait for a word.
    """
    found = ImportRun.objects.filter(pk=run.pk, state=State.WAITING).update(state=State.APPLYING)
    if not found:
        raise Refused(_("This import no longer waits for a decision; look at its present state."))
    _audit(run, "import.approved", actor.subject)


@transaction.atomic
def withdraw(*, actor: Actor, run: ImportRun) -> None:
    """Give a run up before it is applied.

    Raises:
        Refused: it is applied or at its end already.
    """
    open_states = (State.CHECKED, State.WAITING)
    if not ImportRun.objects.filter(pk=run.pk, state__in=open_states).update(
        state=State.WITHDRAWN, finished_at=clock.now()
    ):
        raise Refused(_("This import can no longer be withdrawn; look at its present state."))
    QuarantinedRow.objects.filter(run=run, state=QuarantinedRow.State.WAITING).delete()
    _audit(run, "import.withdrawn", actor.subject, result="withdrawn")
    transaction.on_commit(lambda: files.forget_files(run))


def apply_run(run: ImportRun) -> None:
    """Write what was shown, all of it or nothing, and only if the county still is what it was then."""
    try:
        with beside_no_import(run.county_code, _Busy), transaction.atomic():
            _apply(run)
    except _Busy as busy:
        # The person gives the word again when the other import is through.
        run.state, run.findings = State.WAITING, [Damage("", 0, "", "", str(busy)).as_json()]
        run.save(update_fields=["state", "findings"])
    except _Stale:
        again = _("The county was changed since the check; the differences below are new. Look at them again.")
        QuarantinedRow.objects.filter(run=run).delete()
        check_run(run)
        if run.state == State.WAITING:
            run.findings = [Damage("", 0, "", "", again).as_json()]
            run.save(update_fields=["findings"])
    except CannotWrite as error:
        refuse(run, [Damage("", 0, "", "", str(error))])


def _apply(run: ImportRun) -> None:
    # One load of a county at a time.
    Region.objects.select_for_update().get(code=run.county_code)
    checked = check(run)
    if checked.damage:
        raise _Stale
    if checked.comparison.digest() != run.counts.get("digest"):
        raise _Stale
    now = clock.now()
    if run.form == ImportRun.Form.ONEROSTER:
        write_changes(run.county_code, checked.comparison.changes, run=run.pk, today=clock.today())
    else:
        write_other_form(run)
    keep_sources(run, checked, now)
    run.state, run.finished_at = State.APPLIED, now
    run.findings = []
    run.save()
    find_duplicates(run.county_code)
    append(
        stream="import",
        action="import.applied",
        actor=run.by,
        object=f"import:{run.public_id}",
        detail={"digest": run.digest, "changes": run.counts["digest"], "counts": _numbers(run)},
        region_code=run.county_code,
    )
    transaction.on_commit(lambda: files.forget_parts(run))


def write_other_form(run: ImportRun) -> None:
    """Write a folder of our form, whose trial write the check made and took back."""
    write_folder(read_county(files.files_of(run)), run.county_code, Report(), run.system)


def _numbers(run: ImportRun) -> dict[str, Any]:
    return {kind: dict(run.counts.get(kind, {})) for kind in (CREATED, "changed", ENDED)}


def keep_sources(run: ImportRun, checked: Checked, now: datetime) -> None:
    """Remember for each row what the source says of it and which run wrote its attributes."""
    written: dict[tuple[str, str], Change] = {(one.table, one.source_id): one for one in checked.comparison.changes}
    others = {(f"{OTHER}{key}", source_id) for key, ids in checked.wanted.others.items() for source_id in ids}
    keys = {*written, *checked.wanted.stamps, *others}
    known = {(row.table, row.source_id): row for row in SourceRecord.objects.filter(county_code=run.county_code)}
    fresh: list[SourceRecord] = []
    old: list[SourceRecord] = []
    for key in sorted(keys):
        row = known.get(key) or SourceRecord(county_code=run.county_code, table=key[0], source_id=key[1])
        before = (row.system, row.status, row.modified_at, dict(row.attributes))
        stamp = checked.wanted.stamps.get(key)
        row.system = run.system
        if stamp is not None:
            row.status, row.modified_at = stamp.status, stamp.modified or row.modified_at
        if key in written:
            row.attributes = {**row.attributes, **dict.fromkeys(written[key].attributes, str(run.public_id))}
        if row.pk is None:
            fresh.append(row)
        elif before != (row.system, row.status, row.modified_at, dict(row.attributes)):
            old.append(row)
    SourceRecord.objects.bulk_create(fresh, batch_size=BATCH)
    SourceRecord.objects.bulk_update(old, ["system", "status", "modified_at", "attributes"], batch_size=200)


def _audit(run: ImportRun, action: str, actor: str, result: str = "done") -> None:
    append(
        stream="import",
        action=action,
        actor=actor,
        object=f"import:{run.public_id}",
        result=result,
        detail={"digest": run.digest, "form": str(run.form)},
        region_code=run.county_code,
    )
