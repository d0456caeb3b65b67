"""One source for each value: rules, corrections by hand, rows that wait, and pupils who may be one."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import COUNTY, make_cast, person, signed_in

from tongtang.access.models import Approval, Role
from tongtang.audit.models import Entry
from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.models import Correction, DuplicatePair, ImportRun, QuarantinedRow, SourceRule
from tongtang.exchange.sources.rules import shut_for
from tongtang.exchange.state.compare import compare
from tongtang.exchange.state.values import PUPILS, Wanted
from tongtang.exchange.tests.parcels import files_of, small_county, zipped
from tongtang.exchange.tests.test_import_runs import applied, as_delta, handed_in, totals
from tongtang.foundation import clock
from tongtang.people.models import Enrolment, Pupil

DAY = date(2020, 1, 1)


@pytest.fixture
def cast(db):
    return make_cast(2, sizes=[3, 2])


@pytest.fixture
def desk(cast):
    return signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=cast.county))


def correct(desk, attribute: str, value: str, source_id: str = "p1", table: str = "pupils", reason: str = "家长更正"):
    form = {"county": COUNTY, "table": table, "id": source_id, "attribute": attribute}
    return desk.post(reverse("exchange:correct"), {**form, "value": value, "reason": reason})


def with_name(given: str) -> bytes:
    rows = small_county()
    rows["users"][1][7 - 1] = given
    return as_delta(rows)


def test_a_corrected_value_is_held_against_imports_and_let_go(cast, desk) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, "name", "王晓明").status_code == 302
    pupil = Pupil.objects.get(source_id="p1")
    assert (pupil.name, set(pupil.held)) == ("王晓明", {"name"})
    run = handed_in(as_delta(small_county()))
    assert (totals(run)["changed"], run.counts["refused"][0]["why"]) == (0, "held")
    entry = Entry.objects.get(action="source.corrected")
    assert entry.object == f"pupil:{pupil.public_id}"
    assert "王" not in str(entry.detail)
    page = desk.get(reverse("exchange:row", args=[COUNTY, "pupils", "p1"])).content.decode()
    assert "省学籍系统" in page
    assert "家长更正" in page
    one = Correction.objects.get()
    assert desk.post(reverse("exchange:release"), {"county": COUNTY, "correction": one.pk}).status_code == 302
    assert handed_in(as_delta(small_county())).counts["changed"] == {"pupils": 1}


@pytest.mark.parametrize(
    ("attribute", "value", "table", "source_id"),
    [
        ("class", "c1", "pupils", "p1"),
        ("birth_date", "2018-02-30", "pupils", "p1"),
        ("sex", "男", "pupils", "p1"),
        ("code", "12", "schools", "s1"),
        ("public_id", "x", "pupils", "p1"),
        ("name", "x" * 61, "pupils", "p1"),
    ],
)
def test_a_value_that_will_not_do_is_refused(cast, desk, attribute, value, table, source_id) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, attribute, value, source_id, table).status_code == 409
    assert not Correction.objects.exists()


@pytest.mark.parametrize(("attribute", "value"), [("first_day", "2027-01-01"), ("last_day", "2026-03-02")])
def test_a_term_by_hand_stays_in_order(cast, desk, attribute, value) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, attribute, value, "t2", "terms").status_code == 409
    assert not Correction.objects.exists()


def test_a_birth_date_by_hand_has_come(cast, desk) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, "birth_date", "2999-01-01").status_code == 409


def test_the_code_of_a_school_may_be_confirmed(cast, desk) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, "code", "2142001234", "s1", "schools").status_code == 302


def test_a_correction_needs_its_reason(cast, desk) -> None:
    applied(as_delta(small_county()))
    assert correct(desk, "name", "王晓明", reason="").status_code == 400


@pytest.mark.parametrize(
    ("owner", "others", "county", "shut"),
    [
        ("A", [], None, "not_owner"),
        ("A", ["X"], None, ""),
        ("X", [], None, ""),
        ("A", [], COUNTY, "not_owner"),
        ("A", [], COUNTY + 1, ""),
    ],
)
def test_an_attribute_belongs_to_its_system(db, owner, others, county, shut) -> None:
    rule = {"county_code": county, "table": "pupils", "owner": owner, "may_overwrite": others, "valid_from": DAY}
    SourceRule.objects.create(attribute="name", **rule)
    assert shut_for(COUNTY, "X", clock.today())("pupils", "p1", "name") == shut
    assert shut_for(COUNTY, "X", clock.today())("pupils", "p1", "sex") == ""


def test_a_rule_of_the_whole_table_yields_to_one_of_an_attribute(db) -> None:
    common = {"table": "pupils", "may_overwrite": [], "valid_from": DAY}
    SourceRule.objects.create(attribute="*", owner="A", **common)
    SourceRule.objects.create(attribute="name", owner="X", **common)
    shut = shut_for(COUNTY, "X", clock.today())
    assert (shut("pupils", "p1", "name"), shut("pupils", "p1", "sex")) == ("", "not_owner")


def test_a_rule_over_is_over_and_one_to_come_is_not_yet(db) -> None:
    common = {"table": "pupils", "attribute": "name", "owner": "A", "may_overwrite": []}
    SourceRule.objects.create(valid_from=DAY, valid_to=date(2020, 2, 1), **common)
    SourceRule.objects.create(valid_from=date(2099, 1, 1), **common)
    assert shut_for(COUNTY, "X", clock.today())("pupils", "p1", "name") == ""


def waiting_row(desk) -> tuple[QuarantinedRow, str]:
    rows = small_county()
    rows["demographics"].pop(0)
    row = QuarantinedRow.objects.get(run=applied(as_delta(rows)))
    return row, reverse("exchange:settle-row", args=[row.run.public_id, row.pk])


def test_a_row_is_corrected_and_taken_in_once(cast, desk) -> None:
    row, address = waiting_row(desk)
    assert "王小明" in desk.get(address).content.decode()
    form = {"name": "王小明", "sex": "male", "birth_date": "2018-05-01", "home_class": "c1", "do": "release"}
    assert desk.post(address, {**form, "home_class": "nowhere"}).status_code == 400
    assert desk.post(address, form).status_code == 302
    assert Enrolment.objects.get(pupil__source_id="p1", valid_to=None).home_class.source_id == "c1"
    row.refresh_from_db()
    assert (row.state, row.row) == ("taken", {"source_id": "p1"})
    assert desk.post(address, form).status_code == 404
    assert totals(handed_in(as_delta(small_county()))) == {"created": 0, "changed": 0, "ended": 0}


def test_a_discarded_row_is_forgotten(cast, desk) -> None:
    row, address = waiting_row(desk)
    assert desk.post(address, {"do": "discard"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, "name" in row.row, Pupil.objects.filter(source_id="p1").exists()) == ("dropped", False, False)


@pytest.fixture
def pair(cast) -> DuplicatePair:
    """Two of the three pupils of the first class have one name."""
    one, two, _three = cast.points[0].pupils
    Pupil.objects.filter(pk=two.pk).update(name=one.name)
    assert find_duplicates(COUNTY) == 1
    return DuplicatePair.objects.get()


def settle(desk, pair: DuplicatePair, word: str):
    return desk.post(reverse("exchange:settle-pair", args=[pair.public_id]), {"do": word})


def test_the_same_child_goes_on_once_with_both_histories(desk, pair) -> None:
    assert pair.first.name in desk.get(reverse("exchange:duplicates")).content.decode()
    assert settle(desk, pair, "second").status_code == 302
    pair.refresh_from_db()
    assert (pair.state, pair.kept, pair.first.ended_on) == ("same", pair.second, clock.today())
    assert Enrolment.objects.filter(pupil=pair.first).count() == 1
    assert not Enrolment.objects.filter(pupil=pair.first, valid_to=None).exists()
    assert settle(desk, pair, "different").status_code == 409
    assert find_duplicates(COUNTY) == 0


def test_two_children_are_never_asked_about_again(desk, pair) -> None:
    assert settle(desk, pair, "different").status_code == 302
    assert find_duplicates(COUNTY) == 0
    assert Pupil.objects.filter(pk__in=[pair.first_id, pair.second_id], ended_on=None).count() == 2


def test_it_must_be_said_who_goes_on(desk, pair) -> None:
    assert settle(desk, pair, "").status_code == 409


@pytest.mark.parametrize("word", ["first", "second"])
def test_nobody_goes_on_as_a_child_who_has_ended(desk, pair, word) -> None:
    Pupil.objects.filter(pk=pair.second_id if word == "second" else pair.first_id).update(ended_on=clock.today())
    assert pair.first.source_id not in desk.get(reverse("exchange:duplicates")).content.decode()
    assert settle(desk, pair, word).status_code == 409
    assert Pupil.objects.filter(pk__in=[pair.first_id, pair.second_id], ended_on=None).count() == 1


def test_an_error_repeated_often_is_no_matter_of_pairs(cast) -> None:
    make = [
        Pupil(county_code=COUNTY, source_id=f"x{n}", name=f"甲{n}", sex="male", birth_date=DAY, id_digest=b"y" * 16)
        for n in range(21)
    ]
    Pupil.objects.bulk_create(make)
    assert find_duplicates(COUNTY) == 0


def test_pairs_are_found_with_few_queries(cast, django_assert_max_num_queries) -> None:
    home = cast.points[0].home_class
    make = [
        Pupil(county_code=COUNTY, source_id=f"x{n}", name=f"甲{n // 2}", sex="male", birth_date=DAY, id_digest=None)
        for n in range(40)
    ]
    Pupil.objects.bulk_create(make)
    Enrolment.objects.bulk_create([Enrolment(pupil=one, home_class=home, valid_from=DAY) for one in make])
    with django_assert_max_num_queries(8):
        assert find_duplicates(COUNTY) == 20


def test_the_same_number_makes_a_pair(cast) -> None:
    one, two, _three = cast.points[0].pupils
    Pupil.objects.filter(pk__in=[one.pk, two.pk]).update(id_digest=b"x" * 16)
    assert find_duplicates(COUNTY) == 1
    assert DuplicatePair.objects.get().why == DuplicatePair.Why.ID_NUMBER


def test_an_upload_goes_from_page_to_page(cast, desk, tmp_path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tongtang.exchange.tasks import apply_import, check_import

    file = SimpleUploadedFile("名册.zip", as_delta(small_county()))
    form = {"county": COUNTY, "form": "oneroster", "system": "x", "file": file}
    address = desk.post(reverse("exchange:upload"), form).headers["Location"]
    run = ImportRun.objects.get()
    assert "hx-trigger" in desk.get(address).content.decode()
    check_import.func(str(run.public_id))
    page = desk.get(address, {"kind": "created", "table": "pupils", "text": "欧阳"}).content.decode()
    assert "欧阳静" in page
    assert "王小明" not in page
    assert desk.get(reverse("exchange:differences", args=[run.public_id])).content[:2] == b"PK"
    assert desk.post(reverse("exchange:apply", args=[run.public_id])).status_code == 302
    apply_import.func(str(run.public_id))
    assert Pupil.objects.filter(source_id="p2").exists()
    assert desk.post(reverse("exchange:withdraw", args=[run.public_id])).status_code == 409


def test_a_county_is_taken_away_and_handed_in_again_unchanged(cast, desk) -> None:
    data = desk.get(reverse("exchange:export-oneroster"), {"county": COUNTY}).content
    assert totals(handed_in(data)) == {"created": 0, "changed": 0, "ended": 0}
    assert Entry.objects.filter(action="export.oneroster").count() == 1


def test_more_than_a_hundred_pupils_need_a_second_person(cast, desk) -> None:
    make = [
        Pupil(county_code=COUNTY, source_id=f"x{number}", name="甲", sex="male", birth_date=DAY)
        for number in range(100)
    ]
    Pupil.objects.bulk_create(make)
    answer = desk.get(reverse("exchange:export-oneroster"), {"county": COUNTY})
    assert answer.status_code == 409
    assert "105" in answer.content.decode()
    assert Approval.objects.count() == 0
    assert desk.post(answer.request["PATH_INFO"] + f"?county={COUNTY}").status_code == 302
    asked = Approval.objects.get()
    assert (asked.detail["pupils"], asked.approved) == (105, None)
    assert desk.get(answer.request["PATH_INFO"], {"county": COUNTY}).status_code == 409


ROWS = st.dictionaries(
    st.sampled_from("abcde"),
    st.fixed_dictionaries({"name": st.sampled_from("甲乙丙"), "class": st.sampled_from(["c1", "c2", None])}),
)


@settings(deadline=None)
@given(present=ROWS, wanted=ROWS, bulk=st.booleans())
def test_a_comparison_applied_leaves_nothing_to_compare(present, wanted, bulk) -> None:
    asked = Wanted(complete={PUPILS} if bulk else set())
    asked.rows[PUPILS] = wanted
    changes = compare({PUPILS: present}, asked).changes
    after = {key: dict(row) for key, row in present.items()}
    for change in reversed(changes):
        if change.kind == "ended":
            del after[change.source_id]
        else:
            after.setdefault(change.source_id, {}).update(
                {name: now for name, (_was, now) in change.attributes.items()}
            )
    assert compare({PUPILS: after}, asked).changes == []
    backwards = Wanted(complete=asked.complete)
    backwards.rows[PUPILS] = dict(reversed(wanted.items()))
    assert (
        compare({PUPILS: dict(reversed(present.items()))}, backwards).digest()
        == compare({PUPILS: present}, asked).digest()
    )


def test_a_bulk_zip_that_is_broken_ends_nobody(cast) -> None:
    files = files_of(small_county())
    files["users.csv"] = files["users.csv"][:-20]
    run = handed_in(zipped(files))
    assert run.state == ImportRun.State.REFUSED
    assert Pupil.objects.filter(ended_on=None).count() == 5
