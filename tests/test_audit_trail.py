"""Sensitive actions of the house, done through its pages, leave their entries in the audit chain."""

import pytest
from django.test import Client

from tests.cast import TUESDAY, Cast, actor_for, add_lesson, at_device, signed_in, utc
from tongtang.access.models import Account, ClassroomDevice
from tongtang.audit.models import Entry
from tongtang.audit.verify import verify
from tongtang.foundation import clock
from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.corrections import correct_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow
from tongtang.library.models import Resource

SECRET = "chalk dust and song"


def trail(stream: str = "access") -> list[tuple[str, str, str, str]]:
    rows = Entry.objects.filter(stream=stream).order_by("seq")
    return list(rows.values_list("action", "actor", "object", "result"))


@pytest.fixture
def teacher(cast: Cast):
    account = Account.objects.get(person=cast.teacher)
    account.set_password(SECRET)
    account.save()
    return cast.teacher


def sign_in(client: Client, name: str, password: str):
    form = {"county": "421223000000", "user_name": name, "password": password}
    return client.post("/sign-in", form, REMOTE_ADDR="192.0.2.9")


def test_sign_in_sign_out_and_failures(cast: Cast, teacher) -> None:
    client, me = Client(), f"person:{teacher.public_id}"
    sign_in(client, teacher.source_id, "wrong")
    sign_in(client, "my password by mistake", "wrong")
    assert sign_in(client, teacher.source_id, SECRET).status_code == 302
    client.post("/sign-out", REMOTE_ADDR="192.0.2.9")
    assert trail() == [
        ("session.failed", "nobody", me, "refused"),
        ("session.failed", "nobody", "person:unknown", "refused"),
        ("session.begun", f"person:{teacher.pk}", me, "done"),
        ("session.ended", f"person:{teacher.pk}", me, "done"),
    ]
    assert set(Entry.objects.values_list("source", flat=True)) == {"192.0.2.9"}
    assert "mistake" not in "".join(Entry.objects.values_list("detail", flat=True))
    assert set(Entry.objects.exclude(object="person:unknown").values_list("school", flat=True)) == {cast.anchor.pk}
    assert verify().findings == []


def test_codes_and_devices(cast: Cast) -> None:
    point = cast.points[0]
    head = signed_in(cast.head)
    before = Entry.objects.count()
    assert head.post(f"/people/{cast.teacher.public_id}/code").status_code == 200
    local = signed_in(point.local)
    code = local.post(f"/rooms/{point.room.public_id}/code").context["code"]
    assert Client().post("/enrol-device", {"code": code}).status_code == 302
    device = ClassroomDevice.objects.latest("pk")
    assert local.post(f"/devices/{device.public_id}/revoke").status_code == 302
    found = [row for row in trail()[before:] if not row[0].startswith("session.")]
    assert found == [
        ("code.made", f"person:{cast.head.pk}", f"person:{cast.teacher.public_id}", "done"),
        ("device.code_made", f"person:{point.local.pk}", f"room:{point.room.public_id}", "done"),
        ("device.bound", f"device:{device.pk}", f"device:{device.public_id}", "done"),
        ("device.revoked", f"person:{point.local.pk}", f"device:{device.public_id}", "done"),
    ]
    assert set(Entry.objects.filter(object__startswith="device:").values_list("school", flat=True)) == {point.school.pk}


def test_a_correction_with_its_reason(cast: Cast) -> None:
    reception = add_lesson(cast, utc(TUESDAY, 10, 30)).receptions.first()
    actor = actor_for(cast.points[0].local)
    record_evidence(
        actor=actor, reception=reception, rows=[happened(EvidenceKind.NOTE, utc(TUESDAY, 10, 31), {"text": "秘密"})]
    )
    row = EvidenceRow.objects.get()
    correct_evidence(actor=actor, row=row, payload=None, reason="记错了班")
    [entry] = Entry.objects.filter(stream="evidence")
    assert (entry.action, entry.object, entry.reason) == ("evidence.withdrawn", f"evidence:{row.uuid}", "记错了班")
    assert entry.school == reception.school_id
    assert "秘密" not in entry.detail


def test_who_watches_a_recording_is_on_record(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    recording = Resource.objects.create(
        kind="recording",
        state="ready",
        lesson=lesson,
        title="分数",
        region_code=lesson.region_code,
        made_at=clock.now(),
    )
    assert at_device(cast.points[0]).get(f"/library/{recording.public_id}").status_code == 200
    assert signed_in(cast.stranger).get(f"/library/{recording.public_id}").status_code == 404
    device = cast.points[0].device
    assert trail("reads") == [("recording.viewed", f"device:{device.pk}", f"recording:{recording.public_id}", "done")]
    assert Entry.objects.get(stream="reads").school == lesson.school_id
