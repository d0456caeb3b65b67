"""XML of a FET file: parsed safely, with the words for what is wrong."""

from math import isfinite
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse
from django.utils.translation import gettext as _

DEEPEST: Final = 20
"""Elements inside each other; a file of FET has six."""
MOST: Final = 10**9
"""What a whole number may be: above it the solver cannot count."""
SHOWN: Final = 40
"""Characters of a wrong value that a sentence repeats."""


class UnreadableFile(Exception):
    """Nothing can be taken from the file; the message says why and what to do."""


def root_of(path: Path, tag: str) -> Element:
    """The root element. Raises UnreadableFile when the file is missing, no XML, hostile XML or of another kind."""
    try:
        root = parse(path).getroot()
    except OSError as error:
        raise UnreadableFile(
            _("%(path)s cannot be opened: %(why)s.") % {"path": path, "why": error.strerror}
        ) from error
    except DefusedXmlException as error:
        sentence = _("%(path)s defines entities of its own, which no file of FET does. Save it again in FET.")
        raise UnreadableFile(sentence % {"path": path}) from error
    except (ParseError, ValueError, LookupError) as error:
        sentence = _("%(path)s is no XML that can be read: %(why)s. Save it again in FET.")
        raise UnreadableFile(sentence % {"path": path, "why": error}) from error
    if not isinstance(root, Element) or root.tag != tag or _too_deep(root):
        raise UnreadableFile(_("%(path)s is no file of FET.") % {"path": path})
    return root


def _too_deep(root: Element) -> bool:
    level = [root]
    for _deeper in range(DEEPEST):
        level = [child for one in level for child in one]
    return bool(level)


def text(element: Element, *tags: str) -> str:
    """The words of the first child with one of the tags, empty where there is none."""
    for tag in tags:
        found = element.find(tag)
        if found is not None:
            return found.text or ""
    return ""


def texts(element: Element, tag: str) -> tuple[str, ...]:
    return tuple(child.text or "" for child in element.findall(tag))


def whole(element: Element, *tags: str, otherwise: int | None = None) -> int:
    """A whole number. Raises UnreadableFile when it is missing (without `otherwise`) or no number."""
    words = text(element, *tags).strip()
    if not words and otherwise is not None:
        return otherwise
    return number_of(words, tags[0], element)


def number_of(words: str, tag: str, element: Element) -> int:
    """The words of the child `tag` as a whole number from 0 to `MOST`. Raises UnreadableFile."""
    try:
        number = int(words)
    except ValueError as error:
        sentence = _("%(tag)s in %(element)s is no whole number: %(text)s.")
        raise UnreadableFile(sentence % {"tag": tag, "element": element.tag, "text": words[:SHOWN] or "-"}) from error
    if number < 0:
        sentence = _("%(tag)s in %(element)s is below zero: %(text)s.")
        raise UnreadableFile(sentence % {"tag": tag, "element": element.tag, "text": words[:SHOWN]})
    if number > MOST:
        sentence = _("%(tag)s in %(element)s is too large: %(text)s.")
        raise UnreadableFile(sentence % {"tag": tag, "element": element.tag, "text": words[:SHOWN]})
    return number


def weight_of(element: Element) -> float:
    """The percentage of a constraint, 100 where it has none. Raises UnreadableFile outside 0..100."""
    words = text(element, "Weight_Percentage", "Weight")
    try:
        weight = float(words or 100)
    except ValueError as error:
        raise UnreadableFile(_("A weight is no number: %(text)s.") % {"text": words[:SHOWN]}) from error
    if not isfinite(weight) or not 0 <= weight <= 100:
        raise UnreadableFile(_("A weight lies outside 0 to 100: %(text)s.") % {"text": words[:SHOWN]})
    return weight


def is_true(element: Element, tag: str, otherwise: bool) -> bool:
    words = text(element, tag).strip().lower()
    return otherwise if not words else words in ("true", "yes", "1")


def children(root: Element, tag: str) -> list[Element]:
    """The elements of a list, none where the file has no such list."""
    found = root.find(tag)
    return [] if found is None else list(found)
