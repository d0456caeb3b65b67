"""The four topologies are alive: each founds, admits, publishes and teaches; each refuses a wrong member."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import time_machine
from tests.cast import COUNTY, FAR_COUNTY, LONG_AGO, TUESDAY, Cast, Point, actor_for, region, utc

from tongtang.alliances.api import Refused, admit, end_membership, found_alliance
from tongtang.alliances.models import Alliance, Topology
from tongtang.classroom.actions.session import end_lesson, open_lesson, start_lesson
from tongtang.curriculum.models import Subject
from tongtang.lessons.api import Receiver, add_lesson, happened, record_evidence
from tongtang.lessons.api import Refused as LessonRefused
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.lessons.queries import figures_of
from tongtang.organisations.models import Overlay, OverlayMembership, School, Studio
from tongtang.people.models import Enrolment
from tongtang.timetable.api import Broadcast, publish_plan
from tongtang.timetable.models import PlanRule, Requirement

RULES = {
    "lesson_minutes": "40",
    "start_tolerance_minutes": "10",
    "changeover_minutes": "10",
    "max_classes_per_broadcast": "3",
    "max_pupils_per_broadcast": "45",
    "grade_bands": "1-2|3-4",
    "same_subject_per_class_and_day": "1",
    "group_is_stable": "1",
}


@dataclass
class Scene:
    """An alliance of one topology with its studio, and a school that its rule refuses."""

    alliance: Alliance
    studio: Studio
    stranger: School
    refusal: str


def limits(classes: int = 3, pupils: int = 45) -> dict[str, object]:
    return {"max_classes_per_lesson": classes, "max_pupils_per_lesson": pupils, "valid_from": LONG_AGO}


def studio_of(school: School, number: int) -> Studio:
    return Studio.objects.create(county_code=COUNTY, source_id=f"s9{number}", school=school, name="演播室")


def distributed(cast: Cast) -> Scene:
    alliance = found_alliance(
        name="中心小学与本校教学点", topology=Topology.DISTRIBUTED, anchor_school=cast.central, **limits()
    )
    other = cast.points[2].school
    other.parent = None
    other.save()
    return Scene(alliance, studio_of(cast.central, 1), other, "不是中心小学下属的教学点")


def dedicated(cast: Cast) -> Scene:
    alliance = found_alliance(
        name="专递课堂", topology=Topology.DEDICATED, anchor_school=cast.anchor, specialists=[cast.teacher], **limits()
    )
    return Scene(alliance, cast.studio, cast.central, "不是教学点")


def centralised(cast: Cast) -> Scene:
    alliance = found_alliance(
        name="生命安全集中授课",
        topology=Topology.CENTRALISED,
        anchor_school=cast.anchor,
        studio=cast.studio,
        **limits(40, 1000),
    )
    studio_of(cast.central, 2)
    return Scene(alliance, cast.studio, cast.central, "自己有演播室")


def synchronous(cast: Cast) -> Scene:
    virtual = Overlay.objects.create(kind=Overlay.Kind.VIRTUAL_SCHOOL, name="咸安数字学校", region_code=COUNTY)
    for one in cast.points[:2]:
        OverlayMembership.objects.create(overlay=virtual, school=one.school, valid_from=LONG_AGO)
    alliance = found_alliance(
        name="数字学校", topology=Topology.SYNCHRONOUS, anchor_school=cast.anchor, virtual_school=virtual, **limits()
    )
    return Scene(alliance, cast.studio, cast.points[2].school, "不属于")


SCENES: dict[str, Callable[[Cast], Scene]] = {
    "distributed": distributed,
    "dedicated": dedicated,
    "centralised": centralised,
    "synchronous": synchronous,
}


def owe_music(cast: Cast, points: list[Point]) -> None:
    for rule, value in RULES.items():
        PlanRule.objects.create(county_code=COUNTY, rule=rule, value=value)
    for one in points:
        Requirement.objects.create(home_class=one.home_class, subject_id="music", lessons_per_week=1)
    post = cast.teacher.posts.get()
    post.subjects = ["music"]
    post.save()


@pytest.mark.parametrize("topology", SCENES)
def test_a_topology_publishes_and_teaches(cast: Cast, topology: str) -> None:
    scene = SCENES[topology](cast)
    members = cast.points[:2]
    owe_music(cast, members)
    homes = list(Enrolment.objects.order_by("pk").values_list("home_class__school", flat=True))
    with time_machine.travel(utc(date(2026, 4, 10), 12), tick=False):
        for one in members:
            admit(alliance=scene.alliance, school=one.school)
        classes = tuple(one.home_class.source_id for one in members)
        plan = [Broadcast("m01", "music", "t01", scene.studio.source_id, 2, 8 * 60 + 40, classes)]
        found = publish_plan(
            actor=None, alliance=scene.alliance, county_code=COUNTY, broadcasts=plan, starts=date(2026, 4, 13)
        )
    assert (found.violations, found.added > 8) == ((), True)
    lesson = Lesson.objects.get(alliance=scene.alliance, date=TUESDAY)
    teach(cast, lesson, members)
    assert sum(one.delivered for one in figures_of(list(lesson.receptions.all())).values()) == 2
    assert list(Enrolment.objects.order_by("pk").values_list("home_class__school", flat=True)) == homes


def teach(cast: Cast, lesson: Lesson, members: list[Point]) -> None:
    actor = actor_for(cast.teacher)
    open_lesson(actor=actor, lesson=lesson, now=lesson.starts_at - timedelta(minutes=5))
    start_lesson(actor=actor, lesson=lesson, now=lesson.starts_at)
    end_lesson(actor=actor, lesson=lesson, now=lesson.ends_at)
    for one in members:
        rows = [
            happened(EvidenceKind.RECEIVED, lesson.ends_at, {"from": 0, "to": 2400, "mode": "live"}),
            happened(EvidenceKind.ROLL_CALL, lesson.ends_at, {"present": ["x"], "absent": [], "on_leave": []}),
        ]
        reception = lesson.receptions.get(home_class=one.home_class)
        record_evidence(actor=actor_for(one.local), reception=reception, rows=rows, now=lesson.ends_at)


@pytest.mark.parametrize("topology", SCENES)
def test_a_topology_refuses_a_wrong_member(cast: Cast, topology: str) -> None:
    scene = SCENES[topology](cast)
    with pytest.raises(Refused) as refused:
        admit(alliance=scene.alliance, school=scene.stranger)
    assert scene.refusal in str(refused.value)
    assert not scene.alliance.memberships.exists()


def test_a_centralised_alliance_keeps_to_its_county(cast: Cast) -> None:
    scene = centralised(cast)
    far = cast.points[0].school
    far.region_code = region(FAR_COUNTY, "仪陇县", 6).code
    far.save()
    with pytest.raises(Refused, match="别的县"):
        admit(alliance=scene.alliance, school=far)


def extra(cast: Cast, scene: Scene, points: list[Point], **changes: object) -> Lesson:
    values: dict[str, object] = {
        "alliance": scene.alliance,
        "subject": Subject.objects.get(code="music"),
        "title": "加课",
        "teacher": cast.teacher,
        "studio": scene.studio,
        "starts_at": utc(TUESDAY, 14),
        "ends_at": utc(TUESDAY, 14, 40),
        "changeover": timedelta(minutes=10),
        "receivers": [Receiver(one.home_class, one.room) for one in points],
    }
    return add_lesson(**(values | changes))


def test_group_limits_belong_to_the_alliance(cast: Cast) -> None:
    wide, narrow = centralised(cast), dedicated(cast)
    narrow.alliance.max_classes_per_lesson = 2
    narrow.alliance.save()
    for one in cast.points:
        admit(alliance=wide.alliance, school=one.school, valid_from=LONG_AGO)
        admit(alliance=narrow.alliance, school=one.school, valid_from=LONG_AGO)
    with pytest.raises(LessonRefused, match=r"3 个班.*2 个"):
        extra(cast, narrow, cast.points)
    assert extra(cast, wide, cast.points).receptions.count() == 3


def test_a_specialist_pool_teaches_itself(cast: Cast) -> None:
    scene = dedicated(cast)
    admit(alliance=scene.alliance, school=cast.points[0].school, valid_from=LONG_AGO)
    with pytest.raises(LessonRefused, match="专职教师"):
        extra(cast, scene, cast.points[:1], teacher=cast.head)


def test_a_centralised_alliance_has_one_studio(cast: Cast) -> None:
    scene = centralised(cast)
    admit(alliance=scene.alliance, school=cast.points[0].school, valid_from=LONG_AGO)
    with pytest.raises(LessonRefused, match="演播室"):
        extra(cast, scene, cast.points[:1], studio=studio_of(cast.anchor, 3))


def test_an_ended_membership_stays_on_record_and_receives_no_more(cast: Cast) -> None:
    scene = dedicated(cast)
    membership = admit(alliance=scene.alliance, school=cast.points[0].school, valid_from=LONG_AGO)
    end_membership(membership, TUESDAY - timedelta(days=1))
    with pytest.raises(LessonRefused, match="不是"):
        extra(cast, scene, cast.points[:1])
    assert extra(cast, scene, cast.points[:1], **noon(TUESDAY - timedelta(days=1))).receptions.count() == 1
    assert Reception.objects.count() == 1


def noon(day: date) -> dict[str, object]:
    return {"starts_at": utc(day, 14), "ends_at": utc(day, 14, 40)}
