"""The cast of the matrix: who asks, and what they ask about, by the names that `matrix/*.toml` use.

Lesson: starts in five minutes, taught by "a01 teacher", received at p01 and p02. p03 has no part in it, and the far
county has nothing to do with any of it. A name's first word is the place: a01, p01, p02, p03, county, far.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client

from tests.cast import (
    FAR_COUNTY,
    LONG_AGO,
    Browser,
    Cast,
    Point,
    actor_for,
    add_lesson,
    at_device,
    make_cast,
    person,
    region,
    signed_in,
)
from tests.cast import point as make_point
from tongtang.access.api import NOBODY, digest
from tongtang.access.models import Approval, Role, RoleAssignment, SecurityKey, SignedIn, SupportAccess
from tongtang.access.pupils.models import Means, PupilSession, RoomClass
from tongtang.access.pupils.secrets import new_token, token_digest
from tongtang.alliances.models import Membership
from tongtang.audit.api import append
from tongtang.consent.export import link_token
from tongtang.consent.models import DataRequest
from tongtang.exchange.models import CalendarFeed, Correction, DuplicatePair, ImportRun, QuarantinedRow, SchoolWeeksRun
from tongtang.exchange.school_weeks import files as school_weeks
from tongtang.foundation import clock
from tongtang.library.models import Resource
from tongtang.notices.api import tell
from tongtang.notices.models import Notice
from tongtang.operations.models import HelpCall
from tongtang.organisations.models import BellSchedule, School
from tongtang.people.models import Guardianship, Person
from tongtang.preparation.models import Courseware, ScriptStep, Slide
from tongtang.timetable.models import ChangeOrder, LessonChange, PlanRun

ANONYMOUS = "anonymous"
# A second factor counts as just shown for longer than this.
FRESH_SECONDS = 240
OFFICES = {
    "administrator": Role.SYSTEM_ADMINISTRATOR,
    "officer": Role.ADMINISTRATION_OFFICER,
    "researcher": Role.SUBJECT_RESEARCHER,
    "technician": Role.TECHNICIAN,
    "security": Role.SECURITY_ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}


@dataclass
class World:
    """`people` and `points` (devices) ask; `things` are asked about: anything with a `public_id`, or a code."""

    cast: Cast
    people: dict[str, Person] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    pupils: dict[str, tuple[Point, str]] = field(default_factory=dict)
    # Key of a session and when it was made (monotonic), by the name in `people`.
    sessions: dict[str, tuple[str, float]] = field(default_factory=dict)

    def sign_in_everybody(self) -> None:
        """Once for many tests; each client is a browser of its own all the same."""
        for who, person_of in self.people.items():
            key = signed_in(person_of).cookies[settings.SESSION_COOKIE_NAME].value
            self.sessions[who] = (key, monotonic())

    def client(self, who: str) -> Client:
        """A fresh browser of one of the cast."""
        if who == ANONYMOUS:
            return Client()
        if who in self.pupils:
            return _at_own_page(*self.pupils[who])
        if who in self.points:
            return at_device(self.points[who])
        key, made_at = self.sessions.get(who, ("", 0.0))
        if not key or monotonic() - made_at > FRESH_SECONDS:
            return signed_in(self.people[who])
        browser = Browser()
        browser.cookies[settings.SESSION_COOKIE_NAME] = key
        return browser

    def key(self, name: str) -> str:
        """What an address carries for a thing or a person."""
        thing = self.things.get(name) or self.people[name]
        return str(getattr(thing, "public_id", thing))

    def word(self, name: str) -> str:
        """How a person or thing is written on a page."""
        thing = self.things.get(name) or self.people[name]
        words = (getattr(thing, part, "") for part in ("name", "file_name", "title"))
        return next((word for word in words if word and isinstance(word, str)), str(thing))

    def link(self, who: str, name: str) -> str:
        """The token with which a child's data are fetched, as one of the cast would be given it."""
        actor = actor_for(self.people[who]) if who in self.people else NOBODY
        return link_token(actor, self.things[name])

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """`@name` replaced by that thing's key."""
        return {
            name: self.key(value[1:]) if isinstance(value, str) and value.startswith("@") else value
            for name, value in values.items()
        }


def make_world() -> World:
    """The cast with every role at every kind of place."""
    cast = make_cast()
    world = World(cast)
    world.people |= {"a01 teacher": cast.teacher, "a01 head": cast.head}
    world.things["a01 studio"] = cast.studio
    world.people["a01 colleague"] = person("何老师", "t02", Role.ANCHOR_TEACHER, school=cast.anchor)
    for number, one in enumerate(cast.points, start=1):
        _staff(world, f"p{number:02d}", one)
    for name, role in OFFICES.items():
        world.people[f"county {name}"] = person(f"县{name}", f"county-{name}", role, at=cast.county)
    _far_county(world)
    _lesson(world)
    _rights(world)
    _imports(world)
    _told(world)
    _calendar(world)
    _plan_runs(world)
    _school_weeks(world)
    _orders(world)
    return world


def _rights(world: World) -> None:
    """What is asked for, lent and let in. Lent roles begin tomorrow: today they change nothing of the matrix."""
    now, point, people = clock.now(), world.cast.points[0], world.people
    tomorrow = clock.today() + timedelta(days=1)
    days = {"valid_from": tomorrow, "valid_to": tomorrow}
    own = people["county administrator"].role_assignments.get()
    low, high = world.cast.county.span
    lent = RoleAssignment(person=people["county officer"], role=own.role, code_low=low, code_high=high, **days)
    lent.delegated_from = own
    stands_in = RoleAssignment(person=people["p01 head"], role=Role.LOCAL_TEACHER, school=point.school, **days)
    stands_in.stands_in_for = point.local
    for row in (lent, stands_in):
        row.save()
    asked = {"school": point.school, "person": people["county technician"], "hours": 1, "requested_at": now}
    key = {"public_key": b"x", "sign_count": 0, "label": "办公室电脑", "made_at": now, "credential_id": "eHh4eA"}
    browser = {"session_key": "x", "started_at": now, "seen_at": now, "address": "10.0.0.1"}
    world.things |= {
        "lent role": lent,
        "p01 substitution": stands_in,
        "p01 head's role": people["p01 head"].role_assignments.get(role=Role.SCHOOL_HEAD),
        "p01 support": SupportAccess.objects.create(**asked),
        "p01 running support": SupportAccess.objects.create(
            **asked, decided_by=people["p01 head"], starts_at=now, ends_at=now + timedelta(hours=1)
        ),
        "p01 approval": Approval.objects.create(
            action="export.pupils",
            object="school:p01",
            school=point.school,
            requested_by=people["p01 head"],
            requested_at=now,
            expires_at=now + timedelta(days=1),
        ),
        "teacher's key": SecurityKey.objects.create(person=world.cast.teacher, **key),
        "teacher's session": SignedIn.objects.create(account=world.cast.teacher.account, **browser),
    }


def _staff(world: World, place: str, one: Point) -> None:
    world.people[f"{place} local"] = one.local
    world.people[f"{place} head"] = person(
        f"校长{place}", f"h-{place}", Role.SCHOOL_HEAD, school=one.school, county=one.school.county_code
    )
    world.points[f"{place} device"] = one
    _guardian(world, place, one)
    world.things |= {f"{place} school": one.school, f"{place} class": one.home_class, f"{place} room": one.room}
    world.things[f"{place} bound device"] = one.device
    _pupil(world, place, one)


def _pupil(world: World, place: str, one: Point) -> None:
    """The first pupil of the class, with the own page open on the classroom's device."""
    RoomClass.objects.create(room=one.room, home_class=one.home_class)
    token, now = new_token(), clock.now()
    PupilSession.objects.create(
        uuid=uuid4(),
        device=one.device,
        pupil=one.pupils[0],
        home_class=one.home_class,
        day=clock.today(),
        means=Means.PIN,
        signed_at=now,
        recorded_at=now,
        token_hash=token_digest(token),
        ends_at=now + timedelta(minutes=40),
        last_seen_at=now,
    )
    world.pupils[f"{place} pupil"] = (one, token)
    world.things |= {f"{place} child": one.pupils[0], f"{place} classmate": one.pupils[1]}


def _at_own_page(one: Point, token: str) -> Client:
    """The device's browser as the pupil's page sends it: with the pupil's cookie beside the device's."""
    client = at_device(one)
    client.cookies["tongtang_pupil"] = token
    return client


def _guardian(world: World, place: str, one: Point) -> None:
    """The guardian of the first child of the class, who has asked to have it deleted."""
    guardian = person(f"家长{place}", f"g-{place}", county=one.school.county_code)
    RoleAssignment.objects.create(person=guardian, role=Role.GUARDIAN, school=one.school, valid_from=LONG_AGO)
    child = one.pupils[0]
    Guardianship.objects.create(guardian=guardian, pupil=child, kind="mother", valid_from=LONG_AGO)
    world.people[f"{place} guardian"] = guardian
    world.things |= {f"{place} child": child, f"{place} classmate": one.pupils[1]}
    world.things[f"{place} request"] = DataRequest.objects.create(
        kind=DataRequest.Kind.DELETION, pupil=child.public_id, asked_by=f"person:{guardian.pk}", asked_at=clock.now()
    )


def _far_county(world: World) -> None:
    far = region(FAR_COUNTY, "仪陇县", 6)
    bell = BellSchedule.objects.create(county_code=FAR_COUNTY, source_id="bell-a")
    one = make_point(far, bell, 9, 3, None)
    anchor = School.objects.create(
        county_code=FAR_COUNTY,
        source_id="a01",
        name="远县小学",
        kind=School.Kind.ANCHOR_SCHOOL,
        region_code=FAR_COUNTY,
        bell_schedule=bell,
        link_mbps=100,
        max_streams=2,
    )
    _staff(world, "far", one)
    world.people["far teacher"] = person("远老师", "t77", Role.ANCHOR_TEACHER, school=anchor, county=FAR_COUNTY)
    for name, role in OFFICES.items():
        world.people[f"far {name}"] = person(f"远{name}", f"far-{name}", role, at=far, county=FAR_COUNTY)


def _lesson(world: World) -> None:
    now, cast = clock.now(), world.cast
    lesson = add_lesson(cast, now + timedelta(minutes=5), cast.points[:2])
    uploaded = Courseware.objects.create(
        lesson=lesson,
        owner=cast.teacher,
        file_name="茉莉花.pdf",
        state=Courseware.State.READY,
        uploaded_at=now,
        pages=1,
    )
    reception = lesson.receptions.get(school=cast.points[0].school)
    recording = Resource.objects.create(
        kind=Resource.Kind.RECORDING,
        state=Resource.State.READY,
        lesson=lesson,
        title="茉莉花",
        region_code=lesson.region_code,
        folder="library/matrix",
        duration_seconds=2400,
        byte_size=1,
        made_at=now,
        ready_at=now,
    )
    world.things |= {
        "lesson": lesson,
        "p01 reception": reception,
        "courseware": uploaded,
        "slide": Slide.objects.create(courseware=uploaded, number=1, path="matrix/1.webp", width=16, height=9),
        "step": ScriptStep.objects.create(lesson=lesson, number=1, title="导入", minutes=5),
        "recording": recording,
        "p01 call": HelpCall.objects.create(
            reception=reception, kind=HelpCall.Kind.NO_SOUND, called_by=cast.points[0].local, called_at=now
        ),
        "county": cast.county.code,
        "a01 school": cast.anchor,
        "alliance": cast.alliance,
        "p01 membership": Membership.objects.get(school=cast.points[0].school),
    }
    for path in ("matrix/1.webp", "library/matrix/index.m3u8"):
        file = Path(settings.MEDIA_ROOT) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def _orders(world: World) -> None:
    """An order of the anchor's school that moved the lesson is kept as a draft; another one is in force at p01."""
    cast, lesson, now = world.cast, world.things["lesson"], clock.now()
    day = clock.today()
    common = {
        "alliance": cast.alliance,
        "reason": "主讲教师外出",
        "made_by": cast.head,
        "made_at": now,
        "first_day": day,
        "last_day": day + timedelta(days=1),
    }
    request = {"lessons": [str(lesson.public_id)]}
    draft = ChangeOrder.objects.create(kind="cancel", request=request, **common)
    held = ChangeOrder.objects.create(
        kind="substitute",
        state="applied",
        applied_at=now,
        request=request | {"teacher": str(cast.teacher.public_id)},
        **common,
    )
    LessonChange.objects.create(order=held, lesson=lesson, patch={})
    world.things |= {"draft order": draft, "held order": held}
    tell([cast.points[0].local.pk, cast.teacher.pk], "change-order:matrix", "本周的课由别人上")
    world.things["p01 notice"] = Notice.objects.get(key="change-order:matrix", person=cast.points[0].local)


def _calendar(world: World) -> None:
    """The local teacher of p01 has subscribed to the class's lessons."""
    point = world.cast.points[0]
    feed = CalendarFeed.objects.create(
        kind="class",
        of=point.home_class.public_id,
        owner=point.local,
        secret_hash=digest("the-secret-of-p01"),
        made_at=clock.now(),
    )
    world.things |= {"p01 feed": feed, "p01 feed secret": "the-secret-of-p01"}


def _imports(world: World) -> None:
    """A run that waits for a decision, one that left a row apart, a pair and a correction, all of the county."""
    now, code = clock.now(), world.cast.county.code
    common = {"county_code": code, "system": "x", "form": "oneroster", "digest": "0" * 64, "by": "system"}
    waiting = ImportRun.objects.create(file_name="名册.zip", state=ImportRun.State.WAITING, created_at=now, **common)
    done = ImportRun.objects.create(file_name="上次.zip", state=ImportRun.State.APPLIED, created_at=now, **common)
    QuarantinedRow.objects.create(
        pk=1, run=done, table="pupils", line=2, row={"source_id": "x1", "name": "等待者"}, reason="no_class"
    )
    first, second = sorted(one.pk for one in world.cast.points[0].pupils[:2])
    pair = DuplicatePair.objects.create(
        county_code=code, first_id=first, second_id=second, why="id_number", found_at=now
    )
    Correction.objects.create(
        pk=1, county_code=code, table="schools", source_id="p01", attribute="name", reason="x", by="system", at=now
    )
    world.things |= {"import run": waiting, "past run": done, "pair": pair, "waiting pupil": "等待者"}


def _plan_runs(world: World) -> None:
    """Searches for a weekly plan that found nothing, one for each of two schools of the county."""
    for name, school in (("plan run", world.cast.anchor), ("c01 plan run", world.cast.central)):
        world.things[name] = PlanRun.objects.create(
            county_code=world.cast.county.code,
            anchor=school,
            state=PlanRun.State.STOPPED,
            seed=1,
            until=60,
            inputs={},
            required=10,
            made_by=world.people["county officer"],
            made_at=clock.now(),
            finished_at=clock.now(),
        )


def _school_weeks(world: World) -> None:
    """A search for whole schools' weeks that gave a result."""
    run = world.things["weeks run"] = SchoolWeeksRun.objects.create(
        county_code=world.cast.county.code,
        file_name="三所学校.zip",
        digest="0" * 64,
        state=SchoolWeeksRun.State.DONE,
        seconds=60,
        made_by=world.people["county officer"],
        made_at=clock.now(),
        finished_at=clock.now(),
    )
    result = school_weeks.result_of(run)
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_bytes(b"PK")


def _told(world: World) -> None:
    """What the audit log tells of two people, one in each county."""
    for name in ("p01 local", "far teacher"):
        who = world.people[name]
        append(stream="access", action="session.began", actor=f"person:{who.pk}", object=f"person:{who.public_id}")
