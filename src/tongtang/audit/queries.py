"""Reads of the chain that are no log: the last proof of each category of retention."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from tongtang.audit.chain import moment_of
from tongtang.audit.models import Entry, Stream


def proof_of(detail: str) -> tuple[int, str]:
    """How many rows a proof of deletion counts, and the digest of their ids."""
    given = json.loads(detail)
    return int(given.get("count", 0)), str(given.get("digest", ""))


def last_proofs() -> Mapping[str, tuple[int, datetime]]:
    """Category -> how many were deleted last, and when; only those of which something was."""
    proofs = Entry.objects.filter(stream=Stream.RETENTION, action="retention.deleted")
    latest = proofs.values("object").annotate(latest=Max("seq")).values_list("latest", flat=True)
    rows = proofs.filter(seq__in=list(latest)).values_list("object", "detail", "at")
    return {subject.partition(":")[2]: (proof_of(detail)[0], moment_of(at)) for subject, detail, at in rows}
