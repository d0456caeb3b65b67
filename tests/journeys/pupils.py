"""Pupils of a journey: `python -m tests.journeys.pupils PLAN`, run with the home's own variables.

PLAN is JSON. {"give": 30} makes the first point's class 30 pupils strong, gives everybody a card, a PIN and pictures
and binds three devices; prints their secrets. {"count": true} prints what the server has recorded.
"""

import json
import sys
from datetime import date
from typing import Any

from tongtang.config import home

DEVICES = 3


def main(plan: dict[str, Any]) -> dict[str, Any]:
    home.load_django()
    return _given(plan["give"]) if "give" in plan else _counted()


def _given(count: int) -> dict[str, Any]:
    from tests.cast import LONG_AGO, Point
    from tests.pupils import another_device, give_all
    from tongtang.access.models import ClassroomDevice
    from tongtang.organisations.models import HomeClass
    from tongtang.people.api import pupils_of
    from tongtang.people.models import Enrolment, Person, Pupil

    home_class = HomeClass.objects.select_related("school").get(source_id="p01-g3")
    there = len(pupils_of(home_class.pk, date.today()))
    for number in range(there, count):
        pupil = Pupil.objects.create(
            county_code=home_class.county_code,
            source_id=f"p01-{number:02d}",
            name=f"学生{number + 1}",
            sex=Pupil.Sex.MALE,
            birth_date=date(2017, 5, 1),
        )
        Enrolment.objects.create(pupil=pupil, home_class=home_class, valid_from=LONG_AGO)
    device = ClassroomDevice.objects.filter(room__school=home_class.school).select_related("room")[0]
    local = Person.objects.get(source_id="lp01-1")
    pupils = list(pupils_of(home_class.pk, date.today()))
    point = Point(home_class.school, device.room, home_class, pupils, local, device, "")
    secrets = give_all(point)
    return {
        "devices": [another_device(point).secret for _number in range(DEVICES)],
        "class": str(home_class.public_id),
        "pupils": [{"id": str(one.public_id), "name": one.name, **secrets[one.public_id]} for one in pupils],
    }


def _counted() -> dict[str, Any]:
    from tongtang.access.pupils.models import PupilSession

    rows = PupilSession.objects.all()
    return {
        "sessions": rows.count(),
        "pupils": rows.values("pupil").distinct().count(),
        "devices": rows.values("device").distinct().count(),
        "means": sorted(set(rows.values_list("means", flat=True))),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
