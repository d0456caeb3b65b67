"""The demo's lessons beside the plan: one every 15 minutes, a film that always runs, one for 22 classes."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from tongtang.alliances.api import admit, found_alliance
from tongtang.alliances.models import Alliance, Topology
from tongtang.classroom.models import LiveSession
from tongtang.curriculum.models import Subject
from tongtang.demo.folder import COUNTY, POINTS
from tongtang.demo.pictures import slide_files
from tongtang.foundation import clock
from tongtang.lessons.api import Happened, Receiver, add_lesson, add_receptions, record_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.organisations.models import HomeClass, ReceivingRoom, School, Studio
from tongtang.people.api import pupils_of
from tongtang.people.models import Person
from tongtang.preparation.models import Courseware, ScriptStep, Slide

EVERY, LASTS, CHANGEOVER = timedelta(minutes=15), timedelta(minutes=10), timedelta(minutes=5)
AHEAD = timedelta(minutes=45)
SAFETY_AT, SAFETY_LASTS = time(16, 40), timedelta(minutes=40)
STEPS: tuple[tuple[str, int, str, str, list[str]], ...] = (
    ("听辨导入", 1, "anchor", "听一听，是什么歌", []),
    ("学唱第一、二句", 3, "anchor", "跟着老师轻轻唱", []),
    ("请一个班展示", 2, "anchor", "听第二句起音准不准", []),
    (
        "分组跟唱",
        2,
        "local",
        "两人一组，唱第一、二句",
        ["两人一组，面对面站好", "放范唱一遍，学生轻声跟", "走到每组旁边听一听"],
    ),
    ("投票与小结", 2, "anchor", "回家唱给家人听", []),
)


def _school(source_id: str) -> School:
    return School.objects.get(county_code=COUNTY, source_id=source_id)


def _receiver(point: str) -> Receiver:
    home_class = HomeClass.objects.select_related("school").get(county_code=COUNTY, source_id=f"{point}-g3")
    return Receiver(home_class, ReceivingRoom.objects.get(school=home_class.school, number=1))


def _person(source_id: str) -> Person:
    return Person.objects.get(county_code=COUNTY, source_id=source_id)


@transaction.atomic
def demo_alliance() -> Alliance:
    """The demo anchor's own alliance with the four demo points."""
    found = Alliance.objects.filter(name="演示教学联盟", region_code=COUNTY).first()
    if found is None:
        found = found_alliance(
            name="演示教学联盟",
            topology=Topology.DEDICATED,
            anchor_school=_school("a01"),
            max_classes_per_lesson=4,
            max_pupils_per_lesson=60,
            specialists=[_person("t90")],
            valid_from=clock.today() - timedelta(days=30),
        )
        for point in POINTS:
            admit(alliance=found, school=_school(point), valid_from=found.valid_from)
    return found


@transaction.atomic
def safety_alliance() -> Alliance:
    """A centralised alliance with its own limits: one studio to all 22 points."""
    found = Alliance.objects.filter(topology=Topology.CENTRALISED, region_code=COUNTY).first()
    if found is None:
        found = found_alliance(
            name="生命安全集中授课联盟",
            topology=Topology.CENTRALISED,
            anchor_school=_school("a01"),
            studio=Studio.objects.get(county_code=COUNTY, source_id="s91"),
            max_classes_per_lesson=40,
            max_pupils_per_lesson=1000,
            valid_from=clock.today() - timedelta(days=30),
        )
        for school in School.objects.filter(county_code=COUNTY, source_id__startswith="p", ended_on=None):
            admit(alliance=found, school=school, valid_from=found.valid_from)
    return found


def prepare_lesson(lesson: Lesson, owner: Person) -> None:
    """Slides and script for a demo lesson."""
    courseware = Courseware.objects.create(
        lesson=lesson,
        owner=owner,
        file_name="茉莉花.pdf",
        state=Courseware.State.READY,
        pages=len(slide_files()),
        pages_done=len(slide_files()),
        uploaded_at=clock.now(),
    )
    Slide.objects.bulk_create(
        [
            Slide(courseware=courseware, number=number, path=path, width=1600, height=900, title=title)
            for number, (title, path) in enumerate(slide_files(), start=1)
        ]
    )
    ScriptStep.objects.bulk_create(
        [
            ScriptStep(
                lesson=lesson, number=number, title=title, minutes=minutes, lead=lead, cue=cue, local_tasks=tasks
            )
            for number, (title, minutes, lead, cue, tasks) in enumerate(STEPS, start=1)
        ]
    )


def ensure_extra_lessons(now: datetime) -> None:
    """A lesson of the demo anchor at each quarter of an hour that comes soon; past ones nobody opened are cancelled."""
    alliance, teacher = demo_alliance(), _person("t90")
    studio = Studio.objects.get(county_code=COUNTY, source_id="s90")
    start = clock.civil(now).replace(minute=clock.civil(now).minute // 15 * 15, second=0, microsecond=0) + EVERY
    while start <= clock.civil(now) + AHEAD:
        if not Lesson.objects.filter(teacher=teacher, starts_at=start).exists():
            with transaction.atomic():
                lesson = add_lesson(
                    alliance=alliance,
                    subject=Subject.objects.get(code="music"),
                    title="茉莉花",
                    teacher=teacher,
                    studio=studio,
                    starts_at=start,
                    ends_at=start + LASTS,
                    changeover=CHANGEOVER,
                    receivers=[_receiver(point) for point in POINTS[:3]],
                )
                prepare_lesson(lesson, teacher)
        start += EVERY
    forgotten = Lesson.objects.filter(teacher=teacher, state=Lesson.State.PLANNED, ends_at__lt=now)
    Reception.objects.filter(lesson__in=forgotten).update(active=False)
    forgotten.update(state=Lesson.State.CANCELLED, active=False)


@transaction.atomic
def ensure_film(now: datetime) -> None:
    """Today's running lesson from a file: marked as demo, outside all totals. Yesterday's ends."""
    day = clock.civil(now).date()
    midnight = clock.at(day, time(0))
    over = LiveSession.objects.filter(source=LiveSession.Source.FILE, ended_at=None, lesson__date__lt=day)
    Lesson.objects.filter(session__in=over).update(state=Lesson.State.ENDED)
    over.update(ended_at=midnight)
    if Lesson.objects.filter(is_demo=True, date=day).exists():
        return
    lesson = Lesson.objects.create(
        alliance=demo_alliance(),
        subject=Subject.objects.get(code="music"),
        title="茉莉花（演示录像）",
        school=_school("a01"),
        region_code=COUNTY,
        date=day,
        starts_at=midnight,
        ends_at=midnight + timedelta(days=1) - timedelta(seconds=1),
        busy_until=midnight + timedelta(days=1) - timedelta(seconds=1),
        state=Lesson.State.LIVE,
        origin=Lesson.Origin.EXTRA,
        is_demo=True,
    )
    add_receptions(lesson, [_receiver("d04")])
    prepare_lesson(lesson, _person("t90"))
    first = Slide.objects.filter(courseware__lesson=lesson).first()
    LiveSession.objects.create(
        lesson=lesson,
        source=LiveSession.Source.FILE,
        opened_at=now,
        started_at=now,
        recording=False,
        slide=first,
        step=ScriptStep.objects.filter(lesson=lesson).first(),
        step_started_at=now,
    )


def _free_class(school: School, start: datetime, end: datetime) -> HomeClass | None:
    taken = Reception.objects.filter(school=school, active=True, starts_at__lt=end, ends_at__gt=start)
    if taken.exists():
        return None
    return school.home_classes.filter(ended_on=None).order_by("source_id").last()


def ensure_safety_lesson(day: date) -> Lesson:
    """The lesson for 22 classes on `day`; made once."""
    alliance = safety_alliance()
    start = clock.at(day, SAFETY_AT)
    found = alliance.lessons.filter(date=day, active=True).first()
    if found is not None:
        return found
    receivers = []
    for school in School.objects.filter(county_code=COUNTY, source_id__startswith="p", ended_on=None).order_by(
        "source_id"
    ):
        home_class = _free_class(school, start, start + SAFETY_LASTS)
        if home_class is not None:
            receivers.append(Receiver(home_class, ReceivingRoom.objects.get(school=school, number=1)))
    with transaction.atomic():
        lesson = add_lesson(
            alliance=alliance,
            subject=Subject.objects.get(code="safety"),
            title="防溺水：六不与救助",
            teacher=_person("t91"),
            studio=Studio.objects.get(county_code=COUNTY, source_id="s91"),
            starts_at=start,
            ends_at=start + SAFETY_LASTS,
            changeover=CHANGEOVER,
            receivers=receivers,
        )
        prepare_lesson(lesson, _person("t91"))
    return lesson


def record_what_happened(lesson: Lesson) -> None:
    """The agreed course of a lesson with 22 classes: 18 live, 2 bridged, 1 recorded that day, 1 that heard nothing.

    The rows go through the public action under fixed uuids: a second start changes nothing.
    """
    if Lesson.objects.filter(pk=lesson.pk, state=Lesson.State.ENDED).exists():
        return
    receptions = list(lesson.receptions.filter(active=True).select_related("home_class").order_by("school__source_id"))
    for number, reception in enumerate(receptions):
        record_evidence(
            actor=None,
            reception=reception,
            rows=_course_of(reception, number, len(receptions)),
            source=EvidenceRow.Source.DEVICE,
        )
    Lesson.objects.filter(pk=lesson.pk).update(state=Lesson.State.ENDED)


def _course_of(reception: Reception, number: int, count: int) -> list[Happened]:
    if number == count - 1:
        return [_row(reception, EvidenceKind.NOT_DELIVERED, 1200, {"reason": "link_down", "detail": "线路中断"})]
    later = 3600 if number == count - 2 else 0
    rows = [_roll_call(reception, 180 + later)]
    for second in range(0, 2400, 60):
        bridged = number in (count - 3, count - 4) and 600 <= second < 900
        mode = "recorded" if bridged or later else "live"
        rows.append(
            _row(
                reception, EvidenceKind.RECEIVED, second + 60 + later, {"from": second, "to": second + 60, "mode": mode}
            )
        )
    return rows


def _roll_call(reception: Reception, second: int) -> Happened:
    ids = [str(pupil.public_id) for pupil in pupils_of(reception.home_class_id, reception.date)]
    away = 1 if reception.pk % 3 == 0 else 0
    payload = {"present": ids[away:], "absent": [], "on_leave": ids[:away]}
    return _row(reception, EvidenceKind.ROLL_CALL, second, payload)


def _row(reception: Reception, kind: EvidenceKind, second: int, payload: Mapping[str, object]) -> Happened:
    uuid = uuid5(NAMESPACE_URL, f"demo/{reception.public_id}/{kind}/{second}")
    return Happened(kind, reception.starts_at + timedelta(seconds=second), payload, uuid)
