"""Fills a fresh home for the studio's journey and prints what the browser needs, as JSON: run by the test itself."""

import json
import sys
from datetime import timedelta

import django


def main(minutes: int, points: int) -> None:
    """A lesson `minutes` from now with slides and script, received by `points` classes, and one two hours later."""
    django.setup()
    from tests.cast import add_lesson, make_cast, signed_in

    from tongtang.demo.lessons import prepare_lesson
    from tongtang.foundation import clock

    cast = make_cast(points, sizes=[5 + n % 9 for n in range(points)])
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=minutes))
    prepare_lesson(lesson, cast.teacher)
    later = add_lesson(cast, clock.now() + timedelta(minutes=minutes + 120))
    receptions = list(lesson.receptions.order_by("pk"))
    told = {
        "lesson": str(lesson.public_id),
        "later": str(later.public_id),
        "teacher": signed_in(cast.teacher).cookies["sessionid"].value,
        "rooms": [
            {
                "reception": str(reception.public_id),
                "name": point.school.name,
                "device": point.secret,
                "local": signed_in(point.local).cookies["sessionid"].value,
                "pupils": [str(pupil.public_id) for pupil in point.pupils],
            }
            for reception, point in zip(receptions, cast.points, strict=True)
        ],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
