"""A folder of our form changes nothing that was corrected by hand, is owned by another system, or merged away."""

import pytest
from tests.cast import person, signed_in

from tongtang.access.models import Role
from tongtang.exchange.duplicates.settle import settle_pair
from tongtang.exchange.models import DuplicatePair, ImportRun, SourceRule
from tongtang.exchange.stages import run as stages
from tongtang.exchange.tests.folders import COUNTY, load, set_cell
from tongtang.exchange.tests.parcels import zipped
from tongtang.exchange.tests.test_import_runs import ACTOR, handed_in, totals
from tongtang.exchange.tests.test_sources import correct
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, Region, School, SchoolChange, Term
from tongtang.people.models import Enrolment, Person, Pupil

MODELS = {"schools": School, "classes": HomeClass, "teachers": Person, "terms": Term}
FILES = ("schools", "classes", "teachers", "terms")


@pytest.fixture
def desk(folder, divisions, capsys):
    assert load(capsys, folder)[0] == 0
    return signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=Region.objects.get(code=COUNTY)))


def as_zip(folder) -> bytes:
    return zipped({path.name: path.read_bytes() for path in folder.glob("*.csv")})


@pytest.mark.parametrize("table", FILES)
def test_a_value_held_by_hand_stays(desk, folder, capsys, table) -> None:
    row = MODELS[table].objects.exclude(source_id="adm").order_by("source_id").first()
    assert correct(desk, "name", "手工名", row.source_id, table).status_code == 302
    code, report = load(capsys, folder)
    assert (code, report["changed"]) == (0, {})
    row.refresh_from_db()
    assert row.name == "手工名"
    run = handed_in(as_zip(folder), ImportRun.Form.COUNTY_FOLDER)
    assert (totals(run)["changed"], [one["why"] for one in run.counts["refused"]]) == (0, ["held"])


@pytest.mark.parametrize(("table", "column"), [("classes", "name"), ("terms", "last_day"), ("pupils", "name")])
def test_what_another_system_owns_stays(desk, folder, capsys, table, column) -> None:
    SourceRule.objects.create(table=table, attribute=column, owner="省学籍系统", valid_from="2020-01-01")
    set_cell(folder, f"{table}.csv", 2, column, "2027-01-25" if column == "last_day" else "改名")
    code, report = load(capsys, folder)
    assert (code, report["changed"]) == (0, {})
    run = handed_in(as_zip(folder), ImportRun.Form.COUNTY_FOLDER)
    assert totals(run)["changed"] == 0


def test_the_system_that_owns_it_changes_it(desk, folder) -> None:
    SourceRule.objects.create(table="classes", attribute="name", owner="x", valid_from="2020-01-01")
    set_cell(folder, "classes.csv", 2, "name", "改名")
    assert handed_in(as_zip(folder), ImportRun.Form.COUNTY_FOLDER).counts["changed"] == {"classes": 1}


def test_a_pupil_found_to_be_another_one_does_not_come_back(desk, folder, capsys) -> None:
    one, two = Pupil.objects.order_by("pk")[:2]
    pair = DuplicatePair.objects.create(
        county_code=COUNTY, first=one, second=two, why="name_birth_school", found_at=clock.now()
    )
    settle_pair(actor=ACTOR, pair=pair, same=True, kept="first")
    code, report = load(capsys, folder)
    assert (code, report["created"], report["changed"], report["ended"]) == (0, {}, {}, {})
    two.refresh_from_db()
    assert two.ended_on == clock.today()
    assert not Enrolment.objects.filter(pupil=two, valid_to=None).exists()


def test_a_school_merged_away_does_not_come_back(desk, folder, capsys) -> None:
    one, other = School.objects.filter(kind="teaching_point").order_by("source_id")[:2]
    School.objects.filter(pk=one.pk).update(ended_on=clock.today())
    SchoolChange.objects.create(
        kind="merge", school=one, other=other, day=clock.today(), reason="x", by="x", made_at=clock.now()
    )
    code, report = load(capsys, folder)
    assert (code, [one["value"] for one in report["errors"]]) == (1, [one.source_id])
    one.refresh_from_db()
    assert one.ended_on == clock.today()
    run = stages.hand_in(
        actor=ACTOR, county=COUNTY, form="county_folder", system="x", name="x.zip", chunks=[as_zip(folder)]
    )
    stages.check_run(run)
    assert (run.state, [found["value"] for found in run.findings]) == ("refused", [one.source_id])
