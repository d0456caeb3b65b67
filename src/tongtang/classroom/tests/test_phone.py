"""The local teacher's phone: what it hands over, once, and what it may never see."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.cast import Cast, actor_for, add_lesson, at_device, signed_in
from time_machine import travel

from tongtang.classroom.actions.session import close_poll, open_poll
from tongtang.classroom.models import PollCount, RaisedHand
from tongtang.classroom.tests.stage import UnderWay, entry, text, under_way
from tongtang.foundation import clock
from tongtang.lessons.models import EvidenceKind, EvidenceRow
from tongtang.preparation.models import ScriptStep


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    return under_way(cast)


def roll(lesson: UnderWay, absent: int = 1) -> dict[str, list[str]]:
    ids = [str(pupil.public_id) for pupil in lesson.cast.points[0].pupils]
    return {"present": ids[absent:], "absent": ids[:absent], "on_leave": []}


def rows(lesson: UnderWay, kind: EvidenceKind) -> list[EvidenceRow]:
    reception = lesson.reception(lesson.cast.points[0])
    return list(EvidenceRow.objects.filter(reception=reception, kind=kind).order_by("id"))


def test_the_phone_knows_its_pupils_and_nobody_elses(lesson: UnderWay) -> None:
    first, second = lesson.cast.points[:2]
    page = text(signed_in(first.local).get(lesson.url("phone", first)))
    names = [
        pupil["name"] for pupil in signed_in(first.local).get(lesson.url("phone-snapshot", first)).json()["pupils"]
    ]
    assert sorted(names) == sorted(pupil.name for pupil in first.pupils)
    assert second.pupils[0].name not in page


@pytest.mark.parametrize("name", ["phone", "phone-snapshot"])
def test_the_phone_of_another_school_the_room_and_the_anchor_find_nothing(lesson: UnderWay, name: str) -> None:
    first, second = lesson.cast.points[:2]
    for client in (signed_in(second.local), signed_in(lesson.cast.teacher), signed_in(lesson.cast.officer)):
        assert client.get(lesson.url(name, first)).status_code == 404
        assert lesson.post("hand-over", first, {"entries": []}, client).status_code == 404
    asking = {"Accept": "application/json"}
    assert at_device(first).get(lesson.url(name, first), headers=asking).status_code == 404
    assert lesson.post("hand-over", first, {"entries": []}, at_device(first)).status_code == 404


def test_the_anchor_sees_counts_and_no_name(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    lesson.hand_over(point, entry("roll_call", roll(lesson)))
    teacher = signed_in(lesson.cast.teacher)
    address = reverse("classroom:studio-snapshot", args=[lesson.lesson.public_id])
    snapshot = teacher.get(address)
    row = next(room for room in snapshot.json()["rooms"] if room["name"] == point.school.name)
    assert (row["present"], row["enrolled"]) == (4, 5)
    assert not any(pupil.name in text(snapshot) or str(pupil.public_id) in text(snapshot) for pupil in point.pupils)


def test_a_roll_call_matches_the_class_list(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    stranger = str(lesson.cast.points[1].pupils[0].public_id)
    short, foreign, twice = roll(lesson), roll(lesson), roll(lesson)
    short["present"].pop()
    foreign["present"].append(stranger)
    twice["on_leave"] = [twice["present"][0]]
    bad = [entry("roll_call", lists) for lists in (short, foreign, twice, {"present": 5}, {})]
    good = entry("roll_call", roll(lesson))
    answers = lesson.hand_over(point, *bad, good)
    assert answers[good["uuid"]] == "recorded"
    assert all(answers[one["uuid"]] not in ("recorded", "known") for one in bad)
    assert len(rows(lesson, EvidenceKind.ROLL_CALL)) == 1


def test_a_replay_is_known_and_changes_nothing(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    done = [entry("roll_call", roll(lesson)), entry("hand", {"raised": True}), entry("note", {"text": "一年级只拍手"})]
    first = lesson.hand_over(point, *done)
    again = lesson.hand_over(point, *reversed(done))
    assert set(first.values()) == {"recorded"}
    assert set(again.values()) == {"known"}
    assert RaisedHand.objects.filter(lowered_at=None).count() == 1


def test_what_was_done_without_a_link_is_dated_when_it_was_done(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    kept = entry("roll_call", roll(lesson))
    with travel(clock.now() + timedelta(hours=5), tick=True):
        assert lesson.hand_over(point, kept)[kept["uuid"]] == "recorded"
    row = rows(lesson, EvidenceKind.ROLL_CALL)[0]
    assert row.recorded_at - row.occurred_at > timedelta(hours=4)


def test_hand_up_and_down(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    for raised in (True, True, False, False, True):
        lesson.hand_over(point, entry("hand", {"raised": raised}))
        assert RaisedHand.objects.filter(lowered_at=None).exists() is raised


def test_poll_counts_the_last_of_each_class_and_no_more_than_the_class_has(lesson: UnderWay) -> None:
    point, actor = lesson.cast.points[0], actor_for(lesson.cast.teacher)
    poll = open_poll(actor=actor, lesson=lesson.lesson, question="第二句从哪个音起？", options=["mi", "sol"])
    name = str(poll.public_id)
    good = [entry("poll", {"poll": name, "counts": counts}) for counts in ([1, 2], [3, 2])]
    bad = [
        entry("poll", {"poll": name, "counts": counts}) for counts in ([6, 0], [1], [-1, 1], ["1", 1], [True, 1], None)
    ]
    bad.append(entry("poll", {"poll": str(uuid4()), "counts": [1, 1]}))
    answers = lesson.hand_over(point, good[0], *bad, good[1])
    assert [answers[one["uuid"]] for one in good] == ["recorded", "recorded"]
    assert all(answers[one["uuid"]] not in ("recorded", "known") for one in bad)
    assert PollCount.objects.get().counts == [3, 2]
    close_poll(actor=actor, lesson=lesson.lesson)
    late = entry("poll", {"poll": name, "counts": [4, 1]})
    assert lesson.hand_over(point, late)[late["uuid"]] == "recorded", "counted before it closed, handed over after"


def test_a_step_is_marked_as_done(lesson: UnderWay) -> None:
    step = ScriptStep.objects.create(lesson=lesson.lesson, number=1, title="分组跟唱", minutes=6, lead="local")
    point = lesson.cast.points[0]
    mark, wrong = entry("marker", {"step": str(step.public_id)}), entry("marker", {"step": "x"})
    answers = lesson.hand_over(point, wrong, mark)
    assert answers[mark["uuid"]] == "recorded"
    assert answers[wrong["uuid"]] not in ("recorded", "known")
    state = signed_in(point.local).get(lesson.url("phone-snapshot", point)).json()["room"]
    assert state["steps_done"] == [str(step.public_id)]


def test_a_word_goes_to_the_anchor_and_a_note_stays_with_the_class(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    lesson.hand_over(
        point, entry("note", {"text": "这里听不清", "to": "anchor"}), entry("note", {"text": "小满感冒", "to": "class"})
    )
    address = reverse("classroom:studio-snapshot", args=[lesson.lesson.public_id])
    notes = signed_in(lesson.cast.teacher).get(address).json()["notes"]
    assert [note["text"] for note in notes] == ["这里听不清"]


def test_not_delivered_is_marked_from_five_minutes_after_the_bell(cast: Cast) -> None:
    waiting = UnderWay(cast, add_lesson(cast, clock.now() - timedelta(minutes=4)), clock.now())
    mark = entry("not_delivered", {"reason": "anchor_absent"})
    assert waiting.hand_over(cast.points[0], mark)[mark["uuid"]] != "recorded"
    with travel(clock.now() + timedelta(minutes=2), tick=True):
        unknown = entry("not_delivered", {"reason": "bored"})
        answers = waiting.hand_over(cast.points[0], unknown, mark)
    assert answers[mark["uuid"]] == "recorded"
    assert answers[unknown["uuid"]] not in ("recorded", "known")


def test_a_phone_cannot_hand_over_seconds_or_the_future(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    seconds = entry("received", {"from": 0, "to": 600, "mode": "live"})
    future = {**entry("hand", {"raised": True}), "at": clock.now().timestamp() + 600}
    answers = lesson.hand_over(point, seconds, future)
    assert not {"recorded", "known"} & set(answers.values())


def test_one_teacher_holds_two_receptions_of_the_same_time(cast: Cast) -> None:
    lesson = under_way(cast)
    first = cast.points[0]
    other = lesson.reception(cast.points[1])
    other.school = first.school
    other.save(update_fields=["school"])
    page = text(signed_in(first.local).get(lesson.url("phone", first)))
    assert reverse("classroom:phone", args=[other.public_id]) in page


@pytest.mark.parametrize("to", ["anchor", "class"])
@pytest.mark.parametrize(("typed", "kept"), [("很好\ud83d", "很好?"), ("很\x00好", "很好"), ("很好😀", "很好😀")])
def test_a_note_cut_in_an_emoji_is_handed_over(lesson: UnderWay, typed: str, kept: str, to: str) -> None:
    """Otherwise the phone would keep the whole batch for ever."""
    point = lesson.cast.points[0]
    answers = lesson.hand_over(point, entry("note", {"text": typed, "to": to}), entry("roll_call", roll(lesson)))
    assert set(answers.values()) == {"recorded"}
    assert [row.payload["text"] for row in rows(lesson, EvidenceKind.NOTE)] == [kept]
