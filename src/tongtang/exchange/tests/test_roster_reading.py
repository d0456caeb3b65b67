"""Reading by columns says what reading row by row says, whatever the file holds."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.sheet import read_sheet
from tongtang.exchange.roster.check import read_pupils

HEAD = "pupil_id,class_id,name,sex,birth_date"
CELLS = st.sampled_from(
    [
        "x1",
        "x2",
        "x3",
        "k1",
        "王一",
        "Ana",
        "男",
        "女",
        "2017-05-01",
        "2017-02-30",
        "",
        " ",
        "=1",
        "王\u202e",
        "-",
        "王" * 61,
    ]
)
RIGHT = st.builds(
    lambda key, name, sex: f"{key},k1,{name},{sex},2017-05-01",
    st.sampled_from(["x1", "x2", "x3", "学1", "a/b", "a b"]),
    st.sampled_from(["王一", "欧阳·娜娜", "Ana María", "王一 "]),
    st.sampled_from(["男", "女", "M"]),
)
ROW = st.one_of(RIGHT, st.lists(CELLS, max_size=7).map(",".join), st.just('"x9",k1,"王\n一",男,2017-05-01'))


def by_columns(content: bytes):
    with TemporaryDirectory() as name:
        (Path(name) / "pupils.csv").write_bytes(content)
        damage = DamageList()
        sheet = read_pupils(Path(name), damage)
        rows = [row for frame in sheet.frames() for row in frame.drop("class_id").rows()]
        return sorted(rows), damage.listed(["pupils.csv"]), sheet.complete, +sheet.class_counts


def by_rows(content: bytes):
    with TemporaryDirectory() as name:
        (Path(name) / "pupils.csv").write_bytes(content)
        damage = DamageList()
        sheet = read_sheet(Path(name), layout.PUPILS, damage)
        rows = [(row.line, row.pupil_id, row.name, row.sex, row.birth_date.isoformat()) for row in sheet.rows]
        counts: dict[str, int] = {}
        for row in sheet.rows:
            counts[row.class_id] = counts.get(row.class_id, 0) + 1
        return sorted(rows), damage.listed(["pupils.csv"]), sheet.complete, counts


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(ROW, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    tail=st.one_of(st.just(b""), st.binary(max_size=8)),
    bom=st.booleans(),
)
def test_both_ways_of_reading_say_the_same(rows, end, tail, bom):
    content = (b"\xef\xbb\xbf" if bom else b"") + end.join([HEAD, *rows, ""]).encode() + tail
    assert by_columns(content) == by_rows(content)
