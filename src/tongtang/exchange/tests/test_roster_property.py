"""Whatever a roster holds: twice is once, order says nothing, counts are what is done, deltas reach the bulk."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import COUNTY, make_cast

from tongtang.exchange.models import ImportRun
from tongtang.exchange.roster.runs import import_roster
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Enrolment, Pupil

IDS = [f"x{number}" for number in range(8)]
HEADER = ["pupil_id", "class_id", "name", "sex", "birth_date"]
# One plain name, one that only the row checks take, one with a quotation mark.
NAMES = ["王一", "Ana María", '阿"依"古丽']
SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def classes(db):
    make_cast(2, sizes=[0, 0])
    return sorted(HomeClass.objects.filter(county_code=COUNTY).values_list("source_id", flat=True))


@st.composite
def rosters(draw):
    """Pupils by id: (class number, name, sex, birth date)."""
    pupil = st.tuples(
        st.integers(0, 1),
        st.sampled_from(NAMES),
        st.sampled_from("男女"),
        st.sampled_from(["2017-05-01", "2018-06-02"]),
    )
    return draw(st.dictionaries(st.sampled_from(IDS), pupil, max_size=8))


def rows_of(roster, classes):
    return [[key, classes[number], *rest] for key, (number, *rest) in roster.items()]


def hand_in(rows, header=HEADER, mode=ImportRun.Mode.BULK) -> ImportRun:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([header, *rows])
        path.write_text(out.getvalue(), encoding="utf-8")
        return import_roster(path, COUNTY, by="command:test", mode=mode)


def hand_in_delta(rows, leaving, classes) -> ImportRun:
    active = [[*row, "active"] for row in rows]
    gone = [[key, classes[0], "王", "男", "2017-01-01", "tobedeleted"] for key in sorted(leaving)]
    return hand_in([*active, *gone], [*HEADER, "status"], ImportRun.Mode.DELTA)


def standing():
    """Who is where today, and what each pupil is."""
    pupils = Pupil.objects.filter(county_code=COUNTY)
    return (
        sorted(pupils.filter(ended_on=None).values_list("source_id", "name", "sex", "birth_date")),
        sorted(Enrolment.objects.filter(valid_to=None).values_list("pupil__source_id", "home_class__source_id")),
    )


def told(roster, classes):
    return sorted((key, classes[number]) for key, (number, *_rest) in roster.items())


@SETTINGS
@given(before=rosters(), after=rosters(), order=st.randoms(use_true_random=False))
def test_twice_is_once_and_the_order_of_rows_says_nothing(before, after, order, classes):
    if before:
        hand_in(rows_of(before, classes))
    rows = rows_of(after, classes)
    first = hand_in(rows)
    if not after:
        assert first.state == ImportRun.State.REFUSED
        return
    assert first.state == ImportRun.State.APPLIED
    reached = standing()
    assert list(reached[1]) == told(after, classes)
    order.shuffle(rows)
    again = hand_in(rows)
    assert again.counts == {"created": 0, "changed": 0, "unchanged": len(after), "ended": 0}
    assert standing() == reached


@SETTINGS
@given(before=rosters(), after=rosters())
def test_the_counts_are_what_is_done(before, after, classes):
    hand_in(rows_of(dict.fromkeys(IDS[:1], (0, "王一", "男", "2017-05-01")), classes))
    if before:
        hand_in(rows_of(before, classes))
    was = dict(zip(*[iter(_flat())] * 2, strict=True))
    run = hand_in(rows_of(after, classes))
    if not after:
        return
    now = dict(zip(*[iter(_flat())] * 2, strict=True))
    known = set(Pupil.objects.exclude(run=run.pk).values_list("source_id", flat=True)) | set(was)
    done = {
        "created": len([key for key in now if key not in known]),
        "ended": len([key for key in was if key not in now]),
        "unchanged": len([key for key in now if was.get(key) == now[key]]),
    }
    assert {kind: run.counts[kind] for kind in ("ended", "unchanged")} == {
        kind: done[kind] for kind in ("ended", "unchanged")
    }
    assert run.counts["created"] + run.counts["changed"] == len(now) - done["unchanged"]
    assert Pupil.objects.filter(run=run.pk).count() == sum(run.counts[kind] for kind in ("created", "changed", "ended"))


def _flat():
    pupils, places = standing()
    where = dict(places)
    for key, *rest in pupils:
        yield key
        yield (*rest, where.get(key))


@SETTINGS
@given(before=rosters(), after=rosters(), cut=st.integers(0, 8))
def test_deltas_reach_what_the_bulk_of_their_result_reaches(before, after, cut, classes):
    if before:
        hand_in(rows_of(before, classes))
    rows = rows_of(after, classes)
    held = set(Pupil.objects.filter(ended_on=None).values_list("source_id", flat=True))
    for part, leaving in ((rows[:cut], held - set(after)), (rows[cut:], set())):
        if part or leaving:
            assert hand_in_delta(part, leaving, classes).state == ImportRun.State.APPLIED
    assert standing()[1] == told(after, classes)
    if after:
        bulk = hand_in(rows)
        assert bulk.counts == {"created": 0, "changed": 0, "unchanged": len(after), "ended": 0}
