"""Class 15: what is vast, deep or slow is refused at once, and takes no memory that matters."""

import ast
import importlib
import io
import json
import os
import pkgutil
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

import tongtang
from tests.cast import Cast, add_lesson, signed_in
from tests.hostile.samples import SOURCE
from tests.test_matrix import ROUTES, address_of, cast_names
from tests.world import World, make_world
from tongtang.foundation import clock
from tongtang.foundation.once import HEADER
from tongtang.foundation.worker import run_ready_jobs
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import School
from tongtang.preparation.models import Courseware, Slide
from tongtang.preparation.tests import samples

MEGABYTE = 1024 * 1024
SOON = 2.0
# Samples of a family share the worlds of so many tests.
PARTS = 3


@contextmanager
def bounded(seconds: float, megabytes: int) -> Iterator[None]:
    """What is done within takes no more of a processor and grows this process by no more, not even for a moment."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began = _kilobytes("VmRSS"), worked()
    yield
    taken = worked() - began
    grown = (_kilobytes("VmHWM") - before) / 1024
    assert taken < seconds, f"{taken:.1f} s"
    assert grown < megabytes, f"{grown:.0f} MB"


def worked() -> float:
    """Seconds of processor of this process and of the programs that it ran: what others do at the time counts not."""
    return sum(os.times()[:4])


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0])


# ---- pictures and documents


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, rows: bytes = b"") -> bytes:
    """A PNG that declares these pixels and holds few."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows or bytes(MEGABYTE)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header was changed."""
    made = bytearray(samples.jpeg(64, 64))
    place = made.index(b"\xff\xc0") + 5
    made[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(made)


def progressive(scans: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (1600, 1600), "red").save(out, "JPEG", progressive=True)
    body = out.getvalue()
    start = body.rindex(b"\xff\xda")
    return body[:start] + body[start:-2] * scans + body[-2:]


def pdf(*objects: bytes, root: int = 1) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, root, start)
    return bytes(out)


def page(box: str = "0 0 960 540", contents: bytes = b"") -> bytes:
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(contents), contents)
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [" + box.encode() + b"] /Contents 4 0 R >>",
        stream,
    )


def packed(names: dict[str, bytes]) -> bytes:
    return samples.packed(samples.members() | names)


RELATIONS = "ppt/slides/_rels/slide1.xml.rels"
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9)
)
BOMBS: dict[str, Callable[[], bytes]] = {
    "900 million pixels": samples.huge_png,
    "just above the cap": lambda: png(7747, 7746),
    "65,535 by 65,535": lambda: png(65_535, 65_535),
    "as wide as can be": lambda: png(2**31 - 1, 1),
    "as high as can be": lambda: png(1, 2**31 - 1),
    "no pixels": lambda: png(0, 0),
    "more rows than declared": lambda: png(8, 8, rows=bytes(40 * MEGABYTE)),
    "a packed text of 64 MB": lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(64 * MEGABYTE)))),
    "an international text of 64 MB": lambda: png(
        8, 8, chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(64 * MEGABYTE)))
    ),
    "a colour profile of 64 MB": lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(64 * MEGABYTE)))),
    "20,000 texts": lambda: png(8, 8, *[chunk(b"tEXt", b"a\0b")] * 20_000),
    "a part that lies about its length": lambda: png(8, 8, struct.pack(">I", 2**31 - 1) + b"tEXt"),
    "no picture in it": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)),
    "a JPEG of 65,500 by 65,500": lambda: jpeg(65_500, 65_500),
    "a JPEG of 65,535 by 1": lambda: jpeg(65_535, 1),
    "a JPEG of no height": lambda: jpeg(640, 0),
    "a JPEG of 100 scans": lambda: progressive(100),
    "a JPEG that ends": lambda: samples.jpeg()[:2000],
    "a billion pages": lambda: samples.pdf(["a"]).replace(b"/Count 1", b"/Count 1000000000"),
    "121 pages": lambda: samples.pdf(["a"] * 121),
    "pages in a ring": lambda: pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"
    ),
    "no pages": lambda: pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"),
    "a page of kilometres": lambda: page("0 0 99999999 99999999"),
    "a page of no breadth": lambda: page("0 0 0 99999999"),
    "a page turned inside out": lambda: page("960 540 0 0"),
    "a content of 200 kB": lambda: page(contents=zlib.compress(b"q " * 100_000)),
    "a document that refers to itself": lambda: b"%PDF-1.4\nxref\n0 0\ntrailer << /Prev 9 >>\nstartxref\n9\n",
    "arrays in arrays": lambda: pdf(b"<< /Type /Catalog /Pages " + b"[" * 20_000 + b"]" * 20_000 + b" >>"),
    "a presentation of zeros": samples.pptx_bomb,
    "a presentation in a presentation": lambda: packed({"ppt/media/a.bin": zeros_packed()}),
    "4,001 members": lambda: packed({f"ppt/media/{number}": b"" for number in range(4001)}),
    "relations of 3 MB": lambda: packed({RELATIONS: b"<a/>" * (MEGABYTE * 3 // 4)}),
    "relations that laugh": lambda: packed({RELATIONS: LAUGHS + b"]><r>&a8;</r>"}),
    "relations without end": lambda: packed({RELATIONS: b"<a>" * 100_000}),
    "relations in another alphabet": lambda: packed({RELATIONS: LAUGHS.decode().encode("utf-16")}),
    "a way out": samples.pptx_that_climbs,
}  # fmt: skip
# What a viewer shows of these is a slide within the caps; the others are refused.
MAY_BECOME_SLIDES = {
    "more rows than declared", "20,000 texts", "a JPEG of 65,535 by 1", "a JPEG of 100 scans", "a billion pages",
    "a page of kilometres", "pages in a ring", "a page of no breadth", "a page turned inside out",
    "a content of 200 kB", "a presentation in a presentation",
}  # fmt: skip
NEEDS_THE_OFFICE = {"a presentation in a presentation"}


def zeros_packed() -> bytes:
    """Ten gigabytes of zeros, packed twice: small at the first look."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(3 * MEGABYTE))
    return inner.getvalue()


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    return add_lesson(cast, clock.now())


@pytest.mark.parametrize("name", [name for name in BOMBS if name not in NEEDS_THE_OFFICE])
def test_a_bomb_among_the_slides_does_not_go_off(cast: Cast, lesson: Lesson, name: str) -> None:
    sent, client = SimpleUploadedFile("课件", BOMBS[name]()), signed_in(cast.teacher)
    # A picture at the cap is decoded at 240 MB.
    with bounded(8, 300):
        answer = client.post(f"/preparation/upload/{lesson.public_id}", {"files": [sent]})
        assert answer.status_code in (200, 302)
        run_ready_jobs()
    made = Courseware.objects.first()
    assert made is None or made.state in ("failed", "ready")
    assert made is None or made.state == "failed" or name in MAY_BECOME_SLIDES, made.problem
    assert all(max(one.width, one.height) <= 1600 for one in Slide.objects.all())
    assert client.get(f"/preparation/{lesson.public_id}").status_code == 200


# ---- bodies of commands


def rows(count: int, **more: Any) -> dict[str, Any]:
    one = {"uuid": str(uuid4()), "at": 0, "kind": "note", "payload": {}, "from": 0, "to": 1, "mode": "live", **more}
    return {"client": str(uuid4()), "entries": [one] * count, "spans": [one] * count, "link": "hls", "quality": 1}


BODIES: dict[str, Callable[[], bytes]] = {
    "arrays 1,000 deep": lambda: b"[" * 1000 + b"]" * 1000,
    "arrays 500,000 deep": lambda: b"[" * 500_000 + b"]" * 500_000,
    "objects 100,000 deep": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep within entries": lambda: b'{"entries":' + b"[" * 100_000,
    "deep within a payload": lambda: json.dumps(rows(1, payload=nested(300))).encode(),
    "501 rows": lambda: json.dumps(rows(501)).encode(),
    "5,000 rows": lambda: json.dumps(rows(5000)).encode()[: 2 * MEGABYTE],
    "200,000 numbers": lambda: json.dumps({"entries": [1] * 200_000, "spans": [1] * 200_000}).encode(),
    "200,000 fields": lambda: json.dumps({f"f{n}": n for n in range(100_000)}).encode(),
    "the same field 100,000 times": lambda: b"{" + b'"client":1,' * 100_000 + b'"client":2}',
    "a text of 1.9 MB": lambda: json.dumps(
        {"question": "长" * 600_000, "options": ["a", "b"]}, ensure_ascii=False
    ).encode(),
    "a note of 1.9 MB": lambda: json.dumps(rows(1, payload={"text": "x" * 1_900_000})).encode(),
    "a thousand answers": lambda: json.dumps({"question": "x", "options": ["a"] * 100_000}).encode(),
    "a number of 4,000 digits": lambda: json.dumps(rows(1))[:-1].encode() + b',"quality":' + b"9" * 4000 + b"}",
    "a number of 100,000 digits": lambda: b'{"quality":' + b"9" * 100_000 + b"}",
    "an exponent": lambda: b'{"quality":1e999999999,"at":-1e999999999}',
    "2 MB and one": lambda: b'{"a":"' + b"x" * (2 * MEGABYTE) + b'"}',
    "10 MB": lambda: b'{"a":"' + b"x" * (10 * MEGABYTE) + b'"}',
    "UTF-16": lambda: json.dumps(rows(1)).encode("utf-16"),
    "UTF-32": lambda: json.dumps(rows(1)).encode("utf-32"),
    "no text": lambda: bytes(range(256)) * 4000,
    "blanks": lambda: b" " * 1_900_000,
    "escapes": lambda: b'{"a":"' + b"\\u0000" * 300_000 + b'"}',
}


def nested(depth: int) -> Any:
    found: Any = {}
    for _n in range(depth):
        found = {"a": [found]}
    return found


COMMANDS = [row for row in ROUTES if row["method"] == "POST" and row["let_in"]]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def first_of(row: dict[str, Any]) -> str:
    return next((name for words in row["let_in"].values() for name in cast_names(words)), "county security")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_vast_body_is_answered_at_once(world: World, part: int) -> None:
    takers = [one for one in COMMANDS if "json" in one or one["name"] in ("operations:call", "access:stay")]
    sent = set()
    for number, name in list(enumerate(BODIES))[part::PARTS]:
        body = BODIES[name]()
        for row in takers[number % 2 :: 2]:
            post(world, row, body, "application/json", name)
            sent.add((name, row["name"]))
    assert {name for name, _row in sent} == set(list(BODIES)[part::PARTS])
    assert len({row for _name, row in sent}) >= len({one["name"] for one in takers}) // 2


def post(world: World, row: dict[str, Any], body: bytes, kind: str, name: str) -> None:
    """Send the command with this body and take it back: it is answered soon and without an error of ours."""
    client, address = world.client(first_of(row)), address_of(row, world)
    with bounded(SOON, 60), transaction.atomic():
        answer = client.post(address, body, content_type=kind, headers={HEADER: str(uuid4())})
        transaction.set_rollback(True)
    assert answer.status_code < 500, (name, row["name"], answer.content[:200])


def fields(count: int, size: int = 1) -> bytes:
    return "&".join(f"f{number}={'x' * size}" for number in range(count)).encode()


def parts(count: int, extra: str = "", body: str = "x") -> bytes:
    one = f'--b\r\nContent-Disposition: form-data; name="f"{extra}\r\n\r\n{body}\r\n'
    return (one * count + "--b--\r\n").encode()


FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
FORMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "1,001 fields": (FORM, lambda: fields(1001)),
    "100,000 fields": (FORM, lambda: fields(100_000)),
    "a field of 1.9 MB": (FORM, lambda: b"reason=" + b"x" * 1_900_000),
    "every field of 100 kB": (FORM, lambda: b"&".join(n + b"=" + b"9" * 100_000 for n in NAMES)),
    "every field of 100 kB in Chinese": (FORM, lambda: b"&".join(n + b"=" + b"%E9%95%BF" * 11_000 for n in NAMES)),
    "every date far away": (FORM, lambda: b"&".join(n + b"=9999-12-31" for n in NAMES)),
    "every number vast": (FORM, lambda: b"&".join(n + b"=" + b"9" * 4000 for n in NAMES)),
    "every number beyond 64 bits": (FORM, lambda: b"&".join(n + b"=9223372036854775808" for n in NAMES)),
    "3 MB": (FORM, lambda: b"a=" + b"x" * (3 * MEGABYTE)),
    "percent signs": (FORM, lambda: b"a=" + b"%" * 1_900_000),
    "plus signs": (FORM, lambda: b"reason=" + b"+" * 1_900_000),
    "semicolons": (FORM, lambda: b";" * 1_900_000),
    "1,001 parts": (MULTIPART, lambda: parts(1001)),
    "501 files": (MULTIPART, lambda: parts(501, '; filename="a"')),
    "10,000 files": (MULTIPART, lambda: parts(10_000, '; filename="a"')),
    "a part of 3 MB": (MULTIPART, lambda: parts(1, body="x" * (3 * MEGABYTE))),
    "a file's name of 1 MB": (MULTIPART, lambda: parts(1, f'; filename="{"a" * MEGABYTE}"')),
    "a part's head of 1 MB": (MULTIPART, lambda: parts(1, f'; x="{"a" * MEGABYTE}"')),
    "a name of backslashes": (MULTIPART, lambda: parts(1, '; filename="' + "\\" * 100_000 + '"')),
    "parts without end": (MULTIPART, lambda: b"--b\r\n" * 300_000),
    "no end": (MULTIPART, lambda: parts(3)[:-9]),
    "no boundary": ("multipart/form-data", lambda: parts(3)),
    "a boundary of 10 kB": ("multipart/form-data; boundary=" + "b" * 10_000, lambda: parts(3)),
    "a type of semicolons": ("application/x-www-form-urlencoded" + ";a=b" * 5000, lambda: b"a=b"),
}  # fmt: skip
NAMES = [
    b"reason", b"name", b"text", b"code", b"password", b"user_name", b"county", b"school", b"first", b"last", b"day",
    b"date", b"time", b"valid_from", b"to", b"minutes", b"hours", b"title", b"entry", b"until", b"birth_date", b"slot",
]  # fmt: skip


@pytest.mark.parametrize("part", range(PARTS))
def test_a_vast_form_is_answered_at_once(world: World, part: int) -> None:
    takers = [one for one in COMMANDS if "json" not in one]
    sent = set()
    for number, name in list(enumerate(FORMS))[part::PARTS]:
        kind, body = FORMS[name][0], FORMS[name][1]()
        for row in takers[number % 7 :: 7]:
            post(world, row, body, kind, name)
            sent.add(name)
    assert sent == set(list(FORMS)[part::PARTS])


# ---- addresses


FILTERS = ("text", "q", "page", "week", "from", "to", "as_of", "school", "subject", "only", "who", "stream", "class",
           "table", "kind", "county", "reception", "day", "next", "role", "alliance", "never", "month", "year", "size",
           "limit", "offset", "per_page", "order", "sort", "search", "filter", "until", "since", "token")  # fmt: skip
QUERIES: dict[str, Callable[[], str]] = {
    "a text of 8 kB": lambda: all_of("长" * 800),
    "texts of 200 kB": lambda: all_of("a" * 6000),
    "1,001 fields": lambda: "&".join(f"f{number}=1" for number in range(1001)),
    "20,000 fields": lambda: "&".join(f"f{number}=1" for number in range(20_000)),
    "each field a thousand times": lambda: "&".join(["school=1", "text=a"] * 499),
    "page 10**9": lambda: all_of("1000000000"),
    "page of 4,400 digits": lambda: all_of("9" * 4400),
    "page -1": lambda: all_of("-1"),
    "page 0": lambda: all_of("0"),
    "page in other digits": lambda: all_of("１２３"),
    "page ²": lambda: all_of("²"),
    "wild cards": lambda: all_of("%25" * 60),
    "underscores": lambda: all_of("_" * 60),
    "a pattern": lambda: all_of("(a%2B)%2B%24"),
    "blanks": lambda: all_of("%20" * 3000),
    "all days": lambda: "from=0001-01-01&to=9999-12-31",
    "31 days of year 9999": lambda: "from=9999-12-01&to=9999-12-31&week=9999-W52&as_of=9999-12-31T23:59",
    "year one": lambda: "from=0001-01-01&to=0001-01-02&week=0001-W01&as_of=0001-01-01T00:00",
    "week 99": lambda: "week=2026-W99&day=2026-02-30&from=2026-02-30",
    "week of 4,400 digits": lambda: f"week={'9' * 4400}-W01",
    "zones": lambda: "as_of=2026-03-29T02:30:00%2B99:99&from=2026-03-29%2B14:00",
    "NUL": lambda: all_of("a%00b"),
    "surrogates": lambda: all_of("%ED%A0%80"),
}  # fmt: skip


def all_of(value: str) -> str:
    return "&".join(f"{name}={value}" for name in FILTERS)


PAGES = [row for row in ROUTES if row["method"] == "GET" and row["let_in"]]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_vast_address_is_answered_at_once(world: World, part: int) -> None:
    for number, name in list(enumerate(QUERIES))[part::PARTS]:
        query = QUERIES[name]()
        for row in PAGES[number % 5 :: 5]:
            client: Client = world.client(first_of(row))
            with bounded(SOON, 60):
                answer = client.get(f"{address_of(row, world)}?{query}")
                size = len(b"".join(answer)) if answer.streaming else len(answer.content)  # type: ignore[arg-type]
            assert answer.status_code < 500, (name, row["name"])
            assert size < 2 * MEGABYTE, (name, row["name"])


@pytest.mark.parametrize("path", ["/people/", "/lessons/", "/imports/schools/", "/alliances/", "/oversight/log", "/"])
def test_a_page_does_not_grow_with_the_house(world: World, path: str) -> None:
    """As many queries, and about as many bytes, with 600 schools more."""
    who = {"/oversight/log": "county auditor"}.get(path, "county administrator")
    before = cost(world.client(who), path)
    common = {"county_code": world.cast.county.code, "region_code": world.cast.county.code, "link_mbps": 4}
    School.objects.bulk_create(
        School(source_id=f"x{n}", name=f"第{n}小学", kind=School.Kind.TEACHING_POINT, max_streams=1,
               bell_schedule=world.cast.bell, **common)
        for n in range(600)
    )  # fmt: skip
    after = cost(world.client(who), path)
    assert after[0] <= before[0] + 3
    assert after[1] <= before[1] + 150_000


def cost(client: Client, path: str) -> tuple[int, int]:
    """Queries and bytes of a page."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(asked), len(answer.content)


# ---- regular expressions


def patterns() -> dict[str, "re.Pattern[Any]"]:
    """Every regular expression that meets what others wrote: constants of modules, literals in calls and forms."""
    found: dict[str, re.Pattern[Any]] = {}
    for module in pkgutil.walk_packages(tongtang.__path__, "tongtang."):
        if not any(part in module.name for part in (".tests", ".migrations", "__main__", ".demo", ".generate")):
            names = vars(importlib.import_module(module.name))
            found |= {value.pattern: value for value in names.values() if isinstance(value, re.Pattern)}
    for path in SOURCE.rglob("*.py"):
        if not {"tests", "demo", "generate"} & {*path.parts}:
            found |= {one.pattern: one for one in literals(path)}
    return {str(text)[:80]: pattern for text, pattern in found.items()}


def literals(path: Path) -> Iterator["re.Pattern[Any]"]:
    called = {
        "match",
        "fullmatch",
        "search",
        "sub",
        "split",
        "findall",
        "finditer",
        "compile",
        "RegexField",
        "DigitsField",
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            of_re = getattr(getattr(node.func, "value", None), "id", "re") == "re"
            if name in called and of_re and isinstance(node.args[0].value, str | bytes):
                yield re.compile(node.args[0].value)


PIECES = ("a", "A", "0", "1", "-", "_", ".", ":", "/", " ", "\t", "\n", "=", "+", "\u3000", "长", "a-", "0.", "a ", "%",
          "&", "'", '"', "<", "(", "[", "{", "2026-01-01", "aA0", "a.a")  # fmt: skip
TAILS = ("", "!", "\0", "\n!", "é")
PATTERNS = patterns()


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_expression_takes_long(name: str) -> None:
    pattern = PATTERNS[name]
    is_text = isinstance(pattern.pattern, str)
    for piece in PIECES:
        for tail in TAILS:
            text = (piece * 8000)[:8000] + tail
            given: Any = text if is_text else text.encode()
            began = worked()
            pattern.fullmatch(given)
            pattern.search(given)
            assert worked() - began < 0.5, (name, piece, tail)


def test_there_are_enough_samples() -> None:
    told = (BOMBS, BODIES, FORMS, QUERIES, PATTERNS)
    assert all(len(found) >= 20 for found in told)
