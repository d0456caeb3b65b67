"""A county through the command line: both fixtures, again, changed, vanished, in every way a file may be written."""

from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.db import connection

from tongtang.access.api import Role
from tongtang.access.models import RoleAssignment
from tongtang.alliances.models import Alliance
from tongtang.config.cli import main
from tongtang.exchange.models import DuplicatePair
from tongtang.exchange.roster.runs import one_import_of
from tongtang.exchange.tests.folders import (
    COUNTY,
    FIXTURES,
    add_line,
    dump,
    lines,
    load,
    make_county,
    set_cell,
    set_line,
)
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import (
    BellSchedule,
    CalendarDay,
    HomeClass,
    Period,
    ReceivingRoom,
    Region,
    School,
    Studio,
    Term,
)
from tongtang.people.models import Enrolment, Person, Post, Pupil
from tongtang.timetable.models import ClassBlock, PlanRule, Requirement, TeacherUnavailability

CHONGYANG = FIXTURES / "chongyang"
TIGHT = FIXTURES / "chongyang-tight"
ROWS = {
    "terms": 1, "bells": 20, "schools": 35, "classes": 62, "studios": 5, "pupils": 674, "teachers": 47,
    "teacher_unavailable": 112, "class_blocked": 436, "requirements": 145, "rules": 8,
}  # fmt: skip
NOTHING = {"created": {}, "changed": {}, "unchanged": {}, "ended": {}, "errors": []}


def small_rows(report):
    return {key: value for key, value in report.items() if key != "unchanged"}


@pytest.mark.parametrize("fixture", [CHONGYANG, TIGHT], ids=lambda path: path.name)
def test_a_fixture_loads_whole_and_again_changes_nothing(fixture, divisions, capsys):
    assert load(capsys, fixture) == (0, {**NOTHING, "created": ROWS})
    before = dump()
    assert load(capsys, fixture) == (0, {**NOTHING, "unchanged": ROWS})
    assert dump() == before


def test_every_file_has_come_to_its_place(divisions, capsys):
    load(capsys, CHONGYANG)
    counts = {
        model.__name__: model.objects.count()
        for model in (BellSchedule, Period, School, HomeClass, Studio, Pupil, Enrolment, Person, Post, Term)
    }
    assert counts == {
        "BellSchedule": 3, "Period": 20, "School": 35, "HomeClass": 62, "Studio": 5, "Pupil": 674, "Enrolment": 674,
        "Person": 47, "Post": 47, "Term": 1,
    }  # fmt: skip
    assert [model.objects.count() for model in (TeacherUnavailability, ClassBlock, Requirement, PlanRule)] == [
        112, 436, 145, 8
    ]  # fmt: skip
    point = School.objects.get(county_code=COUNTY, source_id="p01")
    assert (point.kind, point.region_code, point.bell_schedule.source_id) == ("teaching_point", COUNTY, "bell-b")
    assert point.parent.source_id == "c01"
    assert point.township.name == "天城镇"
    assert point.receiving_rooms.count() == 2
    assert HomeClass.objects.get(source_id="p01-g34").grades == [3, 4]
    local = Post.objects.filter(school=point).first()
    assert (local.subjects, local.valid_from) == ([], min(clock.today(), date(2026, 9, 1)))


def test_teachers_may_do_their_work_at_once(divisions, capsys):
    load(capsys, CHONGYANG)
    roles = RoleAssignment.objects.filter(valid_to=None)
    assert roles.filter(role=Role.ANCHOR_TEACHER, school__source_id="a01").count() == 10
    assert roles.filter(role=Role.LOCAL_TEACHER).count() == 37


def test_an_empty_house_gets_its_divisions_by_itself(db, capsys):
    assert load(capsys, CHONGYANG)[0] == 0
    assert Region.objects.filter(level=9).count() == 4586
    assert load(capsys, CHONGYANG)[1]["changed"] == {}


def test_a_refused_folder_leaves_an_empty_house_empty(db, folder, capsys):
    set_cell(folder, "pupils.csv", 2, "sex", "x")
    before = dump()
    assert load(capsys, folder)[0] == 1
    assert dump() == before


@pytest.mark.parametrize(
    ("file", "column", "text", "changed"),
    [
        ("pupils.csv", "name", "新名字", {"pupils": 1}),
        ("pupils.csv", "birth_date", "2018-01-01", {"pupils": 1}),
        ("teachers.csv", "weekly_cap", "9", {"teachers": 1}),
        ("teachers.csv", "name", "新名字", {"teachers": 1}),
        ("schools.csv", "link_mbps", "77", {"schools": 1}),
        ("schools.csv", "receiving_rooms", "3", {"schools": 1}),
        ("schools.csv", "name", "新名字", {"schools": 1}),
        ("bells.csv", "start", "08:35", {"bells": 1}),
        ("terms.csv", "teaching_weeks", "19", {"terms": 1}),
        ("classes.csv", "name", "新名字", {"classes": 1}),
        ("studios.csv", "name", "新名字", {"studios": 1}),
        ("requirements.csv", "lessons_per_week", "5", {"requirements": 1}),
        ("teacher_unavailable.csv", "end", "23:00", {"teacher_unavailable": 1}),
        ("rules.csv", "value", "41", {"rules": 1}),
    ],
)
def test_one_changed_cell_changes_exactly_its_row(file, column, text, changed, small_county, folder, divisions, capsys):
    load(capsys, small_county)
    set_cell(folder, file, 2, column, text)
    assert small_rows(load(capsys, folder)[1]) == {"created": {}, "changed": changed, "ended": {}, "errors": []}
    assert load(capsys, folder)[1]["changed"] == {}
    assert small_rows(load(capsys, small_county)[1])["changed"] == changed


def test_a_point_that_gets_another_central_school_is_one_changed_row(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    set_cell(folder, "schools.csv", 15, "parent_id", "c05")
    assert load(capsys, folder)[1]["changed"] == {"schools": 1}
    assert School.objects.get(source_id="p01").parent.source_id == "c05"


def test_vanished_rows_are_ended_today_and_come_back(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    set_line(folder, "teacher_unavailable.csv", 2, None)
    set_line(folder, "class_blocked.csv", 2, None)
    set_line(folder, "pupils.csv", 2, None)
    set_cell(folder, "classes.csv", 2, "pupils", "3")
    set_line(folder, "studios.csv", len(lines(folder, "studios.csv")) - 1, None)
    rows = {model: model._base_manager.count() for model in (Pupil, Enrolment, Studio, ClassBlock)}
    _code, report = load(capsys, folder)
    ended = {"teacher_unavailable": 1, "class_blocked": 1, "pupils": 1, "studios": 1}
    assert small_rows(report) == {"created": {}, "changed": {"classes": 1}, "ended": ended, "errors": []}
    assert {model: model._base_manager.count() for model in rows} == rows
    gone = Pupil.objects.get(source_id="p01-g1-01")
    assert gone.ended_on == clock.today()
    assert gone.enrolments.get().valid_to == clock.today() - timedelta(days=1)
    assert ClassBlock.with_ended.count() == ClassBlock.objects.count() + 1
    assert load(capsys, folder)[1]["ended"] == {}
    back = load(capsys, small_county)[1]
    assert small_rows(back) == {"created": {}, "changed": {**ended, "classes": 1}, "ended": {}, "errors": []}
    assert gone.enrolments.filter(valid_to=None).count() == 1


def test_a_teacher_who_moves_there_and_back_on_one_day_has_one_open_post(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    line = next(n for n, row in enumerate(lines(folder, "teachers.csv"), start=1) if row.startswith("lp01-1,"))
    set_cell(folder, "teachers.csv", line, "school_id", "p02")
    person = Person.objects.get(source_id="lp01-1")
    for source, school in ((folder, "p02"), (small_county, "p01"), (folder, "p02")):
        assert load(capsys, source)[1]["changed"] == {"teachers": 1}
        assert [post.school.source_id for post in person.posts.filter(valid_to=None)] == [school]
        held = RoleAssignment.objects.filter(person=person, valid_to=None)
        assert [(row.role, row.school.source_id) for row in held] == [(Role.LOCAL_TEACHER, school)]


def test_a_pupil_who_changes_class_has_one_open_enrolment(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    set_cell(folder, "pupils.csv", 2, "class_id", "p01-g2")
    set_cell(folder, "classes.csv", 2, "pupils", "3")
    set_cell(folder, "classes.csv", 3, "pupils", "17")
    assert load(capsys, folder)[1]["changed"] == {"pupils": 1, "classes": 2}
    enrolments = Enrolment.objects.filter(pupil__source_id="p01-g1-01")
    assert enrolments.count() == 2
    assert enrolments.get(valid_to=None).home_class.source_id == "p01-g2"


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["bare", "bom"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("last", [True, False], ids=["closed", "open"])
def test_byte_order_mark_and_line_ends_do_not_matter(bom, end, last, small_county, folder, divisions, capsys):
    load(capsys, small_county)
    for path in folder.iterdir():
        data = path.read_bytes().replace(b"\n", end)
        path.write_bytes(bom + (data if last else data.removesuffix(end)))
    assert small_rows(load(capsys, folder)[1]) == {"created": {}, "changed": {}, "ended": {}, "errors": []}


def test_order_of_columns_and_rows_blank_lines_and_quotation_marks_do_not_matter(
    small_county, folder, divisions, capsys
):
    load(capsys, small_county)
    for path in folder.iterdir():
        head, *rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        turned = [",".join(f'"{text}"' for text in row[::-1]) for row in (head, *rows[::-1])]
        path.write_text("\n\n".join(turned), encoding="utf-8")
    assert small_rows(load(capsys, folder)[1]) == {"created": {}, "changed": {}, "ended": {}, "errors": []}


def test_a_line_is_that_of_the_file_after_a_cell_of_several_lines(folder, divisions, capsys):
    set_line(folder, "studios.csv", 2, '"s01",a01,"第1\n演播室"')
    set_cell_line = len(lines(folder, "studios.csv"))
    add_line(folder, "studios.csv", "s09,a99,x")
    _code, report = load(capsys, folder)
    assert [(error["line"], error["column"]) for error in report["errors"]] == [
        (2, "name"),
        (set_cell_line, "school_id"),
    ]


def test_a_calendar_is_optional_and_kept_by_day(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    (folder / "calendar.csv").write_text("date,kind,as_weekday\n2026-10-01,holiday,\n2026-10-10,make_up,4\n")
    assert load(capsys, folder)[1]["created"] == {"calendar": 2}
    day = CalendarDay.objects.get(county_code=COUNTY, date=date(2026, 10, 10))
    assert (day.kind, day.as_weekday) == ("make_up", 4)
    assert load(capsys, small_county)[1]["ended"] == {"calendar": 2}
    assert CalendarDay.objects.count() == 0


def test_vanished_class_teacher_and_studio_with_lessons_to_come_are_named(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    lesson = make_future_lesson()
    for file, start in (("teachers.csv", "t01,"), ("teacher_unavailable.csv", "t01,"), ("studios.csv", "s01,")):
        keep(folder, file, lambda row, start=start: not row.startswith(start))
    for file in ("classes.csv", "pupils.csv", "requirements.csv", "class_blocked.csv"):
        keep(folder, file, lambda row: "p01-g1," not in row)
    before = dump()
    code, report = load(capsys, folder)
    assert code == 1
    assert [(error["file"], error["column"], error["value"]) for error in report["errors"]] == [
        ("classes.csv", "class_id", "p01-g1"),
        ("teachers.csv", "teacher_id", "t01"),
        ("studios.csv", "studio_id", "s01"),
    ]
    assert all("还有 1 节未上的课" in error["message"] for error in report["errors"])
    assert dump() == before
    lesson.active, lesson.state = False, "cancelled"
    lesson.save()
    Reception.objects.update(active=False)
    assert load(capsys, folder)[1]["ended"].items() >= {"classes": 1, "teachers": 1, "studios": 1}.items()


def test_a_room_with_lessons_to_come_may_not_vanish(small_county, folder, divisions, capsys):
    load(capsys, small_county)
    make_future_lesson(room=2)
    set_cell(folder, "schools.csv", 15, "receiving_rooms", "1")
    code, report = load(capsys, folder)
    assert code == 1
    assert [(error["file"], error["column"], error["value"]) for error in report["errors"]] == [
        ("schools.csv", "receiving_rooms", "p01")
    ]
    assert ReceivingRoom.objects.get(school__source_id="p01", number=2).ended_on is None


def make_future_lesson(room=1):
    """A lesson in three days: t01 from s01 to p01-g1, in the term of the small county's own dates."""
    alliance = Alliance.objects.create(
        name="x",
        region_code=COUNTY,
        topology="dedicated",
        anchor_school=School.objects.get(source_id="a01"),
        max_classes_per_lesson=9,
        max_pupils_per_lesson=99,
        valid_from=date(2020, 1, 1),
    )
    starts_at = clock.now() + timedelta(days=3)
    lesson = Lesson.objects.create(
        alliance=alliance,
        subject_id="music",
        school=alliance.anchor_school,
        region_code=COUNTY,
        teacher=Person.objects.get(source_id="t01"),
        studio=Studio.objects.get(source_id="s01"),
        date=clock.civil(starts_at).date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=40),
        busy_until=starts_at + timedelta(minutes=50),
    )
    home_class = HomeClass.objects.get(source_id="p01-g1")
    Reception.objects.create(
        lesson=lesson,
        home_class=home_class,
        school=home_class.school,
        region_code=COUNTY,
        room=home_class.school.receiving_rooms.get(number=room),
        date=lesson.date,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
    )
    return lesson


def keep(folder, file, wanted):
    head, *rows = lines(folder, file)
    (folder / file).write_text("\n".join([head, *filter(wanted, rows)]), encoding="utf-8")


def test_people_added_by_hand_are_let_be_and_their_ids_refused(small_county, folder, divisions, capsys):
    by_hand = Person.objects.create(county_code=COUNTY, source_id="admin", name="管理员")
    load(capsys, small_county)
    by_hand.refresh_from_db()
    assert by_hand.ended_on is None
    line = add_line(folder, "teachers.csv", "admin,张三,a01,music,10")
    code, report = load(capsys, folder)
    assert code == 1
    assert [(error["file"], error["line"], error["value"]) for error in report["errors"]] == [
        ("teachers.csv", line, "admin")
    ]


def set_townships(folder, name):
    head, *rows = [line.split(",") for line in lines(folder, "schools.csv") if line]
    body = [",".join([*row[:3], name, *row[4:]]) for row in rows]
    (folder / "schools.csv").write_text("\n".join([",".join(head), *body]), encoding="utf-8")


def test_two_counties_with_the_same_ids_live_side_by_side(small_county, folder, db, capsys):
    assert load(capsys, small_county)[0] == 0
    far = Region.objects.filter(level=9, parent__name="仪陇县").first()
    set_townships(folder, far.name)
    created = load(capsys, folder, "--county", str(far.parent_id // 10**6))[1]["created"]
    assert created["schools"] == 16
    assert School.objects.filter(source_id="p01").values_list("county_code", flat=True).distinct().count() == 2
    assert small_rows(load(capsys, small_county)[1]) == {"created": {}, "changed": {}, "ended": {}, "errors": []}


def test_the_county_is_asked_for_where_its_townships_leave_it_open(folder, db, capsys):
    set_townships(folder, "城关")
    code, report = load(capsys, folder)
    assert code == 1
    assert "不止一个县有这些乡镇" in report["errors"][0]["message"]
    assert report["errors"][0]["column"] == "township"


def test_one_misspelled_township_does_not_hide_the_county(folder, db, capsys):
    set_cell(folder, "schools.csv", 15, "township", "天成")
    _code, report = load(capsys, folder)
    assert [(error["line"], error["value"]) for error in report["errors"]] == [(15, "天成")]


@pytest.mark.parametrize("arguments", [["/nowhere"], ["--county", "42122"], []])
def test_usage_is_told_with_exit_code_two(arguments, db, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["load-county", *arguments])
    assert stopped.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_county_code_that_does_not_exist_is_refused(folder, divisions, capsys):
    code, report = load(capsys, folder, "--county", "421299")
    assert code == 1
    assert [(error["file"], error["value"]) for error in report["errors"]] == [("", "421299")]


def test_while_another_import_of_the_county_runs_it_says_so(folder, divisions, capsys):
    held, done = Event(), Event()

    def other():
        with one_import_of(COUNTY):
            held.set()
            done.wait(60)
        connection.close()

    thread = Thread(target=other)
    thread.start()
    held.wait(60)
    try:
        assert main(["load-county", str(folder), "--county", "421223"]) == 1
    finally:
        done.set()
        thread.join()
    assert "本县" in capsys.readouterr().err
    assert not Pupil.objects.exists()


@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_other_counties_load_and_again_change_nothing(seed, tmp_path, divisions, capsys):
    arguments = [
        "--seed",
        str(seed),
        "--points",
        str(1 + seed * 7 % 40),
        "--rooms",
        str(1 + seed % 2),
        "--lessons",
        "0",
    ]
    folder = make_county(tmp_path / "county", *arguments)
    code, first = load(capsys, folder)
    assert (code, first["errors"]) == (0, [])
    assert load(capsys, folder)[1] == {**NOTHING, "unchanged": first["created"]}


def test_pupils_who_may_be_one_are_put_up_for_review(divisions, capsys, folder):
    first = lines(folder, "pupils.csv")[1]
    add_line(folder, "pupils.csv", first.replace("p01-g1-01", "p01-g1-99", 1))
    set_cell(folder, "classes.csv", 2, "pupils", "5")
    code = main(["load-county", str(folder)])
    assert code == 0
    assert "1 对记录可能是同一名学生" in capsys.readouterr().err
    pair = DuplicatePair.objects.get()
    assert {pair.first.source_id, pair.second.source_id} == {"p01-g1-01", "p01-g1-99"}
    assert main(["load-county", str(folder)]) == 0
    assert DuplicatePair.objects.count() == 1
