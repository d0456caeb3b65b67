"""The life of a search for whole schools' weeks: handed in, searched school by school, checked, given back."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.models import SchoolWeeksRun
from tongtang.exchange.parcels.archive import BadArchive
from tongtang.exchange.school_weeks import files
from tongtang.exchange.timetables.local_write import write_local_timetable
from tongtang.exchange.timetables.schools import LOCAL_REQUIREMENTS, SchoolsFolder, is_schools_folder, read_schools
from tongtang.foundation import clock
from tongtang.timetable.api import LocalLesson, breach_sentence, doubt_json, examine, solve_weeks

State = SchoolWeeksRun.State
FINDINGS_KEPT, BREACHES_KEPT = 200, 200
SEED = 1


class Refused(ValueError):
    """The step cannot be taken; the message is a sentence."""


@dataclass
class _Found:
    """What the schools that are done have come to."""

    weeks: list[list[object]] = field(default_factory=list)
    lessons: list[LocalLesson] = field(default_factory=list)
    explanation: list[dict[str, str]] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    stopped: bool = False


def hand_in(*, actor: Actor, county: int, name: str, seconds: int, chunks: Iterable[bytes]) -> SchoolWeeksRun:
    """Keep an upload as a new search that waits for the worker.

    Raises:
        files.TooLarge: nothing is kept.
    """
    run = SchoolWeeksRun(
        county_code=county,
        file_name=name[-200:],
        seconds=seconds,
        made_by_id=actor.person_id,
        made_at=clock.now(),
    )
    files.keep_upload(run, chunks)
    run.save()
    return run


@transaction.atomic
def stop(run: SchoolWeeksRun) -> None:
    """End a search after the school that it is at; what is done is given back.

    Raises:
        Refused: it has ended already.
    """
    rows = SchoolWeeksRun.objects.filter(pk=run.pk)
    if rows.filter(state=State.WAITING).update(state=State.STOPPED, finished_at=clock.now()):
        transaction.on_commit(lambda: files.forget(run))
    elif not rows.filter(state__in=(State.RUNNING, State.STOPPING)).update(state=State.STOPPING):
        raise Refused(_("This search has ended already; its result is below."))


def carry_out(run: SchoolWeeksRun) -> None:
    """Search from the beginning: a worker that died left nothing behind but its rows."""
    rows = SchoolWeeksRun.objects.filter(pk=run.pk)
    if not rows.filter(state__in=(State.WAITING, State.RUNNING)).update(state=State.RUNNING, seen_at=clock.now()):
        if rows.filter(state=State.STOPPING).update(state=State.STOPPED, finished_at=clock.now()):
            files.forget_work(run)
        return
    folder = _read(run)
    if folder is None:
        return
    rows.update(
        schools=len(folder.schools),
        required=sum(row.lessons for whole in folder.schools for row in whole.requirements),
        weeks=[],
    )
    found = _Found()
    for _done in _searched(run, folder, found):
        rows.update(weeks=found.weeks, seen_at=clock.now())
        if not rows.filter(state=State.RUNNING).exists():
            found.stopped = True
            break
    _end(run, folder, found)


def _read(run: SchoolWeeksRun) -> SchoolsFolder | None:
    """The schools of the upload; None where it is refused."""
    try:
        path = files.unpacked(run)
    except BadArchive as error:
        _refuse(run, [Damage(error.member or run.file_name, 0, "", error.member, str(error))])
        return None
    if not is_schools_folder(path):
        sentence = _(
            "This is no folder of whole schools: it has no %(file)s. A county's folder is handed in as an import."
        )
        _refuse(run, [Damage(LOCAL_REQUIREMENTS.file, 0, "", "", sentence % {"file": LOCAL_REQUIREMENTS.file})])
        return None
    folder = read_schools(path)
    if folder.errors:
        _refuse(run, folder.errors)
        return None
    return folder


def _searched(run: SchoolWeeksRun, folder: SchoolsFolder, found: _Found) -> Iterator[None]:
    """School by school; each week is examined by the checker, which shares no code with the search."""
    by_id = {whole.school_id: whole for whole in folder.schools}
    deadline = time.monotonic() + run.seconds
    for week in solve_weeks(folder.schools, max(deadline - time.monotonic(), 1.0), 1, SEED):
        found.weeks.append([week.school_id, str(week.status), week.penalty, week.bound, round(week.seconds, 2)])
        found.explanation += [doubt_json(doubt) for doubt in week.doubts]
        if week.penalty is not None:
            breaches = examine(by_id[week.school_id], week.lessons).breaches
            found.breaches += [f"{week.school_id}: {breach_sentence(one)}" for one in breaches]
            found.lessons += week.lessons
        yield


def _end(run: SchoolWeeksRun, folder: SchoolsFolder, found: _Found) -> None:
    solved = [row for row in found.weeks if row[2] is not None]
    if solved:
        path = write_local_timetable(files.folder_of(run) / "out", found.lessons)
        files.pack_result(run, path, _verdict(found, len(solved), len(folder.schools)))
    files.forget_work(run)
    SchoolWeeksRun.objects.filter(pk=run.pk).update(
        state=State.STOPPED if found.stopped and len(found.weeks) < len(folder.schools) else State.DONE,
        weeks=found.weeks,
        explanation=found.explanation[:FINDINGS_KEPT],
        breaches=found.breaches[:BREACHES_KEPT],
        finished_at=clock.now(),
    )


def _verdict(found: _Found, solved: int, schools: int) -> str:
    """What stands beside the timetable in the zip."""
    head = _("%(solved)d of %(schools)d schools have a week; the checker found %(breaches)d breaches of hard rules.")
    lines = [head % {"solved": solved, "schools": schools, "breaches": len(found.breaches)}, *found.breaches]
    row = _("School %(school)s: penalty %(penalty)s for soft rules, at least %(bound)s")
    lines += [row % {"school": one[0], "penalty": one[2], "bound": one[3]} for one in found.weeks if one[2] is not None]
    lines += [f"{one['sentence']} {one['relaxation']}" for one in found.explanation]
    return "\n".join(lines) + "\n"


def _refuse(run: SchoolWeeksRun, damage: list[Damage]) -> None:
    """End a run with what is wrong in its files, which are thrown away."""
    SchoolWeeksRun.objects.filter(pk=run.pk).update(
        state=State.REFUSED, findings=[one.as_json() for one in damage[:FINDINGS_KEPT]], finished_at=clock.now()
    )
    files.forget(run)


def fail(public_id: str) -> None:
    """The search broke down: its files are thrown away."""
    run = SchoolWeeksRun.objects.filter(public_id=UUID(public_id), state__in=SchoolWeeksRun.BUSY).first()
    if run is not None:
        SchoolWeeksRun.objects.filter(pk=run.pk).update(state=State.FAILED, finished_at=clock.now())
        files.forget(run)


def has_result(run: SchoolWeeksRun) -> bool:
    """Whether a zip is there to be taken away."""
    path: Path = files.result_of(run)
    return not run.busy and path.exists()
