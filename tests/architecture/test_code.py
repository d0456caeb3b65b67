"""What the house's page says about code, held against the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION, LONGEST_FILE = 60, 500
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "util", "helper"}
# Django looks for a database backend in a module of this name.
NAMED_BY_DJANGO = ROOT / "src/tongtang/foundation/sqlite/base.py"
CJK = re.compile(r"[\u2e80-\u2fdf\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]")
# Split, so that this file does not find itself.
MARKS = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r"\b")
CODE = ("*.py", "*.ts", "*.mjs", "*.css", "*.html", "*.sh")


def tracked(*patterns: str) -> list[Path]:
    """Files of the checkout that git would hold, without what is built, installed or given."""
    built = {"fixtures", "node_modules", ".venv", "build", "artifacts", "var", ".setup", "__pycache__"}
    found = (path for folder in ("src", "tests", "tools", "bench", "frontend") for path in (ROOT / folder).rglob("*"))
    return sorted(
        path
        for path in found
        if path.is_file()
        and any(path.match(pattern) for pattern in patterns)
        and not built.intersection(path.relative_to(ROOT).parts)
    )


def is_test(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines"
        for path in tracked("*.py")
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    hand_written = [path for path in tracked(*CODE) if "migrations" not in path.parts]
    long = [path for path in hand_written if len(path.read_bytes().splitlines()) > LONGEST_FILE]
    assert names(long) == []


def test_chinese_stands_only_in_locale_demo_and_tests() -> None:
    rooms = {"locale", "demo"}
    code = [path for path in tracked(*CODE) if not is_test(path) and not rooms.intersection(path.parts)]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if CJK.search(line)
    ]
    assert found == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    ours = [path for path in tracked("*.py", "*.ts", "*.mjs") if path != NAMED_BY_DJANGO]
    assert names([path for path in ours if path.stem.lstrip("_") in FORBIDDEN_NAMES]) == []


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked(*CODE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MARKS.search(line)
    ]
    assert found == []


def test_no_error_is_swallowed() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert silent == []


def _asserts(node: ast.AST, helpers: frozenset[str]) -> bool:
    """An assert statement, pytest.raises, a `.should_...`/`expect(...)`/`assert_...` call, or a helper that asserts."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        if isinstance(part, ast.Call):
            name = getattr(part.func, "attr", getattr(part.func, "id", ""))
            if name in ("raises", "expect") or name.startswith("assert_") or name in helpers:
                return True
    return False


def test_every_test_asserts() -> None:
    idle = []
    for path in tracked("test_*.py"):
        helpers = frozenset(node.name for node in functions(path) if _asserts(node, frozenset()))
        idle += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in functions(path)
            if node.name.startswith("test_") and not _asserts(node, helpers)
        ]
    assert idle == []


def test_no_test_replaces_our_own_functions() -> None:
    patching = [
        path
        for path in tracked("*.py")
        if is_test(path) and re.search(r"\bmock\.|unittest" + r"\.mock|monkeypatch\.setattr", path.read_text("utf-8"))
    ]
    assert names(patching) == []


@pytest.mark.parametrize("layer", ["views", "forms", "endpoints"])
def test_the_border_does_not_write_by_itself(layer: str) -> None:
    """Views parse, fetch, act and render: rows are written by actions."""
    writes = re.compile(r"\.(save|bulk_create|update_or_create|get_or_create|delete)\(|\.objects\.create\(")
    found = [path for path in tracked(f"{layer}.py") if writes.search(path.read_text(encoding="utf-8"))]
    assert names(found) == []
