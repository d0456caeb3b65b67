"""XML of a FET file: parsed safely, with the words for what is wrong."""

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse
from django.utils.translation import gettext as _


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
    except (ParseError, DefusedXmlException, ValueError) as error:
        sentence = _("%(path)s is no XML that can be read: %(why)s. Save it again in FET.")
        raise UnreadableFile(sentence % {"path": path, "why": error}) from error
    if not isinstance(root, Element) or root.tag != tag:
        raise UnreadableFile(_("%(path)s is no file of FET.") % {"path": path})
    return root


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
    try:
        return int(words)
    except ValueError as error:
        sentence = _("%(tag)s in %(element)s is no whole number: %(text)s.")
        raise UnreadableFile(sentence % {"tag": tags[0], "element": element.tag, "text": words or "-"}) from error


def is_true(element: Element, tag: str, otherwise: bool) -> bool:
    words = text(element, tag).strip().lower()
    return otherwise if not words else words in ("true", "yes", "1")


def children(root: Element, tag: str) -> list[Element]:
    """The elements of a list, none where the file has no such list."""
    found = root.find(tag)
    return [] if found is None else list(found)
