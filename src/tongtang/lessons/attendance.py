"""One child's attendance: what it received, and whether it was there. No figure of the class, no other child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tongtang.lessons.ledger import Row, effective
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception
from tongtang.lessons.queries import figures_of, rows_of
from tongtang.people.models import Enrolment, Pupil

STANDINGS = ("present", "absent", "on_leave")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Attended:
    """A reception of the child's class; `standing` is one of STANDINGS, or `unknown` where nobody called the roll."""

    reception: Reception
    standing: str
    live_seconds: int
    recorded_seconds: int
    delivered: bool

    @property
    def received_seconds(self) -> int:
        """What the child received: nothing where it is known to have been away."""
        return self.live_seconds + self.recorded_seconds if self.standing in ("present", UNKNOWN) else 0


def own_standing(rows: Sequence[Row], child: str) -> str:
    """Where the roll call that holds lists the child."""
    calls = [row for row in rows if row.kind == EvidenceKind.ROLL_CALL]
    latest = max(calls, key=lambda row: (row.occurred_at, row.id), default=None)
    found = [name for name in STANDINGS if latest is not None and child in latest.payload.get(name, [])]
    return found[0] if found else UNKNOWN


def receptions_of_child(pupil: Pupil, first: date, last: date) -> list[Reception]:
    """What the child's classes were to receive on the days it belonged to them."""
    belonged = Q(pk__in=[])
    for home_class, since, until in Enrolment.objects.filter(pupil=pupil).values_list(
        "home_class_id", "valid_from", "valid_to"
    ):
        belonged |= Q(home_class=home_class, date__range=(max(since, first), min(until or last, last)))
    rows = Reception.objects.filter(belonged, active=True, lesson__is_demo=False)
    return list(rows.select_related("lesson", "home_class", "school").order_by("starts_at", "pk"))


def attendance_of(pupil: Pupil, first: date, last: date) -> list[Attended]:
    """The child's receptions dated [first, last], the earliest first."""
    receptions = receptions_of_child(pupil, first, last)
    figures = figures_of(receptions)
    calls = rows_of(receptions, kinds=(EvidenceKind.ROLL_CALL, EvidenceKind.CORRECTION))
    return [
        Attended(
            one,
            own_standing(effective(calls.get(one.pk, [])), str(pupil.public_id)),
            figures[one.pk].live_seconds,
            figures[one.pk].recorded_seconds,
            figures[one.pk].delivered,
        )
        for one in receptions
    ]


def roll_calls_with(pupil: Pupil) -> int:
    """How many roll calls list the child's random id."""
    receptions = receptions_of_child(pupil, date.min, date.max)
    rows = EvidenceRow.objects.filter(reception__in=receptions, kind=EvidenceKind.ROLL_CALL)
    child = str(pupil.public_id)
    return sum(
        any(child in payload.get(name, []) for name in STANDINGS) for payload in rows.values_list("payload", flat=True)
    )
