"""A search in the browser where the county names who can be beside the classes."""

import re

import pytest
import time_machine
from tests.cast import person, region, signed_in

from tongtang.access.models import Role, SignInPolicy
from tongtang.exchange.tests.folders import COUNTY, load, load_chongyang_regions, make_county
from tongtang.exchange.tests.test_timetable_options import rows, with_facilitators, write
from tongtang.lessons.models import Reception
from tongtang.organisations.models import School
from tongtang.people.models import Person
from tongtang.timetable.models import Facilitator
from tongtang.timetable.plans.tests.conftest import FRIDAY, MONDAY, page_of, post, shown, solved

# Two rooms a point, so that two classes could receive at once.
POINTS = ("--points", "7", "--rooms", "2", "--teachers", "5", "--seed", "1411", "--lessons", "0")


@pytest.fixture
def folder(db, capsys, tmp_path):
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    made = make_county(tmp_path / "seven", *POINTS)
    with_facilitators(made, 1)
    with time_machine.travel(FRIDAY):
        assert load(capsys, made)[0] == 0
        yield made


@pytest.fixture
def client(folder):
    return signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


def test_one_person_at_a_point_is_beside_one_class_at_a_time(client):
    run = solved(client, School.objects.get(source_id="a01"), seconds=8)
    assert (run.state, run.complete) == ("done", True)
    assert post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat()).status_code == 302
    found = list(Reception.objects.filter(active=True).values_list("facilitator__source_id", "school__source_id"))
    assert found
    assert all(who == f"{school}-f0" for who, school in found)


def test_the_page_of_a_search_says_who_looks_after_which_class(client, folder, capsys):
    run = solved(client, School.objects.get(source_id="a01"), seconds=8)
    Person.objects.filter(source_id="p01-f0").update(name="许月兰")
    html = shown(client, page_of(run)).partition('id="beside"')[2].partition("</section>")[0]
    rows_of = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', html, re.DOTALL)
    own = [cell for _name, cell in rows_of if "许月兰" in cell]
    here = {row.source_id for row in School.objects.get(source_id="p01").home_classes.all()}
    lessons = [key for one in run.plan for key in one["class_ids"]]
    assert sum(cell.count("<b>") for _name, cell in rows_of) == len(lessons) == run.required
    assert sum(cell.count("<b>许月兰</b>") for cell in own) == sum(key in here for key in lessons) > 0
    assert all(cell.count("许月兰") == cell.count("<b>") for cell in own), "nobody from another school"
    assert re.search(r"周一 \d{1,2}:\d\d \S+ <b>", html)
    write(folder, "facilitators", rows(folder, "facilitators")[1:])
    assert load(capsys, folder)[0] == 0
    later = shown(client, page_of(run)).partition('id="beside"')[2].partition("</section>")[0]
    assert "<b>" not in later
    assert "县里的数据在这次排课之后改过" in later


def test_where_no_school_names_anybody_nobody_is_shown(client):
    Facilitator.objects.all().delete()
    run = solved(client, School.objects.get(source_id="a01"), seconds=8)
    assert run.complete
    assert 'id="beside"' not in shown(client, page_of(run))


def test_another_facilitator_is_a_change_of_the_data(client, folder, capsys):
    run = solved(client, School.objects.get(source_id="a01"), seconds=5)
    write(folder, "facilitators", rows(folder, "facilitators")[1:])
    assert load(capsys, folder)[0] == 0
    answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
    assert answer.status_code == 409
    assert "辅助教师" in answer.content.decode()
