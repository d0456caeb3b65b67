"""Kinds of damage to the small county, each with the one finding that is expected."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongtang.exchange.tests.folders import add_line, lines, set_cell, set_line


@dataclass(frozen=True)
class Kind:
    """One kind: how to do it, and the one error expected (`phrase` stands in its sentence)."""

    name: str
    do: Callable[[Path], object]
    file: str
    line: int
    column: str
    value: str
    phrase: str


def in_cell(name, file, line, column, text, phrase, value=None) -> Kind:
    """Damage that is one cell holding `text`."""
    written = text if value is None else value
    return Kind(name, lambda f: set_cell(f, file, line, column, text), file, line, column, written, phrase)


def header(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda f: set_line(f, file, 1, lines(f, file)[0].replace(old, new))


def raw(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], int]:
    return lambda f: (f / file).write_bytes(change((f / file).read_bytes()))


def only_header(file: str) -> Callable[[Path], None]:
    return lambda f: (f / file).write_text(lines(f, file)[0] + "\n", encoding="utf-8")


FILES = [
    Kind("missing file", lambda f: (f / "bells.csv").unlink(), "bells.csv", 0, "", "bells.csv", "没有这个文件"),
    Kind(
        "misspelled optional file",
        lambda f: (f / "calender.csv").write_text("date\n"),
        "calender.csv",
        0,
        "",
        "calender.csv",
        "没有叫这个名字的文件",
    ),
    Kind(
        "folder for a file",
        lambda f: ((f / "rules.csv").unlink(), (f / "rules.csv").mkdir()),
        "rules.csv",
        0,
        "",
        "rules.csv",
        "不是可读的文件",
    ),
    Kind("empty file", raw("studios.csv", lambda data: b""), "studios.csv", 1, "", "", "文件是空的"),
    Kind(
        "blank file", raw("studios.csv", lambda data: b"\xef\xbb\xbf\r\n\r\n"), "studios.csv", 1, "", "", "文件是空的"
    ),
    Kind("header only", only_header("terms.csv"), "terms.csv", 1, "", "", "只有表头"),
    Kind(
        "missing column",
        lambda f: drop_column(f, "classes.csv", "grades"),
        "classes.csv",
        1,
        "grades",
        "",
        "缺少 grades 列",
    ),
    Kind(
        "unknown column",
        lambda f: add_column(f, "studios.csv", "colour"),
        "studios.csv",
        1,
        "colour",
        "colour",
        "不认识",
    ),
    Kind(
        "column twice", lambda f: add_column(f, "studios.csv", "name"), "studios.csv", 1, "name", "name", "出现了两次"
    ),
    Kind(
        "semicolons for commas",
        raw("studios.csv", lambda data: data.replace(b",", b";")),
        "studios.csv",
        1,
        "",
        "studio_id;school_id;name",
        "没有用逗号隔开",
    ),
    Kind("not UTF-8", lambda f: as_gbk(f, "classes.csv", 3), "classes.csv", 3, "", "0xB6", "不是 UTF-8"),
    Kind(
        "UTF-16",
        raw("terms.csv", lambda data: data.decode().encode("utf-16")),
        "terms.csv",
        1,
        "",
        "0xFF",
        "不是 UTF-8",
    ),
    Kind(
        "NUL byte",
        raw("teachers.csv", lambda data: data.replace(b"t02", b"t\x002")),
        "teachers.csv",
        3,
        "",
        "0x00",
        "NUL",
    ),
    Kind(
        "unclosed quotation mark",
        lambda f: set_line(f, "studios.csv", 3, 's02,a01,"第2演播室'),
        "studios.csv",
        3,
        "",
        's02,a01,"第2演播室',
        "没有闭合",
    ),
    Kind(
        "quotation mark in a cell",
        lambda f: set_line(f, "studios.csv", 3, 's02,a01,"第2"演播室'),
        "studios.csv",
        3,
        "",
        's02,a01,"第2"演播室',
        "中间出现引号",
    ),
    Kind(
        "cell without end",
        lambda f: set_line(f, "studios.csv", 3, 's02,a01,"' + "x" * 140_000),
        "studios.csv",
        3,
        "",
        's02,a01,"' + "x" * 191,
        "有一格太长",
    ),
    Kind(
        "too few cells", lambda f: set_line(f, "studios.csv", 3, "s02,a01"), "studios.csv", 3, "", "s02,a01", "有 2 格"
    ),
    Kind(
        "too many cells",
        lambda f: set_line(f, "studios.csv", 3, "s02,a01,x,y"),
        "studios.csv",
        3,
        "",
        "s02,a01,x,y",
        "有 4 格",
    ),
    Kind("only commas", lambda f: set_line(f, "studios.csv", 3, ",,"), "studios.csv", 3, "", ",,", "只有逗号"),
]

CELLS = [
    in_cell("empty cell", "pupils.csv", 2, "name", "", "这一格是空的"),
    in_cell("empty id", "class_blocked.csv", 2, "class_id", "", "这一格是空的"),
    in_cell("formula =", "pupils.csv", 2, "name", "=1+1", "像电子表格的公式"),
    in_cell("formula +", "pupils.csv", 3, "name", "+王", "像电子表格的公式"),
    in_cell("formula -", "teachers.csv", 2, "name", "-王", "像电子表格的公式"),
    in_cell("formula @", "studios.csv", 2, "name", "@SUM", "像电子表格的公式"),
    in_cell("formula tab", "schools.csv", 15, "name", "\t=1", "像电子表格的公式"),
    in_cell("formula CR", "schools.csv", 15, "name", "\r=1", "像电子表格的公式"),
    in_cell("formula full width", "classes.csv", 2, "name", "\uff1d1", "像电子表格的公式"),
    in_cell("control character", "pupils.csv", 2, "name", "王\x07一", "U+0007"),
    in_cell("line break in a name", "pupils.csv", 2, "name", "王\n一", "U+000A"),
    in_cell("direction mark", "pupils.csv", 2, "name", "王\u202e一", "U+202E"),
    in_cell("replacement character", "pupils.csv", 2, "name", "王\ufffd", "U+FFFD"),
    in_cell("space after a name", "pupils.csv", 2, "name", "王一 ", "前后有空格"),
    in_cell("name too long", "pupils.csv", 2, "name", "王" * 61, "超过 60 个字"),
    in_cell("id too long", "studios.csv", 2, "studio_id", "s" * 41, "超过 40 个字"),
    in_cell("id with a semicolon", "studios.csv", 2, "studio_id", "s;1", "编号里不能有"),
    in_cell("not a date", "pupils.csv", 2, "birth_date", "2019/1/2", "不是日期"),
    in_cell("impossible date", "pupils.csv", 2, "birth_date", "2019-02-29", "没有这一天"),
    in_cell("impossible year", "pupils.csv", 2, "birth_date", "0219-02-01", "1900 到 2100"),
    in_cell("born too late", "pupils.csv", 2, "birth_date", "2026-09-02", "出生日期晚于"),
    in_cell("not a time", "teacher_unavailable.csv", 2, "start", "9:30", "不是时间"),
    in_cell("impossible time", "bells.csv", 8, "end", "24:10", "没有这个钟点"),
    in_cell("impossible minute", "bells.csv", 8, "end", "16:75", "没有这个钟点"),
    in_cell("impossible grade", "classes.csv", 2, "grades", "13", "13 不是年级"),
    in_cell("grade zero", "classes.csv", 2, "grades", "0", "0 不是年级"),
    in_cell("grade in words", "classes.csv", 2, "grades", "1;二", "二 不是年级"),
    in_cell("grade twice", "classes.csv", 2, "grades", "1;1", "写了两次"),
    in_cell("weekday 8", "class_blocked.csv", 2, "weekday", "8", "不是星期几"),
    in_cell("weekday in words", "teacher_unavailable.csv", 2, "weekday", "周一", "不是星期几"),
    in_cell("negative number", "schools.csv", 15, "receiving_rooms", "-1", "是负数"),
    in_cell("not a number", "schools.csv", 15, "link_mbps", "四", "不是整数"),
    in_cell("decimal", "schools.csv", 15, "link_mbps", "4.5", "不是整数"),
    in_cell("full-width digits", "schools.csv", 15, "max_streams", "\uff12", "不是整数"),
    in_cell("number too large", "teachers.csv", 2, "weekly_cap", "61", "最大是 60"),
    in_cell("number far too large", "teachers.csv", 2, "weekly_cap", "9" * 5000, "最大是 60", value="9" * 200),
    in_cell("number too small", "requirements.csv", 2, "lessons_per_week", "0", "最小是 1"),
    in_cell("sex", "pupils.csv", 2, "sex", "M", "性别写男或女"),
    in_cell("kind of school", "schools.csv", 15, "kind", "point", "没有这种学校类型"),
    in_cell("subject of a teacher", "teachers.csv", 2, "subjects", "music;magic", "没有叫 magic 的学科"),
    in_cell("subject owed", "requirements.csv", 2, "subject", "general", "没有叫 general 的学科"),
    in_cell("two subjects owed", "requirements.csv", 2, "subject", "pe;it", "一行只写一个学科"),
    in_cell("unknown rule", "rules.csv", 2, "rule", "lesson_hours", "没有这条规则"),
    in_cell("rule value", "rules.csv", 2, "value", "soon", "不是整数"),
    in_cell("rule switch", "rules.csv", 9, "value", "yes", "写 1（启用）或 0"),
    in_cell("grade bands", "rules.csv", 7, "value", "1-2|4-3", "年级段按"),
    in_cell("grade bands overlap", "rules.csv", 7, "value", "1-3|3-4", "两个年级段"),
]

RELATIONS = [
    Kind(
        "id twice",
        lambda f: set_line(f, "studios.csv", 3, "s01,a01,第2演播室"),
        "studios.csv",
        3,
        "studio_id",
        "s01",
        "第 2 行已有这个编号",
    ),
    Kind(
        "pupil twice",
        lambda f: set_line(f, "pupils.csv", 4, lines(f, "pupils.csv")[1]),
        "pupils.csv",
        4,
        "pupil_id",
        "p01-g1-01",
        "第 2 行已有这个编号",
    ),
    Kind(
        "row twice",
        lambda f: set_line(f, "bells.csv", 3, "bell-a,1,09:30,10:10"),
        "bells.csv",
        3,
        "period",
        "1",
        "与第 2 行重复",
    ),
    in_cell("unknown bell", "schools.csv", 15, "bell_id", "bell-x", "没有这个编号的作息时间"),
    in_cell("unknown parent", "schools.csv", 15, "parent_id", "c99", "没有这个编号的中心校"),
    in_cell("parent not central", "schools.csv", 15, "parent_id", "a01", "不是中心校"),
    in_cell("no parent", "schools.csv", 15, "parent_id", "", "教学点要有"),
    in_cell("parent of a central school", "schools.csv", 3, "parent_id", "c02", "只有教学点由中心校管理"),
    in_cell("unknown township", "schools.csv", 15, "township", "天成", "崇阳县没有这个乡镇"),
    in_cell("no township", "schools.csv", 15, "township", "", "乡镇是空的"),
    in_cell("township of another county", "schools.csv", 16, "township", "洋楼洞", "崇阳县没有这个乡镇"),
    in_cell("unknown school of a class", "classes.csv", 2, "school_id", "p99", "没有这个编号的学校"),
    in_cell("unknown school of a teacher", "teachers.csv", 2, "school_id", "p99", "没有这个编号的学校"),
    in_cell("unknown school of a studio", "studios.csv", 2, "school_id", "p99", "没有这个编号的学校"),
    in_cell("unknown class of a pupil", "pupils.csv", 2, "class_id", "p99-g1", "没有这个编号的班级"),
    in_cell("unknown class owed", "requirements.csv", 2, "class_id", "p99-g1", "没有这个编号的班级"),
    in_cell("unknown class blocked", "class_blocked.csv", 2, "class_id", "p99-g1", "没有这个编号的班级"),
    in_cell("unknown teacher", "teacher_unavailable.csv", 2, "teacher_id", "t99", "没有这个编号的教师"),
    in_cell("pupils unlike the rows", "classes.csv", 2, "pupils", "5", "这个班有 4 名学生"),
    Kind(
        "pupil row missing",
        lambda f: set_line(f, "pupils.csv", 2, None),
        "classes.csv",
        2,
        "pupils",
        "4",
        "这个班有 3 名学生",
    ),
    in_cell("term ends before it begins", "terms.csv", 2, "last_day", "2026-08-31", "结束日期早于开始日期"),
    in_cell("more weeks than the term", "terms.csv", 2, "teaching_weeks", "22", "只有 21 周"),
    Kind(
        "terms overlap",
        lambda f: add_line(f, "terms.csv", "2027-spring,春,2027-01-22,2027-07-02,18"),
        "terms.csv",
        3,
        "first_day",
        "2027-01-22",
        "还没有结束",
    ),
    in_cell("period ends before it begins", "bells.csv", 2, "end", "08:40", "下课时间早于上课时间"),
    in_cell("periods overlap", "bells.csv", 3, "start", "09:10", "第 1 节还没有下课"),
    Kind(
        "periods out of order",
        lambda f: (set_cell(f, "bells.csv", 2, "period", "2"), set_cell(f, "bells.csv", 3, "period", "1")),
        "bells.csv",
        2,
        "start",
        "08:40",
        "按时间先后",
    ),
    in_cell("unavailable end before start", "teacher_unavailable.csv", 2, "end", "09:00", "结束早于开始"),
    in_cell("blocked period unknown to the bell", "class_blocked.csv", 2, "period", "8", "没有第 8 节"),
    Kind(
        "rule missing",
        lambda f: set_line(f, "rules.csv", 2, None),
        "rules.csv",
        0,
        "rule",
        "lesson_minutes",
        "缺少规则 lesson_minutes",
    ),
    Kind(
        "kind of day",
        lambda f: (f / "calendar.csv").write_text("date,kind,as_weekday\n2026-10-01,feast,\n"),
        "calendar.csv",
        2,
        "kind",
        "feast",
        "没有这种日子类型",
    ),
    Kind(
        "make-up day of no weekday",
        lambda f: (f / "calendar.csv").write_text("date,kind,as_weekday\n2026-10-10,make_up,\n"),
        "calendar.csv",
        2,
        "as_weekday",
        "",
        "调休上课日",
    ),
    Kind(
        "holiday with lessons",
        lambda f: (f / "calendar.csv").write_text("date,kind,as_weekday\n2026-10-01,holiday,4\n"),
        "calendar.csv",
        2,
        "as_weekday",
        "4",
        "放假日没有课",
    ),
]
KINDS = [*FILES, *CELLS, *RELATIONS]


def drop_column(folder: Path, file: str, column: str) -> None:
    rows = [line.split(",") for line in lines(folder, file) if line]
    index = rows[0].index(column)
    body = "\n".join(",".join(row[:index] + row[index + 1 :]) for row in rows)
    (folder / file).write_text(body, encoding="utf-8")


def add_column(folder: Path, file: str, column: str) -> None:
    rows = [line for line in lines(folder, file) if line]
    body = "\n".join([f"{rows[0]},{column}", *(f"{row},x" for row in rows[1:])])
    (folder / file).write_text(body, encoding="utf-8")


def as_gbk(folder: Path, file: str, line: int) -> None:
    rows = (folder / file).read_bytes().split(b"\n")
    rows[line - 1] = rows[line - 1].decode().encode("gbk")
    (folder / file).write_bytes(b"\n".join(rows))
