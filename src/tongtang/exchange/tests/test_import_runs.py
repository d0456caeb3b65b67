"""An import from the upload to its report, on a real county in the database."""

from datetime import date

import pytest
from tests.cast import COUNTY, make_cast

from tongtang.access.actor import Actor
from tongtang.audit.models import Entry
from tongtang.exchange.models import ImportRun, QuarantinedRow
from tongtang.exchange.oneroster.writing import bulk_zip
from tongtang.exchange.stages import files
from tongtang.exchange.stages import run as stages
from tongtang.exchange.state.present import present_state
from tongtang.exchange.tests.parcels import files_of, line, small_county, zipped
from tongtang.organisations.models import BellSchedule, HomeClass, School
from tongtang.people.models import Enrolment, Person, Post, Pupil

STAMP = "2026-03-01T08:00:00.000Z"
ACTOR = Actor(person_id=1)


@pytest.fixture
def county(db):
    cast = make_cast(2, sizes=[2, 3])
    Person.objects.filter(county_code=COUNTY, posts__isnull=False).update(from_roster=True)
    return cast


def handed_in(data: bytes, form: str = ImportRun.Form.ONEROSTER) -> ImportRun:
    run = stages.hand_in(actor=ACTOR, county=COUNTY, form=form, system="x", name="名册.zip", chunks=[data])
    stages.check_run(run)
    return run


def applied(data: bytes) -> ImportRun:
    run = handed_in(data)
    assert run.findings == []
    stages.begin_apply(actor=ACTOR, run=run)
    run.refresh_from_db()
    stages.apply_run(run)
    run.refresh_from_db()
    assert run.state == ImportRun.State.APPLIED
    return run


def totals(run: ImportRun) -> dict[str, int]:
    return {kind: sum(run.counts[kind].values()) for kind in ("created", "changed", "ended")}


NOTHING = {"created": 0, "changed": 0, "ended": 0}


def one_user(status: str, stamp: str, given: str):
    """Rows of a delta about one pupil."""
    return {"users": [line("users", "p1", status, stamp, enabledUser="true", givenName=given, familyName="王")]}


def as_delta(rows):
    """The small county as a delta: what it does not name stays."""
    stamped = {key: [[one[0], "active", STAMP, *one[3:]] for one in lines] for key, lines in rows.items()}
    return zipped(files_of(stamped, mode="delta"))


def test_our_own_export_changes_nothing(county) -> None:
    state = present_state(COUNTY)
    run = handed_in(bulk_zip(state, (str(COUNTY), "崇阳县")))
    assert (run.state, totals(run), run.counts["quarantined"]) == (ImportRun.State.WAITING, NOTHING, 0)
    assert run.counts["unchanged"]["pupils"] == len(state["pupils"])


def test_a_delta_is_applied_whole_and_twice_it_changes_nothing(county) -> None:
    run = applied(as_delta(small_county()))
    assert run.counts["created"] == {"classes": 1, "pupils": 2, "schools": 1, "teachers": 1, "terms": 1}
    school = School.objects.get(county_code=COUNTY, source_id="s1")
    assert (school.code, school.name) == ("2142001234", "白霓镇中心小学")
    pupil = Pupil.objects.get(source_id="p2")
    assert (pupil.name, pupil.birth_date, pupil.run) == ("欧阳静", date(2018, 6, 1), run.pk)
    assert Enrolment.objects.get(pupil=pupil).home_class.source_id == "c1"
    assert Post.objects.get(person__source_id="u1").school == school
    assert HomeClass.objects.get(source_id="c1").pupil_count == 2
    assert Entry.objects.filter(action="import.applied", object=f"import:{run.public_id}").count() == 1
    again = applied(as_delta(small_county()))
    assert totals(again) == NOTHING
    assert present_state(COUNTY)["pupils"]["p1"]["class"] == "c1"


def test_a_bulk_ends_what_it_does_not_name(county) -> None:
    run = handed_in(zipped(files_of(small_county())))
    assert run.state == ImportRun.State.WAITING
    assert run.counts["ended"] == {"classes": 2, "pupils": 5, "schools": 4, "teachers": 4, "terms": 1}


def test_a_withdrawn_run_leaves_nothing(county, django_capture_on_commit_callbacks) -> None:
    run = handed_in(as_delta(small_county()))
    assert files.diff_of(run).is_file()
    before = present_state(COUNTY)
    with django_capture_on_commit_callbacks(execute=True):
        stages.withdraw(actor=ACTOR, run=run)
    assert not files.diff_of(run).exists()
    with pytest.raises(stages.Refused):
        stages.begin_apply(actor=ACTOR, run=run)
    run.refresh_from_db()
    assert (run.state, present_state(COUNTY)) == (ImportRun.State.WITHDRAWN, before)


@pytest.mark.parametrize("data", [None, b"no zip"])
def test_a_run_withdrawn_while_it_was_checked_stays_withdrawn(county, data) -> None:
    given = as_delta(small_county()) if data is None else data
    run = stages.hand_in(actor=ACTOR, county=COUNTY, form="oneroster", system="x", name="名册.zip", chunks=[given])
    job = ImportRun.objects.get(pk=run.pk)
    stages.withdraw(actor=ACTOR, run=run)
    stages.check_run(job)
    run.refresh_from_db()
    assert (run.state, run.quarantined.count()) == (ImportRun.State.WITHDRAWN, 0)


def test_a_run_that_could_not_be_applied_keeps_no_row_apart(county) -> None:
    rows = small_county()
    rows["demographics"].pop(0)
    run = handed_in(as_delta(rows))
    assert run.quarantined.count() == 1
    stages.begin_apply(actor=ACTOR, run=run)
    BellSchedule.objects.update(ended_on="2026-01-01")
    run.refresh_from_db()
    stages.apply_run(run)
    run.refresh_from_db()
    assert (run.state, run.quarantined.count()) == (ImportRun.State.REFUSED, 0)


def test_a_county_that_changed_meanwhile_is_shown_again(county) -> None:
    run = handed_in(as_delta(small_county()))
    School.objects.create(
        county_code=COUNTY,
        source_id="s1",
        name="别名",
        kind="receiving_school",
        region_code=COUNTY,
        bell_schedule=county.bell,
        link_mbps=1,
        max_streams=1,
    )
    stages.begin_apply(actor=ACTOR, run=run)
    run.refresh_from_db()
    stages.apply_run(run)
    run.refresh_from_db()
    assert (run.state, len(run.findings)) == (ImportRun.State.WAITING, 1)
    assert run.counts["changed"] == {"schools": 1}
    assert not Pupil.objects.filter(source_id="p1").exists()


def look_like_another(rows) -> None:
    """The first pupil has the name, birth date and school of somebody who is here already."""
    rows["demographics"][0][3] = "2017-05-01"
    rows["users"][1] = line("users", "p1", enabledUser="true", givenName="学生1之0", familyName=".")
    rows["enrollments"][0][3:5] = ["p01-g3", "p01"]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda rows: rows["demographics"].pop(0), "no_birth_date"),
        (lambda rows: rows["enrollments"].pop(0), "no_class"),
        (lambda rows: rows["demographics"][0].__setitem__(4, "unspecified"), "no_sex"),
        (look_like_another, "duplicate"),
    ],
)
def test_a_row_that_can_wait_waits_and_the_rest_goes_on(county, edit, reason) -> None:
    rows = small_county()
    edit(rows)
    run = applied(as_delta(rows))
    assert run.counts["created"]["pupils"] == 1
    waiting = QuarantinedRow.objects.get(run=run)
    assert (waiting.table, waiting.reason, waiting.row["source_id"]) == ("pupils", reason, "p1")


def test_a_row_deleted_by_a_delta_ends(county) -> None:
    applied(as_delta(small_county()))
    rows = {
        "users": [
            line(
                "users",
                "p1",
                "tobedeleted",
                "2026-04-01T00:00:00Z",
                enabledUser="true",
                givenName="小明",
                familyName="王",
            )
        ]
    }
    run = applied(zipped(files_of(rows, mode="delta")))
    assert run.counts["ended"] == {"pupils": 1}
    assert Pupil.objects.get(source_id="p1").ended_on is not None
    assert not Enrolment.objects.filter(pupil__source_id="p1", valid_to=None).exists()


def test_an_older_delta_does_not_overwrite_a_newer_one(county) -> None:
    applied(as_delta(small_county()))
    rows = {
        "users": [
            line("users", "p1", "active", "2026-02-01T00:00:00Z", enabledUser="true", givenName="旧", familyName="王")
        ]
    }
    run = handed_in(zipped(files_of(rows, mode="delta")))
    assert (totals(run), run.counts["older"]) == (NOTHING, 1)


def test_what_has_no_place_is_named(county) -> None:
    rows = small_county()
    rows["users"][0] = line(
        "users", "u1", enabledUser="true", givenName="雯雯", familyName="沈", email="a@b.c", phone="1"
    )
    rows["classes"].append(
        line(
            "classes",
            "k",
            title="语文",
            grades="01",
            courseSourcedId="k1",
            classType="scheduled",
            schoolSourcedId="s1",
            termSourcedIds="t2",
        )
    )
    run = handed_in(as_delta(rows))
    assert run.counts["uncarried"] == {
        "academicSessions (schoolYear)": 1,
        "classes (scheduled)": 1,
        "courses": 1,
        "orgs (district)": 1,
        "users.email": 1,
        "users.phone": 1,
    }


def test_a_broken_zip_is_refused_with_a_sentence(county) -> None:
    run = handed_in(b"no zip")
    assert (run.state, len(run.findings)) == (ImportRun.State.REFUSED, 1)
    assert not files.folder_of(run).exists()
