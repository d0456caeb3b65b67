"""The register of consents in the yearly report about minors' data: where each child's matters stand now."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Max

from tongtang.audit.api import minors
from tongtang.consent.models import ConsentAnswer, Decision, Purpose, Voice


@minors.figures("consents")
def consents(first: datetime, end: datetime) -> Iterable[tuple[str, int]]:
    """Children by purpose, voice and the last answer given before `end`."""
    answers = ConsentAnswer.objects.filter(at__lt=end)
    latest = answers.values("pupil", "purpose", "voice").annotate(last=Max("pk")).values("last")
    counted = ConsentAnswer.objects.filter(pk__in=latest).values("purpose", "voice", "decision").annotate(n=Count("pk"))
    for purpose, voice, decision, count in counted.order_by("purpose", "voice", "decision").values_list(
        "purpose", "voice", "decision", "n"
    ):
        yield f"{Purpose(purpose).label} - {Voice(voice).label} - {Decision(decision).label}", count
