"""The one catalogue of words: `python tools/catalogue.py check | merge | compile | missing`.

check    refuses text without translation, translations nobody uses, fuzzy ones, and placeholders that differ
merge    moves locale-fragments/*.po into the catalogue, sorted, and removes the fragments
compile  writes django.mo beside the catalogue (fragments included)
missing  prints what check would call missing, as a fragment to fill in
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HEADER = """msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SCRIPT_CALL = re.compile(r"(?<![\w.])(tn?)\(\s*(\"(?:[^\"\\]|\\.)*\")?(?:\s*,\s*(\"(?:[^\"\\]|\\.)*\"))?")
SCRIPT_COMMENT = re.compile(r"^\s*(/\*[\s\S]*?\*/|//.*)", re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")

Key = tuple[str, str]


@dataclass(frozen=True)
class Tree:
    """Where things are in a checkout."""

    root: Path

    @property
    def package(self) -> Path:
        return self.root / "src" / "tongtang"

    @property
    def islands(self) -> Path:
        return self.root / "frontend" / "islands"

    @property
    def catalogue(self) -> Path:
        return self.package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

    @property
    def fragments(self) -> list[Path]:
        return sorted((self.root / "locale-fragments").glob("*.po"))


class TextError(Exception):
    """What is wrong, in one sentence that names the file."""


def key_of(context: str | None, msgid: object) -> Key:
    """(context, singular): what tells two entries of a catalogue apart."""
    singular = msgid[0] if isinstance(msgid, list | tuple) else msgid
    return (context or "", str(singular))


def product_files(folder: Path, ending: str) -> Iterator[Path]:
    """The files that speak to people; tests do not."""
    yield from (path for path in sorted(folder.rglob(f"*{ending}")) if "tests" not in path.parts)


def python_text(source: bytes) -> Iterator[tuple[Key, object]]:
    """Every msgid in Python source (templates come here too, once templatize has turned them into calls)."""
    found = extract("python", BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"})
    for _line, msgid, _comments, context in found:
        if msgid and msgid[0]:
            yield key_of(context, msgid), msgid


def script_text(path: Path) -> Iterator[tuple[Key, object]]:
    """Every t("...") and tn("...", "...", n); anything but a literal cannot be translated and is refused."""
    source = SCRIPT_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), path.read_text("utf-8"))
    for match in SCRIPT_CALL.finditer(source):
        call, first, second = match.groups()
        before = source[: match.start()]
        if before.endswith("function "):
            continue
        if first is None or (call == "tn" and second is None):
            line = before.count("\n") + 1
            raise TextError(f"{path}:{line}: {call}() needs its text as a literal in double quotes")
        words = [unquoted(text) for text in (first, second) if text and (call == "tn" or text is first)]
        yield key_of(None, words), words[0] if call == "t" else tuple(words)


def unquoted(literal: str) -> str:
    """The value of a double-quoted literal."""
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), literal[1:-1])


def template_text(path: Path) -> Iterator[tuple[Key, object]]:
    """Texts of a template; its lines lose their indentation, which Python's tokenizer would take for blocks."""
    lines = templatize(path.read_text("utf-8"), origin=str(path)).splitlines()
    return python_text("\n".join(line.strip() for line in lines).encode())


def texts_in_use(tree: Tree) -> dict[Key, object]:
    """Every text of the product: key -> msgid, a tuple where it has a plural."""
    used: dict[Key, object] = {}
    for path in product_files(tree.package, ".py"):
        used.update(python_text(path.read_bytes()))
    for ending in (".html", ".txt"):
        for path in product_files(tree.package, ending):
            if "templates" in path.parts:
                used.update(template_text(path))
    for path in product_files(tree.islands, ".ts"):
        used.update(script_text(path))
    return used


def read(path: Path) -> Catalog:
    """A catalogue or fragment as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def messages_of(catalogue: Catalog) -> Iterator[Message]:
    """The entries without the header."""
    return (message for message in catalogue if message.id)


def add_fragment(catalogue: Catalog, path: Path) -> None:
    """Adds one fragment; two different translations of one text are refused."""
    for message in messages_of(read(path)):
        present = catalogue.get(message.id, message.context)
        if present is not None and present.string != message.string:
            raise TextError(f"{path.name}: two translations of {message.id!r}: {present.string!r}, {message.string!r}")
        catalogue.add(message.id, message.string, flags=message.flags, context=message.context)


def whole_catalogue(tree: Tree) -> Catalog:
    """The catalogue with the fragments that wait to be merged."""
    catalogue = read(tree.catalogue)
    for path in tree.fragments:
        add_fragment(catalogue, path)
    return catalogue


def translation_of(message: Message) -> str:
    """The one Chinese form (Chinese has no plural)."""
    return message.string[0] if isinstance(message.string, list | tuple) else message.string


def problems_of(catalogue: Catalog, used: dict[Key, object]) -> list[str]:
    """What check refuses, one sentence each, sorted."""
    present = {key_of(message.context, message.id): message for message in messages_of(catalogue)}
    problems = [f"missing: {key}" for key in used if key not in present or not translation_of(present[key])]
    for key, message in present.items():
        if key not in used:
            problems.append(f"unused: {key}")
        if message.fuzzy:
            problems.append(f"fuzzy: {key}")
        asked = set(PLACEHOLDER.findall(" ".join(message.id) if message.pluralizable else message.id))
        given = set(PLACEHOLDER.findall(translation_of(message) or ""))
        if translation_of(message) and not given <= asked:
            problems.append(f"placeholders differ: {key}: {sorted(given - asked)}")
    return sorted(problems)


def check(tree: Tree, *, fragments: bool) -> int:
    """Exit code 0 where every text has its translation and every translation its text."""
    problems = problems_of(whole_catalogue(tree) if fragments else read(tree.catalogue), texts_in_use(tree))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def write(catalogue: Catalog, path: Path) -> None:
    """Writes the catalogue sorted, one line an entry, without dates, so that it changes only where words change."""
    body = BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, sort_output=True, no_location=True)
    path.write_text(HEADER + body.getvalue().decode(), "utf-8")


def merge(tree: Tree) -> int:
    """Moves the fragments into the catalogue."""
    write(whole_catalogue(tree), tree.catalogue)
    for path in tree.fragments:
        path.unlink()
    return 0


def compile_catalogue(tree: Tree) -> int:
    """Writes django.mo; fuzzy entries are left out, as gettext does."""
    with tree.catalogue.with_suffix(".mo").open("wb") as file:
        write_mo(file, whole_catalogue(tree))
    return 0


def print_missing(tree: Tree) -> int:
    """Prints the missing texts as an empty fragment."""
    catalogue = whole_catalogue(tree)
    wanted = Catalog(locale="zh_Hans")
    for (context, singular), msgid in sorted(texts_in_use(tree).items()):
        found = catalogue.get(singular, context or None)
        if found is None or not translation_of(found):
            wanted.add(msgid if isinstance(msgid, str) else tuple(msgid), context=context or None)
    write_po(sys.stdout.buffer, wanted, width=0, omit_header=True, no_location=True)
    return 0


def main() -> int:
    """Runs one of the four commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "merge", "compile", "missing"])
    parser.add_argument("--with-fragments", action="store_true", help="check: count locale-fragments/*.po as present")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="the checkout")
    chosen = parser.parse_args()
    tree = Tree(chosen.root)
    try:
        if chosen.command == "check":
            return check(tree, fragments=chosen.with_fragments)
        return {"merge": merge, "compile": compile_catalogue, "missing": print_missing}[chosen.command](tree)
    except TextError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
