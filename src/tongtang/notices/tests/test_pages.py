"""The page of notices: one's own, marked as read one by one or all together."""

import pytest
from tests.cast import Cast, at_device, signed_in

from tongtang.notices.actions import tell
from tongtang.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(cast: Cast) -> Cast:
    for number in range(3):
        tell([cast.teacher.pk, cast.head.pk], f"order:{number}", f"第 {number} 件事")
    return cast


def test_one_reads_the_own_ones_and_the_bell_counts_the_unread(told) -> None:
    client = signed_in(told.teacher)
    html = client.get("/notices/").content.decode()
    assert [html.index(f"第 {number} 件事") for number in (2, 1, 0)] == sorted(
        html.index(f"第 {number} 件事") for number in range(3)
    )
    assert 'aria-label="通知，3 条未读"' in html
    one = Notice.objects.get(person=told.teacher, key="order:1")
    client.post("/notices/read", {"notice": str(one.public_id)})
    assert 'aria-label="通知，2 条未读"' in client.get("/notices/").content.decode()


def test_all_at_once_and_nobody_elses(told) -> None:
    client = signed_in(told.teacher)
    other = Notice.objects.filter(person=told.head).first()
    assert other is not None
    client.post("/notices/read", {"notice": str(other.public_id)})
    assert Notice.objects.filter(read_at=None).count() == 6
    client.post("/notices/read")
    assert Notice.objects.filter(read_at=None, person=told.teacher).count() == 0
    assert Notice.objects.filter(read_at=None, person=told.head).count() == 3


def test_who_was_told_nothing_reads_why(told) -> None:
    html = signed_in(told.officer).get("/notices/").content.decode()
    assert "还没有通知" in html
    assert "第 1 件事" not in html


def test_a_device_is_told_nothing(told) -> None:
    assert at_device(told.points[0]).get("/notices/").headers["Location"].startswith("/sign-in")


def test_many_notices_stand_on_pages(told) -> None:
    for number in range(60):
        tell([told.officer.pk], f"many:{number}", f"通知{number:02d}")
    client = signed_in(told.officer)
    assert "通知09" not in client.get("/notices/").content.decode()
    assert "通知09" in client.get("/notices/?page=2").content.decode()
