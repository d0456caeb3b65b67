"""What the timetable does when lessons change by hand."""

from collections.abc import Collection

from tongtang.lessons.events import lesson_cancelled
from tongtang.lessons.models import Reception
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import LocalMove


@lesson_cancelled
def give_back(receptions: Collection[int]) -> None:
    """Own lessons that had given way are held where the school has them, and people are beside those who receive."""
    LocalMove.objects.filter(reception__in=receptions).delete()
    seat_facilitators(set(Reception.objects.filter(pk__in=receptions).values_list("school", flat=True)))
