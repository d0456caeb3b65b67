"""Everybody is told of an event once, and reads the own notices only."""

import pytest
from django.db import IntegrityError, transaction
from tests.cast import Cast, actor_for

from tongtang.access.api import NOBODY
from tongtang.foundation import clock
from tongtang.notices.api import notices_for, take_note, tell
from tongtang.notices.models import Notice

pytestmark = pytest.mark.django_db


def test_nobody_is_told_twice_of_one_event(cast: Cast) -> None:
    people = [cast.teacher.pk, cast.head.pk]
    assert tell(people, "change-order:1:applied", "调课") == 2
    assert tell([*people, cast.officer.pk], "change-order:1:applied", "另一句") == 1
    assert tell(people, "change-order:1:withdrawn", "撤回") == 2
    assert notices_for(actor_for(cast.teacher)).filter(key="change-order:1:applied").get().text == "调课"
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(person=cast.head, key="change-order:1:applied", text="再来", made_at=clock.now())


def test_the_own_notices_and_nobody_elses(cast: Cast) -> None:
    tell([cast.teacher.pk], "a", "一")
    tell([cast.teacher.pk, cast.head.pk], "b", "二")
    assert [one.key for one in notices_for(actor_for(cast.teacher))] == ["b", "a"]
    assert [one.key for one in notices_for(actor_for(cast.head))] == ["b"]
    assert not notices_for(NOBODY).exists()


def test_taking_note_is_one_persons_own(cast: Cast) -> None:
    tell([cast.teacher.pk, cast.head.pk], "a", "一")
    assert take_note(actor_for(cast.teacher), "a")
    assert not take_note(actor_for(cast.teacher), "a")
    assert not take_note(NOBODY, "a")
    assert list(Notice.objects.filter(read_at=None).values_list("person_id", flat=True)) == [cast.head.pk]


def test_a_long_sentence_is_cut(cast: Cast) -> None:
    tell([cast.head.pk], "a", "长" * 600)
    assert len(Notice.objects.get().text) == 500
