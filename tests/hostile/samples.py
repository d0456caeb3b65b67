"""Texts that break programs, by name, and the words that requests may carry."""

import ast
import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src/tongtang"
FIELD = re.compile(r"[a-z][a-z0-9_-]{0,30}")

TEXTS = {
    "empty": "",
    "blank": " \t ",
    "nul": "a\0b",
    "controls": "\x01\x02\x1b[2J\x7f\x85",
    "newlines": "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "right to left": "\u202eabc\u202c\u2066x\u2069",
    "zero width": "\u200b\u200d\ufeff",
    "combining": "e" + "\u0301" * 300,
    "beyond the plane": "\U0001f9d1\u200d\U0001f3eb" * 40,
    "surrogate": "\ud800x\udfff",
    "noncharacter": "\ufffe\uffff",
    "long": "长" * 5000,
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}}{% debug %}${7*7}#{7*7}",
    "quote": "'\"`;--",
    "sql": "1' OR '1'='1'; DROP TABLE people_person; --",
    "format": "%s%n%x %(x)s {0} {x.__class__}",
    "path": "../../../../etc/passwd",
    "url": "file:///etc/passwd",
    "huge number": "9" * 400,
    "beyond 64 bits": "9223372036854775808",
    "negative": "-1",
    "exponent": "1e999",
    "not a number": "nan",
    "fraction": "0.1",
    "full-width digits": "１２３",
    "arabic digits": "١٢٣",
    "superscript": "²",
    "date that is none": "2026-02-30",
    "year one": "0001-01-01",
    "year 9999": "9999-12-31",
    "moment without zone": "2026-03-29T02:30:00",
    "moment far away": "9999-12-31T23:59:59+14:00",
    "uuid without dashes": "00000000000000000000000000000000",
    "uuid in braces": "{00000000-0000-0000-0000-000000000000}",
    "true": "true",
    "null": "null",
    "json": '{"a": [1, 2]}',
    "comma list": "1,2,,3,",
    "week": "2026-W99",
}
# What a browser might say of the page that asks, none of it a page of http://localhost.
ORIGINS = {
    "another site": "https://evil.example",
    "null": "null",
    "empty": "",
    "no host": "http://",
    "a file": "file://",
    "broken IPv6": "http://[::1",
    "broken IPv6 of another": "http://[evil]",
    "own name first": "http://localhost.evil.example",
    "own name last": "http://evil.localhost",
    "own name as user": "http://localhost@evil.example",
    "own name as password": "http://a:localhost@evil.example",
    "own name as fragment": "http://evil.example#localhost",
    "own name as path": "http://evil.example/localhost",
    "own name as query": "http://evil.example?localhost",
    "another port": "http://localhost:81",
    "a dot": "http://localhost.",
    "two with a blank": "http://evil.example http://localhost",
    "two with a comma": "http://evil.example,http://localhost",
    "an extension": "chrome-extension://abcdef",
    "data": "data:text/html,localhost",
    "encoded": "http://evil.example%2f.localhost",
    "backslash": "http://evil.example\\localhost",
    "an address": "http://127.0.0.2",
    "IPv6": "http://[::1]",
    "long": "http://" + "a" * 4000,
}
DEEP = 100_000


@cache
def field_names() -> tuple[str, ...]:
    """Every name that a view, a form or a template may read: string constants there that look like one."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if "tests" not in path.parts and re.search(
            "form|view|guard|middleware|throttle|once", str(path.relative_to(SOURCE))
        ):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and FIELD.fullmatch(node.value):
                    found.add(node.value)
    for path in SOURCE.rglob("*.html"):
        found |= set(re.findall(r'name="([a-z][a-z0-9_-]*)"', path.read_text(encoding="utf-8")))
    return tuple(sorted(found))
