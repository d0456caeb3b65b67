"""Fill a home for a journey: `python -m tests.journeys.seed PLAN`, run with the home's own variables.

PLAN is JSON: {"points": 3, "lessons": [{"starts_in": 20, "minutes": 40, "points": [0, 1, 2]}]}; `starts_in` is in
seconds from now; `starts_at`, an ISO moment, may stand in its place. The first lesson is the cast's teacher's, each
further one has a teacher and a studio of its own. With "own": [{"day": 1, "period": 2, "subject": "maths"}] the first
point teaches its class that subject in that period of its bells, so many days from today, which is no holiday then.
Prints what the visitors of the journey need. Without a lesson only the empty database is made.
"""

import json
import sys
from datetime import datetime, timedelta
from typing import Any

from tongtang.config import home

PASSWORD = "茉莉花 0412 开课"
SHIFTED_DAYS = 70


def main(plan: dict[str, Any]) -> dict[str, Any]:
    """What was made, by the names that journeys use."""
    home.load_django()
    home.require_current_schema()
    home.collect_static()
    if not plan.get("lessons"):
        return {}
    from tests.cast import make_cast

    cast = make_cast(plan["points"])
    _move_term(cast)
    _add_offices(cast)
    lessons = [_lesson(cast, number, wish) for number, wish in enumerate(plan["lessons"])]
    for wish in plan.get("own", []):
        _own_lesson(cast, **wish)
    _open_accounts()
    return {
        "password": PASSWORD,
        "lessons": lessons,
        "points": [_point(one) for one in cast.points],
        "names": [pupil.name for one in cast.points for pupil in one.pupils],
        "alliance": str(cast.alliance.public_id),
        "teacher": str(cast.teacher.public_id),
        "studio": str(cast.studio.public_id),
    }


def _move_term(cast: Any) -> None:
    """The cast's term moved so that it holds today."""
    from tongtang.foundation import clock

    cast.term.first_day = clock.today() - timedelta(days=SHIFTED_DAYS)
    cast.term.last_day = clock.today() + timedelta(days=SHIFTED_DAYS)
    cast.term.save()


def _add_offices(cast: Any) -> None:
    """Besides the cast: a head of each point, a researcher and an administrator of the county."""
    from tests.cast import person
    from tongtang.access.models import Role

    for one in cast.points:
        person("校长", f"h{one.school.source_id}", Role.SCHOOL_HEAD, school=one.school)
    person("教研员", "r01", Role.SUBJECT_RESEARCHER, at=cast.county)
    person("管理员", "m01", Role.SYSTEM_ADMINISTRATOR, at=cast.county)
    person("审计员", "u01", Role.AUDITOR, at=cast.county)


def _lesson(cast: Any, number: int, wish: dict[str, Any]) -> dict[str, Any]:
    from tests.cast import add_lesson, person
    from tongtang.access.models import Role
    from tongtang.alliances.models import Specialist
    from tongtang.foundation import clock
    from tongtang.organisations.models import Studio

    in_a_while = clock.now().replace(microsecond=0) + timedelta(seconds=wish.get("starts_in", 0))
    starts_at = datetime.fromisoformat(wish["starts_at"]) if "starts_at" in wish else in_a_while
    ends_at = starts_at + timedelta(minutes=wish.get("minutes", 40))
    values = {"ends_at": ends_at, "busy_until": ends_at + timedelta(minutes=10)}
    if number:
        studio = {"county_code": cast.county.code, "source_id": f"s9{number}", "name": f"第{number + 1}演播室"}
        values |= {
            "teacher": person(f"主讲{number}", f"t9{number}", Role.ANCHOR_TEACHER, school=cast.anchor),
            "studio": Studio.objects.create(school=cast.anchor, **studio),
        }
        Specialist.objects.create(
            alliance=cast.alliance, person=values["teacher"], valid_from=starts_at.date() - timedelta(days=SHIFTED_DAYS)
        )
    lesson = add_lesson(cast, starts_at, [cast.points[index] for index in wish["points"]], **values)
    _prepare(lesson)
    receptions = lesson.receptions.order_by("pk").values_list("public_id", flat=True)
    return {
        "id": str(lesson.public_id),
        "starts_at": starts_at.timestamp(),
        "teacher": lesson.teacher.source_id,
        "receptions": [str(public_id) for public_id in receptions],
    }


def _own_lesson(cast: Any, day: int, period: int, subject: str) -> None:
    from tongtang.foundation import clock
    from tongtang.organisations.models import CalendarDay
    from tongtang.timetable.models import LocalLesson

    date = clock.today() + timedelta(days=day)
    weekday = date.isoweekday()
    home_class = cast.points[0].home_class
    LocalLesson.objects.create(home_class=home_class, weekday=weekday, period_number=period, subject_id=subject)
    CalendarDay.objects.update_or_create(
        county_code=cast.county.code,
        date=date,
        defaults={"kind": CalendarDay.Kind.MAKE_UP, "as_weekday": weekday},
    )


def _prepare(lesson: Any) -> None:
    """The demonstration's slides and script."""
    from tongtang.demo.lessons import STEPS
    from tongtang.demo.pictures import HEIGHT, WIDTH, slide_files
    from tongtang.foundation import clock
    from tongtang.preparation.models import Courseware, ScriptStep, Slide

    courseware = Courseware.objects.create(
        lesson=lesson, owner=lesson.teacher, file_name="茉莉花.pdf", state="ready", uploaded_at=clock.now()
    )
    for number, (title, path) in enumerate(slide_files(), start=1):
        Slide.objects.create(courseware=courseware, number=number, path=path, width=WIDTH, height=HEIGHT, title=title)
    for number, (title, minutes, lead, cue, tasks) in enumerate(STEPS, start=1):
        ScriptStep.objects.create(
            lesson=lesson, number=number, title=title, minutes=minutes, lead=lead, cue=cue, local_tasks=tasks
        )


def _open_accounts() -> None:
    from django.contrib.auth.hashers import make_password

    from tongtang.access.models import Account

    Account.objects.update(password=make_password(PASSWORD))


def _point(one: Any) -> dict[str, Any]:
    """A point with the secrets of two devices in its room."""
    from tongtang.access.models import ClassroomDevice
    from tongtang.access.secrets import device_secret, digest
    from tongtang.foundation import clock

    second = device_secret()
    ClassroomDevice.objects.create(room=one.room, secret_hash=digest(second), enrolled_at=clock.now())
    names = {"host": one.school.source_id, "local": one.local.source_id}
    keys = {"school": one.school, "class": one.home_class, "room": one.room, "person": one.local}
    return {**names, **{name: str(thing.public_id) for name, thing in keys.items()}, "devices": [one.secret, second]}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
