"""Class 1: a batch of a class's own children with one foreign id among them. (Every route: tests/test_matrix.py.)"""

from uuid import UUID, uuid4

import pytest

from tests.cast import Cast
from tongtang.classroom.tests.stage import UnderWay, under_way
from tongtang.classroom.tests.test_phone import entry, roll
from tongtang.lessons.models import EvidenceKind, EvidenceRow
from tongtang.people.models import Pupil

FOREIGN = {
    "another class": lambda cast: str(cast.points[1].pupils[0].public_id),
    "another class, the last": lambda cast: str(cast.points[2].pupils[-1].public_id),
    "a teacher": lambda cast: str(cast.teacher.public_id),
    "the local teacher": lambda cast: str(cast.points[0].local.public_id),
    "a school": lambda cast: str(cast.points[0].school.public_id),
    "the class itself": lambda cast: str(cast.points[0].home_class.public_id),
    "nobody": lambda cast: str(uuid4()),
    "zero": lambda cast: str(UUID(int=0)),
    "a row's key": lambda cast: cast.points[0].pupils[0].pk,
    "a row's key as text": lambda cast: str(cast.points[0].pupils[0].pk),
    "upper case": lambda cast: str(cast.points[1].pupils[0].public_id).upper(),
    "without dashes": lambda cast: cast.points[1].pupils[0].public_id.hex,
    "in braces": lambda cast: "{" + str(cast.points[1].pupils[0].public_id) + "}",
    "as a list": lambda cast: [str(cast.points[1].pupils[0].public_id)],
    "as an object": lambda cast: {"id": str(cast.points[1].pupils[0].public_id)},
    "null": lambda cast: None,
    "true": lambda cast: True,
    "empty": lambda cast: "",
    "with a blank": lambda cast: f" {cast.points[1].pupils[0].public_id}",
    "urn": lambda cast: f"urn:uuid:{cast.points[1].pupils[0].public_id}",
    "one's own twice": lambda cast: str(cast.points[0].pupils[0].public_id),
}


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    return under_way(cast)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_roll_call_with_one_foreign_child_is_refused_whole(lesson: UnderWay, name: str) -> None:
    cast = lesson.cast
    before = EvidenceRow.objects.filter(kind=EvidenceKind.ROLL_CALL).count()
    pupils = list(Pupil.objects.order_by("pk").values())
    lists = roll(lesson)
    lists["present"].append(FOREIGN[name](cast))
    answers = lesson.hand_over(cast.points[0], wrong := entry("roll_call", lists))
    assert answers[wrong["uuid"]] not in ("recorded", "known")
    assert EvidenceRow.objects.filter(kind=EvidenceKind.ROLL_CALL).count() == before
    assert list(Pupil.objects.order_by("pk").values()) == pupils
