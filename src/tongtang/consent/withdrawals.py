"""Withdrawn stays withdrawn: the table of an older backup does not know later withdrawals, a file beside it does.

`TONGTANG_HOME/tombstones/withdrawn-YYYY-MM.jsonl`, a line of JSON a withdrawal: random ids, purpose, voice, moment; no
name. A month's file is deleted once no backup is older than it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string

from tongtang.audit import api as audit
from tongtang.consent.ledger import notice_on
from tongtang.consent.models import Channel, ConsentAnswer, ConsentNotice, Decision
from tongtang.consent.queries import responsible_of
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.restoring import TOMBSTONES
from tongtang.people.models import Pupil

BY = "command:restore"
# The base of a backup is at most a day older than the moment to which its log leads.
LOOKS_BACK = timedelta(days=2)
A_MONTH = timedelta(days=31)
Line = dict[str, Any]


def _folder() -> Path:
    return environment().home / TOMBSTONES


def _path(moment: datetime) -> Path:
    return _folder() / f"withdrawn-{moment.astimezone(UTC):%Y-%m}.jsonl"


def _line(row: ConsentAnswer) -> Line:
    return {
        "uuid": str(row.uuid),
        "pupil": str(row.pupil),
        "purpose": row.purpose,
        "voice": row.voice,
        "at": row.at.astimezone(UTC).isoformat(),
        "notice": row.notice.version,
        "channel": row.channel,
        "signed_on": row.signed_on.isoformat() if row.signed_on else "",
    }


def note(row: ConsentAnswer) -> None:
    """Write a withdrawal into the file with the commit; other answers are left to the table."""
    if row.decision == Decision.WITHDRAWN:
        line, path = _line(row), _path(row.at)
        transaction.on_commit(lambda: _write(path, [line]))


def _write(path: Path, lines: Iterable[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        # The newline first: a torn last line stays alone.
        file.writelines(f"\n{json.dumps(line)}" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def written() -> Iterator[Line]:
    """The lines of all files; one that was cut off while being written is left out."""
    for path in sorted(_folder().glob("withdrawn-*.jsonl")):
        for text in path.read_text(encoding="ascii").splitlines():
            try:
                yield json.loads(text)
            except ValueError:
                continue


def keep_in_step(now: datetime) -> int:
    """Write to the files what only the table knows, delete those of months before every backup; how many were added."""
    since = now - timedelta(days=environment().backup_days) - A_MONTH
    for path in _folder().glob("withdrawn-*.jsonl"):
        if path.name < _path(since).name:
            path.unlink(missing_ok=True)
    known = {line["uuid"] for line in written()}
    rows = ConsentAnswer.objects.filter(decision=Decision.WITHDRAWN, at__gte=since).select_related("notice")
    missing = [row for row in rows.order_by("id") if str(row.uuid) not in known]
    for row in missing:
        _write(_path(row.at), [_line(row)])
    return len(missing)


@transaction.atomic
def replay(moment: datetime) -> int:
    """After a restore to `moment`: withdrawals made later hold again; how many. Bears repetition.

    Films and tracks come back as of the backup's base: what was refused shortly before `moment` is closed once more.
    """
    lines = list(written())
    known = set(ConsentAnswer.objects.filter(decision=Decision.WITHDRAWN).values_list("uuid", flat=True))
    made = [row for line in lines if UUID(line["uuid"]) not in known and (row := _restored(line)) is not None]
    recent = ConsentAnswer.objects.filter(at__gt=moment - LOOKS_BACK).exclude(decision=Decision.GIVEN)
    touched = {(row.pupil, row.purpose) for row in made} | set(recent.values_list("pupil", "purpose"))
    for pupil, purpose in sorted(touched):
        import_string("tongtang.consent.tasks.take_effect").enqueue(str(pupil), str(purpose))
    return len(made)


def _restored(line: Line) -> ConsentAnswer | None:
    """The answer of a line, by the restore: who gave it may not be in this database. None: the child is not."""
    pupil = Pupil.objects.filter(public_id=line["pupil"]).first()
    if pupil is None:
        return None
    notice = ConsentNotice.objects.filter(purpose=line["purpose"], version=line["notice"]).first()
    paper = {"witness": BY, "signed_on": date.fromisoformat(line["signed_on"])} if line["signed_on"] else {}
    row = ConsentAnswer.objects.create(
        uuid=line["uuid"],
        pupil=pupil.public_id,
        purpose=line["purpose"],
        voice=line["voice"],
        decision=Decision.WITHDRAWN,
        notice=notice or notice_on(line["purpose"], clock.today()),
        channel=Channel.PAPER if paper else Channel.PAGE,
        by=BY,
        responsible=responsible_of(pupil, line["purpose"]),
        at=datetime.fromisoformat(line["at"]),
        **paper,
    )
    audit.append(
        stream="consent",
        action="consent.withdrawn_again",
        actor=BY,
        object=f"pupil:{pupil.public_id}",
        detail={"purpose": row.purpose, "voice": row.voice, "at": line["at"]},
    )
    return row
