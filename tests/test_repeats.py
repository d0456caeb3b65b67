"""What a page sends twice happens once: the same answer, nothing made anew; another's key is refused."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, actor_for, add_lesson, person, signed_in
from tongtang.access.models import Role
from tongtang.alliances.models import Membership
from tongtang.audit.registry import run_all
from tongtang.classroom.actions.session import open_lesson
from tongtang.classroom.models import LiveSession, Poll, SessionEvent
from tongtang.foundation import clock
from tongtang.foundation.models import DoneCommand
from tongtang.foundation.once import FIELD, HEADER
from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.operations.models import HelpCall
from tongtang.preparation.models import Courseware, ScriptStep
from tongtang.preparation.tests.samples import pdf

JSON = "application/json"
MADE = (SessionEvent, Poll, EvidenceRow, ScriptStep, Courseware, Lesson, Reception, HelpCall, Membership)
STEP = {"title": "导入", "minutes": "5", "lead": "anchor", "cue": "", "local_tasks": ""}
STUDIO: dict[str, dict[str, Any]] = {
    "slide": {},
    "step": {},
    "stage": {},
    "clear-stage": {},
    "recording": {"recording": False},
    "open-poll": {"question": "哪个音？", "options": ["mi", "sol"]},
    "close-poll": {},
}

# What one time makes; the other commands of the studio make one event.
MADE_BY: dict[str, dict[str, int]] = {
    "stage": {"SessionEvent": 1, "EvidenceRow": 1},
    "open-poll": {"SessionEvent": 1, "Poll": 1},
    "add-step": {"ScriptStep": 1},
    "default-script": {"ScriptStep": 3},
    "upload": {"Courseware": 1},
    "make-up": {"EvidenceRow": 1, "Lesson": 1, "Reception": 1},
    "correct": {"EvidenceRow": 1},
    "cancel": {"EvidenceRow": 3},
    "decide": {},
}


def world_now() -> dict[str, object]:
    """Everything that a second time would show in."""
    counts: dict[str, object] = {model.__name__: model.objects.count() for model in MADE}
    sessions = LiveSession.objects.values_list("version", "step_started_at", "on_stage_since", "recording", "slide")
    return counts | {"sessions": list(sessions), "memberships": list(Membership.objects.order_by("pk").values())}


def made_since(before: dict[str, object]) -> dict[str, int]:
    """How many rows of which kind came since."""
    grown = {model.__name__: model.objects.count() - int(str(before[model.__name__])) for model in MADE}
    return {name: count for name, count in grown.items() if count}


@dataclass
class Command:
    """One POST of a page: who sends what where; `page` is where its form stands."""

    client: Client
    address: str
    content: dict[str, Any]
    page: str = ""
    files: tuple[tuple[str, bytes], ...] = ()

    def send(self, key: str, **changes: Any) -> Any:
        if not self.page:
            body, kind = self.content | changes, {"content_type": JSON}
            return self.client.post(self.address, body, headers={HEADER: key}, **kind)
        files = {"files": [SimpleUploadedFile(*one) for one in self.files]} if self.files else {}
        return self.client.post(self.address, {FIELD: key, **self.content, **files, **changes}, headers={HEADER: ""})

    def key(self) -> str:
        """The key that the page itself gives: its form's hidden field."""
        if not self.page:
            return str(uuid4())
        text = self.client.get(self.page).content.decode()
        form = next(part for part in text.split("<form")[1:] if self.address in part or "action=" not in part)
        return re.search(rf'name="{FIELD}" value="([0-9a-f-]+)"', form.partition("</form>")[0])[1]  # type: ignore[index]


def outcome(answer: Any) -> tuple[int, str]:
    """What the page learns; the server's clock apart."""
    return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()


@dataclass
class Scene:
    cast: Cast
    running: Lesson
    planned: Lesson

    def command(self, name: str) -> Command:
        return getattr(self, name.replace("-", "_"))() if name not in STUDIO else self.studio(name, self.running)

    def studio(self, name: str, lesson: Lesson) -> Command:
        content = dict(STUDIO[name])
        if name == "slide":
            content["slide"] = str(slide_of(lesson, self.cast))
        if name == "step":
            content["step"] = str(ScriptStep.objects.filter(lesson=lesson).earliest("number").public_id)
        if name == "stage":
            content["reception"] = str(lesson.receptions.earliest("pk").public_id)
        address = reverse(f"classroom:{name}", args=[lesson.public_id])
        return Command(signed_in(self.cast.teacher), address, content)

    def prepared(self, address: str, content: dict[str, Any], *files: tuple[str, bytes]) -> Command:
        page = f"/preparation/{self.planned.public_id}"
        return Command(signed_in(self.cast.teacher), address, content, page, files)

    def add_step(self) -> Command:
        return self.prepared(f"/preparation/{self.planned.public_id}/steps", STEP)

    def default_script(self) -> Command:
        return self.prepared(f"/preparation/{self.planned.public_id}/default-script", {})

    def upload(self) -> Command:
        return self.prepared(f"/preparation/upload/{self.planned.public_id}", {}, ("课件.pdf", pdf(["Jasmine"])))

    def make_up(self) -> Command:
        missed = self.missed()
        address = f"/timetable/receptions/{missed.public_id}/make-up"
        soon = clock.civil(clock.now()) + timedelta(days=1)
        day = {"slot": "other", "date": soon.date().isoformat(), "time": "15:10"}
        where = {"room": str(missed.room.public_id), "studio": str(self.cast.studio.public_id)}
        return Command(signed_in(self.cast.officer), address, day | where, address)

    def missed(self) -> Reception:
        term = self.cast.term
        term.first_day, term.last_day = clock.today() - timedelta(days=30), clock.today() + timedelta(days=30)
        term.save()
        return add_lesson(self.cast, clock.now() - timedelta(days=3)).receptions.earliest("pk")

    def correct(self) -> Command:
        row = self.called(self.running.receptions.earliest("pk"))
        head = person("校长", "h77", Role.SCHOOL_HEAD, school=row.reception.school)
        content = {"entry": f"{row.uuid}*1", "reason": "按错了"}
        page = f"/lessons/{self.running.public_id}?reception={row.reception.public_id}"
        return Command(signed_in(head), f"/lessons/receptions/{row.reception.public_id}/correct", content, page)

    def called(self, reception: Reception) -> EvidenceRow:
        called = happened(EvidenceKind.ROLL_CALL, clock.now(), {"present": [], "absent": [], "on_leave": []})
        record_evidence(actor=actor_for(self.cast.points[0].local), reception=reception, rows=[called])
        return EvidenceRow.objects.get(uuid=called.uuid)

    def cancel(self) -> Command:
        address = f"/lessons/{self.planned.public_id}/cancel"
        return Command(signed_in(self.cast.officer), address, {"reason": "停电"}, address)

    def decide(self) -> Command:
        row = Membership.objects.filter(state="active").earliest("pk")
        content = {"decision": "end", "day": clock.today().isoformat(), "reason": "撤并"}
        page = f"/alliances/{self.cast.alliance.public_id}"
        return Command(signed_in(self.cast.officer), f"/alliances/memberships/{row.public_id}/decide", content, page)


def slide_of(lesson: Lesson, cast: Cast) -> Any:
    made = Courseware.objects.create(
        lesson=lesson, owner=cast.teacher, file_name="a.pdf", state="ready", uploaded_at=clock.now()
    )
    return made.slides.create(number=1, path="slides/1.png", width=16, height=9, title="一").public_id


def make_scene(cast: Cast) -> Scene:
    running = add_lesson(cast, clock.now() + timedelta(minutes=5))
    ScriptStep.objects.create(lesson=running, number=1, title="第一步", minutes=5, local_tasks=[])
    open_lesson(actor=None, lesson=running, now=clock.now())
    return Scene(cast, running, add_lesson(cast, clock.now() + timedelta(hours=3)))


@pytest.fixture
def scene(cast: Cast) -> Scene:
    """An open lesson with a script, one later today."""
    return make_scene(cast)


FORMS = ["add-step", "default-script", "upload", "make-up", "correct", "cancel", "decide"]
ALL = [*STUDIO, *FORMS]


def ready(scene: Scene, name: str) -> Command:
    """The command where it has something to do."""
    if name == "clear-stage":
        scene.studio("stage", scene.running).send(str(uuid4()))
    if name == "close-poll":
        scene.studio("open-poll", scene.running).send(str(uuid4()))
    return scene.command(name)


@pytest.mark.parametrize("name", ALL)
def test_a_repeat_answers_the_same_and_does_nothing(scene: Scene, name: str) -> None:
    command = ready(scene, name)
    key, before = command.key(), world_now()
    first = command.send(key)
    assert first.status_code in (200, 302), first.content.decode()
    after = world_now()
    assert made_since(before) == MADE_BY.get(name, {"SessionEvent": 1})
    assert outcome(command.send(key)) == outcome(first)
    assert world_now() == after


@pytest.mark.parametrize("given", ["", "x", "00000000-0000-0000-0000-00000000000"])
@pytest.mark.parametrize("name", ALL)
def test_without_a_key_nothing_happens_and_it_is_said(scene: Scene, name: str, given: str) -> None:
    command = ready(scene, name)
    before = world_now()
    answer = command.send(given)
    assert answer.status_code == 400
    assert re.search("[一-鿿]", answer.json()["error"] if not command.page else answer.content.decode())
    assert world_now() == before


@pytest.mark.parametrize("name", ["open-poll", "add-step"])
def test_a_key_of_another_person_object_or_content_is_refused(scene: Scene, name: str) -> None:
    command, key = ready(scene, name), str(uuid4())
    assert command.send(key).status_code in (200, 302)
    other_content = {"question": "别的？"} if name == "open-poll" else {"title": "别的"}
    assert command.send(key, **other_content).status_code == 400
    colleague = person("别的老师", "t88", Role.ANCHOR_TEACHER, school=scene.cast.anchor)
    soon = clock.now() + timedelta(minutes=6)
    lesson = add_lesson(scene.cast, soon, scene.cast.points[:0], teacher=colleague, studio=None)
    open_lesson(actor=None, lesson=lesson, now=clock.now())
    before = world_now()
    address = command.address.replace(str(scene.running.public_id), str(lesson.public_id))
    address = address.replace(str(scene.planned.public_id), str(lesson.public_id))
    theirs = Command(signed_in(colleague), address, command.content, command.page)
    refused = theirs.send(key)
    assert refused.status_code == 400
    assert "哪个音" not in refused.content.decode()
    assert "导入" not in refused.content.decode()
    assert world_now() == before
    assert theirs.send(str(uuid4())).status_code in (200, 302)


def test_what_was_refused_may_be_sent_again_under_its_key(scene: Scene) -> None:
    command, key = scene.command("open-poll"), str(uuid4())
    assert command.send(key, question=" ").status_code == 409
    assert command.send(key).status_code == 200
    assert Poll.objects.count() == 1


def test_a_late_repeat_undoes_nothing(scene: Scene) -> None:
    """The answer to "on stage" was lost, the teacher has cleared the stage: the repeat brings nobody back."""
    stage, key = scene.studio("stage", scene.running), str(uuid4())
    stage.send(key)
    scene.studio("clear-stage", scene.running).send(str(uuid4()))
    assert stage.send(key).json()["session"]["stage"] is None


def test_keys_are_forgotten_after_a_week(scene: Scene, time_machine: Any) -> None:
    scene.command("open-poll").send(str(uuid4()))
    for days, kept in ((6, 1), (2, 0)):
        time_machine.move_to(clock.now() + timedelta(days=days))
        run_all(clock.now(), actor="system")
        assert DoneCommand.objects.count() == kept


def call(scene: Scene, local: int, uuid: str, reception: Reception) -> Any:
    body = {"uuid": uuid, "kind": "no_sound", "at": clock.now().timestamp()}
    client = signed_in(scene.cast.points[local].local)
    return client.post(reverse("operations:call", args=[reception.public_id]), body, content_type=JSON)


def test_a_number_of_another_classroom_is_refused(scene: Scene) -> None:
    mine, theirs = scene.running.receptions.order_by("pk")[:2]
    uuid = str(uuid4())
    assert call(scene, 0, uuid, mine).json() == {"answers": {uuid: "recorded"}}
    before = world_now()
    answer = call(scene, 1, uuid, theirs)
    assert answer.status_code == 409
    assert "no_sound" not in answer.content.decode()
    assert world_now() == before


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    """The ledger is append-only: what such a test commits is taken out past its triggers."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lessons_evidencerow DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM lessons_evidencerow")
        cursor.execute("ALTER TABLE lessons_evidencerow ENABLE TRIGGER USER")


def at_once(act: Callable[[], Any], times: int = 4) -> list[Any]:
    """The answers of requests that start together, each on a connection of its own."""
    start, answers = threading.Barrier(times), []

    def one() -> None:
        start.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


if connection.vendor == "postgresql":
    # A test's SQLite is in memory, with one connection: tests/house/test_repeats.py races on a real one.

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    @pytest.mark.parametrize("name", ALL)
    def test_repeats_at_once_happen_once(emptied: None, cast: Cast, name: str) -> None:
        scene = make_scene(cast)
        command = ready(scene, name)
        key, before = command.key(), world_now()
        answers = at_once(lambda: command.send(key))
        assert {answer.status_code for answer in answers} <= {200, 302}, [one.content.decode() for one in answers]
        assert made_since(before) == MADE_BY.get(name, {"SessionEvent": 1})

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_calls_for_help_at_once_are_one(emptied: None, cast: Cast) -> None:
        scene = make_scene(cast)
        reception, uuid = scene.running.receptions.earliest("pk"), str(uuid4())
        answers = at_once(lambda: call(scene, 0, uuid, reception))
        assert [answer.status_code for answer in answers] == [200] * 4
        assert HelpCall.objects.count() == EvidenceRow.objects.count() == 1
