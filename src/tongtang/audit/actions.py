"""The one write of the chain: entries are appended in the transaction of the change that they tell of.

The row of the stream's head is locked until that transaction ends, so an action appends as its last step.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from tongtang.audit.chain import COVERED, GENESIS, JSON, Record, canonical, clean, digest, stamp
from tongtang.audit.models import Entry, Head, Stream
from tongtang.audit.origin import source
from tongtang.audit.places import Place, place_of
from tongtang.foundation import clock
from tongtang.organisations.models import School

BATCH = 1000


def append(
    *,
    stream: str,
    action: str,
    actor: str,
    object: str,
    result: str = "done",
    reason: str = "",
    detail: Mapping[str, JSON] | None = None,
    now: datetime | None = None,
    school: School | None = None,
    region_code: int | None = None,
) -> None:
    """Append one entry to `stream`, in the transaction of the change.

    `actor` is an actor's subject ("person:12", "device:3"), "command:NAME" or "system"; `object` is "kind:public id".
    Never a child's name or number. `school` or `region_code` say whose matter it is; left out, `object` and `actor` do.

    Raises:
        ValueError: there is no such stream, or `detail` is not JSON.
    """
    record = written(
        action=action,
        actor=actor,
        object=object,
        result=result,
        reason=reason,
        detail=detail,
        now=now,
        school=school,
        region_code=region_code,
    )
    append_all(stream, [record])


def written(
    *,
    action: str,
    actor: str,
    object: str,
    result: str = "done",
    reason: str = "",
    detail: Mapping[str, JSON] | None = None,
    now: datetime | None = None,
    school: School | None = None,
    region_code: int | None = None,
) -> Record:
    """An entry for `append_all`, arguments as of `append`."""
    if school is not None:
        place = Place(school.pk, school.region_code)
    elif region_code is not None:
        place = Place(0, region_code)
    else:
        place = place_of(object, actor)
    return Record(
        at=stamp(now or clock.now()),
        source=clean(source(), 45),
        actor=clean(actor, 80),
        action=clean(action, 80),
        object=clean(object, 120),
        school=place.school,
        region_code=place.region_code,
        result=clean(result, 20),
        reason=clean(reason, 500),
        detail=canonical(detail or {}),
    )


@transaction.atomic
def append_all(stream: str, records: Sequence[Record]) -> None:
    """Append `records` in their order under one lock.

    Raises:
        ValueError: there is no such stream.
    """
    name = Stream(stream).value
    head, _made = Head.objects.select_for_update().get_or_create(stream=name, defaults={"hash": GENESIS})
    seq, last = head.seq, head.hash
    entries = []
    for record in records:
        seq += 1
        entry = Entry(stream=name, seq=seq, previous=last, **vars(record))
        entry.hash = last = digest([getattr(entry, column) for column in COVERED])
        entries.append(entry)
    Entry.objects.bulk_create(entries, batch_size=BATCH)
    Head.objects.filter(stream=name).update(seq=seq, hash=last)
