"""The lesson ledger over HTTP."""

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.cast import TUESDAY, Cast, add_lesson, at_device, signed_in, utc

from tongtang.lessons.models import Lesson
from tongtang.lessons.tests.agreed_fixture import SIZES, WEDNESDAY, Log

Played = tuple[Cast, Lesson, list[Log]]
NOW = utc(WEDNESDAY, 20)
PRESENT, ENROLLED = sum(SIZES[:21]) - 21, sum(SIZES[:21])
WEEK = "?from=2026-04-13&to=2026-04-19"


def page(client: Client, query: str = WEEK, status: int = 200) -> str:
    response = client.get(f"/lessons/{query}")
    assert response.status_code == status
    return response.content.decode()


def lines(client: Client, query: str = WEEK) -> list[list[str]]:
    response = client.get(f"/lessons/ledger.csv{query}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def titles(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/lessons/([0-9a-f-]{36})">', text)


@time_machine.travel(NOW, tick=False)
def test_the_week_of_the_agreed_lesson(played: Played) -> None:
    cast, lesson, _logs = played
    client = signed_in(cast.officer)
    text = page(client, "")
    assert titles(text) == [str(lesson.public_id)]
    foot = text[text.index("<tfoot>") :]
    for figure in ("21 / 22", ">790<", ">50<", f"{PRESENT} / {ENROLLED}", "95.5%"):
        assert figure in foot
    table = lines(client, "")
    assert table[1][5:11] == ["21", "22", "790", "50", str(PRESENT), str(ENROLLED)]
    assert table[-1][5:11] == table[1][5:11]


@time_machine.travel(NOW, tick=False)
def test_filters_narrow_page_and_file_alike(played: Played) -> None:
    cast, lesson, _logs = played
    planned = add_lesson(cast, utc(WEDNESDAY + timedelta(days=1), 10, 30), cast.points[:2])
    client = signed_in(cast.officer)
    school = cast.points[21].school
    expected = {
        "": [lesson, planned],
        "&only=exceptions": [lesson],
        "&subject=music": [lesson, planned],
        "&subject=art": [],
        f"&school={school.public_id}": [lesson],
        f"&school={cast.anchor.public_id}": [lesson, planned],
    }
    for query, lessons in expected.items():
        text = page(client, WEEK + query)
        assert titles(text) == [str(one.public_id) for one in lessons]
        assert len(lines(client, WEEK + query)) == len(lessons) + 2
    assert "0 / 1" in page(client, f"{WEEK}&school={school.public_id}")
    assert titles(page(client, "?from=2026-04-14&to=2026-04-14")) == [str(lesson.public_id)]


@pytest.mark.parametrize(
    "wrong", ["?from=x", "?from=2026-04-14&to=2026-04-13", "?from=2026-01-01&to=2026-12-31", "?school=x"]
)
@time_machine.travel(NOW, tick=False)
def test_days_that_cannot_be_shown_are_refused(played: Played, wrong: str) -> None:
    cast, _lesson, _logs = played
    client = signed_in(cast.officer)
    assert 'role="alert"' in page(client, wrong, 400)
    assert client.get(f"/lessons/ledger.csv{wrong}").status_code == 400


@time_machine.travel(NOW, tick=False)
def test_each_sees_the_figures_of_their_own(played: Played) -> None:
    cast, lesson, _logs = played
    own = page(signed_in(cast.points[18].local))
    assert "1 / 1" in own
    assert ">35<" in own
    assert titles(page(signed_in(cast.teacher))) == [str(lesson.public_id)]
    assert titles(page(signed_in(cast.stranger))) == []
    assert at_device(cast.points[0]).get("/lessons/", headers={"Accept": "text/csv"}).status_code == 404


@time_machine.travel(NOW, tick=False)
def test_demonstrations_are_outside_all_totals(played: Played) -> None:
    cast, _lesson, _logs = played
    add_lesson(cast, utc(WEDNESDAY, 8, 40), is_demo=True)
    assert len(titles(page(signed_in(cast.officer)))) == 1


@time_machine.travel(NOW, tick=False)
def test_queries_do_not_depend_on_the_number_of_lessons(cast: Cast, django_assert_max_num_queries) -> None:
    client = signed_in(cast.officer)
    counts = []
    for start in (0, 30):
        for number in range(start, start + 30):
            begin = utc(TUESDAY, 0) + timedelta(hours=number)
            add_lesson(cast, begin)
        with django_assert_max_num_queries(20) as counted:
            text = page(client)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
    assert len(titles(text)) == 50
    assert len(titles(page(client, f"{WEEK}&page=2"))) == 10
    assert len(lines(client)) == 62
