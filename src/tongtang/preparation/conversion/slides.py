"""Files in, slides out: one WebP picture a page, and its title."""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from tongtang.preparation.conversion.limits import (
    ALL_PAGES_SECONDS,
    LONG_SIDE,
    OFFICE_SECONDS,
    PAGE_SECONDS,
    PAGES,
    PIXELS,
    Unusable,
)
from tongtang.preparation.conversion.presentation import repack
from tongtang.preparation.conversion.programs import TookTooLong, run_bounded
from tongtang.preparation.conversion.sniff import Kind, damaged, locked_words, sniff

TITLE_CHARACTERS = 160
WEBP_QUALITY = 82
# Nothing of the network, no macros, no links followed: the profile's own answer where no namespace can be had.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""  # noqa: E501


@dataclass(frozen=True)
class Made:
    """A slide: its file in the target folder, its pixels, its title (may be empty)."""

    name: str
    width: int
    height: int
    title: str


def convert(
    sources: Sequence[Path], work: Path, target: Path, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Made]:
    """Slides of one PDF, one PPTX, or pictures in their order; pictures land in `target`, scratch files in `work`.

    `progress` hears how many of how many slides are done.

    Raises:
        Unusable: what is wrong with the file and what to do.
    """
    kinds = [sniff(source) for source in sources]
    require_one_document(kinds)
    try:
        if kinds[0] is Kind.PPTX:
            return _pages(_as_pdf(sources[0], work), work, target, progress)
        if kinds[0] is Kind.PDF:
            return _pages(sources[0], work, target, progress)
    except TookTooLong as error:
        raise Unusable(_("The conversion took too long. Export the slides as PDF with smaller pictures.")) from error
    return _pictures(sources, target, progress)


def require_one_document(kinds: Sequence[Kind]) -> None:
    """Either one PDF or PPTX, or up to `PAGES` pictures.

    Raises:
        Unusable: a mixture, or too many.
    """
    documents = [kind for kind in kinds if kind in (Kind.PDF, Kind.PPTX)]
    if documents and len(kinds) > 1:
        raise Unusable(_("Choose one PDF or PPTX file, or several pictures: not both, and not two files."))
    require_pages(len(kinds))


def require_pages(count: int) -> None:
    """Raises Unusable where there are more than `PAGES` slides, or none."""
    if count > PAGES:
        raise Unusable(
            _("There are %(count)d slides; a lesson takes at most %(most)d. Split the file and upload one part.")
            % {"count": count, "most": PAGES}
        )
    if count < 1:
        raise Unusable(_("The file holds no slide. Choose another file."))


def _as_pdf(source: Path, work: Path) -> Path:
    clean, profile = work / "slides.pptx", work / "profile" / "user"
    repack(source, clean)
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    install = f"-env:UserInstallation={profile.parent.as_uri()}"
    options = ["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"]
    command = ["soffice", install, *options, "--convert-to", "pdf", "--outdir", str(work), str(clean)]
    done = run_bounded(command, seconds=OFFICE_SECONDS, home=work)
    made = work / "slides.pdf"
    if done.returncode or not made.exists():
        raise Unusable(_("The presentation could not be read. Export it as PDF and upload that."))
    return made


def _page_count(pdf: Path, work: Path) -> int:
    told = run_bounded(["pdfinfo", str(pdf)], seconds=PAGE_SECONDS, home=work)
    if b"Incorrect password" in told.stderr:
        raise Unusable(locked_words())
    found = re.search(rb"^Pages:\s+(\d+)", told.stdout, re.MULTILINE)
    if told.returncode or not found:
        raise Unusable(damaged())
    return int(found[1])


def _titles(pdf: Path, count: int, work: Path) -> list[str]:
    """The first line of text of each page; a PDF without text gives empty titles."""
    told = run_bounded(["pdftotext", "-enc", "UTF-8", str(pdf), "-"], seconds=PAGE_SECONDS, home=work)
    pages = told.stdout.decode("utf-8", errors="replace").split("\f")
    return [title_of(pages[number] if number < len(pages) else "") for number in range(count)]


def title_of(text: str) -> str:
    """The first line that says something, without control characters."""
    for line in text.splitlines():
        clean = " ".join("".join(char if char.isprintable() else " " for char in line).split())
        if any(char.isalnum() for char in clean):
            return clean[:TITLE_CHARACTERS]
    return ""


def _pages(pdf: Path, work: Path, target: Path, progress: Callable[[int, int], None]) -> list[Made]:
    count = _page_count(pdf, work)
    require_pages(count)
    titles = _titles(pdf, count, work)
    made: list[Made] = []
    deadline = monotonic() + ALL_PAGES_SECONDS
    for number in range(1, count + 1):
        if monotonic() > deadline:
            raise TookTooLong("pdftoppm")
        page = str(number)
        command = ["pdftoppm", "-f", page, "-l", page, "-scale-to", str(LONG_SIDE), str(pdf)]
        drawn = run_bounded(command, seconds=PAGE_SECONDS, home=work)
        try:
            image = Image.open(io.BytesIO(drawn.stdout), formats=["PPM"])
        except UnidentifiedImageError as error:
            raise Unusable(damaged()) from error
        made.append(_save(image, number, target, titles[number - 1]))
        progress(number, count)
    return made


def _pictures(sources: Sequence[Path], target: Path, progress: Callable[[int, int], None]) -> list[Made]:
    made = []
    for number, source in enumerate(sources, start=1):
        with warnings.catch_warnings():
            # The cap below is lower than the size at which Pillow warns.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            made.append(_picture(source, number, target))
        progress(number, len(sources))
    return made


def _picture(source: Path, number: int, target: Path) -> Made:
    try:
        with Image.open(source, formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > PIXELS:
                raise Unusable(_too_many_pixels(number))
            # A JPEG is decoded at the nearest size that is still large enough.
            image.draft("RGB", (LONG_SIDE, LONG_SIDE))
            return _save(ImageOps.exif_transpose(image), number, target, "")
    except Image.DecompressionBombError as error:
        raise Unusable(_too_many_pixels(number)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Unusable):
            raise
        raise Unusable(damaged()) from error


def _too_many_pixels(number: int) -> str:
    words = _("Picture %(number)d has more than %(most)d million pixels. Make it smaller and upload it again.")
    return words % {"number": number, "most": PIXELS // 10**6}


def _save(image: Image.Image, number: int, target: Path, title: str) -> Made:
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    if image.mode in ("RGBA", "LA", "P", "PA"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    name = f"{number:03d}.webp"
    plain = image.convert("RGB")
    plain.save(target / name, "WEBP", quality=WEBP_QUALITY, method=4)
    return Made(name, plain.width, plain.height, title)
