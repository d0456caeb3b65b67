"""Move a lesson and its receptions: `python -m tests.journeys.change_lesson LESSON SECONDS`, the start since 1970."""

import json
import sys
from datetime import UTC, datetime, timedelta

from tongtang.config import home


def main(lesson_id: str, seconds: float) -> None:
    """The lesson at its new time, as the publication of a plan would write it."""
    home.load_django()
    from tongtang.lessons.models import Lesson

    lesson = Lesson.objects.get(public_id=lesson_id)
    starts_at = datetime.fromtimestamp(seconds, UTC)
    ends_at = starts_at + (lesson.ends_at - lesson.starts_at)
    lesson.starts_at, lesson.ends_at, lesson.busy_until = starts_at, ends_at, ends_at + timedelta(minutes=10)
    lesson.save()
    lesson.receptions.update(starts_at=starts_at, ends_at=ends_at)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
    print(json.dumps({}))
