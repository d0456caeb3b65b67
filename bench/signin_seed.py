"""A province's classrooms for `bench/signin.py`, written in bulk, and what their devices send."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import models
from tests.cast import Cast, make_cast, person

from tongtang.access.models import Account, ClassroomDevice, Role, RoleAssignment
from tongtang.access.pupils.models import Means, PupilCredential, RoomClass
from tongtang.access.pupils.packs import seal_of
from tongtang.access.pupils.secrets import digest_of, proof_of
from tongtang.access.secrets import device_secret, digest
from tongtang.curriculum.models import Subject
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import HomeClass, ReceivingRoom, School
from tongtang.people.models import Enrolment, Person, Post, Pupil

BATCH = 2000
RECEIVERS = 36
SINGLES, PLAIN, STAFF = 300, 100, 200
CSRF = "c" * 32
LONG_AGO = date(2020, 9, 1)
Row = TypeVar("Row", bound=models.Model)


def made(rows: Sequence[Row]) -> list[Row]:
    """`rows`, written."""
    return list(type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH))


def batches(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def digest_for(pupil: UUID, means: Means) -> bytes:
    """What the bench knows instead of a stretched PIN: the server never sees more of it than this digest."""
    return hashlib.sha256(f"{pupil}{means}".encode()).digest()


def seed(classrooms: int, pupils: int, password: str) -> dict[str, Any]:
    """Write it all; cookies, addresses and bodies of each client."""
    cast = make_cast(points=0)
    schools = _schools(cast, classrooms)
    rooms = made([ReceivingRoom(school=school, number=1) for school in schools])
    classes = made(
        [
            HomeClass(
                county_code=cast.county.code,
                source_id=f"{school.source_id}-3",
                school=school,
                name="Grade 3",
                grades=[3],
                pupil_count=pupils,
            )
            for school in schools
        ]
    )
    made([RoomClass(room=room, home_class=one) for room, one in zip(rooms, classes, strict=True)])
    secrets = [device_secret() for _room in rooms]
    devices = made(
        [
            ClassroomDevice(room=room, secret_hash=digest(one), enrolled_at=clock.now())
            for room, one in zip(rooms, secrets, strict=True)
        ]
    )
    rosters = _pupils(cast, classes, pupils)
    receptions = _receptions(cast, schools, rooms, classes)
    orders = [_device(*each) for each in zip(devices, secrets, rosters, receptions, strict=True)]
    return {
        "pupils": classrooms * pupils,
        "devices": orders,
        "singles": [_single(*each) for each in list(zip(devices, secrets, rosters, strict=True))[:SINGLES]],
        "plain": _plain(devices, secrets, rosters, classes),
        "teacher": _teacher(cast),
        "staff": _staff(cast, schools, password),
    }


def _schools(cast: Cast, count: int) -> list[School]:
    return made(
        [
            School(
                county_code=cast.county.code,
                source_id=f"b{number:05d}",
                name=f"Point {number}",
                kind=School.Kind.TEACHING_POINT,
                region_code=cast.county.code,
                bell_schedule=cast.bell,
                link_mbps=4,
                max_streams=1,
            )
            for number in range(count)
        ]
    )


def _pupils(cast: Cast, classes: Sequence[HomeClass], each: int) -> list[list[Pupil]]:
    rows = made(
        [
            Pupil(
                county_code=cast.county.code,
                source_id=f"{one.source_id}-{number:02d}",
                name=f"\u5b66\u751f{number}",
                sex=Pupil.Sex.FEMALE,
                birth_date=date(2017, 5, 1),
            )
            for one in classes
            for number in range(each)
        ]
    )
    rosters = [list(part) for part in batches(rows, each)]
    pairs = [(one, pupil) for one, roster in zip(classes, rosters, strict=True) for pupil in roster]
    made([Enrolment(pupil=pupil, home_class=one, valid_from=LONG_AGO) for one, pupil in pairs])
    now = clock.now()
    made(
        [
            PupilCredential(
                pupil=pupil, home_class=one, means=means, digest=digest_for(pupil.public_id, means), made_at=now
            )
            for one, pupil in pairs
            for means in (Means.CARD, Means.PIN, Means.PICTURES)
        ]
    )
    return rosters


def _receptions(
    cast: Cast, schools: Sequence[School], rooms: Sequence[ReceivingRoom], classes: Sequence[HomeClass]
) -> list[Reception]:
    starts = clock.now() + timedelta(minutes=5)
    ends = starts + timedelta(minutes=40)
    lessons = made(
        [
            Lesson(
                alliance=cast.alliance,
                subject=Subject.objects.get(code="music"),
                title="Jasmine",
                school=cast.anchor,
                region_code=cast.county.code,
                teacher=None,
                studio=None,
                date=clock.civil(starts).date(),
                starts_at=starts,
                ends_at=ends,
                busy_until=ends,
            )
            for number in range(-(-len(schools) // RECEIVERS))
        ]
    )
    return made(
        [
            Reception(
                lesson=lessons[number // RECEIVERS],
                home_class=one,
                school=school,
                region_code=school.region_code,
                room=room,
                date=clock.civil(starts).date(),
                starts_at=starts,
                ends_at=ends,
            )
            for number, (school, room, one) in enumerate(zip(schools, rooms, classes, strict=True))
        ]
    )


def _cookies(secret: str) -> dict[str, str]:
    return {"tongtang_device": secret, "csrftoken": CSRF}


def _entry(device: ClassroomDevice, pupil: Pupil) -> dict[str, Any]:
    uuid, at = uuid4(), round(clock.now().timestamp() * 1000)
    proof = proof_of(
        digest_for(pupil.public_id, Means.PIN),
        uuid=uuid,
        device=device.public_id,
        pupil=pupil.public_id,
        means=Means.PIN,
        at_ms=at,
    )
    shown = base64.b64encode(proof).decode()
    return {"uuid": str(uuid), "pupil": str(pupil.public_id), "means": "pin", "at": at, "proof": shown}


def _batch(device: ClassroomDevice, entries: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"seal": seal_of(device.public_id, clock.today()), "entries": entries})


def _device(device: ClassroomDevice, secret: str, roster: Sequence[Pupil], reception: Reception) -> dict[str, Any]:
    return {
        "cookies": _cookies(secret),
        "ticket": f"/classroom/receptions/{reception.public_id}/push-ticket",
        "batch": _batch(device, [_entry(device, pupil) for pupil in roster]),
        "count": len(roster),
    }


def _single(device: ClassroomDevice, secret: str, roster: Sequence[Pupil]) -> tuple[dict[str, str], str]:
    return _cookies(secret), _batch(device, [_entry(device, roster[0])])


def _plain(
    devices: Sequence[ClassroomDevice],
    secrets: Sequence[str],
    rosters: Sequence[Sequence[Pupil]],
    classes: Sequence[HomeClass],
) -> list[tuple[dict[str, str], str]]:
    """Pupils who send the PIN itself: the second of each class, whose credential is a real one."""
    from tongtang.access.pupils.secrets import class_key

    orders = []
    for device, secret, roster, one in list(zip(devices, secrets, rosters, classes, strict=True))[:PLAIN]:
        pupil = roster[1]
        real = digest_of(class_key(one.public_id), Means.PICTURES, pupil.public_id, "cat-dog")
        PupilCredential.objects.filter(pupil=pupil, means=Means.PICTURES).update(digest=real)
        entry = {**_entry(device, pupil), "means": "pictures", "proof": "", "secret": "cat-dog"}
        orders.append((_cookies(secret), _batch(device, [entry])))
    return orders


def _teacher(cast: Cast) -> dict[str, str]:
    """The session of somebody who opens another page meanwhile."""
    from tests.cast import signed_in

    who = person("Onlooker", "bench-other", Role.LOCAL_TEACHER, school=cast.central)
    return {name: morsel.value for name, morsel in signed_in(who).cookies.items()}


def _staff(cast: Cast, schools: Sequence[School], password: str) -> list[str]:
    """Bodies of the sign-in form of one teacher a school."""
    people = made(
        [Person(county_code=cast.county.code, source_id=f"bt{number}", name="Local") for number in range(STAFF)]
    )
    places = list(zip(people, schools, strict=False))
    made([Post(person=one, school=school, weekly_cap=20, valid_from=LONG_AGO) for one, school in places])
    made(
        [
            RoleAssignment(person=one, school=school, role=Role.LOCAL_TEACHER, valid_from=LONG_AGO)
            for one, school in places
        ]
    )
    encoded = make_password(password)
    county = cast.county.code // 10**6
    made([Account(login=f"{county}-{one.source_id}", person=one, password=encoded) for one in people])
    return [
        urlencode(
            {
                "county": cast.county.code,
                "user_name": one.source_id,
                "password": password,
                "next": "",
                "csrfmiddlewaretoken": CSRF,
            }
        )
        for one in people
    ]
