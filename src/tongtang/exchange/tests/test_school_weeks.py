"""Whole schools' weeks in the browser: a zip in, a search in the background, a zip with the timetable out."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.cast import COUNTY, person, region, signed_in

from tongtang.access.models import Role, SignInPolicy
from tongtang.audit.registry import run_all
from tongtang.exchange.models import SchoolWeeksRun
from tongtang.exchange.school_weeks import files
from tongtang.exchange.tests.folders import FIXTURES, set_cell
from tongtang.exchange.timetables.schools import read_schools
from tongtang.foundation import clock
from tongtang.foundation.once import HEADER
from tongtang.foundation.worker import run_ready_jobs
from tongtang.timetable.api import examine

WEEKS = "/imports/weeks/"
FILES = ("schools.csv", "bells.csv", "classes.csv", "teachers.csv", "local_requirements.csv")


@pytest.fixture
def officer(db):
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    return signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


@pytest.fixture
def schools(tmp_path) -> Path:
    """The fixture's schools without a timetable of their own."""
    folder = tmp_path / "schools"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes((FIXTURES / "schools" / name).read_bytes())
    return folder


def zipped(folder: Path) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target.getvalue()


def hand_in(client, content: bytes, seconds: str = "60", county: int = COUNTY, key: str = ""):
    values = {"county": str(county), "seconds": seconds, "file": SimpleUploadedFile("三所学校.zip", content)}
    return client.post(f"{WEEKS}new", values, headers={HEADER: key or str(uuid4())})


def taken(client, run: SchoolWeeksRun) -> zipfile.ZipFile:
    answer = client.get(f"{WEEKS}{run.public_id}/result.zip")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_zip_that_comes_back_holds_a_timetable_that_the_checker_passes(officer, schools, tmp_path):
    answer = hand_in(officer, zipped(schools))
    assert answer.status_code == 302
    waiting = officer.get(answer.url).content.decode()
    assert "可以离开本页" in waiting
    run_ready_jobs()
    run = SchoolWeeksRun.objects.get()
    assert (run.state, run.schools, len(run.weeks), run.breaches) == ("done", 3, 3, [])
    html = officer.get(answer.url).content.decode()
    assert "核对通过" in html
    assert "3 所学校中 3 所已排出" in html
    with taken(officer, run) as archive:
        assert sorted(archive.namelist()) == ["local_timetable.csv", "verdict.txt"]
        assert "核对出 0 处" in archive.read("verdict.txt").decode()
        (schools / "local_timetable.csv").write_bytes(archive.read("local_timetable.csv"))
    read = read_schools(schools)
    assert read.errors == []
    assert all(not examine(whole, whole.base).breaches for whole in read.schools)
    assert sum(len(whole.base) for whole in read.schools) == run.required
    assert [path.name for path in files.folder_of(run).iterdir()] == ["result.zip"]


def test_places_that_are_wrong_are_named_and_nothing_is_kept(officer, schools):
    set_cell(schools, "local_requirements.csv", 2, "teacher_id", "nobody")
    hand_in(officer, zipped(schools))
    run_ready_jobs()
    run = SchoolWeeksRun.objects.get()
    html = officer.get(f"{WEEKS}{run.public_id}").content.decode()
    assert run.state == "refused"
    assert all(word in html for word in ("local_requirements.csv", "nobody", "teacher_id"))
    assert not files.folder_of(run).exists()
    assert officer.get(f"{WEEKS}{run.public_id}/result.zip").status_code == 404


@pytest.mark.parametrize(
    ("content", "words"), [(b"no zip", "不是完整的压缩包"), (zipped(FIXTURES / "chongyang-tight"), "这不是整校的文件")]
)
def test_what_is_no_schools_folder_is_refused_with_words(officer, content, words):
    hand_in(officer, content)
    run_ready_jobs()
    run = SchoolWeeksRun.objects.get()
    assert (run.state, words in officer.get(f"{WEEKS}{run.public_id}").content.decode()) == ("refused", True)


def test_a_school_without_a_possible_week_is_explained_and_the_others_come_back(officer, schools):
    """One requirement more than the week has periods."""
    school = read_schools(schools).schools[0]
    first = next(row for row in school.requirements)
    lines = (schools / "local_requirements.csv").read_text(encoding="utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith(f"{first.class_id},{first.subject},"))
    set_cell(schools, "local_requirements.csv", place + 1, "lessons_per_week", "40")
    hand_in(officer, zipped(schools))
    run_ready_jobs()
    run = SchoolWeeksRun.objects.get()
    assert run.state == "done"
    assert [row[1] for row in run.weeks].count("infeasible") == 1
    assert run.explanation
    html = officer.get(f"{WEEKS}{run.public_id}").content.decode()
    assert "为什么不能全部开齐" in html
    with taken(officer, run) as archive:
        classes = {line.split(",")[0] for line in archive.read("local_timetable.csv").decode().splitlines()[1:]}
    assert classes
    assert first.class_id not in classes


def test_stopped_before_it_began_leaves_nothing_and_the_same_form_twice_is_one(officer, schools):
    key = str(uuid4())
    assert [hand_in(officer, zipped(schools), key=key).status_code for _again in range(2)] == [302, 302]
    run = SchoolWeeksRun.objects.get()
    stop = f"{WEEKS}{run.public_id}/stop"
    assert officer.post(stop).status_code == 302
    run_ready_jobs()
    run.refresh_from_db()
    assert (run.state, run.weeks) == ("stopped", [])
    again = officer.post(stop)
    assert (again.status_code, "已经结束" in again.content.decode()) == (409, True)


def test_another_county_does_not_exist_for_this_office(officer, schools):
    assert hand_in(officer, zipped(schools), county=511324000000).status_code == 400
    assert hand_in(officer, zipped(schools), seconds="2").status_code == 400
    assert not SchoolWeeksRun.objects.exists()


def test_files_and_rows_go_after_thirty_days(officer, schools, django_capture_on_commit_callbacks):
    hand_in(officer, zipped(schools))
    run_ready_jobs()
    run = SchoolWeeksRun.objects.get()
    SchoolWeeksRun.objects.update(made_at=clock.now() - timedelta(days=29))
    with django_capture_on_commit_callbacks(execute=True):
        run_all(clock.now(), actor="system")
    assert files.result_of(run).exists()
    SchoolWeeksRun.objects.update(made_at=clock.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        run_all(clock.now(), actor="system")
    assert not SchoolWeeksRun.objects.exists()
    assert not files.folder_of(run).exists()
