"""Whatever a folder became, loading it twice is loading it once, and the old folder brings the old county back."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtang.exchange.county.apply import load_county
from tongtang.exchange.tests.folders import COUNTY, cell, copy_of, lines, set_cell, set_line
from tongtang.organisations.models import HomeClass, ReceivingRoom, School
from tongtang.people.models import Enrolment, Post
from tongtang.timetable.models import ClassBlock, Requirement


def rename_a_pupil(folder, rng):
    set_cell(folder, "pupils.csv", some_line(folder, "pupils.csv", rng), "name", f"学生{rng.randrange(10**6)}")


def lose_a_pupil(folder, rng):
    line = some_line(folder, "pupils.csv", rng)
    home_class = cell(folder, "pupils.csv", line, "class_id")
    set_line(folder, "pupils.csv", line, None)
    at = next(n for n, row in enumerate(lines(folder, "classes.csv"), start=1) if row.startswith(f"{home_class},"))
    set_cell(folder, "classes.csv", at, "pupils", str(int(cell(folder, "classes.csv", at, "pupils")) - 1))


def lose_a_block(folder, rng):
    set_line(folder, "class_blocked.csv", some_line(folder, "class_blocked.csv", rng), None)


def move_a_teacher(folder, rng):
    set_cell(folder, "teachers.csv", some_line(folder, "teachers.csv", rng), "school_id", rng.choice(["c01", "p02"]))


def change_rooms(folder, rng):
    set_cell(folder, "schools.csv", rng.randint(15, 17), "receiving_rooms", str(rng.randint(0, 4)))


def owe_more(folder, rng):
    set_cell(folder, "requirements.csv", some_line(folder, "requirements.csv", rng), "lessons_per_week", "6")


def some_line(folder, file, rng):
    return rng.randint(2, len([row for row in lines(folder, file) if row]))


EDITS = [rename_a_pupil, lose_a_pupil, lose_a_block, move_a_teacher, change_rooms, owe_more]


def standing():
    """What the county is today, without keys and dates."""
    return [
        sorted(School.objects.filter(ended_on=None).values_list("source_id", "name", "parent__source_id")),
        sorted(HomeClass.objects.filter(ended_on=None).values_list("source_id", "pupil_count")),
        sorted(ReceivingRoom.objects.filter(ended_on=None).values_list("school__source_id", "number")),
        sorted(Post.objects.filter(valid_to=None).values_list("person__source_id", "school__source_id")),
        sorted(Enrolment.objects.filter(valid_to=None).values_list("pupil__source_id", "home_class__source_id")),
        sorted(ClassBlock.objects.values_list("home_class__source_id", "weekday", "period_number")),
        sorted(Requirement.objects.values_list("home_class__source_id", "subject_id", "lessons_per_week")),
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.sampled_from(EDITS), min_size=1, max_size=8), seed=st.integers(0, 2**32))
def test_loading_is_idempotent_and_can_be_taken_back(edits, seed, small_county, divisions):
    rng = random.Random(seed)
    assert load_county(small_county, COUNTY).errors == []
    before = standing()
    with TemporaryDirectory() as place:
        folder = copy_of(small_county, Path(place))
        for edit in edits:
            edit(folder, rng)
        assert load_county(folder, COUNTY).errors == []
        after = standing()
        again = load_county(folder, COUNTY)
        assert (again.created, again.changed, again.ended, again.errors) == ({}, {}, {}, [])
        assert standing() == after
    assert load_county(small_county, COUNTY).errors == []
    assert standing() == before
