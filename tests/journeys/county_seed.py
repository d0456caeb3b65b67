"""People of a loaded county: `python -m tests.journeys.county_seed PLAN`, run with the home's own variables.

PLAN is JSON: {"second_factor": "off", "big_class": true}. Gives the county its offices, heads of two schools and, where
asked, a class of 120 children at the central school; everybody's password is that of `seed.py`. Prints public ids.
"""

import json
import sys
from datetime import date
from typing import Any

from tests.journeys.seed import PASSWORD
from tongtang.config import home

PUPILS = 120
FAMILIES, GIVEN = "张王李赵陈刘杨黄周吴", "子涵欣怡浩宇思琪佳豪晨阳雨桐梓轩"


def main(plan: dict[str, Any]) -> dict[str, Any]:
    home.load_django()
    from django.contrib.auth.hashers import make_password

    from tongtang.access.models import Account, SignInPolicy
    from tongtang.organisations.models import HomeClass, School
    from tongtang.people.models import Person

    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": plan["second_factor"]})
    _offices()
    if plan["big_class"]:
        _big_class()
    Account.objects.update(password=make_password(PASSWORD))
    return {
        "password": PASSWORD,
        "schools": {one.source_id: str(one.public_id) for one in School.objects.all()},
        "classes": {one.source_id: str(one.public_id) for one in HomeClass.objects.all()},
        "people": {one.source_id: str(one.public_id) for one in Person.objects.all()},
    }


def _offices() -> None:
    from tests.cast import person
    from tongtang.access.models import Role
    from tongtang.organisations.models import Region, School

    county = Region.objects.get(code=421223000000)
    for name, user_name, role in (
        ("周立成", "m01", Role.SYSTEM_ADMINISTRATOR),
        ("程安", "m02", Role.SYSTEM_ADMINISTRATOR),
        ("吴晓岚", "x01", Role.SECURITY_ADMINISTRATOR),
        ("郑明", "u01", Role.AUDITOR),
        ("何志强", "k01", Role.TECHNICIAN),
        ("汪琴", "o01", Role.ADMINISTRATION_OFFICER),
    ):
        person(name, user_name, role, at=county)
    for name, place in (("余校长", "p01"), ("石校长", "c01")):
        school = School.objects.get(county_code=county.code, source_id=place)
        person(name, f"h-{place}", Role.SCHOOL_HEAD, school=school)


def _big_class() -> None:
    from tests.cast import LONG_AGO
    from tongtang.organisations.models import HomeClass, School
    from tongtang.people.models import Enrolment, Pupil

    school = School.objects.get(source_id="c01")
    values = {"county_code": school.county_code, "school": school, "name": "三年级1班", "grades": [3]}
    home_class = HomeClass.objects.create(source_id="c01-g3-1", pupil_count=PUPILS, **values)
    for number in range(PUPILS):
        pupil = Pupil.objects.create(
            county_code=school.county_code,
            source_id=f"c01-g3-1-{number:03d}",
            name=f"{FAMILIES[number % 10]}{GIVEN[number % 16]}{GIVEN[(number // 10 + 5) % 16]}",
            sex=Pupil.Sex.FEMALE if number % 2 else Pupil.Sex.MALE,
            birth_date=date(2017, 1 + number % 12, 1 + number % 28),
        )
        Enrolment.objects.create(pupil=pupil, home_class=home_class, valid_from=LONG_AGO)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
