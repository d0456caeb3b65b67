"""A county as the folder of files that `tongtang load-county` reads."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl

from tongtang.curriculum.api import Stage
from tongtang.exchange.county import layout
from tongtang.exchange.generate.classes import written_grade
from tongtang.exchange.generate.drafts import ClassDraft, CountyDraft, SchoolDraft
from tongtang.exchange.generate.draws import Draws
from tongtang.exchange.generate.people import pupil_table, teacher_table
from tongtang.exchange.generate.words import WORDS, numeral

RULES = {
    "lesson_minutes": "40", "start_tolerance_minutes": "10", "changeover_minutes": "10",
    "max_classes_per_broadcast": "3", "max_pupils_per_broadcast": "60", "grade_bands": "1-2|3-4|5-6|7-9|10-12",
    "same_subject_per_class_and_day": "1", "group_is_stable": "1",
}  # fmt: skip
# Bell schedules: minutes after midnight of the first period, length, short and long break, second half, periods.
BELLS = {
    "bell-p1": (510, 40, 10, 20, 850, 7), "bell-p2": (520, 40, 10, 20, 860, 6), "bell-p3": (530, 40, 10, 25, 870, 6),
    "bell-j": (490, 45, 10, 25, 850, 8), "bell-s": (480, 45, 10, 25, 840, 9), "bell-k": (540, 30, 15, 30, 900, 4),
}  # fmt: skip
MORNING = 4
# What is owed by broadcast, in lessons a week, by stage; English begins in grade 3.
OWED: Mapping[Stage, Mapping[str, int]] = {
    Stage.PRIMARY: {"music": 2, "art": 2, "english": 2},
    Stage.JUNIOR: {"english": 3, "physics": 2, "wellbeing": 1},
    Stage.SENIOR: {"maths": 3, "english": 3, "physics": 2},
}
FOREIGN_FROM = 3
TRAVELLING, TRAVELLERS = 0.5, ("music", "art", "english", "pe")


@dataclass(frozen=True)
class Written:
    """A folder on disk: rows by table, and the digest of all its files."""

    path: Path
    rows: Mapping[str, int]
    digest: str


def write_folder(path: Path, county: CountyDraft, year: int, prefix: str, seed: int) -> Written:
    """Write every file of the county into the empty folder `path`."""
    path.mkdir(parents=True, exist_ok=True)
    sexes = (WORDS["sex"]["male"], WORDS["sex"]["female"])
    pupils = pupil_table(county.classes, year, county.code, prefix, sexes, Draws(seed, county.code, "pupils"))
    teachers = teacher_table(county.schools, county.code, Draws(seed, county.code, "teachers"))
    counts = {
        "pupils": _frame(path / layout.PUPILS.file, pupils.select(*_known(layout.PUPILS))),
        "teachers": _frame(path / layout.TEACHERS.file, teachers.select(*_known(layout.TEACHERS))),
        "posts": _frame(path / layout.POSTS.file, _posts(county.schools, teachers, Draws(seed, county.code, "posts"))),
    }
    for table, rows in (
        (layout.TERMS, _terms(year)),
        (layout.BELLS, _bells({school.bell for school in county.schools})),
        (layout.SCHOOLS, map(_school, county.schools)),
        (layout.CLASSES, map(_class, county.classes)),
        (layout.STUDIOS, _studios(county.schools)),
        (layout.UNAVAILABLE, ()),
        (layout.BLOCKED, ()),
        # Made-up classes have every lesson each week.
        (replace(layout.REQUIREMENTS, optional={}), _requirements(county.classes)),
        (layout.RULES, RULES.items()),
    ):
        counts[table.name] = _rows(path / table.file, _known(table), rows)
    return Written(path, counts, digest_of(path))


def _known(table: layout.Table) -> list[str]:
    return list(table.parsers)


def _frame(path: Path, frame: pl.DataFrame) -> int:
    frame.write_csv(path)
    return frame.height


def _rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and contents of the files of a folder, in hexadecimal."""
    total = sha256()
    for path in sorted(folder.iterdir()):
        total.update(f"{path.name}:{path.stat().st_size}:".encode())
        with path.open("rb") as handle:
            while block := handle.read(2**20):
                total.update(block)
    return total.hexdigest()


def terms_of(year: int) -> tuple[tuple[date, date], tuple[date, date]]:
    """First and last days of the two terms of the school year that begins in `year`."""
    spring = date(year + 1, 2, 20)
    spring += timedelta(days=-spring.weekday() % 7)
    return (date(year, 9, 1), date(year + 1, 1, 22)), (spring, spring + timedelta(days=18 * 7 + 4))


def _terms(year: int) -> list[tuple[object, ...]]:
    names = {"first": year, "second": year + 1}
    return [
        (f"{first.year}-{key}", WORDS["terms"][key].format(**names), first.isoformat(), last.isoformat(), weeks)
        for key, (first, last), weeks in zip(("autumn", "spring"), terms_of(year), (20, 19), strict=True)
    ]


def _bells(used: set[str]) -> Iterable[tuple[str, int, str, str]]:
    for bell in sorted(used):
        start, length, short, long_break, second_half, periods = BELLS[bell]
        moment = start
        for number in range(1, periods + 1):
            if number == MORNING + 1:
                moment = second_half
            yield bell, number, _clock(moment), _clock(moment + length)
            moment += length + (long_break if number == MORNING // 2 else short)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _school(school: SchoolDraft) -> tuple[object, ...]:
    return (
        school.id, school.name, school.kind, school.township, school.parent, school.bell, school.rooms,
        school.link_mbps, school.streams, school.link, int(school.boarding),
    )  # fmt: skip


def _class(one: ClassDraft) -> tuple[object, ...]:
    return one.id, one.school.id, one.name, ";".join(map(written_grade, one.grades)), one.pupils


def _studios(schools: Iterable[SchoolDraft]) -> Iterable[tuple[str, str, str]]:
    for school in schools:
        for number in range(1, school.studios + 1):
            yield f"s-{school.id}-{number}", school.id, WORDS["studio"].format(ordinal=numeral(number))


def _requirements(classes: Iterable[ClassDraft]) -> Iterable[tuple[str, str, int]]:
    for one in classes:
        if one.school.kind not in ("teaching_point", "receiving_school"):
            continue
        for subject, lessons in OWED[one.school.stage].items():
            if subject != "english" or one.grades[0] >= FOREIGN_FROM:
                yield one.id, subject, lessons


def _posts(schools: Iterable[SchoolDraft], teachers: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """A specialist of the central school goes to some of its points for a few lessons a week."""
    able: dict[str, list[tuple[str, str]]] = {}
    travelling = teachers.filter(pl.col("subjects").is_in(TRAVELLERS))
    for teacher, school, subjects in travelling.select("teacher_id", "school_id", "subjects").iter_rows():
        able.setdefault(school, []).append((teacher, subjects))
    rows = []
    for school in schools:
        if school.kind == "teaching_point" and draws.chance(TRAVELLING) and school.parent in able:
            teacher, subjects = draws.one_of(able[school.parent])
            rows.append((teacher, school.id, subjects, str(2 + draws.below(5))))
    return pl.DataFrame(rows, schema=dict.fromkeys(_known(layout.POSTS), pl.String), orient="row")
