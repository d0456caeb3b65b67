"""Own timetables of every second school of a published county: `python -m tests.journeys.order_seed`.

Each of their classes has an own lesson in every period that no broadcast takes, so that a moved broadcast has to swap
with one. Prints the public ids of the alliance and of the schools.
"""

import json
from typing import Any

from tongtang.config import home

WEEKDAYS = range(1, 6)
SUBJECTS = ("chinese", "maths", "pe", "science")


def main() -> dict[str, Any]:
    home.load_django()
    from tongtang.alliances.models import Alliance
    from tongtang.organisations.models import HomeClass, School
    from tongtang.timetable.models import LocalLesson

    rows = []
    for home_class in HomeClass.objects.filter(receptions__active=True).select_related("school").distinct():
        if int(home_class.school.source_id[1:]) % 2:
            rows += _own_week(home_class)
    LocalLesson.objects.bulk_create(rows)
    return {
        "alliance": str(Alliance.objects.get().public_id),
        "schools": {one.source_id: str(one.public_id) for one in School.objects.all()},
    }


def _own_week(home_class: Any) -> list[Any]:
    from tongtang.lessons.models import Reception
    from tongtang.organisations.models import Period
    from tongtang.timetable.models import LocalLesson

    taken = {
        (row.date.isoweekday(), row.period_number)
        for row in Reception.objects.filter(home_class=home_class, active=True)
    }
    periods = Period.objects.filter(bell_schedule=home_class.school.bell_schedule).values_list("number", flat=True)
    return [
        LocalLesson(
            home_class=home_class, weekday=weekday, period_number=number, subject_id=SUBJECTS[number % len(SUBJECTS)]
        )
        for weekday in WEEKDAYS
        for number in periods
        if (weekday, number) not in taken
    ]


if __name__ == "__main__":
    print(json.dumps(main()))
