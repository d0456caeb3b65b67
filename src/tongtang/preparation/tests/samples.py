# ruff: noqa: E501 - markup of a file format
"""Files that teachers upload, and files that nobody should: all made here."""

import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

from PIL import Image, ImageDraw


def png(width: int = 320, height: int = 180, colour: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def jpeg(width: int = 2400, height: int = 1350) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (width, height), "teal")
    ImageDraw.Draw(image).rectangle((100, 100, 600, 400), fill="white")
    image.save(out, "JPEG")
    return out.getvalue()


def pdf(titles: list[str], *, width: int = 960, height: int = 540) -> bytes:
    """A PDF with one line of text a page, written by hand so that the text can be read back."""
    count = len(titles)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, title in enumerate(titles):
        stream = f"BT /F1 48 Tf 80 400 Td ({title}) Tj ET".encode()
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


TYPES = """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/>
<Override PartName="/ppt/slides/slide1.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/>
</Types>"""
RELATION = '<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"{mode}/>'
RELATIONS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
PRESENTATION = f'<?xml version="1.0" encoding="UTF-8"?><p:presentation {NAMES}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
SLIDE = f"""<?xml version="1.0" encoding="UTF-8"?><p:sld {NAMES}><p:cSld><p:spTree>
<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>
<p:sp><p:nvSpPr><p:cNvPr id="2" name="Title"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>
<p:spPr><a:xfrm><a:off x="900000" y="900000"/><a:ext cx="9000000" cy="1500000"/></a:xfrm><a:prstGeom prst="rect"/></p:spPr>
<p:txBody><a:bodyPr/><a:p><a:r><a:rPr sz="4400"/><a:t>%s</a:t></a:r></a:p></p:txBody></p:sp>%s</p:spTree></p:cSld></p:sld>"""
PICTURE = """<p:pic><p:nvPicPr><p:cNvPr id="3" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>
<p:blipFill><a:blip r:link="rId9"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>
<p:spPr><a:xfrm><a:off x="0" y="3000000"/><a:ext cx="3000000" cy="2000000"/></a:xfrm><a:prstGeom prst="rect"/></p:spPr></p:pic>"""


def members(title: str = "Jasmine", linked: str = "") -> dict[str, bytes]:
    """The parts of a presentation of one slide; `linked`: address of a picture that the slide would fetch."""
    outside = RELATION.format(id="rId9", kind="image", target=linked, mode=' TargetMode="External"') if linked else ""
    clicked = RELATION.format(id="rId8", kind="hyperlink", target="http://example.org/", mode=' TargetMode="External"')
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format(
            RELATION.format(id="rId1", kind="officeDocument", target="ppt/presentation.xml", mode="")
        ),
        "ppt/presentation.xml": PRESENTATION,
        "ppt/_rels/presentation.xml.rels": RELATIONS.format(
            RELATION.format(id="rId1", kind="slide", target="slides/slide1.xml", mode="")
        ),
        "ppt/slides/slide1.xml": SLIDE % (title, PICTURE if linked else ""),
        "ppt/slides/_rels/slide1.xml.rels": RELATIONS.format(outside + clicked),
    }
    return {name: text.encode() for name, text in parts.items()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, body in parts.items():
            file.writestr(name, body)
    return out.getvalue()


def pptx(title: str = "Jasmine", linked: str = "") -> bytes:
    return packed(members(title, linked))


def locked_pdf(folder: Path) -> bytes:
    """A PDF that opens only with a password, made by the office program."""
    (folder / "slides.pptx").write_bytes(pptx())
    options = '{"EncryptFile":{"type":"boolean","value":"true"},"DocumentOpenPassword":{"type":"string","value":"x"}}'
    install = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["--headless", "--convert-to", f"pdf:impress_pdf_Export:{options}", "--outdir", str(folder)]
    subprocess.run(["soffice", install, *convert, str(folder / "slides.pptx")], check=True, capture_output=True)
    return (folder / "slides.pdf").read_bytes()


def pptx_bomb() -> bytes:
    """Forty megabytes of zeros in forty kilobytes."""
    return packed(members() | {"ppt/media/zeros.bin": bytes(40 * 1024 * 1024)})


def pptx_that_climbs() -> bytes:
    return packed(members() | {"../../evil.xml": b"<x/>"})


def pptx_with_entities() -> bytes:
    text = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>'
    return packed(members() | {"ppt/slides/_rels/slide1.xml.rels": text})


def huge_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small file that declares 900 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1024 * 1024))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


OLD_PPT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048)
LOCKED_PPTX = OLD_PPT + "EncryptedPackage".encode("utf-16-le") + bytes(512)
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'
