"""The bulk engine at its edges: numbers, what is held by hand, one import at a time, its entry, its findings."""

from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import COUNTY, make_cast, person, signed_in

from tongtang.access.models import Role
from tongtang.audit.models import Entry
from tongtang.exchange.county import numbers
from tongtang.exchange.county.cells import BadCell
from tongtang.exchange.models import ImportRun
from tongtang.exchange.roster import text
from tongtang.exchange.roster.runs import CountyBusy, import_roster, one_import_of
from tongtang.exchange.tests.folders import FIXTURES, load
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, Region
from tongtang.people.models import Enrolment, Pupil

ROWS = [("x1", "王一", "男", "2017-05-01"), ("x2", "李二", "女", "2018-06-02")]


@pytest.fixture
def home_class(db):
    return make_cast(1, sizes=[0]).points[0].home_class


def write(tmp_path, home_class, rows, header="pupil_id,class_id,name,sex,birth_date"):
    lines = [",".join((key, home_class.source_id, *rest)) for key, *rest in rows]
    path = tmp_path / "roster.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_an_import_has_one_entry_with_its_digest_and_no_name(tmp_path, home_class):
    path = write(tmp_path, home_class, ROWS)
    run = import_roster(path, COUNTY, by="person:7", system="x")
    entry = Entry.objects.get(object=f"import:{run.public_id}")
    assert (run.state, run.counts["created"], run.digest) == (ImportRun.State.APPLIED, 2, text.file_digest(path))
    assert run.digest in str(entry.detail)
    assert "王一" not in str(entry.detail)
    assert set(Pupil.objects.filter(source_id__in=("x1", "x2")).values_list("run", flat=True)) == {run.pk}


def test_runs_of_the_command_line_stand_on_the_page_of_imports(tmp_path, divisions, capsys):
    assert load(capsys, FIXTURES / "chongyang-tight")[0] == 0
    home_class = HomeClass.objects.get(county_code=COUNTY, source_id="p01-g1")
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    clerk = signed_in(person("管理员", "m01", Role.SYSTEM_ADMINISTRATOR, at=Region.objects.get(code=COUNTY)))
    shown = clerk.get("/imports/").content.decode()
    assert ("新增 2<" in shown, "新增 1545<" in shown) == (True, True)
    answers = [clerk.get(f"/imports/{run.public_id}/").status_code for run in ImportRun.objects.all()]
    assert answers == [200, 200]


def test_what_was_corrected_by_hand_is_left_alone(tmp_path, home_class):
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    held = {"name": {"by": "person:7", "at": "2026-09-01", "was": "王一"}}
    Pupil.objects.filter(source_id="x1").update(name="王壹", held=held)
    again = import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    assert again.counts["changed"] == 0
    rows = [("x1", "王一", "女", "2017-05-01"), ROWS[1]]
    assert import_roster(write(tmp_path, home_class, rows), COUNTY, by="person:7").counts["changed"] == 1
    pupil = Pupil.objects.get(source_id="x1")
    assert (pupil.name, pupil.sex) == ("王壹", "female")


def test_who_was_in_a_class_for_no_day_was_never_there(tmp_path, home_class):
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=home_class.school, name="四年级班", grades=[4], pupil_count=0
    )
    rows = [(f"x{n}", "王一", "男", "2017-05-01") for n in range(3)]
    import_roster(write(tmp_path, home_class, rows), COUNTY, by="person:7")
    Enrolment.objects.filter(pupil__source_id__startswith="x").update(valid_from=clock.today())
    import_roster(write(tmp_path, other, rows[:2]), COUNTY, by="person:7")
    kept = Enrolment.objects.filter(pupil__source_id__startswith="x")
    assert set(kept.values_list("pupil__source_id", "home_class", "valid_to")) == {
        ("x0", other.pk, None),
        ("x1", other.pk, None),
    }
    assert Pupil.objects.get(source_id="x2").ended_on == clock.today()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_second_import_of_the_county_is_told_to_wait(tmp_path, home_class):
    path = write(tmp_path, home_class, ROWS)
    said = []

    def second():
        try:
            import_roster(path, COUNTY, by="person:7")
        except CountyBusy as busy:
            said.append(str(busy))
        finally:
            connection.close()

    with one_import_of(COUNTY):
        thread = Thread(target=second)
        thread.start()
        thread.join()
    assert len(said) == 1
    assert "本县" in said[0]
    assert not ImportRun.objects.exists()


def test_findings_refuse_the_roster_and_show_no_number(tmp_path, home_class):
    header = "pupil_id,class_id,name,sex,birth_date,id_number"
    rows = [("x1", "王一", "男", "2017-05-01", "421223201705010011"), ("x2", "李二", "女", "2018-06-02", "")]
    run = import_roster(write(tmp_path, home_class, rows, header), COUNTY, by="person:7")
    assert run.state == ImportRun.State.REFUSED
    assert [(one["line"], one["column"], one["value"]) for one in run.findings] == [(2, "id_number", "421223...")]
    assert not Pupil.objects.filter(source_id__startswith="x").exists()


def with_check(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, numbers.WEIGHTS, strict=True))
    return body + numbers.CHECK_PLACES[total % 11]


def test_numbers_are_kept_as_keyed_digests_only(tmp_path, home_class):
    header = "pupil_id,class_id,name,sex,birth_date,id_number,pupil_number"
    number = with_check("42122320170501001")
    rows = [("x1", "王一", "男", "2017-05-01", number, f"G{number}"), ("x2", "李二", "女", "2018-06-02", "", "")]
    path = write(tmp_path, home_class, rows, header)
    assert import_roster(path, COUNTY, by="person:7").counts["created"] == 2
    pupil = Pupil.objects.get(source_id="x1")
    assert bytes(pupil.id_digest) == numbers.digest(number)
    assert bytes(pupil.number_digest) == numbers.digest(f"G{number}")
    assert Pupil.objects.get(source_id="x2").id_digest is None
    assert import_roster(path, COUNTY, by="person:7").counts["unchanged"] == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_pupil")
        assert number not in str(cursor.fetchall())


@pytest.mark.parametrize(
    "number", ["42122320170501001", "421223201702300016", "421223201705010011", "42122320170501001x", "０" * 18]
)
def test_an_id_number_that_the_standard_refuses(number):
    with pytest.raises(BadCell):
        numbers.id_number(number)


def test_the_standards_own_examples_pass():
    # GB 11643-1999, appendix: two numbers worked out there.
    assert numbers.id_number("11010519491231002X")
    assert numbers.id_number("440524188001010014")


def test_no_enrolment_without_its_pupil(home_class):
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.bulk_create([Enrolment(pupil_id=10**9, home_class=home_class, valid_from="2026-09-01")])
        connection.check_constraints()


def test_a_pupil_with_an_enrolment_cannot_be_taken_away(tmp_path, home_class):
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_pupil WHERE source_id = 'x1'")
        connection.check_constraints()


def test_no_enrolment_without_its_class(tmp_path, home_class):
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.filter(pupil__source_id="x1").update(home_class_id=10**9)
        connection.check_constraints()


def test_a_class_with_an_enrolment_cannot_be_taken_away(tmp_path, home_class):
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM organisations_homeclass WHERE id = %s", [home_class.pk])
        connection.check_constraints()


def test_a_pupil_has_one_open_enrolment_and_any_number_of_ended_ones(tmp_path, home_class):
    import_roster(write(tmp_path, home_class, ROWS), COUNTY, by="person:7")
    (pupil,) = Pupil.objects.filter(source_id="x1")
    row = {"pupil": pupil, "home_class": home_class, "valid_from": "2025-09-01"}
    for _turn in range(2):
        Enrolment.objects.create(**row, valid_to="2026-07-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.create(**row)
