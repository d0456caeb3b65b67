"""The demo's clockwork."""

from datetime import timedelta

from tongtang.demo.lessons import ensure_extra_lessons, ensure_film, ensure_safety_lesson
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.jobs import periodic


@periodic("demo-lessons", every=timedelta(minutes=1))
def keep_lessons_coming() -> None:
    """Extra lessons, today's film, and the lesson for 22 classes."""
    if not environment().demo:
        return
    now = clock.now()
    ensure_extra_lessons(now)
    ensure_film(now)
    ensure_safety_lesson(clock.today())
