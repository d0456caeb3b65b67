"""Eight lessons at once in an alliance's week: `python -m tests.journeys.crowd_seed DAY` (2026-12-09), at 17:00."""

import sys
from datetime import date, time, timedelta

from tongtang.config import home


def main(day: date) -> None:
    home.load_django()
    from tongtang.alliances.models import Alliance
    from tongtang.foundation import clock
    from tongtang.lessons.models import Lesson
    from tongtang.people.models import Person

    alliance = Alliance.objects.select_related("anchor_school").get()
    taught = Lesson.objects.filter(alliance=alliance).values_list("teacher", flat=True).distinct()
    starts_at = clock.at(day, time(17))
    for number, teacher in enumerate(Person.objects.filter(pk__in=taught).order_by("source_id")[:8]):
        Lesson.objects.create(
            alliance=alliance,
            subject_id="music",
            title=f"合唱{number + 1}",
            school=alliance.anchor_school,
            region_code=alliance.anchor_school.region_code,
            teacher=teacher,
            date=day,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=40),
            busy_until=starts_at + timedelta(minutes=50),
        )


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]))
    print("{}")
