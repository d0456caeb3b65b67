"""The catalogue tool, through its command line, on a small tree of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "catalogue.py"
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
TRANSLATED = {
    "Save": "保存",
    "Hello %(name)s": "你好，%(name)s",
    "{n} class": "{n} 个班",
    "Raise hand": "举手",
}


def entry(msgid: str, msgstr: str, plural: str = "") -> str:
    if plural:
        return f'msgid "{msgid}"\nmsgid_plural "{plural}"\nmsgstr[0] "{msgstr}"\n\n'
    return f'msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'


def whole_fragment() -> str:
    return "".join(
        entry(msgid, msgstr, "{n} classes" if msgid == "{n} class" else "") for msgid, msgstr in TRANSLATED.items()
    )


@pytest.fixture
def tree(tmp_path):
    package = tmp_path / "src" / "tongtang"
    for folder in ("locale/zh_Hans/LC_MESSAGES", "shell/templates/shell"):
        (package / folder).mkdir(parents=True)
    (tmp_path / "frontend" / "islands").mkdir(parents=True)
    (tmp_path / "locale-fragments").mkdir()
    (package / "views.py").write_text('from django.utils.translation import gettext as _\nX = _("Save")\n')
    (package / "shell/templates/shell/page.html").write_text(
        "{% blocktranslate trimmed %}\n Hello {{ name }}\n{% endblocktranslate %}\n"
    )
    (tmp_path / "frontend/islands/hand.ts").write_text('t("Raise hand");\ntn("{n} class", "{n} classes", 3);\n')
    (package / "locale/zh_Hans/LC_MESSAGES/django.po").write_text(HEADER)
    (tmp_path / "locale-fragments/one.po").write_text(whole_fragment())
    return tmp_path


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *arguments, "--root", str(tree)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def catalogue(tree: Path) -> Path:
    return tree / "src/tongtang/locale/zh_Hans/LC_MESSAGES/django.po"


def test_merged_fragments_are_sorted_and_removed(tree):
    assert run(tree, "check").returncode == 1
    assert run(tree, "check", "--with-fragments").returncode == 0
    assert run(tree, "merge").returncode == 0
    assert list((tree / "locale-fragments").iterdir()) == []
    assert run(tree, "check").returncode == 0
    once = catalogue(tree).read_text()
    assert once.index("Hello") < once.index("Raise hand") < once.index("Save")
    assert run(tree, "merge").returncode == 0
    assert catalogue(tree).read_text() == once


@pytest.mark.parametrize("msgid", TRANSLATED)
def test_a_missing_translation_is_named(tree, msgid):
    fragment = tree / "locale-fragments/one.po"
    fragment.write_text(fragment.read_text().replace(TRANSLATED[msgid], ""))
    result = run(tree, "check", "--with-fragments")
    assert result.returncode == 1
    assert f"missing: ('', '{msgid}')" in result.stderr


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        (entry("Nobody says this", "没人说"), "unused"),
        ("#, fuzzy\n" + entry("Old", "旧"), "fuzzy"),
    ],
)
def test_what_does_not_belong_is_refused(tree, added, problem):
    (tree / "locale-fragments/two.po").write_text(added)
    result = run(tree, "check", "--with-fragments")
    assert result.returncode == 1
    assert problem in result.stderr


def test_a_placeholder_that_the_text_does_not_have_is_refused(tree):
    fragment = tree / "locale-fragments/one.po"
    fragment.write_text(fragment.read_text().replace("你好，%(name)s", "你好，%(nom)s"))
    assert "placeholders differ" in run(tree, "check", "--with-fragments").stderr


def test_two_translations_of_one_text_are_refused(tree):
    (tree / "locale-fragments/two.po").write_text(entry("Save", "存"))
    result = run(tree, "merge")
    assert result.returncode == 1
    assert "two translations" in result.stderr
    assert catalogue(tree).read_text() == HEADER


def test_script_text_must_be_a_literal(tree):
    (tree / "frontend/islands/hand.ts").write_text("t(name);\n")
    result = run(tree, "check")
    assert result.returncode == 1
    assert "hand.ts:1" in result.stderr


def test_compiled_words_are_those_of_the_catalogue(tree):
    assert run(tree, "compile").returncode == 0
    assert "保存".encode() in catalogue(tree).with_suffix(".mo").read_bytes()
