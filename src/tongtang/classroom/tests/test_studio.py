"""What the studio may do and what everybody is told, through HTTP and the socket of push."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast, add_lesson, at_device, fresh_uuid, signed_in

from tongtang.classroom.models import LiveSession, Poll, RaisedHand
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.preparation.models import Courseware, ScriptStep, Slide

JSON = "application/json"
COMMANDS = [
    "open", "start", "end", "slide", "step", "stage", "clear-stage", "lower-hand", "recording", "open-poll",
    "close-poll", "studio-push-ticket", "studio-media-ticket",
]  # fmt: skip
READS = ["studio", "studio-snapshot", "studio-rooms"]


@dataclass
class Desk:
    """A lesson with slides and script, and its teacher's client."""

    cast: Cast
    lesson: Lesson
    client: Client
    slides: list[Slide]
    steps: list[ScriptStep]

    def at(self, name: str) -> str:
        return reverse(f"classroom:{name}", args=[self.lesson.public_id])

    def ask(self, name: str, **body: Any) -> Any:
        return self.client.post(self.at(name), body, content_type=JSON)

    def state(self, name: str, **body: Any) -> dict[str, Any]:
        answer = self.ask(name, **body)
        assert answer.status_code == 200, answer.content.decode()
        session: dict[str, Any] = answer.json()["session"]
        return session

    def receptions(self) -> list[Reception]:
        return list(self.lesson.receptions.order_by("pk"))

    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(self.at("studio-snapshot")).json()
        return found


def slides_of(lesson: Lesson, cast: Cast, count: int) -> list[Slide]:
    courseware = Courseware.objects.create(
        lesson=lesson, owner=cast.teacher, file_name="课件.pdf", state="ready", uploaded_at=clock.now()
    )
    return [
        Slide.objects.create(
            courseware=courseware, number=n, path=f"slides/{n}.png", width=1280, height=720, title=f"第{n}页"
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """A lesson that starts in five minutes."""
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5))
    steps = [
        ScriptStep.objects.create(lesson=lesson, number=n, title=f"第{n}步", minutes=5, local_tasks=[])
        for n in range(1, 4)
    ]
    return Desk(cast, lesson, signed_in(cast.teacher), slides_of(lesson, cast, 3), steps)


@pytest.fixture
def live(desk: Desk) -> Desk:
    """The same, started."""
    desk.state("open")
    desk.state("start")
    return desk


Told = Callable[[Callable[[], object]], list[dict[str, Any]]]


@pytest.fixture
def told(django_capture_on_commit_callbacks: Any) -> Iterator[Told]:
    """Does something and gives what push was told after its commit: read from a real socket in push's place."""
    path = environment().run / "push.sock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(path))
        bound.setblocking(False)

        def during(act: Callable[[], object]) -> list[dict[str, Any]]:
            with django_capture_on_commit_callbacks(execute=True):
                act()
            found = []
            while True:
                try:
                    found.append(json.loads(bound.recv(65536)))
                except BlockingIOError:
                    # The rest is what earlier tests of this process could not tell: nobody listened then.
                    return [one for one in found if one["do"] == "publish"]

        yield during
    path.unlink()


def shifted(desk: Desk, minutes: int) -> None:
    starts = clock.now() + timedelta(minutes=minutes)
    Lesson.objects.filter(pk=desk.lesson.pk).update(
        starts_at=starts, ends_at=starts + timedelta(minutes=40), busy_until=starts + timedelta(minutes=50)
    )


def test_the_studio_opens_ten_minutes_before_the_bell(desk: Desk) -> None:
    shifted(desk, 11)
    early = desk.ask("open")
    assert early.status_code == 409
    assert early.json()["error"]
    assert not LiveSession.objects.exists()
    shifted(desk, 9)
    session = desk.state("open")
    assert (session["state"], session["slide"]) == ("open", str(desk.slides[0].public_id))
    assert desk.state("open")["version"] == session["version"], "opening again changes nothing"


def test_a_lesson_whose_time_is_over_does_not_open(desk: Desk) -> None:
    shifted(desk, -41)
    assert desk.ask("open").status_code == 409
    shifted(desk, -39)
    assert desk.state("open")["state"] == "open", "late, but within its time"


def test_a_cancelled_lesson_does_not_open(desk: Desk) -> None:
    Lesson.objects.filter(pk=desk.lesson.pk).update(state=Lesson.State.CANCELLED, active=False)
    assert desk.ask("open").status_code == 409


@pytest.mark.parametrize("name", ["start", "end", "clear-stage", "close-poll"])
def test_nothing_happens_before_it_is_open(desk: Desk, name: str) -> None:
    assert desk.ask(name).status_code == 409
    assert not LiveSession.objects.exists()


def test_starting_twice_is_starting_once(desk: Desk) -> None:
    desk.state("open")
    first, second = desk.state("start"), desk.state("start")
    assert first == second
    assert (first["state"], first["step"]) == ("live", str(desk.steps[0].public_id))
    opened = EvidenceRow.objects.filter(kind=EvidenceKind.OPENED)
    assert opened.count() == len(desk.cast.points)
    assert {row.payload["late_seconds"] for row in opened} == {0}


def test_a_late_start_is_told_in_seconds(desk: Desk) -> None:
    shifted(desk, -3)
    desk.state("open")
    desk.state("start")
    late = EvidenceRow.objects.filter(kind=EvidenceKind.OPENED).values_list("payload__late_seconds", flat=True)
    assert all(180 <= one < 200 for one in late)


def test_versions_grow_with_each_change(live: Desk) -> None:
    reception = str(live.receptions()[0].public_id)
    versions = [
        live.state("slide", slide=str(live.slides[1].public_id))["version"],
        live.state("step", step=str(live.steps[1].public_id))["version"],
        live.state("stage", reception=reception)["version"],
        live.state("clear-stage")["version"],
        live.state("open-poll", question="哪个音？", options=["mi", "sol"])["version"],
        live.state("close-poll")["version"],
        live.state("recording", recording=False)["version"],
        live.state("end")["version"],
    ]
    assert versions == sorted(set(versions))


def test_slides_steps_and_classes_of_another_lesson_are_not_found(live: Desk) -> None:
    other = add_lesson(live.cast, clock.now() + timedelta(days=1))
    slide = slides_of(other, live.cast, 1)[0]
    step = ScriptStep.objects.create(lesson=other, number=1, title="别的", minutes=5, local_tasks=[])
    reception = other.receptions.get(school=live.cast.points[0].school)
    assert live.ask("slide", slide=str(slide.public_id)).status_code == 404
    assert live.ask("step", step=str(step.public_id)).status_code == 404
    assert live.ask("stage", reception=str(reception.public_id)).status_code == 404
    assert live.ask("lower-hand", reception=str(reception.public_id)).status_code == 404
    assert live.snapshot()["session"]["slide"] == str(live.slides[0].public_id)


@pytest.mark.parametrize(
    ("name", "body"), [("slide", {}), ("slide", {"slide": "x"}), ("stage", {"reception": 7}), ("open-poll", {})]
)
def test_a_body_of_a_wrong_shape_is_refused_with_a_sentence(live: Desk, name: str, body: dict[str, Any]) -> None:
    answer = live.ask(name, **body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_one_classroom_at_a_time_is_on_stage(live: Desk) -> None:
    first, second, _third = live.receptions()
    hand = RaisedHand.objects.create(reception=second, raised_at=clock.now())
    live.state("stage", reception=str(first.public_id))
    stage = live.state("stage", reception=str(second.public_id))["stage"]
    assert stage["reception"] == str(second.public_id)
    assert abs(stage["since"] - clock.now().timestamp()) < 5
    hand.refresh_from_db()
    assert hand.lowered_at is not None, "called up, so its hand is lowered"
    staged = {row["reception"]: row["staged"] for row in live.snapshot()["rooms"]}
    assert sorted(staged.values()) == [0, 1, 1]
    assert live.state("clear-stage")["stage"] is None


def test_the_studio_lowers_a_hand(live: Desk) -> None:
    reception = live.receptions()[0]
    RaisedHand.objects.create(reception=reception, raised_at=clock.now())
    assert [row["hand"] is not None for row in live.snapshot()["rooms"]] == [True, False, False]
    assert live.ask("lower-hand", reception=str(reception.public_id)).status_code == 200
    assert [row["hand"] for row in live.snapshot()["rooms"]] == [None, None, None]


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("", ["对", "错"]),
        ("问", ["一个"]),
        ("问", list("1234567")),
        ("问", ["长" * 41, "短"]),
        ("问", ["", " ", "唯一"]),
    ],
)
def test_a_poll_out_of_its_bounds_is_refused(live: Desk, question: str, options: list[str]) -> None:
    assert live.ask("open-poll", question=question, options=options).status_code == 409
    assert not Poll.objects.exists()


@pytest.mark.parametrize("options", [["对", "错"], list("123456"), ["长" * 40, "短"]])
def test_a_poll_within_its_bounds_opens(live: Desk, options: list[str]) -> None:
    poll = live.state("open-poll", question="问", options=options)["poll"]
    assert poll["options"] == options
    tally = live.snapshot()["tally"]
    assert (tally["classes"], tally["counts"], tally["open"]) == (0, [0] * len(options), True)


def test_a_new_poll_closes_the_open_one(live: Desk) -> None:
    first = live.state("open-poll", question="一", options=["对", "错"])["poll"]["id"]
    second = live.state("open-poll", question="二", options=["对", "错"])["poll"]["id"]
    assert Poll.objects.get(public_id=first).closed_at is not None
    assert [str(poll.public_id) for poll in Poll.objects.filter(closed_at=None)] == [second]


def test_the_end_closes_poll_stage_and_hands(live: Desk) -> None:
    reception = live.receptions()[0]
    RaisedHand.objects.create(reception=live.receptions()[1], raised_at=clock.now())
    live.state("stage", reception=str(reception.public_id))
    live.state("open-poll", question="问", options=["对", "错"])
    ended = live.state("end")
    assert (ended["state"], ended["stage"], ended["poll"]) == ("ended", None, None)
    assert live.state("end") == ended, "ending again changes nothing"
    assert not Poll.objects.filter(closed_at=None).exists()
    assert not RaisedHand.objects.filter(lowered_at=None).exists()
    assert live.ask("slide", slide=str(live.slides[1].public_id)).status_code == 409
    summary = live.snapshot()["summary"]
    assert (summary["classes"], summary["polls"], summary["stages"]) == (3, 1, 1)


def test_before_the_end_there_is_no_summary(live: Desk) -> None:
    assert live.snapshot()["summary"] is None


@pytest.mark.parametrize("name", COMMANDS)
def test_only_the_teacher_of_the_lesson_commands(live: Desk, name: str) -> None:
    point = live.cast.points[0]
    clients = [signed_in(point.local), signed_in(live.cast.head), signed_in(live.cast.stranger), at_device(point)]
    assert [client.post(live.at(name), {}, content_type=JSON).status_code for client in clients] == [404] * 4


@pytest.mark.parametrize("name", READS)
def test_only_the_teacher_of_the_lesson_reads(live: Desk, name: str) -> None:
    clients = [signed_in(live.cast.points[0].local), signed_in(live.cast.stranger)]
    assert [client.get(live.at(name)).status_code for client in clients] == [404, 404]
    assert live.client.get(live.at(name)).status_code == 200


def test_no_answer_of_the_studio_names_a_child(live: Desk) -> None:
    call = live.receptions()[0]
    point = live.cast.points[0]
    present = [str(pupil.public_id) for pupil in point.pupils]
    roll = {"present": present, "absent": [], "on_leave": []}
    entry = {"uuid": str(fresh_uuid()), "kind": "roll_call", "at": clock.now().timestamp(), "payload": roll}
    address = reverse("classroom:hand-over", args=[call.public_id])
    handed = signed_in(point.local).post(address, {"entries": [entry]}, content_type=JSON)
    assert list(handed.json()["answers"].values()) == ["recorded"]
    pages = "".join(live.client.get(live.at(name)).content.decode() for name in READS)
    pages += live.ask("end").content.decode() + live.client.get(live.at("studio")).content.decode()
    assert '"present": 5' in pages
    for pupil in point.pupils:
        assert pupil.name not in pages
        assert str(pupil.public_id) not in pages


def heads(orders: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["topic"], one["event"], one["key"]) for one in orders]


def test_what_is_told_to_whom(told: Told, desk: Desk) -> None:
    first, second, _third = desk.receptions()
    lesson, studio = f"lesson.{desk.lesson.public_id}", f"studio.{desk.lesson.public_id}"
    everybody = (lesson, "session", "session")
    assert heads(told(lambda: desk.state("open"))) == [everybody]
    assert heads(told(lambda: desk.state("start"))) == [everybody]
    assert told(lambda: desk.state("start")) == [], "nothing changed, nobody is told"
    asked = told(lambda: desk.state("open-poll", question="问", options=["对", "错"]))
    assert heads(asked) == [everybody, (studio, "tally", "tally")]
    RaisedHand.objects.create(reception=second, raised_at=clock.now())
    lowered = told(lambda: desk.ask("lower-hand", reception=str(second.public_id)))
    own = (f"reception.{second.public_id}", "room", "room")
    assert heads(lowered) == [(studio, "room", str(second.public_id)), own]
    staged = told(lambda: desk.state("stage", reception=str(first.public_id)))
    called = [(studio, "room", str(first.public_id)), (f"reception.{first.public_id}", "room", "room")]
    assert sorted(heads(staged)) == sorted([everybody, *called])
    state = next(one["data"] for one in staged if one["event"] == "session")
    assert state["stage"]["reception"] == str(first.public_id)


def test_a_note_reaches_the_studio_alone(told: Told, live: Desk) -> None:
    reception = live.receptions()[0]
    note = {"text": "第二句再唱一遍", "to": "anchor"}
    entry = {"uuid": str(fresh_uuid()), "kind": "note", "at": clock.now().timestamp(), "payload": note}
    address = reverse("classroom:hand-over", args=[reception.public_id])
    phone = signed_in(live.cast.points[0].local)
    orders = told(lambda: phone.post(address, {"entries": [entry]}, content_type=JSON))
    notes = [(one["topic"], one["data"]["text"]) for one in orders if one["event"] == "note"]
    assert notes == [(f"studio.{live.lesson.public_id}", "第二句再唱一遍")]
    assert [one["text"] for one in live.snapshot()["notes"]] == ["第二句再唱一遍"]


def test_a_refused_command_tells_nobody(told: Told, desk: Desk) -> None:
    assert told(lambda: desk.ask("start")) == []
    assert told(lambda: desk.ask("open-poll", question="问", options=["对", "错"])) == []
