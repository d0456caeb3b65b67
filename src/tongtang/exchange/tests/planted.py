"""Conflicts planted into folders that can be solved: each kind spoils the files so that one entity is the reason.

A planter gets the folder and a die, changes the files and returns the entities of which any is right to name: one, or
the two sides of a meeting that cannot be.
"""

import csv
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Planter = Callable[[Path, random.Random], set[str]]
Record = dict[str, str]
DAYS = range(1, 6)


def read(folder: Path, file: str) -> list[Record]:
    """The rows of a file; none where there is no such file."""
    if not (folder / file).exists():
        return []
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(folder: Path, file: str, rows: Sequence[Mapping[str, Any]]) -> None:
    with (folder / file).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def set_value(folder: Path, file: str, key: Mapping[str, str], column: str, value: object) -> None:
    """One column of the rows that have the key's values."""
    rows = read(folder, file)
    for row in rows:
        if all(row[name] == wanted for name, wanted in key.items()):
            row[column] = str(value)
    write(folder, file, rows)


def add(folder: Path, file: str, *rows: Mapping[str, Any]) -> None:
    write(folder, file, [*read(folder, file), *rows])


def apply_changes(folder: Path, changes: Sequence[Mapping[str, Any]]) -> None:
    """What `changes` of an explanation say, written into the files. Fails where a row to be changed is not there."""
    for change in changes:
        rows, key = read(folder, change["file"]), {name: str(value) for name, value in change["row"].items()}
        found = [row for row in rows if all(row[name] == value for name, value in key.items() if name in row)]
        if change["column"] is None and change["to"] is not None:
            rows.append(dict.fromkeys(rows[0], "") | key)
        elif change["column"] is None:
            assert found, change
            rows = [row for row in rows if row not in found]
        else:
            assert [row[change["column"]] for row in found] == [change["from"]], change
            found[0][change["column"]] = change["to"]
        if rows:
            write(folder, change["file"], rows)
        else:
            (folder / change["file"]).unlink()


def school_of(folder: Path) -> dict[str, str]:
    return {row["class_id"]: row["school_id"] for row in read(folder, "classes.csv")}


def periods_of(folder: Path, school_id: str) -> list[Record]:
    bell = next(row["bell_id"] for row in read(folder, "schools.csv") if row["school_id"] == school_id)
    return [row for row in read(folder, "bells.csv") if row["bell_id"] == bell]


def owed(folder: Path, subject: str = "") -> list[str]:
    """The classes that are owed broadcasts."""
    rows = read(folder, "requirements.csv")
    return sorted({row["class_id"] for row in rows if subject in ("", row["subject"])})


def teachers_of(folder: Path, subject: str) -> list[str]:
    return [row["teacher_id"] for row in read(folder, "teachers.csv") if subject in row["subjects"].split(";")]


def away(teacher_id: str, days: Sequence[int], start: str = "00:00", end: str = "23:59") -> list[Record]:
    return [{"teacher_id": teacher_id, "weekday": str(day), "start": start, "end": end} for day in days]


def block(folder: Path, class_id: str, slots: Sequence[tuple[int, int]]) -> None:
    """The class gives away these periods (weekday, number) too."""
    file = "class_blocked.csv"
    rows = read(folder, file)
    have = {(row["class_id"], int(row["weekday"]), int(row["period"])) for row in rows}
    rows += [
        {"class_id": class_id, "weekday": str(day), "period": str(number)}
        for day, number in slots
        if (class_id, day, number) not in have
    ]
    write(folder, file, rows)


def whole_week(folder: Path, class_id: str, days: Sequence[int] = DAYS) -> list[tuple[int, int]]:
    periods = periods_of(folder, school_of(folder)[class_id])
    return [(day, int(row["period"])) for day in days for row in periods]


# --- counties: broadcasts -------------------------------------------------------------------------------------------


def teacher_with_few_lessons(folder: Path, rng: random.Random) -> set[str]:
    teacher_id = rng.choice(teachers_of(folder, "english"))
    set_value(folder, "teachers.csv", {"teacher_id": teacher_id}, "weekly_cap", 3)
    return {teacher_id}


def teacher_never_there(folder: Path, rng: random.Random) -> set[str]:
    teacher_id = rng.choice(teachers_of(folder, "english"))
    add(folder, "teacher_unavailable.csv", *away(teacher_id, DAYS, "07:00", "18:00"))
    return {teacher_id}


def teachers_there_when_the_class_is_not(folder: Path, rng: random.Random) -> set[str]:
    class_id, teachers = rng.choice(owed(folder, "english")), teachers_of(folder, "english")
    for teacher_id in teachers:
        add(folder, "teacher_unavailable.csv", *away(teacher_id, DAYS, "12:00", "18:00"))
    morning = [int(row["period"]) for row in periods_of(folder, school_of(folder)[class_id]) if row["start"] < "12:00"]
    block(folder, class_id, [(day, number) for day in DAYS for number in morning])
    return {class_id, *teachers}


def one_studio(folder: Path, rng: random.Random) -> set[str]:
    studio = rng.choice(read(folder, "studios.csv"))
    write(folder, "studios.csv", [studio])
    return {studio["studio_id"]}


def class_given_away(folder: Path, rng: random.Random) -> set[str]:
    class_id = rng.choice(owed(folder))
    block(folder, class_id, whole_week(folder, class_id))
    return {class_id}


def class_there_on_one_day(folder: Path, rng: random.Random) -> set[str]:
    """One lesson of a subject a day, several owed."""
    class_id = rng.choice(owed(folder))
    block(folder, class_id, whole_week(folder, class_id, range(2, 6)))
    return {class_id}


def class_owed_too_much(folder: Path, rng: random.Random) -> set[str]:
    row = rng.choice(read(folder, "requirements.csv"))
    key = {"class_id": row["class_id"], "subject": row["subject"]}
    set_value(folder, "requirements.csv", key, "lessons_per_week", 7)
    return {row["class_id"]}


def class_too_large(folder: Path, rng: random.Random) -> set[str]:
    class_id = rng.choice(owed(folder))
    pupils = [row for row in read(folder, "pupils.csv") if row["class_id"] == class_id]
    more = [{**pupils[0], "pupil_id": f"{class_id}-x{number}"} for number in range(50 - len(pupils))]
    add(folder, "pupils.csv", *more)
    set_value(folder, "classes.csv", {"class_id": class_id}, "pupils", 50)
    return {class_id}


def class_across_bands(folder: Path, rng: random.Random) -> set[str]:
    class_id = rng.choice(owed(folder))
    set_value(folder, "classes.csv", {"class_id": class_id}, "grades", "2;3")
    return {class_id, "grade_bands"}


def school_without_room(folder: Path, rng: random.Random) -> set[str]:
    school_id = school_of(folder)[rng.choice(owed(folder))]
    set_value(folder, "schools.csv", {"school_id": school_id}, "receiving_rooms", 0)
    return {school_id}


def school_without_link(folder: Path, rng: random.Random) -> set[str]:
    school_id = school_of(folder)[rng.choice(owed(folder))]
    set_value(folder, "schools.csv", {"school_id": school_id}, "max_streams", 0)
    return {school_id}


def classes_share_a_room(folder: Path, rng: random.Random) -> set[str]:
    """Three or more classes of one school are free in the same ten periods; there is one room."""
    schools, classes = school_of(folder), owed(folder)
    count = Counter(schools[class_id] for class_id in classes)
    school_id = rng.choice(sorted(one for one in count if count[one] >= 3))
    for column in ("receiving_rooms", "max_streams"):
        set_value(folder, "schools.csv", {"school_id": school_id}, column, 1)
    here = [one for one, school in schools.items() if school == school_id]
    write(
        folder, "class_blocked.csv", [row for row in read(folder, "class_blocked.csv") if row["class_id"] not in here]
    )
    for class_id in here:
        block(folder, class_id, [slot for slot in whole_week(folder, class_id) if slot[1] not in (2, 3)])
    return {school_id}


def bell_of_its_own(folder: Path, rng: random.Random) -> set[str]:
    """A school that rings once a day, at noon."""
    schools, classes = school_of(folder), owed(folder)
    needed = Counter[str]()
    for row in read(folder, "requirements.csv"):
        needed[row["class_id"]] += int(row["lessons_per_week"])
    school_id = schools[rng.choice([one for one in classes if needed[one] > len(DAYS)])]
    add(folder, "bells.csv", {"bell_id": "bell-x", "period": "1", "start": "11:55", "end": "12:35"})
    set_value(folder, "schools.csv", {"school_id": school_id}, "bell_id", "bell-x")
    kept = [
        row
        for row in read(folder, "class_blocked.csv")
        if schools[row["class_id"]] != school_id or row["period"] == "1"
    ]
    write(folder, "class_blocked.csv", kept)
    return {school_id, "bell-x"}


def bell_outside_the_teachers_day(folder: Path, rng: random.Random) -> set[str]:
    """A school that rings in the evening, when no teacher is there: no common window."""
    schools = school_of(folder)
    school_id = schools[rng.choice(owed(folder))]
    evening = [("18:00", "18:40"), ("18:50", "19:30"), ("19:40", "20:20")]
    rows = [
        {"bell_id": "bell-x", "period": str(number), "start": start, "end": end}
        for number, (start, end) in enumerate(evening, 1)
    ]
    add(folder, "bells.csv", *rows)
    set_value(folder, "schools.csv", {"school_id": school_id}, "bell_id", "bell-x")
    kept = [
        row for row in read(folder, "class_blocked.csv") if schools[row["class_id"]] != school_id or row["period"] < "4"
    ]
    write(folder, "class_blocked.csv", kept)
    for subject in ("music", "art", "english"):
        for teacher_id in teachers_of(folder, subject):
            add(folder, "teacher_unavailable.csv", *away(teacher_id, DAYS, "17:00", "22:00"))
    return {school_id, "bell-x"}


def subject_without_teacher(folder: Path, rng: random.Random) -> set[str]:
    subject = rng.choice(["music", "art", "english"])
    gone = teachers_of(folder, subject)
    for file in ("teachers.csv", "teacher_unavailable.csv"):
        write(folder, file, [row for row in read(folder, file) if row["teacher_id"] not in gone])
    return {subject}


def rule_too_narrow(folder: Path, rng: random.Random) -> set[str]:
    rule, value = rng.choice(
        [("max_pupils_per_broadcast", 9), ("max_classes_per_broadcast", 1), ("lesson_minutes", 120)]
    )
    set_value(folder, "rules.csv", {"rule": rule}, "value", value)
    return {rule}


COUNTY: Mapping[str, Planter] = {
    planter.__name__: planter
    for planter in (
        teacher_with_few_lessons,
        teacher_never_there,
        teachers_there_when_the_class_is_not,
        one_studio,
        class_given_away,
        class_there_on_one_day,
        class_owed_too_much,
        class_too_large,
        class_across_bands,
        school_without_room,
        school_without_link,
        classes_share_a_room,
        bell_of_its_own,
        bell_outside_the_teachers_day,
        subject_without_teacher,
        rule_too_narrow,
    )
}

# --- whole schools --------------------------------------------------------------------------------------------------

ROWS = "local_requirements.csv"


def local_rows(folder: Path, rng: random.Random) -> list[Record]:
    """The requirements of one school."""
    schools = school_of(folder)
    school_id = rng.choice(sorted(set(schools.values())))
    return [row for row in read(folder, ROWS) if schools[row["class_id"]] == school_id]


def busy_teacher(rows: Sequence[Record], rng: random.Random, least: int) -> str:
    load = Counter[str]()
    for row in rows:
        load[row["teacher_id"]] += int(row["lessons_per_week"])
    return rng.choice(sorted(one for one in load if load[one] >= least))


def set_row(folder: Path, row: Record, column: str, value: object) -> None:
    set_value(folder, ROWS, {"class_id": row["class_id"], "subject": row["subject"]}, column, value)


def week_too_short(folder: Path, rng: random.Random) -> set[str]:
    row = rng.choice(local_rows(folder, rng))
    set_row(folder, row, "lessons_per_week", int(row["lessons_per_week"]) + 12)
    return {row["class_id"]}


def cap_too_low(folder: Path, rng: random.Random) -> set[str]:
    teacher_id = busy_teacher(local_rows(folder, rng), rng, 15)
    set_value(folder, "teachers.csv", {"teacher_id": teacher_id}, "weekly_cap", 8)
    return {teacher_id}


def teacher_there_on_two_days(folder: Path, rng: random.Random) -> set[str]:
    teacher_id = busy_teacher(local_rows(folder, rng), rng, 15)
    write(folder, "teacher_unavailable.csv", away(teacher_id, (1, 2, 3)))
    return {teacher_id}


def teacher_gone(folder: Path, rng: random.Random) -> set[str]:
    teacher_id = busy_teacher(local_rows(folder, rng), rng, 10)
    write(folder, "teacher_unavailable.csv", away(teacher_id, DAYS))
    return {teacher_id}


def class_away_four_days(folder: Path, rng: random.Random) -> set[str]:
    class_id = rng.choice(local_rows(folder, rng))["class_id"]
    block(folder, class_id, whole_week(folder, class_id, range(1, 5)))
    return {class_id}


def only_teacher_of_two_classes(folder: Path, rng: random.Random) -> set[str]:
    """Two classes of one teacher are both free only on Friday when he is there, in too few periods for both."""
    rows = local_rows(folder, rng)
    load: dict[str, list[Record]] = {}
    for row in rows:
        if int(row["lessons_per_week"]) >= 4:
            load.setdefault(row["teacher_id"], []).append(row)
    teacher_id = rng.choice(sorted(one for one in load if len(load[one]) >= 2))
    mine = sorted({row["class_id"] for row in rows if row["teacher_id"] == teacher_id})
    classes = sorted({row["class_id"] for row in load[teacher_id]})[:2]
    for class_id in classes:
        block(folder, class_id, [(day, number) for day in (1, 2, 3) for number in (1,)])
    rest = [one for one in mine if one not in classes]
    write(folder, "teacher_unavailable.csv", away(teacher_id, (1, 2, 3), "00:00", "23:59"))
    for class_id in rest:
        block(folder, class_id, [(5, 1), (5, 2)])
    for class_id in classes:
        block(folder, class_id, [(4, number) for number in (2, 3, 4, 5, 6, 7)])
        block(folder, class_id, [(5, number) for number in (4, 5, 6, 7)] if class_id == classes[0] else [])
    return {teacher_id, *classes}


def broadcasts_on_the_meeting(folder: Path, rng: random.Random) -> set[str]:
    """The class meeting's teacher is there on Friday; broadcasts take the class's Friday."""
    row = rng.choice([row for row in local_rows(folder, rng) if row["subject"] == "class_meeting"])
    class_id, teacher_id = row["class_id"], row["teacher_id"]
    others = [one for one in read(folder, ROWS) if one["teacher_id"] == teacher_id and one is not row]
    # A teacher of one class only: nobody else may be touched by the absence.
    helper = f"{teacher_id}-m"
    person = next(one for one in read(folder, "teachers.csv") if one["teacher_id"] == teacher_id)
    add(folder, "teachers.csv", {**person, "teacher_id": helper})
    assert others
    set_row(folder, row, "teacher_id", helper)
    write(folder, "teacher_unavailable.csv", away(helper, (1, 2, 3, 4)))
    _broadcasts(folder, class_id, (5,))
    return {class_id, helper}


def broadcasts_on_two_days(folder: Path, rng: random.Random) -> set[str]:
    class_id = rng.choice(local_rows(folder, rng))["class_id"]
    _broadcasts(folder, class_id, (1, 2))
    return {class_id}


def _broadcasts(folder: Path, class_id: str, days: Sequence[int]) -> None:
    teacher_id = read(folder, "teachers.csv")[0]["teacher_id"]
    rows = [
        {
            "group_id": f"music-{day}-{row['period']}",
            "subject": "music",
            "teacher_id": teacher_id,
            "studio_id": "s01",
            "weekday": str(day),
            "start": row["start"],
            "class_ids": class_id,
        }
        for day in days
        for row in periods_of(folder, school_of(folder)[class_id])
    ]
    write(folder, "broadcasts.csv", rows)


def four_periods_a_day(folder: Path, rng: random.Random) -> set[str]:
    school_id = school_of(folder)[local_rows(folder, rng)[0]["class_id"]]
    short = [{**row, "bell_id": "bell-x"} for row in periods_of(folder, school_id) if int(row["period"]) <= 4]
    add(folder, "bells.csv", *short)
    set_value(folder, "schools.csv", {"school_id": school_id}, "bell_id", "bell-x")
    return {school_id, "bell-x"}


def too_many_a_day(folder: Path, rng: random.Random) -> set[str]:
    """More lessons than days, one a day: a wish that no week keeps."""
    rows = local_rows(folder, rng)
    row = rng.choice([row for row in rows if row["lessons_per_week"] == "5" and row["max_per_day"] == "1"])
    spare = next(one for one in rows if one["class_id"] == row["class_id"] and one["lessons_per_week"] == "2")
    set_row(folder, row, "lessons_per_week", 6)
    set_row(folder, spare, "lessons_per_week", 1)
    set_value(folder, "teachers.csv", {"teacher_id": row["teacher_id"]}, "weekly_cap", 22)
    return {row["class_id"]}


def double_impossible(folder: Path, rng: random.Random) -> set[str]:
    """A double period of a class whose free periods never touch where the subject may be."""
    row = rng.choice([row for row in local_rows(folder, rng) if row["lessons_per_week"] == "2"])
    set_row(folder, row, "double", 1)
    set_row(folder, row, "earliest_period", 3)
    set_row(folder, row, "latest_period", 3)
    return {row["class_id"]}


def window_too_small(folder: Path, rng: random.Random) -> set[str]:
    """All lessons in the first period, which the class has given away on two days."""
    young = {row["class_id"] for row in read(folder, "classes.csv") if row["grades"] in "12"}
    rows = [row for row in local_rows(folder, rng) if row["class_id"] in young]
    row = rng.choice([row for row in rows if row["lessons_per_week"] in "45"])
    set_row(folder, row, "latest_period", 1)
    block(folder, row["class_id"], [(1, 1), (2, 1)])
    return {row["class_id"]}


SCHOOLS: Mapping[str, Planter] = {
    planter.__name__: planter
    for planter in (
        week_too_short,
        cap_too_low,
        teacher_there_on_two_days,
        teacher_gone,
        class_away_four_days,
        only_teacher_of_two_classes,
        broadcasts_on_the_meeting,
        broadcasts_on_two_days,
        four_periods_a_day,
        too_many_a_day,
        double_impossible,
        window_too_small,
    )
}
