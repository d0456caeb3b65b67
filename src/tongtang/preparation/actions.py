"""Writes of preparation: slides and script of a lesson."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.foundation.once import Key, once
from tongtang.lessons.models import Lesson
from tongtang.preparation import tasks
from tongtang.preparation.conversion import Unusable, sniff
from tongtang.preparation.conversion.limits import MEGABYTE, PAGES, UPLOAD_BYTES
from tongtang.preparation.conversion.slides import require_one_document
from tongtang.preparation.courseware import remove_files, upload_folder
from tongtang.preparation.models import Courseware, ScriptStep

STEPS = 30
CLEAR_OF_NUMBERS = 1000
WRITES_SCRIPT = (Lesson.State.PLANNED, Lesson.State.OPEN)
TAKES_SLIDES = (Lesson.State.PLANNED, Lesson.State.OPEN, Lesson.State.LIVE)
NAME_CHARACTERS = 200


class Refused(ValueError):
    """A rule of preparation refused; the message is a sentence for the teacher."""


def upload_courseware(*, actor: Actor, lesson: Lesson, files: Sequence["UploadedFile[Any]"], key: Key) -> None:
    """Keep one PDF or PPTX, or several pictures, as the lesson's next slides, and have them converted; `key`: once.

    Raises:
        Refused: the lesson is over, or the files are too large, of another kind, or a mixture.
        BadKey: the key stands for another command.
        PermissionError: a classroom device asks; views let nobody but a person come here.
    """
    if actor.person_id is None:
        raise PermissionError("slides belong to a person")
    if lesson.state not in TAKES_SLIDES:
        raise Refused(_("The lesson is over. Its slides stay as they were taught."))
    _require_size(files)
    courseware = Courseware(lesson=lesson, owner_id=actor.person_id, file_name=_name_of(files), uploaded_at=clock.now())
    folder = upload_folder(courseware)
    try:
        _store(files, folder)
        # The files are kept before: a transaction shall not last as long as 200 MB take.
        with once(key) as first:
            if first:
                courseware.save()
                tasks.convert_courseware.enqueue(str(courseware.public_id))
        if not first:
            shutil.rmtree(folder)
    except Unusable as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refused(str(error)) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _require_size(files: Sequence["UploadedFile[Any]"]) -> None:
    if not files:
        raise Refused(_("No file was chosen. Choose a PDF, PPTX or picture file."))
    if len(files) > PAGES:
        words = _("There are %(count)d slides; a lesson takes at most %(most)d. Split the file and upload one part.")
        raise Refused(words % {"count": len(files), "most": PAGES})
    total = sum(file.size or 0 for file in files)
    if total > UPLOAD_BYTES:
        words = _("The upload has %(size)d MB; at most %(most)d MB are taken. Make the pictures smaller or split it.")
        raise Refused(words % {"size": -(-total // MEGABYTE), "most": UPLOAD_BYTES // MEGABYTE})
    if any(not file.size for file in files):
        raise Refused(_("A chosen file is empty. Choose the file again."))


def _name_of(files: Sequence["UploadedFile[Any]"]) -> str:
    name = "".join(char for char in files[0].name or "" if char.isprintable()).strip() or "-"
    return name[-NAME_CHARACTERS:]


def _store(files: Sequence["UploadedFile[Any]"], folder: Path) -> None:
    folder.mkdir(parents=True)
    kinds = []
    for number, file in enumerate(files):
        path = folder / f"{number:03d}"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        kinds.append(sniff(path))
    require_one_document(kinds)


def remove_courseware(*, courseware: Courseware) -> None:
    """Take an upload and its slides away.

    Raises:
        Refused: the lesson has begun or is over: its slides belong to what was taught.
    """
    if courseware.lesson.state not in WRITES_SCRIPT:
        raise Refused(_("The lesson has begun. Its slides stay as they are taught."))
    with transaction.atomic():
        courseware.delete()
        transaction.on_commit(lambda: remove_files(courseware))


@dataclass(frozen=True)
class Step:
    """What a step of the script says; `local_tasks` are what the local teacher does meanwhile."""

    title: str
    minutes: int
    lead: str
    cue: str = ""
    local_tasks: Sequence[str] = ()


def _require_open_script(lesson: Lesson) -> Lesson:
    """Lock the lesson, so that two tabs cannot number its steps at once.

    Raises:
        Refused: the lesson runs or is over.
    """
    locked = Lesson.objects.select_for_update().get(pk=lesson.pk)
    if locked.state not in WRITES_SCRIPT:
        raise Refused(_("The lesson has begun. Its script stays as it is taught."))
    return locked


@transaction.atomic
def add_step(*, lesson: Lesson, step: Step) -> ScriptStep:
    """A step at the end of the script.

    Raises:
        Refused: the lesson has begun, or the script has `STEPS` steps already.
    """
    _require_open_script(lesson)
    count = ScriptStep.objects.filter(lesson=lesson).count()
    if count >= STEPS:
        raise Refused(_("A script has at most %(most)d steps. Join two of them.") % {"most": STEPS})
    return ScriptStep.objects.create(lesson=lesson, number=count + 1, **_values(step))


def _values(step: Step) -> dict[str, object]:
    return {
        "title": step.title,
        "minutes": step.minutes,
        "lead": step.lead,
        "cue": step.cue,
        "local_tasks": list(step.local_tasks),
    }


@transaction.atomic
def change_step(*, row: ScriptStep, step: Step) -> None:
    """Give a step other words, minutes or lead.

    Raises:
        Refused: the lesson has begun.
    """
    _require_open_script(row.lesson)
    ScriptStep.objects.filter(pk=row.pk).update(**_values(step))


@transaction.atomic
def move_step(*, row: ScriptStep, to: int) -> None:
    """Give a step the number `to`, or the nearest that there is: a repeat changes nothing.

    Raises:
        Refused: the lesson has begun.
    """
    _require_open_script(row.lesson)
    order = list(ScriptStep.objects.filter(lesson=row.lesson).order_by("number"))
    order.insert(max(0, min(to, len(order)) - 1), order.pop(order.index(row)))
    _number(row.lesson, order)


@transaction.atomic
def delete_step(*, row: ScriptStep) -> None:
    """Take a step out; those after it move up.

    Raises:
        Refused: the lesson has begun.
    """
    _require_open_script(row.lesson)
    ScriptStep.objects.filter(pk=row.pk).delete()
    _number(row.lesson, list(ScriptStep.objects.filter(lesson=row.lesson).order_by("number")))


def _number(lesson: Lesson, order: Sequence[ScriptStep]) -> None:
    """Number the steps from 1; in two passes, because a number stands once a lesson at every moment."""
    ScriptStep.objects.filter(lesson=lesson).update(number=F("number") + CLEAR_OF_NUMBERS)
    for number, step in enumerate(order, start=1):
        ScriptStep.objects.filter(pk=step.pk).update(number=number)


@transaction.atomic
def add_default_script(*, lesson: Lesson) -> None:
    """Three steps that fill the lesson: the anchor opens and teaches, the local teacher leads the practice.

    Raises:
        Refused: the lesson has begun, or has steps already.
    """
    _require_open_script(lesson)
    if ScriptStep.objects.filter(lesson=lesson).exists():
        raise Refused(_("The script has steps already. Change them, or delete them first."))
    for number, step in enumerate(default_steps(lesson.planned_seconds // 60), start=1):
        ScriptStep.objects.create(lesson=lesson, number=number, **_values(step))


def default_steps(minutes: int) -> list[Step]:
    """Three steps of together `minutes`, each at least one: about an eighth, five eighths, a quarter."""
    opening, practice = max(1, round(minutes / 8)), max(1, round(minutes / 4))
    anchor, local = ScriptStep.Lead.ANCHOR, ScriptStep.Lead.LOCAL
    return [
        Step(_("Lead-in"), opening, anchor, _("All classes look at the screen"), [_("Take the roll call")]),
        Step(
            _("New content"),
            max(1, minutes - opening - practice),
            anchor,
            "",
            [_("Walk through the class and help those who fall behind")],
        ),
        Step(
            _("Practice in class"),
            practice,
            local,
            _("The local teacher leads the class now"),
            [_("Let the pupils practise"), _("Raise the hand for a class that shows its work")],
        ),
    ]
