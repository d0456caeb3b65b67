"""Pupils and teachers of a county as columns: names, sexes, birth dates, numbers. All invented."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import polars as pl

from tongtang.curriculum.api import Stage
from tongtang.exchange.generate import words
from tongtang.exchange.generate.drafts import ClassDraft, SchoolDraft
from tongtang.exchange.generate.draws import Draws, apportion, column
from tongtang.exchange.generate.scales import TIBETAN, YI

# Sixteen bits choose a row of a table; a word of 64 bits holds four choices.
BITS = 16
ROWS = 2**BITS
# Boys among pupils: 109 to 100 girls. Shares of one-character given names, of late starters, of the own tongue.
BOYS, SINGLE, LATE, OWN_TONGUE = 0.5215, 0.09, 0.03, 0.72
# A child starts grade 1 in September at six: born from 1 September seven years before to 31 August.
START_AGE = 6
# GB 11643-1999: weights of the first seventeen places, and the last place by their sum modulo 11.
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_PLACES = "10X98765432"
MOST_A_DAY = 500
# No county of China has these numbers, so no living person bears a number that is made here.
OWN_PREFECTURES = (98, 99)
LOCAL_TEACHER = "general"
# Subjects of a teacher by stage, with weights; two where small schools share teachers.
SUBJECTS: Mapping[Stage, Mapping[str, int]] = {
    Stage.PRIMARY: {
        "chinese": 22, "chinese;ethics": 8, "maths": 20, "maths;science": 7, "english": 10, "pe": 8, "music": 5,
        "art": 5, "science": 4, "ethics": 3, "it": 3, "labour;practice": 3, "wellbeing;safety": 2,
    },
    Stage.JUNIOR: {
        "chinese": 17, "maths": 16, "english": 16, "physics": 8, "chemistry": 5, "biology": 6, "history": 6,
        "geography": 6, "ethics": 6, "pe": 6, "music": 3, "art": 3, "it": 3,
    },
    Stage.SENIOR: {
        "chinese": 15, "maths": 15, "english": 15, "physics": 10, "chemistry": 8, "biology": 8, "history": 7,
        "geography": 7, "ethics": 7, "pe": 4, "it": 3, "music": 1, "art": 2,
    },
}  # fmt: skip
# The first teachers of a school with a studio: those whom receiving schools lack.
SPECIALISTS = ("music", "art", "english", "wellbeing;safety", "music", "art", "english", "pe")


def _table(weights: Mapping[str, int]) -> pl.Series:
    """The words of `weights`, each as often as its share of `ROWS`."""
    shares = apportion(ROWS, [float(weight) for weight in weights.values()])
    spread = pl.DataFrame({"word": list(weights), "times": shares})
    return spread.select(pl.col("word").repeat_by("times")).explode("word")["word"]


@cache
def _list(path: str) -> pl.Series:
    found = words.people()
    for part in path.split("."):
        found = found[part]
    return _table(found if isinstance(found, Mapping) else words.weighted(str(found)))


def _choose(path: str, bits: pl.Series) -> pl.Series:
    return _list(path).gather(bits)


def _bits(word: pl.Series, part: int) -> pl.Series:
    return pl.select((pl.lit(word) // 2 ** (BITS * part)) % ROWS).to_series()


def _names(code: str, sex: str, start: int, count: int) -> pl.Series:
    """Names of `count` people of one sex; `code` of the county decides which tongues are spoken."""
    one, two = column(start, count), column(start ^ 0x5DEECE66D, count)
    surname = _choose("surnames", _bits(one, 0))
    second = _choose(f"given.{sex}.second", _bits(one, 2))
    both = _choose(f"given.{sex}.first", _bits(one, 1)) + second
    single = _choose(f"given.{sex}.single", _bits(one, 1))
    frame = pl.DataFrame(
        {
            "han": surname
            + pl.select(pl.when(_bits(two, 0) < int(SINGLE * ROWS)).then(single).otherwise(both)).to_series(),
            "own": _own_names(code, sex, one, two, both),
            "tongue": _bits(two, 1),
        }
    )
    own = pl.col("tongue") < int(OWN_TONGUE * ROWS)
    return frame.select(pl.when(own & pl.col("own").is_not_null()).then("own").otherwise("han").alias("name"))["name"]


def _own_names(code: str, sex: str, one: pl.Series, two: pl.Series, given: pl.Series) -> pl.Series:
    """Names in the tongue of a Tibetan or Yi prefecture; nulls elsewhere."""
    if code[:4] in TIBETAN:
        return _choose(f"tibetan.{sex}.first", _bits(one, 3)) + _choose(f"tibetan.{sex}.second", _bits(two, 2))
    if code[:4] in YI:
        return _choose("yi.clans", _bits(one, 3)) + given
    return pl.Series([None] * len(one), dtype=pl.String)


def own_prefix(code: str, position: int) -> str:
    """Six digits that no ID number begins with, one for each county: the province's and a number of our own."""
    prefecture, county = divmod(position, 99)
    return f"{code[:2]}{OWN_PREFECTURES[prefecture]}{county + 1:02d}"


def pupil_table(
    classes: Sequence[ClassDraft], year: int, code: str, prefix: str, sexes: tuple[str, str], draws: Draws
) -> pl.DataFrame:
    """Pupils of these classes in the school year that begins in `year`.

    Columns: pupil_id, class_id, name, sex, birth_date, id_number, pupil_number, all text. `sexes`: the words for male
    and female.
    """
    heads = [(one.id, grade, count) for one in classes for grade, count in one.heads]
    frame = pl.DataFrame(heads, schema={"class_id": pl.String, "grade": pl.Int32, "count": pl.Int64}, orient="row")
    frame = frame.select(pl.exclude("count").repeat_by("count")).explode("class_id", "grade")
    chance, start = column(draws.word(), frame.height), draws.word()
    frame = frame.with_columns(
        male=_bits(chance, 0) < int(BOYS * ROWS),
        day=_birth_days(frame["grade"], chance, year),
        number=pl.int_range(1, pl.len() + 1).over("class_id"),
    )
    named = [_names(code, sex, start ^ salt, frame.height) for salt, sex in enumerate(("boy", "girl"))]
    frame = frame.with_columns(boy=named[0], girl=named[1])
    return _with_numbers(frame, year, prefix).select(
        pupil_id=pl.col("class_id") + "-" + pl.col("number").cast(pl.String).str.zfill(2),
        class_id="class_id",
        name=pl.when("male").then("boy").otherwise("girl"),
        sex=pl.when("male").then(pl.lit(sexes[0])).otherwise(pl.lit(sexes[1])),
        birth_date="birth_date",
        id_number="id_number",
        pupil_number=pl.lit("G") + pl.col("id_number"),
    )


def _first_day(year: int) -> date:
    """The earliest birthday that the tables of days hold: a late starter of the highest grade."""
    return date(year - START_AGE - 14, 9, 1)


def _birth_days(grades: pl.Series, chance: pl.Series, year: int) -> pl.Series:
    """Days since `_first_day`: within the twelve months of the grade, or for late starters within those before."""
    first = _first_day(year)
    starts = {grade: (date(year - START_AGE - grade, 9, 1) - first).days for grade in range(-2, 13)}
    frame = pl.DataFrame({"grade": grades, "chance": chance})
    start = pl.col("grade").replace_strict(starts, return_dtype=pl.Int64)
    late = (pl.col("chance") // 2**16) % ROWS < int(LATE * ROWS)
    late = late & (pl.col("grade") > 0)
    inside = ((pl.col("chance") // 2**32) % 365).cast(pl.Int64)
    return frame.select((start + inside - pl.when(late).then(365).otherwise(0)).alias("day"))["day"]


def _with_numbers(frame: pl.DataFrame, year: int, prefix: str) -> pl.DataFrame:
    """Adds birth_date and id_number; of those born on one day each has another number, odd for a male."""
    days = [_first_day(year) + timedelta(days=offset) for offset in range(366 * 18)]
    sums = [_weighted(f"{day:%Y%m%d}", 6) + _weighted(prefix, 0) for day in days]
    calendar = pl.DataFrame({
        "birth_date": [day.isoformat() for day in days], "plain": [f"{day:%Y%m%d}" for day in days], "sum": sums,
    })  # fmt: skip
    serial = pl.int_range(pl.len()).over("day", "male")
    frame = frame.with_columns(calendar[frame["day"]]).with_columns(serial=serial * 2 + pl.col("male").cast(pl.Int64))
    most = frame["serial"].max()
    if isinstance(most, int) and most >= 2 * MOST_A_DAY:
        raise ValueError(f"more than {MOST_A_DAY} births on one day under the prefix {prefix}")
    serial = pl.col("serial")
    weights = ID_WEIGHTS[14:]
    total = pl.col("sum") + serial // 100 * weights[0] + serial // 10 % 10 * weights[1] + serial % 10 * weights[2]
    check = (total % 11).replace_strict(dict(enumerate(CHECK_PLACES)), return_dtype=pl.String)
    return frame.with_columns(
        id_number=pl.concat_str(pl.lit(prefix), "plain", serial.cast(pl.String).str.zfill(3), check)
    )


def _weighted(digits: str, place: int) -> int:
    return sum(int(digit) * ID_WEIGHTS[place + index] for index, digit in enumerate(digits))


def teacher_table(schools: Sequence[SchoolDraft], code: str, draws: Draws) -> pl.DataFrame:
    """Teachers of these schools: teacher_id, name, school_id, subjects, weekly_cap; and `place`, their number there."""
    rows = [
        (
            one.id,
            "local" if one.kind in ("teaching_point", "kindergarten") else one.stage.value,
            one.teachers,
            one.studios,
        )
        for one in schools
    ]
    schema = {"school_id": pl.String, "subject_table": pl.String, "count": pl.Int64, "studios": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame = frame.select(pl.exclude("count").repeat_by("count")).explode("school_id", "subject_table", "studios")
    frame = frame.with_columns(place=pl.int_range(pl.len()).over("school_id"))
    chance, start = column(draws.word(), frame.height), draws.word()
    named = [_names(code, sex, start ^ salt, frame.height) for salt, sex in enumerate(("boy", "girl"))]
    frame = frame.with_columns(boy=named[0], girl=named[1], is_man=_bits(chance, 0) < int(0.36 * ROWS))
    for stage, weights in SUBJECTS.items():
        frame = frame.with_columns(_table(weights).gather(_bits(chance, 1)).alias(stage.value))
    subjects = pl.lit(LOCAL_TEACHER)
    for stage in SUBJECTS:
        subjects = pl.when(pl.col("subject_table") == stage.value).then(pl.col(stage.value)).otherwise(subjects)
    for place, subject in enumerate(SPECIALISTS):
        subjects = (
            pl.when((pl.col("studios") > 0) & (pl.col("place") == place)).then(pl.lit(subject)).otherwise(subjects)
        )
    frame = frame.with_columns(subjects=subjects, weekly_cap=(_bits(chance, 2) % 7 + 14).cast(pl.String))
    return frame.select(
        teacher_id=pl.lit("t-") + pl.col("school_id") + "-" + (pl.col("place") + 1).cast(pl.String).str.zfill(2),
        name=pl.when("is_man").then("boy").otherwise("girl"),
        school_id="school_id",
        subjects="subjects",
        weekly_cap="weekly_cap",
        place="place",
    )
