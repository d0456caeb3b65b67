"""Corrections over HTTP: who may, what they change, and that the original stays."""

import re

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, actor_for, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.api import Refused, figures_of
from tongtang.lessons.corrections import correct_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.lessons.tests.agreed_fixture import WEDNESDAY, Log

Played = tuple[Cast, Lesson, list[Log]]
AT = utc(WEDNESDAY, 20)


def drawer(who, lesson: Lesson, reception: Reception) -> str:
    response = signed_in(who).get(f"/lessons/{lesson.public_id}?reception={reception.public_id}")
    assert response.status_code == 200
    return response.content.decode()


def choices(text: str) -> dict[str, str]:
    """What the correction form offers: words by value."""
    return dict(re.findall(r'<option value="([0-9a-f-]{36}\*\d+)"[^>]*>(.*?)</option>', text))


@time_machine.travel(AT, tick=False)
def test_a_stretch_is_withdrawn_and_stays_readable(played: Played) -> None:
    cast, lesson, _logs = played
    one = cast.points[18]
    reception = lesson.receptions.get(home_class=one.home_class)
    offered = choices(drawer(one.local, lesson, reception))
    recorded = next(value for value in offered if value.endswith("*30"))
    rows = EvidenceRow.objects.count()
    client = signed_in(one.local)
    address = f"/lessons/receptions/{reception.public_id}/correct"
    assert client.post(address, {"entry": recorded, "reason": "放的是别的课"}).status_code == 302
    assert EvidenceRow.objects.count() == rows + 30
    found = figures_of([reception])[reception.pk]
    assert (found.live_seconds, found.recorded_seconds) == (35 * 60, 0)
    text = drawer(cast.officer, lesson, reception)
    assert "<s>" in text
    assert "放的是别的课" in text
    assert recorded not in choices(drawer(one.local, lesson, reception))
    assert client.post(address, {"entry": recorded, "reason": "再来"}).status_code in (302, 400)


@time_machine.travel(AT, tick=False)
def test_without_a_roll_call_nothing_is_delivered(played: Played) -> None:
    cast, lesson, _logs = played
    one = cast.points[0]
    head = person("点校长", "h79", Role.SCHOOL_HEAD, school=one.school)
    reception = lesson.receptions.get(home_class=one.home_class)
    row = reception.evidence.get(kind=EvidenceKind.ROLL_CALL)
    response = signed_in(head).post(
        f"/lessons/receptions/{reception.public_id}/correct", {"entry": f"{row.uuid}*1", "reason": "点错了班"}
    )
    assert response.status_code == 302
    found = figures_of([reception])[reception.pk]
    assert (found.delivered, found.roll_call) == (False, None)
    row.refresh_from_db()
    assert len(row.payload["present"]) == 10
    frozen = figures_of([reception], utc(WEDNESDAY, 18))[reception.pk]
    assert frozen.delivered


@pytest.mark.parametrize(
    ("entry", "reason"), [("own", " "), ("", "为什么"), ("unknown", "为什么"), ("grown", "为什么"), ("'; --", "为什么")]
)
@time_machine.travel(AT, tick=False)
def test_a_refused_correction_changes_nothing_and_loses_nothing(played: Played, entry: str, reason: str) -> None:
    cast, lesson, _logs = played
    one = cast.points[0]
    reception = lesson.receptions.get(home_class=one.home_class)
    row = reception.evidence.get(kind=EvidenceKind.ROLL_CALL)
    values = {"own": f"{row.uuid}*1", "grown": f"{row.uuid}*2", "unknown": f"{reception.public_id}*1"}
    rows = EvidenceRow.objects.count()
    response = signed_in(one.local).post(
        f"/lessons/receptions/{reception.public_id}/correct", {"entry": values.get(entry, entry), "reason": reason}
    )
    assert response.status_code == 400
    assert 'class="err"' in response.content.decode()
    assert reason.strip() in response.content.decode()
    assert EvidenceRow.objects.count() == rows


@time_machine.travel(AT, tick=False)
def test_only_the_school_itself_corrects(played: Played) -> None:
    cast, lesson, _logs = played
    reception = lesson.receptions.get(home_class=cast.points[0].home_class)
    row = reception.evidence.get(kind=EvidenceKind.ROLL_CALL)
    for who in (cast.officer, cast.teacher, cast.head, cast.points[1].local, cast.stranger):
        response = signed_in(who).post(
            f"/lessons/receptions/{reception.public_id}/correct", {"entry": f"{row.uuid}*1", "reason": "不行"}
        )
        assert response.status_code == 404
    assert not EvidenceRow.objects.filter(kind=EvidenceKind.CORRECTION).exists()
    assert 'name="entry"' not in drawer(cast.officer, lesson, reception)


@time_machine.travel(AT, tick=False)
def test_a_correction_itself_is_not_corrected(played: Played) -> None:
    cast, lesson, _logs = played
    one = cast.points[0]
    row = lesson.receptions.get(home_class=one.home_class).evidence.filter(kind=EvidenceKind.RECEIVED).first()
    correction = correct_evidence(actor=actor_for(one.local), row=row, payload=None, reason="错")
    with pytest.raises(Refused):
        correct_evidence(actor=actor_for(one.local), row=correction, payload=None, reason="又错")
    assert row.corrections.count() == 1


@time_machine.travel(utc(TUESDAY, 18), tick=False)
def test_the_log_says_at_once_or_handed_over_later(played: Played) -> None:
    cast, lesson, _logs = played
    reception = lesson.receptions.get(home_class=cast.points[18].home_class)
    text = drawer(cast.points[18].local, lesson, reception)
    items = re.findall(r"<li.*?</li>", text[text.index('<ol class="log">') : text.index("</ol>")], re.S)
    assert len(items) == 4
    assert all("4月14日" in item or "4/14" in item for item in items)
