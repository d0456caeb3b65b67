"""`tongtang timetable` with folders of whole schools, through the front door."""

import json
import shutil
from argparse import ArgumentParser, Namespace

import pytest

from tongtang.exchange.commands import timetable
from tongtang.exchange.commands.timetable.schools import check_schools, solve_schools
from tongtang.exchange.tests.folders import FIXTURES, set_cell
from tongtang.exchange.timetables.schools import is_schools_folder, read_schools


@pytest.fixture
def schools(tmp_path):
    """A copy of the fixture that a test may damage."""
    return shutil.copytree(FIXTURES / "schools", tmp_path / "schools")


def run(*words):
    """Exit code of `tongtang timetable` with these words."""
    parser = ArgumentParser()
    timetable.add_arguments(parser)
    return timetable.run(parser.parse_args([str(word) for word in words]))


def solving(folder, out=None):
    return Namespace(folder=folder, out=out, seconds=60.0, workers=1, seed=1, json=True)


def checking(folder, plan=None):
    return Namespace(folder=folder, plan=plan, json=True)


def test_the_fixture_is_told_from_a_county():
    assert is_schools_folder(FIXTURES / "schools")
    assert not is_schools_folder(FIXTURES / "chongyang")


def test_weeks_are_solved_written_and_pass_the_check(schools, tmp_path, capsys):
    assert solve_schools(solving(schools, tmp_path / "out")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "optimal"
    assert found["served"] == found["required"] == 688
    assert found["penalty"] == found["bound"] == 3
    assert found["soft"]["meeting_not_last"] == 3
    assert check_schools(checking(schools, tmp_path / "out" / "local_timetable.csv")) == 0
    assert json.loads(capsys.readouterr().out)["violations"] == []


def test_a_timetable_that_is_there_is_never_written_over(schools, capsys):
    before = (schools / "local_timetable.csv").read_bytes()
    assert solve_schools(solving(schools)) == 0
    assert (schools / "local_timetable.csv").read_bytes() == before
    (schools / "local_timetable.csv").unlink()
    assert solve_schools(solving(schools)) == 0
    assert len(read_schools(schools).schools[0].base) == 172


def test_a_clash_is_named_with_its_lines(schools, capsys):
    first, *others = read_schools(schools).schools[0].base
    other = next(one for one in others if one.class_id == first.class_id and one.subject != first.subject)
    set_cell(schools, "local_timetable.csv", 2, "weekday", str(other.weekday))
    set_cell(schools, "local_timetable.csv", 2, "period", str(other.period))
    assert check_schools(checking(schools)) == 1
    found = json.loads(capsys.readouterr().out)["violations"]
    clash = next(one for one in found if one["rule"] == "class_clash")
    assert 2 in clash["lines"]
    assert "%(" not in clash["sentence"]


def test_damaged_files_are_refused_with_their_places(schools, capsys):
    set_cell(schools, "local_requirements.csv", 3, "teacher_id", "nobody")
    set_cell(schools, "anchor_lessons.csv", 2, "start", "99:00")
    assert solve_schools(solving(schools)) == 1
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert [(one["file"], one["line"], one["column"]) for one in errors] == [
        ("local_requirements.csv", 3, "teacher_id"),
        ("anchor_lessons.csv", 2, "start"),
    ]


def test_receivers_are_aligned_a_line_each(schools, tmp_path, capsys):
    assert run("align", schools, "--out", tmp_path / "out", "--workers", "1", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["school_id"] for one in lines] == ["r001", "r002", "r003"]
    assert all(one["moved"] <= 1.10 * one["forced_minimum"] for one in lines)
    shutil.copy(tmp_path / "out" / "local_timetable.csv", schools)
    assert check_schools(checking(schools)) == 0
    capsys.readouterr()
    run("align", schools, "--workers", "1", "--json")
    assert [json.loads(line)["moved"] for line in capsys.readouterr().out.splitlines()] == [0, 0, 0]


def test_a_school_that_receives_nothing_has_its_line_and_its_lessons_stay(schools, tmp_path, capsys):
    file = schools / "anchor_receivers.csv"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("r002")]
    for rows, still in ((kept, {"r002"}), (kept[:1], {"r001", "r002", "r003"})):
        file.write_text("\n".join([*rows, ""]), encoding="utf-8")
        assert run("align", schools, "--out", tmp_path / "out", "--workers", "1", "--json") == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["school_id"] for one in lines] == ["r001", "r002", "r003"]
        assert {one["school_id"] for one in lines if one["moved"] == one["forced_minimum"] == 0} == still
        assert {one["status"] for one in lines} == {"optimal"}
        aligned = read_schools(schools, tmp_path / "out" / "local_timetable.csv").schools
        for before, after in zip(read_schools(schools).schools, aligned, strict=True):
            assert before.school_id not in still or set(before.base) == set(after.base)


@pytest.mark.parametrize("number", range(1, 6))
def test_every_event_of_the_fixture_is_mended(schools, number, capsys):
    event = schools / f"event-{number}.json"
    before = (schools / "local_timetable.csv").read_bytes()
    assert run("repair", schools, "--event", event, "--workers", "1", "--seconds", "30", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "optimal"
    assert found["cost"] == found["bound"] == len(found["moved"])
    assert (schools / "local_timetable.csv").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "9" * 5000,
        "[]",
        "3",
        '{"kind": "flood"}',
        '{"kind": "teacher_away", "teacher_id": "nobody", "date_from": "2026-10-12", "date_to": "2026-10-12"}',
        '{"kind": "line_down", "school_id": "r001", "date_from": "2026-10-12", "date_to": "2026-10-11"}',
        '{"kind": "day_transfer", "date": "2026-10-10", "as_weekday": 9}',
        '{"kind": "room_lost", "school_id": "r001", "rooms": true, "date_from": "2026-10-12", "date_to": "2026-10-12"}',
    ],
)
def test_an_event_that_says_nothing_is_refused(schools, text, capsys):
    (schools / "event-1.json").write_text(text, encoding="utf-8")
    assert run("repair", schools, "--event", schools / "event-1.json", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["moved"], found["explanation"], len(found["errors"])) == ("unknown", None, [], 1)


KEYS = {
    "solve": {"status", "broadcasts", "bound", "served", "required", "seconds", "explanation"},
    "check": {"broadcasts", "violations"},
    "align": {"status", "moved", "forced_minimum", "seconds"},
    "repair": {"status", "moved", "bound", "explanation"},
}


def words(verb, folder):
    return [verb, folder, "--json", *(["--event", folder / "event-1.json"] if verb == "repair" else [])]


@pytest.mark.parametrize("verb", KEYS)
def test_refused_files_have_every_documented_key(schools, verb, capsys):
    """Of broken files every verb says which, and has each key; null where there is nothing."""
    (schools / "rules.csv").write_text("rule,value\nstart_tolerance_minutes,ten\nlessons,3\n", encoding="utf-8")
    set_cell(schools, "bells.csv", 3, "start", "08:41")
    (schools / "teacher_unavailable.csv").write_text(
        "teacher_id,weekday,start,end\nr001-t01,1,10:00,09:00\n", encoding="utf-8"
    )
    assert run(*words(verb, schools)) == 1
    told = json.loads(capsys.readouterr().out)
    assert told.keys() >= KEYS[verb]
    assert told["status"] == "unknown"
    assert {told[key] for key in KEYS[verb] - {"status", "explanation"}} == {None}
    assert [(one["file"], one["line"]) for one in told["errors"]] == [
        ("bells.csv", 3),
        ("teacher_unavailable.csv", 2),
        ("rules.csv", 2),
        ("rules.csv", 3),
    ]


@pytest.mark.parametrize("verb", ["solve", "check"])
def test_a_folder_of_neither_kind_has_every_documented_key(tmp_path, verb, capsys):
    (tmp_path / "requirements.csv").write_text("", encoding="utf-8")
    assert run(*words(verb, tmp_path)) == 1
    assert json.loads(capsys.readouterr().out).keys() >= KEYS[verb] | {"errors"}


@pytest.mark.parametrize(
    "words", [["--seconds", "nan"], ["--seconds", "-1"], ["--workers", "0"], ["--seed", "2147483648"]]
)
@pytest.mark.parametrize("verb", ["solve", "align", "repair"])
def test_an_effort_that_is_none_is_a_wrong_use(schools, verb, words, capsys):
    event = ["--event", schools / "event-1.json"] if verb == "repair" else []
    with pytest.raises(SystemExit) as ended:
        run(verb, schools, *event, *words)
    assert ended.value.code == 2
    assert words[1] in capsys.readouterr().err


def test_what_cannot_be_written_is_said_and_the_answer_told(schools, tmp_path, capsys):
    out = tmp_path / "out"
    (out / "local_timetable.csv").mkdir(parents=True)
    for verb in ("solve", "align"):
        assert run(verb, schools, "--out", out, "--workers", "1", "--json") == 1
        said = capsys.readouterr()
        assert str(out) in said.err
        assert [json.loads(line)["status"] for line in said.out.splitlines()]
    assert [one.name for one in out.iterdir()] == ["local_timetable.csv"]


def test_a_day_that_holds_another_brings_what_is_given_away_along(schools, capsys):
    """A class has given a period of Wednesday away in which it has a lesson on Mondays."""
    held = {(one.class_id, one.weekday, one.period) for one in read_schools(schools).schools[0].base}
    class_id, period = min((one, at) for one, day, at in held if day == 1 and (one, 3, at) not in held)
    (schools / "class_blocked.csv").write_text(f"class_id,weekday,period\n{class_id},3,{period}\n", encoding="utf-8")
    event = schools / "event.json"
    event.write_text('{"kind": "day_transfer", "date": "2026-10-14", "as_weekday": 1}', encoding="utf-8")
    assert run("repair", schools, "--event", event, "--workers", "1", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["moved"], found["cost"]) == ("optimal", [], 0)


@pytest.mark.parametrize(("column", "value"), [("period", "19"), ("teacher_id", "r001-t02"), ("subject", "local")])
def test_a_timetable_that_is_none_is_not_repaired_but_named(schools, column, value, capsys):
    set_cell(schools, "local_timetable.csv", 2, column, value)
    assert run("repair", schools, "--event", schools / "event-5.json", "--workers", "1", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["cost"], found["bound"]) == ("unknown", None, None)
    assert [one["entity"] for one in found["explanation"] if "tongtang timetable check" in one["relaxation"]] == [
        "r001"
    ]


def test_lessons_that_a_timetable_lacks_are_no_moves_of_an_event(schools, capsys):
    file = schools / "local_timetable.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:1] + lines[2:]), encoding="utf-8")
    assert run("repair", schools, "--event", schools / "event-5.json", "--workers", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["moved"] == []


def with_file(schools, name, *rows):
    (schools / name).write_text("\n".join([*rows, ""]), encoding="utf-8")


def beside_the_county(schools):
    """Monday's periods 1 and 2 of a class are the county's, one live in every other week and one recorded.

    Somebody who teaches other classes is beside it. The class and that teacher.
    """
    whole = read_schools(schools).schools[0]
    class_id = min(whole.classes)
    bell = {one.number: f"{one.start // 60:02d}:{one.start % 60:02d}" for one in whole.bell.periods}
    beside = next(row.teacher_id for row in whole.requirements if row.class_id != class_id)
    with_file(
        schools, "broadcasts.csv", "group_id,subject,teacher_id,studio_id,weekday,start,class_ids,every_weeks,week",
        f"g,music,{beside},s,1,{bell[1]},{class_id},2,2",
    )  # fmt: skip
    with_file(schools, "recorded_lessons.csv", "class_id,subject,weekday,period", f"{class_id},music,1,2")
    with_file(
        schools, "facilitations.csv", "class_id,subject,weekday,start,teacher_id",
        f"{class_id},music,1,{bell[1]},{beside}", f"{class_id},music,1,{bell[2]},{beside}",
    )  # fmt: skip
    return class_id, beside


def test_what_the_county_records_and_who_is_beside_it_keep_local_lessons_away(schools, tmp_path, capsys):
    class_id, beside = beside_the_county(schools)
    assert run("solve", schools, "--out", tmp_path / "out", "--workers", "1", "--json") == 0
    capsys.readouterr()
    plan = tmp_path / "out" / "local_timetable.csv"
    for lesson in read_schools(schools, plan).schools[0].base:
        assert lesson.slot not in ((1, 1), (1, 2)) or (lesson.class_id != class_id and lesson.teacher_id != beside)
    lines = plan.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{class_id},"))
    cells = lines[place].split(",")
    lines[place] = ",".join([class_id, "1", "2", *cells[3:]])
    with_file(tmp_path / "out", "local_timetable.csv", *lines)
    assert run("check", schools, "--plan", plan, "--json") == 1
    assert "class_given_away" in {one["rule"] for one in json.loads(capsys.readouterr().out)["violations"]}


def test_rows_of_the_county_that_name_nobody_are_refused(schools, capsys):
    with_file(schools, "recorded_lessons.csv", "class_id,subject,weekday,period", "nobody,art,1,2")
    with_file(schools, "facilitations.csv", "class_id,subject,weekday,start,teacher_id", "r001-1,art,1,08:40,who")
    assert run("check", schools, "--json") == 1
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert {("recorded_lessons.csv", 2, "class_id"), ("facilitations.csv", 2, "teacher_id")} <= {
        (one["file"], one["line"], one["column"]) for one in errors
    }


def test_every_event_in_every_form_is_mended_beside_the_countys_plan(schools, tmp_path, capsys):
    class_id, _beside = beside_the_county(schools)
    assert run("solve", schools, "--out", tmp_path, "--workers", "1", "--json") == 0
    shutil.copy(tmp_path / "local_timetable.csv", schools)
    for number in range(1, 6):
        event = json.loads((schools / f"event-{number}.json").read_text(encoding="utf-8"))
        told = []
        for form in (event, [event], {"events": [event]}):
            with_file(schools, "event.json", json.dumps(form))
            capsys.readouterr()
            assert run("repair", schools, "--event", schools / "event.json", "--workers", "1", "--seconds", "30",
                       "--json") == 0  # fmt: skip
            found = json.loads(capsys.readouterr().out)
            assert found["status"] == "optimal"
            assert found["cost"] == found["bound"]
            told.append({key: value for key, value in found.items() if key not in ("seconds", "weeks")})
            for move in found["moved"]:
                at = move["to"]["weekday"], move["to"]["period"]
                assert at not in ((1, 1), (1, 2)) or move["class_id"] != class_id
        assert told[0] == told[1] == told[2]


def test_a_lesson_from_another_week_cancels_one_of_a_full_week_by_name(schools, capsys):
    """Every period that a receiving class has free is given away: one of its lessons must fall out, and is named."""
    whole = read_schools(schools).schools[0]
    held = {one.slot for one in whole.base if one.class_id == "r001-51"}
    free = [(day, bell.number) for day in range(1, 6) for bell in whole.bell.periods if (day, bell.number) not in held]
    with_file(schools, "class_blocked.csv", "class_id,weekday,period", *(f"r001-51,{day},{at}" for day, at in free))
    event = schools / "event.json"
    moved = {"kind": "lesson_moved", "anchor_lesson_id": "maths-1", "date": "2026-10-16", "to_date": "2026-10-20"}
    event.write_text(json.dumps({**moved, "start": "15:00"}), encoding="utf-8")
    assert run("repair", schools, "--event", event, "--workers", "1", "--seconds", "30", "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    [cancelled] = found["fallbacks"]
    assert (found["status"], found["cost"]) == ("optimal", found["bound"])
    assert (cancelled["kind"], cancelled["class_id"], cancelled["because"]) == ("cancelled", "r001-51", "makes_room")
    assert (cancelled["at"]["date"], cancelled["at"]["start"]) == ("2026-10-20", "15:00")
    assert "停上" in told.err
    assert found["explanation"][-1]["entity"] == "r001-51"
    assert found["explanation"][-1]["relaxation"] in told.err
    assert all(one["to"]["date"] >= "2026-10-19" for one in found["moved"])


def test_a_narrowed_line_keeps_what_the_county_sends_and_a_lost_one_shows_it_recorded(schools, capsys):
    """Beside the reception of one class on Monday another receives the county's music at the same time."""
    whole = read_schools(schools).schools[0]
    anchor = next(one for one in whole.anchors if one.anchor_lesson_id == "maths-5")
    bell = next(one for one in whole.bell.periods if one.start == anchor.start)
    with_file(
        schools, "broadcasts.csv", "group_id,subject,teacher_id,studio_id,weekday,start,class_ids",
        f"g,music,{min(whole.teachers)},s,1,{bell.start // 60:02d}:{bell.start % 60:02d},r001-11",
    )  # fmt: skip
    assert run("align", schools, "--out", schools, "--workers", "1", "--json") == 0
    down = {"kind": "line_down", "school_id": "r001", "date_from": "2026-10-12", "date_to": "2026-10-12"}
    told = {}
    for streams in (2, 1, 0, None):
        with_file(schools, "event.json", json.dumps({**down, **({} if streams is None else {"max_streams": streams})}))
        capsys.readouterr()
        assert run("repair", schools, "--event", schools / "event.json", "--workers", "1", "--json") == 0
        told[streams] = json.loads(capsys.readouterr().out)
    assert (told[2]["moved"], told[2]["fallbacks"]) == ([], [])
    left = [one["from"] for one in told[1]["moved"] if (one["class_id"], one["subject"]) == ("r001-51", "maths")]
    assert [(one["weekday"], one["period"]) for one in left] == [(1, bell.number)]
    assert told[1]["fallbacks"] == []
    recorded = [(one["kind"], one["class_id"], one["subject"]) for one in told[0]["fallbacks"]]
    assert recorded == [("recorded", "r001-11", "music")]
    assert {**told[None], "seconds": 0, "weeks": []} == {**told[0], "seconds": 0, "weeks": []}
    assert all(one["status"] == "optimal" and one["cost"] == one["bound"] for one in told.values())


@pytest.mark.parametrize("streams", ['"many"', "-1", "true", "1.5", '""'])
def test_a_narrowed_line_names_a_number(schools, streams, capsys):
    down = '"kind": "line_down", "school_id": "r001", "date_from": "2026-10-12", "date_to": "2026-10-12"'
    with_file(schools, "event.json", f'{{{down}, "max_streams": {streams}}}')
    assert run("repair", schools, "--event", schools / "event.json", "--json") == 1
    [error] = json.loads(capsys.readouterr().out)["errors"]
    assert "max_streams" in str(error)
