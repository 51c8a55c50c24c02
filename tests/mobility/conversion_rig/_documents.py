"""A small document of each kind, made by hand: each says "Grüße", on as many pages as its name tells."""

from __future__ import annotations

import base64
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageOps, ImageStat

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)
_DRAWN = (
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A packed document; the first part is not compressed."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for number, (name, part) in enumerate(parts.items()):
            package.writestr(name, part, zipfile.ZIP_STORED if number == 0 else zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _types(part: str, kind: str) -> str:
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/>'
        "</Types>"
    )


def _leading(target: str) -> str:
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{_RELS}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="{target}"/></Relationships>'
    )


def _drawing(reference: str) -> str:
    """A paragraph with a picture of 2 by 1 inches."""
    return (
        "<w:p><w:r><w:drawing><wp:inline "
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:extent cx="1828800" cy="914400"/><wp:docPr id="1" name="p"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr>'
        f"<pic:blipFill><a:blip {reference}/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1828800" cy="914400"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )


def docx(linked: str = "", held: bytes = b"") -> bytes:
    """Two pages; on the second a picture that is fetched from where ``linked`` says, on the first the PNG ``held``."""
    first = _drawing('r:embed="r8"') if held else "<w:p><w:r><w:t>Grüße</w:t></w:r></w:p>"
    second = '<w:p><w:r><w:br w:type="page"/><w:t>zwei</w:t></w:r></w:p>' + (_drawing('r:link="r9"') if linked else "")
    link = f'<Relationship Id="r9" Type="{_OFFICE}/image" Target="{linked}" TargetMode="External"/>' if linked else ""
    lies = f'<Relationship Id="r8" Type="{_OFFICE}/image" Target="held.png"/>' if held else ""
    links = f'<?xml version="1.0"?><Relationships xmlns="{_RELS}">{link}{lies}</Relationships>'
    types = _types("word/document.xml", "wordprocessingml.document")
    png = '<Default Extension="png" ContentType="image/png"/><Override'
    body = f"<w:body>{first}{second}</w:body>"
    return packed(
        {
            "[Content_Types].xml": types.replace("<Override", png, 1),
            "_rels/.rels": _leading("word/document.xml"),
            "word/document.xml": f'<?xml version="1.0"?><w:document {_W} {_R}>{body}</w:document>',
            "word/_rels/document.xml.rels": links,
            **({"word/held.png": held} if held else {}),
        }
    )


def bomb(mebibytes: int) -> bytes:
    """A DOCX of a few MiB that unpacks to so many."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(mebibytes):
                part.write(b"\0" * (1 << 20))
    return content.getvalue()


def xlsx() -> bytes:
    """One page."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    cell = '<c r="A1" t="inlineStr"><is><t>Grüße</t></is></c>'
    return packed(
        {
            "[Content_Types].xml": _types("xl/workbook.xml", "spreadsheetml.sheet").replace(
                "</Types>",
                '<Override PartName="/xl/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                'spreadsheetml.worksheet+xml"/></Types>',
            ),
            "_rels/.rels": _leading("xl/workbook.xml"),
            "xl/workbook.xml": f'<?xml version="1.0"?><workbook {space} {_R}><sheets>'
            '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _leading("sheet1.xml").replace('/officeDocument"', '/worksheet"'),
            "xl/sheet1.xml": f'<?xml version="1.0"?><worksheet {space}><sheetData><row r="1">{cell}</row>'
            "</sheetData></worksheet>",
        }
    )


def _open(kind: str, body: str, styles: str = "") -> bytes:
    media = f"application/vnd.oasis.opendocument.{kind}"
    return packed(
        {
            "mimetype": media,
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} {_DRAWN} '
            f'office:version="1.3">{styles}<office:body>{body}</office:body></office:document-content>',
            "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        }
    )


def odt(linked: str = "") -> bytes:
    """Two pages; with a section of another file when ``linked`` says which."""
    section = (
        f'<text:section text:name="s"><text:section-source xlink:href="{linked}"/><text:p>-</text:p></text:section>'
    )
    style = (
        '<office:automatic-styles><style:style style:name="N" style:family="paragraph">'
        '<style:paragraph-properties fo:break-before="page"/></style:style></office:automatic-styles>'
    )
    text = f'<text:p>Grüße</text:p>{section if linked else ""}<text:p text:style-name="N">zwei</text:p>'
    return _open("text", f"<office:text>{text}</office:text>", style)


def ods() -> bytes:
    """One page."""
    cell = '<table:table-cell office:value-type="string"><text:p>Grüße</text:p></table:table-cell>'
    row = f'<table:table table:name="One"><table:table-row>{cell}</table:table-row></table:table>'
    return _open("spreadsheet", f"<office:spreadsheet>{row}</office:spreadsheet>")


def odp() -> bytes:
    """Two pages."""
    frame = (
        '<draw:frame svg:width="10cm" svg:height="2cm" svg:x="1cm" svg:y="1cm"><draw:text-box>'
        "<text:p>Grüße</text:p></draw:text-box></draw:frame>"
    )
    pages = "".join(f'<draw:page draw:name="p{n}">{frame}</draw:page>' for n in range(2))
    return _open("presentation", f"<office:presentation>{pages}</office:presentation>")


HEIC = Path(__file__).with_name("corners.heic").read_bytes()
"""``corners``, written once by heif-enc of libheif: no library that is free to use here writes one."""


def corners(mode: str = "RGB") -> Image.Image:
    """A picture with another colour in each corner, so that no turn looks like another."""
    made = Image.new(mode, (240, 120), "white")
    for color, place in (("red", (0, 0)), ("green", (160, 0)), ("blue", (0, 80)), ("black", (160, 80))):
        made.paste(Image.new(mode, (80, 40), color), place)
    return made


def encoded(image: Image.Image, form: str, **how: Any) -> bytes:
    """A picture as a file."""
    content = BytesIO()
    image.save(content, form, **how)
    return content.getvalue()


def held_turned(orientation: int) -> bytes:
    """A JPEG that says how it has to be turned, whose upright picture is ``corners``."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying, exif = corners(), Image.Exif()
    if orientation in undo:
        lying = lying.transpose(undo[orientation])
    exif[0x0112] = orientation
    return encoded(lying, "JPEG", exif=exif, quality=95, subsampling=0)


_INK, _AIR = "█" * 8, " " * 8
BLOCKS = "\n".join([_INK + _AIR + _INK] * 2 + [""] * 2 + [_INK] * 2) + "\n"
"""Letters without a gap, in three corners of a block."""


def blocks() -> Image.Image:
    """What ``BLOCKS`` looks like."""
    made = Image.new("RGB", (240, 120), "white")
    for place in ((0, 0), (160, 0), (0, 80)):
        made.paste(Image.new("RGB", (80, 40), "black"), place)
    return made


def unlike(page: Image.Image, original: Image.Image) -> float:
    """How far the one picture on a page is from the original, of 255, in the colour that is worst."""
    box = ImageOps.invert(page.convert("L")).point(lambda dark: 255 if dark > 40 else 0).getbbox()
    assert box is not None, "the page is white"
    shown = page.convert("RGB").crop(box).resize(original.size)
    return max(ImageStat.Stat(ImageChops.difference(shown, original.convert("RGB"))).mean)


def page_that_fetches(url: str, held: bytes = b"") -> bytes:
    """Two pages; on the first the PNG ``held`` or a word, and everything that could fetch."""
    shown = f"<img src=data:image/png;base64,{base64.b64encode(held).decode()}>" if held else "<h1>Grüße</h1>"
    return (
        f"<!doctype html><link rel=stylesheet href={url}/css>{shown}<img hidden src={url}/img>"
        f"<p style='break-before:page'>zwei<iframe src={url}/frame></iframe><script>fetch('{url}/script')</script>"
    ).encode()


def picture(form: str, frames: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A red picture; several when the form has several."""
    content = BytesIO()
    first, *rest = (Image.new("RGB", size, "red") for _ in range(frames))
    first.save(content, form, **({"save_all": True, "append_images": rest} if rest else {}))
    return content.getvalue()


DOCUMENTS: dict[str, tuple[bytes, int]] = {
    "letter.docx": (docx(), 2),
    "table.xlsx": (xlsx(), 1),
    "slides.odp": (odp(), 2),
    "letter.odt": (odt(), 2),
    "table.ods": (ods(), 1),
    "table.csv": ("Name;Wert\nGrüße;1\n".encode(), 1),
    "letter.rtf": (rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\page zwei}", 2),
    "page.html": ("<h1>Grüße</h1><p style='break-before:page'>zwei".encode(), 2),
    "drawing.svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="99"><text y="50">Grüße</text></svg>'.encode(),
        1,
    ),
    "text.txt": ("Grüße\n\fzwei\n".encode(), 2),
    "old.txt": ("Grüße aus alter Zeit\n".encode("cp1252"), 1),
    "wide.txt": ("Grüße\n".encode("utf-16"), 1),
    "notes.md": ("# Grüße\n\n* eins\n* **zwei**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n".encode(), 1),
}
"""Each with its pages; a text that says it is one."""
