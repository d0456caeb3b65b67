"""A child's own data: export, correction, deletion, and that a deletion outlives the restore of an older backup."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection, models
from django.test import Client
from tests.cast import Browser, Cast, person, signed_in

from tongtang.access.models import Account, Role
from tongtang.audit.models import Entry
from tongtang.config.cli import main
from tongtang.consent import tombstones
from tongtang.consent.erasure import erase, replay_tombstones
from tongtang.consent.models import ConsentAnswer, DataRequest, GuardianSlip, Tombstone
from tongtang.consent.tests.family import (
    PASSWORD,
    call_roll,
    guardian_of,
    join,
    past_lesson,
    person_of,
    record_with,
    say,
    slip_for,
)
from tongtang.foundation import clock
from tongtang.foundation.spreadsheets import safe_text
from tongtang.lessons.models import EvidenceRow
from tongtang.lessons.queries import figures_of
from tongtang.people.models import Enrolment, Guardianship, Pupil


@pytest.fixture(autouse=True)
def no_journal(db: None):
    tombstones.journal().unlink(missing_ok=True)
    yield
    tombstones.journal().unlink(missing_ok=True)


@pytest.fixture
def head(cast: Cast) -> Client:
    made = person("廖校长", "h11", Role.SCHOOL_HEAD, school=cast.points[0].school)
    made.account.set_password(PASSWORD)
    made.account.save()
    return signed_in(made)


def link_of(client: Client, child: Pupil) -> str:
    page = client.post(f"/consent/children/{child.public_id}/export", {"password": PASSWORD})
    assert page.status_code == 200
    return page.context["link"]


def fetched(client: Client, child: Pupil) -> zipfile.ZipFile:
    answer = client.get(link_of(client, child))
    assert answer.headers["Content-Type"] == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_export_holds_all_tables_of_the_child_and_nobody_elses(cast: Cast) -> None:
    one = cast.points[0]
    child = one.pupils[0]
    client = guardian_of(one, child)
    say(client, child, "images", "no")
    lesson = past_lesson(cast)
    call_roll(lesson, one, present=one.pupils, absent=[])
    record_with(lesson, one)
    archive = fetched(client, child)
    tables = json.loads(archive.read("data.json"))["tables"]
    named = {relation.related_model._meta.label_lower.replace(".", "-") for relation in Pupil._meta.related_objects}
    assert named <= set(tables)
    assert tables["people-pupil"][0]["name"] == child.name
    assert [row["standing"] for row in tables["lessons-attendance"]] == ["present"]
    assert tables["consent-consentanswer"][0]["decision"] == "refused"
    assert len(tables["classroom-recordings"]) == 1
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert child.name in archive.read("index.html").decode()
    for other in Pupil.objects.exclude(pk=child.pk):
        assert other.name not in whole
        assert str(other.public_id) not in whole
    assert Entry.objects.filter(stream="export", action="data.exported").count() == 1
    hashes = GuardianSlip.objects.values_list("code_hash", flat=True)
    assert not any(code in whole for code in hashes)


def test_the_export_of_one_guardian_does_not_name_the_other(cast: Cast) -> None:
    """They may live apart, and not wish to be known."""
    one, child = cast.points[0], cast.points[0].pupils[0]
    client = guardian_of(one, child)
    assert join(slip_for(one, child), Browser(), name="独一无二的继母").status_code == 200
    archive = fetched(client, child)
    assert len(json.loads(archive.read("data.json"))["tables"]["people-guardianship"]) == 2
    assert "独一无二的继母" not in b"".join(archive.read(name) for name in archive.namelist()).decode()


def test_the_link_is_for_one_person_one_child_and_a_quarter_of_an_hour(cast: Cast) -> None:
    one = cast.points[0]
    first, second = one.pupils[:2]
    client, other = guardian_of(one, first), guardian_of(one, second)
    assert client.post(f"/consent/children/{first.public_id}/export", {"password": "wrong"}).status_code == 422
    link = link_of(client, first)
    assert client.get(link).status_code == 200
    assert other.get(link).status_code == 404
    assert client.get(link.replace(str(first.public_id), str(second.public_id))).status_code == 404
    assert client.get(link + "x").status_code == 404
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert client.get(link).status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\uff1d1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_text(cell) == f"'{cell}"
    assert safe_text("茉莉花") == "茉莉花"


def test_a_correction_is_asked_once_and_answered_with_its_ground(cast: Cast, head: Client) -> None:
    child = cast.points[0].pupils[0]
    client = guardian_of(cast.points[0], child)
    address = f"/consent/children/{child.public_id}/correction"
    assert "写明哪里错了" in client.post(address, {"text": " "}).content.decode()
    assert client.post(address, {"text": "姓名应为王小山"}).status_code == 302
    assert client.post(address, {"text": "还是姓名"}).status_code == 422
    row = DataRequest.objects.get()
    decision = {"grant": "no", "ground": "not_shown", "answer": "", "password": PASSWORD}
    assert head.post(f"/consent/requests/{row.public_id}", decision).status_code == 422
    assert head.post(f"/consent/requests/{row.public_id}", decision | {"answer": "户口簿上是这样"}).status_code == 200
    assert "户口簿上是这样" in client.get(f"/consent/children/{child.public_id}").content.decode()


def ask_deletion(cast: Cast, child: Pupil) -> Client:
    client = guardian_of(cast.points[0], child)
    say(client, child, "recording", "no")
    asked = client.post(f"/consent/children/{child.public_id}/deletion", {"password": PASSWORD})
    assert asked.status_code == 302
    return client


def decide(head: Client, grant: str = "yes"):
    row = DataRequest.objects.get(kind="deletion", state="open")
    form = {
        "grant": grant,
        "ground": "agreed" if grant == "yes" else "enrolled",
        "answer": "已核对",
        "password": PASSWORD,
    }
    return head.post(f"/consent/requests/{row.public_id}", form)


def texts_of_the_database() -> str:
    """Every value of every table."""
    words = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            words.append(str(cursor.fetchall()))
    return "".join(words)


def test_a_deletion_takes_every_row_that_names_the_child_and_keeps_figures(
    cast: Cast, head: Client, django_capture_on_commit_callbacks
) -> None:
    one = cast.points[0]
    child = one.pupils[0]
    Pupil.objects.filter(pk=child.pk).update(name="独一无二的名字")
    lesson = past_lesson(cast)
    call_roll(lesson, one, present=one.pupils, absent=[])
    reception = lesson.receptions.get(home_class=one.home_class)
    before = figures_of([reception])[reception.pk]
    guardian_page = ask_deletion(cast, child)
    guardian = person_of(child)
    with django_capture_on_commit_callbacks(execute=True):
        page = decide(head).content.decode()
    assert "点名" in page
    assert "独一无二的名字" not in texts_of_the_database()
    assert not Pupil.objects.filter(public_id=child.public_id).exists()
    assert not Enrolment.objects.filter(pupil_id=child.pk).exists()
    assert not Guardianship.objects.filter(pupil_id=child.pk).exists()
    assert figures_of([reception])[reception.pk] == before
    assert EvidenceRow.objects.filter(kind="roll_call").count() == 1
    assert ConsentAnswer.objects.filter(pupil=child.public_id).count() == 1
    assert not Account.objects.get(person=guardian).is_active
    assert guardian_page.get("/children/").status_code == 302
    deleted = Entry.objects.get(action="data.deleted")
    assert json.loads(deleted.detail)["rows"]["people.pupil"] == 1
    # The school reads in its own log that it was done.
    told = Entry.objects.filter(object=f"pupil:{child.public_id}", action__startswith="data.deletion_granted")
    assert {deleted.school, *told.values_list("school", flat=True)} == {one.school.pk}
    assert tombstones.read_journal(tombstones.journal()).keys() == {tombstones.digest_of(child.public_id)}
    assert str(child.public_id) not in tombstones.journal().read_text()


def test_what_the_school_refuses_stays_with_its_ground(cast: Cast, head: Client) -> None:
    child = cast.points[0].pupils[0]
    client = ask_deletion(cast, child)
    assert decide(head, "no").status_code == 200
    assert Pupil.objects.filter(pk=child.pk).exists()
    assert "义务教育在籍学生" in client.get(f"/consent/children/{child.public_id}").content.decode()


def leaves(child: Pupil) -> None:
    """What an import writes for a child that the county's files no longer name."""
    Pupil.objects.filter(pk=child.pk).update(ended_on=clock.today())
    Enrolment.objects.filter(pupil=child, valid_to=None).update(valid_to=clock.today() - timedelta(days=1))


def test_a_child_is_taken_off_the_roll_before_it_is_deleted_as_the_page_says(cast: Cast, head: Client) -> None:
    child = cast.points[0].pupils[0]
    ask_deletion(cast, child)
    elsewhere = signed_in(person("他校长", "h12", Role.SCHOOL_HEAD, school=cast.points[1].school))
    leaves(child)
    asked = DataRequest.objects.get()
    assert elsewhere.get(f"/consent/requests/{asked.public_id}").status_code == 404
    assert "删除" in head.get("/consent/requests/").content.decode()
    assert decide(head).status_code == 200
    assert not Pupil.objects.filter(pk=child.pk).exists()
    page = head.get("/consent/requests/").content.decode()
    assert str(asked.public_id) not in page
    assert DataRequest.objects.get().get_state_display() in page


def test_a_request_goes_with_the_child_to_its_new_school(cast: Cast, head: Client) -> None:
    child, there = cast.points[0].pupils[0], cast.points[1]
    ask_deletion(cast, child)
    Enrolment.objects.filter(pupil=child, valid_to=None).update(valid_to=clock.today() - timedelta(days=1))
    Enrolment.objects.create(pupil=child, home_class=there.home_class, valid_from=clock.today())
    address = f"/consent/requests/{DataRequest.objects.get().public_id}"
    assert head.get(address).status_code == 404
    assert signed_in(person("他校长", "h12", Role.SCHOOL_HEAD, school=there.school)).get(address).status_code == 200


def test_the_rights_of_a_family_do_not_end_when_the_child_leaves(cast: Cast, head: Client) -> None:
    """Films of a school year are still there: who has left can withdraw, take the data, and have them deleted."""
    one, child = cast.points[0], cast.points[0].pupils[0]
    client = guardian_of(one, child)
    say(client, child, "recording", "yes")
    leaves(child)
    assert client.get(f"/children/{child.public_id}").status_code == 200
    assert say(client, child, "recording", "no").status_code == 302
    assert ConsentAnswer.objects.latest("id").decision == "withdrawn"
    assert child.name in fetched(client, child).read("index.html").decode()
    assert client.post(f"/consent/children/{child.public_id}/deletion", {"password": PASSWORD}).status_code == 302
    assert decide(head).status_code == 200
    assert signed_in(one.local).get(f"/consent/pupils/{child.public_id}/paper").status_code == 404


def test_open_requests_stand_first(cast: Cast, head: Client) -> None:
    one = cast.points[0]
    asked = []
    for pupil in one.pupils[:2]:
        client = guardian_of(one, pupil)
        client.post(f"/consent/children/{pupil.public_id}/correction", {"text": "姓名应为王小山"})
        asked.append(DataRequest.objects.latest("pk"))
    form = {"grant": "no", "ground": "not_shown", "answer": "户口簿上是这样", "password": PASSWORD}
    assert head.post(f"/consent/requests/{asked[0].public_id}", form).status_code == 200
    rows = head.get("/consent/requests/").context["rows"]
    assert [row.pk for row, _pupil in rows] == [asked[1].pk, asked[0].pk]


def test_no_table_that_names_a_pupil_is_left_out(cast: Cast) -> None:
    """A row of each kind of table that names a pupil is made from its fields, and is gone with the child."""
    child = cast.points[0].pupils[0]
    guardian_of(cast.points[0], child)
    erase(child, by="person:1", why="agreed")
    for relation in Pupil._meta.related_objects:
        if relation.on_delete is not models.SET_NULL:
            assert not relation.related_model._base_manager.filter(**{relation.field.name: child.pk}).exists()


def test_a_guardian_with_another_child_stays_and_so_does_a_teacher_who_is_a_parent(cast: Cast) -> None:
    one = cast.points[0]
    first, second, third = one.pupils[:3]
    guardian_of(one, first)
    guardian = person_of(first)
    Guardianship.objects.create(guardian=guardian, pupil=second, kind="mother", valid_from=clock.today())
    Guardianship.objects.create(guardian=one.local, pupil=third, kind="father", valid_from=clock.today())
    erase(first, by="person:1", why="agreed")
    fourth, official = one.pupils[3], person("周主任", "o77", Role.ADMINISTRATION_OFFICER, at=cast.county)
    Guardianship.objects.create(guardian=official, pupil=fourth, kind="father", valid_from=clock.today())
    erase(third, by="person:1", why="agreed")
    erase(fourth, by="person:1", why="agreed")
    assert Account.objects.get(person=official).is_active
    assert official.role_assignments.filter(valid_to=None).exists()
    assert Account.objects.get(person=guardian).is_active
    assert Account.objects.get(person=one.local).is_active


def rows_of_child(child: Pupil) -> list[models.Model]:
    return [child, *Enrolment.objects.filter(pupil=child)]


def test_a_row_that_an_older_backup_brings_back_is_deleted_again(
    cast: Cast, capsys: pytest.CaptureFixture[str], django_capture_on_commit_callbacks
) -> None:
    one = cast.points[0]
    child, other = one.pupils[:2]
    kept = rows_of_child(child)
    with django_capture_on_commit_callbacks(execute=True):
        erase(child, by="person:1", why="agreed")
    # The older backup: the child's rows, and no tombstone in the table.
    Tombstone.objects.all().delete()
    for row in kept:
        type(row)._base_manager.bulk_create([row])
    assert Pupil.objects.filter(public_id=child.public_id).exists()
    assert main(["consent", "replay-tombstones", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted_again": 1, "tombstones": 1}
    assert not Pupil.objects.filter(public_id=child.public_id).exists()
    assert Pupil.objects.filter(public_id=other.public_id).exists()
    assert Tombstone.objects.count() == 1
    assert replay_tombstones() == 0


def test_tombstones_kept_elsewhere_are_taken_in_and_a_torn_line_harms_nothing(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str], django_capture_on_commit_callbacks
) -> None:
    child, other = cast.points[0].pupils[:2]
    with django_capture_on_commit_callbacks(execute=True):
        erase(child, by="person:1", why="agreed")
    assert main(["consent", "tombstones"]) == 0
    elsewhere = tmp_path / "children.txt"
    elsewhere.write_text(capsys.readouterr().out)
    tombstones.journal().write_text("\n" + "a" * 30)
    Tombstone.objects.all().delete()
    assert main(["consent", "replay-tombstones", "--from", str(elsewhere)]) == 0
    assert set(tombstones.all_tombstones()) == {tombstones.digest_of(child.public_id)}
    assert main(["consent", "replay-tombstones", "--from", str(tmp_path / "none")]) == 1
    assert Pupil.objects.filter(pk=other.pk).exists()
