"""What lessons hold about a child: its attendance, by random id in roll calls that nobody may change."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from tongtang.consent.api import Kept, Sheet, holding, keeping
from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.attendance import attendance_of, roll_calls_with
from tongtang.people.models import Pupil


@holding
def attendance(pupil: Pupil) -> Sequence[Sheet]:
    """Every lesson that the child's classes received, and whether the child was there."""
    rows = [
        [
            str(one.reception.date),
            f"{civil(one.reception.starts_at):%H:%M}",
            subject_name(one.reception.lesson.subject_id),
            one.reception.lesson.title,
            one.reception.school.name,
            one.reception.home_class.name,
            one.standing,
            str(one.live_seconds),
            str(one.recorded_seconds),
        ]
        for one in attendance_of(pupil, date.min, date.max)
    ]
    columns = [
        "date", "starts", "subject", "title", "school", "home_class", "standing", "live_seconds", "recorded_seconds",
    ]  # fmt: skip
    return [Sheet("lessons-attendance", _("Attendance"), columns, rows)]


@keeping
def roll_calls(pupil: Pupil) -> Sequence[Kept]:
    """Roll calls are evidence and append-only: they keep a number that leads to nobody once the child's row is gone."""
    why = _("Evidence of lessons is kept; the child stands in it only as a random number that leads to nobody now.")
    return [Kept(_("Roll calls"), roll_calls_with(pupil), why)]
