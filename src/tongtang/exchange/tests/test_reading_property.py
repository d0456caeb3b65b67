"""Whatever bytes a file holds, reading ends in rows or in findings, and the same rows in any order say the same."""

import csv
import io
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import LISTED, DamageList
from tongtang.exchange.county.folder import read_county
from tongtang.exchange.county.sheet import read_sheet
from tongtang.exchange.tests.folders import FIXTURES

STUDIOS = (FIXTURES / "chongyang" / "studios.csv").read_bytes()
PUPILS = (FIXTURES / "chongyang" / "pupils.csv").read_text(encoding="utf-8")


def read(content: bytes, table: layout.Table):
    with TemporaryDirectory() as name:
        (Path(name) / table.file).write_bytes(content)
        damage = DamageList()
        return read_sheet(Path(name), table, damage), damage


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(alphabet='sida_no,m";\r\n\t=\x00学\ufeff', max_size=80).map(str.encode))
)
def test_any_bytes_end_in_rows_or_in_findings(tail):
    for content in (tail, STUDIOS + tail):
        sheet, damage = read(content, layout.STUDIOS)
        assert sheet.complete or damage.found
        assert bool(sheet.broken) <= bool(damage.found)
        assert len(damage.found) <= LISTED
        end = content.count(b"\n") + content.count(b"\r") + 1
        assert all(0 <= item.line <= end and item.message for item in damage.found)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), bom=st.booleans(), end=st.sampled_from(["\n", "\r\n"]), quoting=st.booleans())
def test_order_of_rows_and_columns_and_the_way_of_writing_say_nothing(seed, bom, end, quoting):
    rng = random.Random(seed)
    head, *rows = list(csv.reader(io.StringIO(PUPILS)))
    order = rng.sample(range(len(head)), len(head))
    rng.shuffle(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL)
    writer.writerows([[row[index] for index in order] for row in [head, *rows]])
    content = out.getvalue().encode("utf-8-sig" if bom else "utf-8")
    sheet, damage = read(content, layout.PUPILS)
    assert not damage
    assert [row.pupil_id for row in sheet.rows] == [row[0] for row in rows]
    assert [row.line for row in sheet.rows] == list(range(2, len(rows) + 2))


def test_both_fixtures_read_without_a_finding():
    for name in ("chongyang", "chongyang-tight"):
        assert read_county(FIXTURES / name).errors == []
