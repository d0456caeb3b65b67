"""What change orders meet in a published county: `python -m tests.journeys.order_seed`.

The classes of every second school have an own lesson in every period that no broadcast takes, so that a moved broadcast
has to swap with one. A local teacher of p01 (`l-p01`) and the head of the anchor school (`h-a01`) can sign in. Prints
the public id of the alliance.
"""

import json
from typing import Any

from tests.journeys.seed import PASSWORD
from tongtang.config import home

WEEKDAYS = range(1, 6)
SUBJECTS = ("chinese", "maths", "pe", "science")


def main() -> dict[str, Any]:
    home.load_django()
    from django.contrib.auth.hashers import make_password

    from tests.cast import person
    from tongtang.access.models import Account, Role
    from tongtang.alliances.models import Alliance
    from tongtang.organisations.models import HomeClass, School
    from tongtang.timetable.models import LocalLesson

    rows = []
    for home_class in HomeClass.objects.filter(receptions__active=True).select_related("school").distinct():
        if int(home_class.school.source_id[1:]) % 2:
            rows += _own_week(home_class)
    LocalLesson.objects.bulk_create(rows)
    for name, user_name, role, place in (
        ("何若曦", "l-p01", Role.LOCAL_TEACHER, "p01"),
        ("石校长", "h-a01", Role.SCHOOL_HEAD, "a01"),
    ):
        person(name, user_name, role, school=School.objects.get(source_id=place))
    Account.objects.filter(password="!").update(password=make_password(PASSWORD))
    return {"alliance": str(Alliance.objects.get().public_id)}


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
