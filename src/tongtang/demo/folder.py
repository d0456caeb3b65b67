"""The demo county as files: the fixture county, four points that are always free, a term that holds today."""

import csv
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tongtang.organisations.models import Term

SOURCE = Path(__file__).parent / "chongyang"
COUNTY = 421223000000
TERM_WEEKS = 20
WEEKS_BEFORE = 4
POINTS = ("d01", "d02", "d03", "d04")
NAMES = ("石桥", "柳湾", "云岭", "观摩")
SIZES = (9, 12, 7, 8)
PUPILS = "安然 博文 晨曦 丹阳 恩泽 方圆 光明 海洋 嘉禾 可心 立夏 明远"
SURNAMES = "陈程何黄李罗饶汪吴谢殷余"


def _append(folder: Path, file: str, rows: Sequence[Sequence[object]]) -> None:
    with (folder / file).open("a", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)


def _term(today: date) -> tuple[str, str, date, date]:
    """The loaded demo term while it holds today; else one that began some weeks ago."""
    held = Term.objects.filter(county_code=COUNTY, first_day__lte=today, last_day__gte=today, ended_on=None).first()
    if held is not None:
        return held.source_id, held.name, held.first_day, held.last_day
    first = today - timedelta(days=today.weekday() + 7 * WEEKS_BEFORE)
    last = first + timedelta(days=7 * TERM_WEEKS - 3)
    return f"demo-{first:%Y%m%d}", f"演示学期（{first.year}年{first.month}月起）", first, last


def write_demo_folder(folder: Path, today: date) -> Path:
    """Write the demo county to `folder` (replaced); the same day gives the same files."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder)
    term, name, first, last = _term(today)
    header = "term_id,name,first_day,last_day,teaching_weeks\n"
    (folder / "terms.csv").write_text(
        f"{header}{term},{name},{first.isoformat()},{last.isoformat()},{TERM_WEEKS}\n", encoding="utf-8"
    )
    _append(
        folder,
        "schools.csv",
        [
            (point, f"天城镇{name}教学点", "teaching_point", "天城", "c01", "bell-a", 1, 20, 1)
            for point, name in zip(POINTS, NAMES, strict=True)
        ],
    )
    _append(
        folder,
        "classes.csv",
        [(f"{point}-g3", point, "三年级班", 3, size) for point, size in zip(POINTS, SIZES, strict=True)],
    )
    _append(
        folder, "pupils.csv", [row for point, size in zip(POINTS, SIZES, strict=True) for row in _pupils(point, size)]
    )
    _append(
        folder,
        "teachers.csv",
        [("t90", "沈若兰", "a01", "music", 40), ("t91", "石文远", "a01", "safety", 40)]
        + [
            (f"l{point}-1", teacher, point, "general", 22)
            for point, teacher in zip(POINTS, ("罗桂英", "廖建国", "陈守田", "周小满"), strict=True)
        ],
    )
    _append(folder, "studios.csv", [("s90", "a01", "演示演播室"), ("s91", "a01", "集中授课演播室")])
    return folder


def _pupils(point: str, size: int) -> list[tuple[object, ...]]:
    shift = POINTS.index(point)
    given = PUPILS.split()
    return [
        (
            f"{point}-g3-{number + 1:02d}",
            f"{point}-g3",
            SURNAMES[(number + shift) % len(SURNAMES)] + given[(number * 5 + shift) % len(given)],
            "女" if number % 2 else "男",
            f"2017-{number % 12 + 1:02d}-15",
        )
        for number in range(size)
    ]
