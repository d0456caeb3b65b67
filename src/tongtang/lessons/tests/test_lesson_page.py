"""The lesson page over HTTP: the agreed fixture, who sees what, frozen moments, filters, the file."""

import csv
import io
import re
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, at_device, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.api import arrange_make_up, happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Lesson
from tongtang.lessons.tests.agreed_fixture import (
    SIZES,
    THURSDAY,
    WEDNESDAY,
    Log,
    hand_over,
    received,
    roll_call,
)

Played = tuple[Cast, Lesson, list[Log]]
FROZEN = "?as_of=2026-04-15T18:00"
PRESENT, ENROLLED = sum(SIZES[:21]) - 21, sum(SIZES[:21])


def page(client: Client, lesson: Lesson, query: str = "", status: int = 200) -> str:
    response = client.get(f"/lessons/{lesson.public_id}{query}")
    assert response.status_code == status
    return response.content.decode()


def figures(text: str) -> list[tuple[str, str]]:
    """Value and note of each key figure."""
    found = re.findall(r'<dd>(.*?)<div class="nd">(.*?)</div>', text)
    return [(re.sub(r"<small>.*?</small>", "", value), note) for value, note in found]


def states(text: str) -> list[str]:
    """The chips of the table, in order."""
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    return re.findall(r'class="chip ?(\w*)">.*?</svg>(.*?)</span>', body)


def lines(client: Client, lesson: Lesson, query: str = "") -> list[list[str]]:
    response = client.get(f"/lessons/{lesson.public_id}/receptions.csv{query}")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def make_up(cast: Cast, lesson: Lesson) -> None:
    """Arranged on Wednesday evening, given on Thursday."""
    missed_by = cast.points[21]
    with time_machine.travel(utc(WEDNESDAY, 18, 30), tick=False):
        made = arrange_make_up(
            actor=actor_for(cast.officer),
            missed=lesson.receptions.get(home_class=missed_by.home_class),
            starts_at=utc(THURSDAY, 11, 20),
            changeover=utc(THURSDAY, 0, 10) - utc(THURSDAY, 0),
            room=missed_by.room,
            studio=cast.studio,
        )
    with time_machine.travel(utc(THURSDAY, 12, 10), tick=False):
        hand_over(missed_by, made, received(made.lesson, 0, 2400, "live") + roll_call(missed_by, utc(THURSDAY, 11, 21)))


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_the_agreed_figures_stand_on_the_page(played: Played) -> None:
    cast, lesson, _logs = played
    text = page(signed_in(cast.officer), lesson)
    assert figures(text)[0][0] == "95.5%"
    assert [value for value, _note in figures(text)[1:5]] == [str(PRESENT), "790", "50", "1"]
    notes = [note for _value, note in figures(text)]
    assert "21" in notes[0]
    assert "22" in notes[0]
    assert str(ENROLLED) in notes[1]
    assert notes[2:4] == ["18×40 + 2×35", "1×40 + 2×5"]
    kinds = [kind for kind, _word in states(text)]
    assert kinds == ["bad", "info", "info", "info", *["ok"] * 18]
    assert f"{PRESENT} / {ENROLLED}" in text
    assert "线路中断" in text


def test_wednesday_stays_what_it_was(played: Played) -> None:
    cast, lesson, logs = played
    officer = signed_in(cast.officer)
    with time_machine.travel(utc(WEDNESDAY, 18, 2), tick=False):
        officer = signed_in(cast.officer)
        before = page(officer, lesson, FROZEN)
    make_up(cast, lesson)
    with time_machine.travel(utc(THURSDAY, 13), tick=False):
        for one, log in zip(cast.points, logs, strict=True):
            assert hand_over(one, lesson.receptions.get(home_class=one.home_class), log * 2) == 0
        officer = signed_in(cast.officer)
        after, now = page(officer, lesson, FROZEN), page(officer, lesson)
        frozen_file = lines(officer, lesson, FROZEN)
    assert figures(after) == figures(before)
    assert states(after) == states(before)
    assert states(now)[0][0] == "warn"
    assert figures(now)[0] == figures(before)[0]
    assert "22" in figures(now)[4][1]
    assert "22" not in figures(before)[4][1]
    assert frozen_file[-1][4:8] == ["790", "50", str(PRESENT), str(ENROLLED)]


@pytest.mark.parametrize("wrong", ["2026-04-15T20:00", "2027-01-01T00:00", "2026-04-15T19:59:30", "yesterday"])
@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_a_moment_that_is_not_settled_is_refused(played: Played, wrong: str) -> None:
    cast, lesson, _logs = played
    client = signed_in(cast.officer)
    text = page(client, lesson, f"?as_of={wrong}", 400)
    assert 'role="alert"' in text
    assert client.get(f"/lessons/{lesson.public_id}/receptions.csv?as_of={wrong}").status_code == 400


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_the_file_is_the_table(played: Played) -> None:
    cast, lesson, _logs = played
    client = signed_in(cast.officer)
    for query, count in (("", 22), ("?state=bridged", 2), (f"{FROZEN}&state=not_delivered", 1)):
        text, table = page(client, lesson, query), lines(client, lesson, query)
        body = text[text.index("<tbody>") : text.index("</tbody>")]
        names = re.findall(r"aria-current=\"true\">|push-url=\"true\">(.*?)</a>", body)
        assert [f"{row[0]} {row[2]}" for row in table[1:-1]] == names
        assert [row[3] for row in table[1:-1]] == [word for _kind, word in states(text)]
        assert len(names) == count
        foot = text[text.index("<tfoot>") :]
        assert f"{table[-1][4]} + {table[-1][5]}" in foot
        assert f"{table[-1][6]} / {table[-1][7]}" in foot


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_a_name_that_is_a_formula_stays_text(played: Played) -> None:
    cast, lesson, _logs = played
    cast.points[0].school.name = '=HYPERLINK("http://x","y")'
    cast.points[0].school.save()
    cells = [cell for row in lines(signed_in(cast.officer), lesson) for cell in row]
    assert '\'=HYPERLINK("http://x","y")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_each_sees_their_own_and_the_foreign_nothing(played: Played) -> None:
    cast, lesson, _logs = played
    other_head = person("别校长", "h77", Role.SCHOOL_HEAD, school=cast.central)
    rows = {
        cast.officer: 22,
        cast.teacher: 22,
        cast.head: 22,
        cast.points[3].local: 1,
        cast.stranger: 0,
        other_head: 0,
    }
    for who, count in rows.items():
        client = signed_in(who)
        if count:
            assert len(states(page(client, lesson))) == count
            assert len(lines(client, lesson)) == count + 2
        else:
            page(client, lesson, status=404)
            assert client.get(f"/lessons/{lesson.public_id}/receptions.csv").status_code == 404
    foreign = lesson.receptions.get(home_class=cast.points[5].home_class)
    page(signed_in(cast.points[3].local), lesson, f"?reception={foreign.public_id}", 404)
    assert signed_in(cast.points[3].local).get(f"/lessons/receptions/{foreign.public_id}").status_code == 404
    assert signed_in(cast.officer).get(f"/lessons/{uuid4()}").status_code == 404
    for nobody in (at_device(cast.points[3]), Client()):
        refused = nobody.get(f"/lessons/{lesson.public_id}", headers={"Accept": "application/json"})
        assert refused.status_code == 404


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_names_of_pupils_stay_at_their_school(played: Played) -> None:
    cast, lesson, _logs = played
    one = cast.points[3]
    reception = lesson.receptions.get(home_class=one.home_class)
    note = [happened(EvidenceKind.NOTE, utc(TUESDAY, 11), {"text": "学生4之2 唱得好", "to": "class"})]
    record_evidence(actor=actor_for(one.local), reception=reception, rows=note)
    query = f"?reception={reception.public_id}"
    head = person("点校长", "h78", Role.SCHOOL_HEAD, school=one.school)
    for who in (cast.officer, cast.teacher, cast.head, head):
        client = signed_in(who)
        fragment = client.get(f"/lessons/receptions/{reception.public_id}", headers={"HX-Request": "true"})
        for text in (page(client, lesson, query), fragment.content.decode()):
            assert "4 / 5" in text
            assert not any(pupil.name in text or str(pupil.public_id) in text for pupil in one.pupils)
    own = page(signed_in(one.local), lesson, query)
    assert "学生4之0" in own
    assert "学生4之2 唱得好" in own
    assert "学生5" not in own


@time_machine.travel(utc(TUESDAY, 9), tick=False)
def test_a_lesson_to_come_is_planned(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    text = page(signed_in(cast.teacher), lesson)
    assert [kind for kind, _word in states(text)] == ["", "", ""]
    assert figures(text)[0][0] == "0.0%"


@time_machine.travel(utc(WEDNESDAY, 20), tick=False)
def test_queries_do_not_grow_with_the_classes(played: Played, django_assert_max_num_queries) -> None:
    cast, lesson, _logs = played
    client = signed_in(cast.officer)
    page(client, lesson)
    # One of them counts the bell's unread notices, on this as on every page.
    with django_assert_max_num_queries(12) as many:
        page(client, lesson)
    few = add_lesson(cast, utc(THURSDAY, 10, 30), cast.points[:1])
    with django_assert_max_num_queries(12) as one:
        page(client, few)
    assert len(many.captured_queries) <= len(one.captured_queries) + 1
