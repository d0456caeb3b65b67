"""Attack class 5: zip bombs, zip-slip and XML bombs. Each sample is refused, and nothing is written outside."""

import io
import stat
import struct
import zipfile

import pytest
from openpyxl import Workbook

from tongtang.exchange.parcels import archive as parcels
from tongtang.exchange.parcels.archive import MEGABYTE, BadArchive, Caps, unpack
from tongtang.exchange.parcels.workbook import BadWorkbook, to_csv
from tongtang.exchange.tests.parcels import zipped

SMALL = Caps(members=10, member_bytes=8 * MEGABYTE, total_bytes=12 * MEGABYTE, ratio=50)
PLAIN = "a,b\n1,2\n"


def with_info(name: str, content: bytes = b"a,b\n", **attributes: object) -> bytes:
    target = io.BytesIO()
    info = zipfile.ZipInfo("x.csv")
    with zipfile.ZipFile(target, "w") as made:
        for key, value in attributes.items():
            setattr(info, key, value)
        info.filename = name
        made.writestr(info, content)
    return target.getvalue()


def renamed(old: bytes, new: bytes) -> bytes:
    """A member whose name zipfile itself would not write."""
    assert len(old) == len(new)
    return zipped({old.decode(): PLAIN}).replace(old, new)


def link(mode: int) -> bytes:
    return with_info("x.csv", b"/etc/passwd", external_attr=(mode | 0o777) << 16, create_system=3)


def flagged(offset_local: int, offset_central: int, value: bytes) -> bytes:
    """A zip with a field of both headers overwritten."""
    data = bytearray(zipped({"x.csv": PLAIN}))
    data[offset_local : offset_local + len(value)] = value
    central = data.index(b"PK\x01\x02")
    data[central + offset_central : central + offset_central + len(value)] = value
    return bytes(data)


def overlapping() -> bytes:
    """Two entries of the directory that share one member's bytes."""
    data = zipped({"x.csv": "0" * 50_000, "y.csv": PLAIN})
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    changed = bytearray(data)
    changed[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(changed)


def lying_size() -> bytes:
    """The directory says 10 bytes, the member holds many."""
    data = bytearray(zipped({"x.csv": "1,2\n" * 100_000}))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 10)
    data[22:26] = struct.pack("<I", 10)
    return bytes(data)


def many(count: int) -> bytes:
    return zipped({f"f{number}.csv": PLAIN for number in range(count)})


def damaged() -> bytes:
    data = bytearray(zipped({"x.csv": "".join(f"{number},{number * 7}\n" for number in range(5000))}))
    data[200:220] = b"\xff" * 20
    return bytes(data)


ZIPS = {
    "climbs out": zipped({"../evil.csv": PLAIN}),
    "climbs out from a folder": zipped({"a/../../evil.csv": PLAIN}),
    "climbs out by backslashes": with_info("..\\evil.csv"),
    "climbs out in full-width dots": zipped({"．．/evil.csv": PLAIN}),
    "absolute": zipped({"/etc/evil.csv": PLAIN}),
    "drive letter": zipped({"C:evil.csv": PLAIN}),
    "network share": with_info("\\\\host\\evil.csv"),
    "NUL in the name": renamed(b"evilX.csv.csv", b"evil\x00.csv.csv"),
    "line break in the name": zipped({"a\nb.csv": PLAIN}),
    "turns direction": zipped({"a\u202ecsv.csv": PLAIN}),
    "overlong name": zipped({"a" * 300 + ".csv": PLAIN}),
    "dot as name": zipped({"./x.csv": PLAIN}),
    "only spaces": zipped({"  ": PLAIN}),
    "symbolic link": link(stat.S_IFLNK),
    "device": link(stat.S_IFBLK),
    "pipe": link(stat.S_IFIFO),
    "same name twice in other letters": zipped({"users.csv": PLAIN, "USERS.csv": PLAIN}),
    "same name twice in full-width letters": zipped({"users.csv": PLAIN, "ｕsers.csv": PLAIN}),
    "same name with a dot at the end": zipped({"users.csv": PLAIN, "users.csv.": PLAIN}),
    "nested zip by name": zipped({"inner.zip": zipped({"x.csv": PLAIN})}),
    "nested zip called csv": zipped({"inner.csv": zipped({"x.csv": PLAIN})}),
    "nested gzip called csv": zipped({"inner.csv": b"\x1f\x8b" + b"0" * 40}),
    "bomb by ratio": zipped({"x.csv": b"0" * (6 * MEGABYTE)}),
    "bomb by size": zipped({"x.csv": "".join(f"{number:x}" for number in range(1_900_000))}),
    "bomb by sum": zipped({f"{name}.csv": "".join(f"{n:x}" for n in range(1_000_000)) for name in "abc"}),
    "bomb of overlapping members": overlapping(),
    "too many members": many(11),
    "size that lies": lying_size(),
    "password": flagged(6, 8, b"\x01\x00"),
    "unknown packing": flagged(8, 10, struct.pack("<H", 93)),
    "damaged inside": damaged(),
    "cut off": zipped({"x.csv": PLAIN})[:-30],
    "no zip at all": b"MZ this is a program",
    "empty file": b"",
    "empty zip": zipped({}),
    "a program beside": zipped({"x.csv": PLAIN, "run.exe": b"MZ"}),
    "a page beside": zipped({"x.csv": PLAIN, "page.html": "<script>"}),
    "in a folder": zipped({"roster/x.csv": PLAIN}),
}


@pytest.mark.parametrize("sample", ZIPS.values(), ids=ZIPS.keys())
def test_a_hostile_zip_is_refused(sample: bytes, tmp_path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(BadArchive) as refusal:
        unpack(io.BytesIO(sample), folder, (".csv",), SMALL)
    assert str(refusal.value)
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    assert sum(path.stat().st_size for path in folder.iterdir()) <= SMALL.total_bytes + parcels.CHUNK


def test_a_whole_zip_is_unpacked(tmp_path) -> None:
    files = unpack(io.BytesIO(zipped({"b.csv": PLAIN, "a.csv": PLAIN})), tmp_path, (".csv",))
    assert [path.name for path in files] == ["a.csv", "b.csv"]
    assert files[0].read_text() == PLAIN


def book(cells: list[list[object]], title: str = "pupils") -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.title = title
    for row in cells:
        sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def with_part(name: str, content: bytes, base: bytes | None = None) -> bytes:
    """A workbook with one part put in the place of its own, or added."""
    source = zipfile.ZipFile(io.BytesIO(base or book([["a"], ["1"]])))
    parts = {info.filename: source.read(info) for info in source.infolist()}
    return zipped({**parts, name: content})


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9))
    + b"]><worksheet>&a8;</worksheet>"
)
FILE_ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'
BOOKS = {
    "billion laughs in a sheet": with_part(SHEET, LAUGHS),
    "billion laughs in shared strings": with_part("xl/sharedStrings.xml", LAUGHS),
    "billion laughs in the styles": with_part("xl/styles.xml", LAUGHS),
    "billion laughs in the relations": with_part("xl/_rels/workbook.xml.rels", LAUGHS),
    "file entity": with_part(SHEET, FILE_ENTITY),
    "web entity": with_part(SHEET, FILE_ENTITY.replace(b"file:///etc/passwd", b"http://127.0.0.1/x")),
    "parameter entity": with_part(SHEET, b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><worksheet/>'),
    "late declaration": with_part(SHEET, b"<worksheet>" + b" " * 65_530 + b"<!ENTITY a 'b'></worksheet>"),
    "declaration in small letters": with_part(SHEET, b"<!doctype x><worksheet/>"),
    "UTF-16 to hide it": with_part(SHEET, LAUGHS.decode().encode("utf-16")),
    "UTF-7 to hide it": with_part(SHEET, b'<?xml version="1.0" encoding="UTF-7"?><worksheet/>'),
    "macro": with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
    "macro sheet": with_part("xl/macrosheets/sheet1.xml", b"<x/>"),
    "link to another file": with_part("xl/externalLinks/externalLink1.xml", b"<x/>"),
    "embedded object": with_part("xl/embeddings/oleObject1.bin", b"x"),
    "control": with_part("xl/activeX/activeX1.xml", b"<x/>"),
    "data connection": with_part("xl/connections.xml", b"<x/>"),
    "formula": book([["pupil_id", "name"], ["p1", "=HYPERLINK(1)"]]),
    "formula that calls out": book([["pupil_id"], ['=WEBSERVICE("http://127.0.0.1")']]),
    "formula of a command": book([["pupil_id"], ["=cmd|'/c calc'!A0"]]),
    "error cell": book([["pupil_id"], ["#REF!"]]),
    "climbs out": with_part("../evil.xml", b"<x/>"),
    "sheet bomb": with_part(SHEET, b"<worksheet>" + b" " * (20 * MEGABYTE) + b"</worksheet>"),
    "very many parts": zipped({f"xl/p{number}.xml": "<x/>" for number in range(301)}),
    "too many columns": book([["x"] * 65]),
    "a zip that is no workbook": zipped({"x.csv": PLAIN}),
    "no zip": b"<html>",
    "sheet with a path as its name": book([["a"]], title="..pupils"),
    "broken XML": with_part(SHEET, b"<worksheet><sheetData><row><c"),
    "deep XML": with_part(SHEET, b"<a>" * 30_000),
}


@pytest.mark.parametrize("sample", BOOKS.values(), ids=BOOKS.keys())
def test_a_hostile_workbook_is_refused(sample: bytes, tmp_path) -> None:
    path, folder = tmp_path / "in.xlsx", tmp_path / "out"
    folder.mkdir()
    path.write_bytes(sample)
    with pytest.raises(BadWorkbook) as refusal:
        to_csv(path, folder)
    assert str(refusal.value)
    assert {item.name for item in tmp_path.iterdir()} == {"in.xlsx", "out"}


def test_a_workbook_becomes_csv_with_its_lines(tmp_path) -> None:
    from datetime import date, time

    path = tmp_path / "in.xlsx"
    path.write_bytes(book([["pupil_id", "born", "at", "n"], [], ["0012", date(2018, 5, 1), time(8, 40), 3.0]]))
    to_csv(path, tmp_path)
    assert (tmp_path / "pupils.csv").read_text().splitlines() == ["pupil_id,born,at,n", "", "0012,2018-05-01,08:40,3"]
