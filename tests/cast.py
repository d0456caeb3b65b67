"""A province in miniature: the people, schools and lessons that tests share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from tongtang.access import sessions
from tongtang.access.actor import Actor, Assignment
from tongtang.access.models import Account, ClassroomDevice, Role, RoleAssignment, SignInPolicy
from tongtang.access.secrets import device_secret, digest
from tongtang.alliances.models import Alliance, Membership, Specialist, Topology
from tongtang.curriculum.models import Subject
from tongtang.foundation import clock
from tongtang.foundation.once import HEADER
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, Period, ReceivingRoom, Region, School, Studio, Term
from tongtang.people.models import Enrolment, Person, Post, Pupil

COUNTY = 421223000000
FAR_COUNTY = 511324000000
TUESDAY = date(2026, 4, 14)
LONG_AGO = date(2020, 9, 1)
NEVER_IDLE = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


@dataclass
class Point:
    """A teaching point: its room, class, pupils, local teacher, device secret."""

    school: School
    room: ReceivingRoom
    home_class: HomeClass
    pupils: list[Pupil]
    local: Person
    device: ClassroomDevice
    secret: str


@dataclass
class Cast:
    """Everybody."""

    county: Region
    bell: BellSchedule
    anchor: School
    central: School
    studio: Studio
    teacher: Person
    head: Person
    officer: Person
    stranger: Person
    alliance: Alliance
    term: Term
    points: list[Point] = field(default_factory=list)


def region(code: int, name: str, level: int) -> Region:
    """A division; made once."""
    return Region.objects.get_or_create(code=code, defaults={"name": name, "level": level})[0]


def person(
    name: str,
    source_id: str,
    *roles: Role,
    school: School | None = None,
    at: Region | None = None,
    county: int = COUNTY,
) -> Person:
    """Staff with an account, roles, and a post where there is a school."""
    made = Person.objects.create(county_code=county, source_id=source_id, name=name)
    Account.objects.create(login=f"{county // 10**6}-{source_id}", person=made, password="!")
    if school is not None:
        Post.objects.create(person=made, school=school, weekly_cap=20, valid_from=LONG_AGO)
    for role in roles:
        low, high = at.span if at else (None, None)
        RoleAssignment.objects.create(
            person=made, role=role, school=None if at else school, code_low=low, code_high=high, valid_from=LONG_AGO
        )
    return made


def point(cast_county: Region, bell: BellSchedule, number: int, size: int, parent: School | None) -> Point:
    """A teaching point with one class of `size` pupils, one room with a device, one local teacher."""
    school = School.objects.create(
        county_code=cast_county.code,
        source_id=f"p{number:02d}",
        name=f"第{number}教学点",
        kind=School.Kind.TEACHING_POINT,
        region_code=cast_county.code,
        parent=parent,
        bell_schedule=bell,
        link_mbps=4,
        max_streams=1,
    )
    room = ReceivingRoom.objects.create(school=school, number=1)
    home_class = HomeClass.objects.create(
        county_code=cast_county.code,
        source_id=f"p{number:02d}-g3",
        school=school,
        name="三年级班",
        grades=[3],
        pupil_count=size,
    )
    pupils = [
        Pupil.objects.create(
            county_code=cast_county.code,
            source_id=f"p{number:02d}-{n:02d}",
            name=f"学生{number}之{n}",
            sex=Pupil.Sex.FEMALE,
            birth_date=date(2017, 5, 1),
        )
        for n in range(size)
    ]
    Enrolment.objects.bulk_create(
        Enrolment(pupil=pupil, home_class=home_class, valid_from=LONG_AGO) for pupil in pupils
    )
    local = person(f"本地{number}", f"lp{number:02d}-1", Role.LOCAL_TEACHER, school=school, county=cast_county.code)
    secret = device_secret()
    device = ClassroomDevice.objects.create(room=room, secret_hash=digest(secret), enrolled_at=clock.now())
    return Point(school, room, home_class, pupils, local, device, secret)


def make_cast(points: int = 3, sizes: Sequence[int] = ()) -> Cast:
    """A county with an anchor school, a central school and `points` teaching points in one dedicated alliance."""
    # Whoever signs in by password in a test shows no second factor; test_second_factor.py asks for one.
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    county = region(COUNTY, "崇阳县", 6)
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="bell-a")
    for number, (start, end) in enumerate([((8, 40), (9, 20)), ((9, 30), (10, 10)), ((10, 30), (11, 10))], start=1):
        Period.objects.create(bell_schedule=bell, number=number, starts=time(*start), ends=time(*end))
    common = {"county_code": COUNTY, "region_code": COUNTY, "bell_schedule": bell, "link_mbps": 100, "max_streams": 2}
    anchor = School.objects.create(source_id="a01", name="实验小学", kind=School.Kind.ANCHOR_SCHOOL, **common)
    central = School.objects.create(source_id="c01", name="中心小学", kind=School.Kind.CENTRAL_SCHOOL, **common)
    studio = Studio.objects.create(county_code=COUNTY, source_id="s01", school=anchor, name="第1演播室")
    term = Term.objects.create(
        county_code=COUNTY,
        source_id="2026-spring",
        name="2025—2026学年第二学期",
        first_day=date(2026, 3, 2),
        last_day=date(2026, 7, 3),
        teaching_weeks=18,
    )
    alliance = Alliance.objects.create(
        name="实验小学教学联盟",
        region_code=COUNTY,
        topology=Topology.DEDICATED,
        anchor_school=anchor,
        max_classes_per_lesson=40,
        max_pupils_per_lesson=1000,
        valid_from=LONG_AGO,
    )
    cast = Cast(
        county=county,
        bell=bell,
        anchor=anchor,
        central=central,
        studio=studio,
        teacher=person("沈若兰", "t01", Role.ANCHOR_TEACHER, school=anchor),
        head=person("石校长", "h01", Role.SCHOOL_HEAD, school=anchor),
        officer=person("周立成", "o01", Role.ADMINISTRATION_OFFICER, at=county),
        stranger=person(
            "外县人", "t01", Role.ADMINISTRATION_OFFICER, at=region(FAR_COUNTY, "仪陇县", 6), county=FAR_COUNTY
        ),
        alliance=alliance,
        term=term,
    )
    Specialist.objects.create(alliance=alliance, person=cast.teacher, valid_from=LONG_AGO)
    for number in range(1, points + 1):
        made = point(county, bell, number, sizes[number - 1] if sizes else 5, central)
        Membership.objects.create(
            alliance=alliance, school=made.school, state="active", applied_on=LONG_AGO, valid_from=LONG_AGO
        )
        cast.points.append(made)
    return cast


def add_lesson(cast: Cast, starts_at: datetime, points: Sequence[Point] | None = None, **changes: object) -> Lesson:
    """A 40-minute music lesson of the cast's teacher, received by `points` (default all)."""
    values: dict[str, object] = {
        "alliance": cast.alliance,
        "subject": Subject.objects.get(code="music"),
        "title": "茉莉花",
        "school": cast.anchor,
        "region_code": COUNTY,
        "teacher": cast.teacher,
        "studio": cast.studio,
        "date": clock.civil(starts_at).date(),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=40),
        "busy_until": starts_at + timedelta(minutes=50),
    } | changes
    lesson = Lesson.objects.create(**values)
    for one in cast.points if points is None else points:
        Reception.objects.create(
            lesson=lesson,
            home_class=one.home_class,
            school=one.school,
            region_code=one.school.region_code,
            room=one.room,
            period_number=None,
            date=lesson.date,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
        )
    return lesson


def actor_for(who: Person) -> Actor:
    """The actor that the middleware would make of a person."""
    rows = RoleAssignment.objects.filter(person=who)
    return Actor(
        who.pk,
        who.name,
        who.county_code,
        tuple(Assignment(Role(row.role), row.school_id, row.code_low, row.code_high) for row in rows),
    )


class Browser(Client):
    """Sends a key of its own with each command, as pages do, unless the test gives another."""

    def post(self, *args: Any, headers: Mapping[str, str] | None = None, **more: Any) -> Any:  # type: ignore[override]
        return super().post(*args, headers={HEADER: str(uuid4()), **(headers or {})}, **more)


def signed_in(who: Person) -> Client:
    """An HTTP client with the person's session, on which a second factor has just been shown."""
    client = Browser()
    client.force_login(who.account)
    session = client.session
    session[sessions.FACTOR_AT] = clock.now().timestamp()
    # Tests travel in time: their sessions do not end for want of use.
    session[sessions.SEEN_AT] = NEVER_IDLE
    session.save()
    return client


def at_device(one: Point) -> Client:
    """An HTTP client with the cookie of the point's classroom device."""
    client = Client()
    client.cookies["tongtang_device"] = one.secret
    return client


def utc(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """The moment of a wall-clock time in Asia/Shanghai."""
    return clock.at(day, time(hour, minute, second)).astimezone(UTC)


fresh_uuid = uuid4
