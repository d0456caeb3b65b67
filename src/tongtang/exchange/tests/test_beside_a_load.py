"""A load compares before it locks: nobody writes into its county meanwhile, and everybody is told."""

from threading import Event, Thread

import pytest
from django.db import connection
from django.urls import reverse
from tests.cast import COUNTY, make_cast, person, signed_in

from tongtang.access.models import Role
from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.models import Correction, DuplicatePair, QuarantinedRow
from tongtang.exchange.roster.runs import CountyBusy, beside_no_import, one_import_of
from tongtang.exchange.stages import run as stages
from tongtang.exchange.tests.parcels import small_county
from tongtang.exchange.tests.test_import_runs import ACTOR, applied, as_delta, handed_in
from tongtang.exchange.tests.test_sources import correct, settle
from tongtang.people.models import Pupil


@pytest.fixture
def cast(db):
    return make_cast(2, sizes=[3, 2])


@pytest.fixture
def desk(cast):
    return signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=cast.county))


@pytest.fixture
def load():
    """Call it, and a load of the county (or the lock that is given) is on its way until the end of the test."""
    held, done, locks = Event(), Event(), []

    def other():
        with locks[0]:
            held.set()
            done.wait(60)
        connection.close()

    thread = Thread(target=other)

    def begin(lock=None) -> None:
        locks.append(lock or one_import_of(COUNTY))
        thread.start()
        held.wait(60)

    yield begin
    done.set()
    if thread.ident:
        thread.join()


def test_a_value_by_hand_waits(desk, load) -> None:
    applied(as_delta(small_county()))
    load()
    answer = correct(desk, "name", "王晓明")
    assert (answer.status_code, Correction.objects.count()) == (409, 0)
    assert "本县" in answer.content.decode()


def test_an_import_goes_back_to_waiting(cast, load) -> None:
    run = handed_in(as_delta(small_county()))
    load()
    stages.begin_apply(actor=ACTOR, run=run)
    run.refresh_from_db()
    stages.apply_run(run)
    run.refresh_from_db()
    assert (run.state, len(run.findings), Pupil.objects.filter(source_id="p1").count()) == ("waiting", 1, 0)


def test_a_pair_waits(desk, cast, load) -> None:
    one, two, _three = cast.points[0].pupils
    Pupil.objects.filter(pk=two.pk).update(name=one.name)
    find_duplicates(COUNTY)
    load()
    assert settle(desk, DuplicatePair.objects.get(), "first").status_code == 409


def test_a_row_kept_apart_waits(desk, load) -> None:
    rows = small_county()
    rows["demographics"].pop(0)
    row = QuarantinedRow.objects.get(run=applied(as_delta(rows)))
    load()
    form = {"name": "王小明", "sex": "male", "birth_date": "2018-05-01", "home_class": "c1", "do": "release"}
    assert desk.post(reverse("exchange:settle-row", args=[row.run.public_id, row.pk]), form).status_code == 409
    row.refresh_from_db()
    assert row.state == "waiting"


def test_two_clerks_do_not_wait_for_one_another_and_a_load_waits_for_them(desk, load) -> None:
    applied(as_delta(small_county()))
    load(beside_no_import(COUNTY, RuntimeError))
    assert correct(desk, "name", "王晓明").status_code == 302
    with pytest.raises(CountyBusy), one_import_of(COUNTY):
        pass
