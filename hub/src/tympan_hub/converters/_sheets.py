"""The sheet of documents that name none: A4 or Letter, as the hub wants it; everything that is set here has it.

Their programs would take that of the United States, or of nobody. What names its own sheet keeps it.
"""

import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Final

from tympan_hub.domain.sheets import SHEET_VARIABLE, Sheet

_CSS: Final = {Sheet.A4: b"A4", Sheet.LETTER: b"letter"}
_SVG: Final = (
    b'<?xml-stylesheet type="text/css" href="data:text/css,@page{size:%s}:root{max-width:100%%25;max-height:100vh}"?>'
)
"""A drawing that is larger than the sheet is made as large as it, not cut off."""

_RTF_BEGINS: Final = re.compile(rb"\{\\rtf\d*")
_XML_SAYS: Final = re.compile(rb"\A(\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>")
_ROOT: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*<(?:\w+:)?svg\b"
    rb"(?P<said>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)/?>",
    re.DOTALL,
)
"""The tag a drawing begins with, whatever stands before it."""

_LENGTH: Final = re.compile(rb"\s*(\d{1,7}(?:\.\d{1,6})?)(px|pt|pc|mm|cm|in)?\s*")
_UNITS_PX: Final = {b"px": 1.0, b"pt": 96 / 72, b"pc": 16.0, b"mm": 96 / 25.4, b"cm": 96 / 2.54, b"in": 96.0}
_SECTION: Final = re.compile(rb"<w:sectPr\b([^>]*)/>")
_MAIN: Final = "word/document.xml"
_TWIPS: Final = 20
"""Twentieths of a point, in which RTF and Word measure."""


def wanted_sheet() -> Sheet:
    """The one the hub wants; A4 where nobody says."""
    said = os.environ.get(SHEET_VARIABLE, "")
    return Sheet(said) if said in set(Sheet) else Sheet.A4


def html_on(content: bytes, sheet: Sheet) -> bytes:
    """A page with a sheet (CSS Paged Media 3, 3); what is not written in bytes of ASCII is left as it is."""
    return (
        content if b"@page" in content or b"\0" in content else content + b"<style>@page{size:%s}</style>" % _CSS[sheet]
    )


def svg_on(content: bytes, sheet: Sheet) -> bytes:
    """A drawing with a sheet, by a stylesheet before its root (XML Stylesheet 1.0)."""
    if b"@page" in content or b"\0" in content:
        return content
    content = _with_view(content)
    says = _XML_SAYS.match(content)
    at = says.end() if says else 3 if content.startswith(b"\xef\xbb\xbf") else 0
    return content[:at] + _SVG % _CSS[sheet] + content[at:]


def _with_view(content: bytes) -> bytes:
    """A drawing that says how large it is also says what it shows: else it is cut where it is to be made smaller."""
    root = _ROOT.match(content)
    if root is None or b"viewBox" in root["said"]:
        return content
    wide, high = (_pixels(root["said"], name) for name in (b"width", b"height"))
    if not wide or not high:
        return content
    at = root.end("said")
    return content[:at] + b' viewBox="0 0 %g %g"' % (wide, high) + content[at:]


def _pixels(said: bytes, name: bytes) -> float:
    """A length in pixels of CSS; 0 where it is not said so, or in parts of the sheet."""
    found = re.search(rb"\s" + name + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", said)
    length = _LENGTH.fullmatch((found[1] or found[2] or b"") if found else b"")
    return float(length[1]) * _UNITS_PX[length[2] or b"px"] if length else 0.0


def rtf_on(content: bytes, sheet: Sheet) -> bytes:
    r"""A text with the size of its paper in twentieths of a point (RTF 1.9.1, document formatting properties)."""
    begins = _RTF_BEGINS.match(content)
    if begins is None or rb"\paperw" in content:
        return content
    return content[: begins.end()] + rb"\paperw%d\paperh%d" % _twips(sheet) + content[begins.end() :]


def docx_on(source: Path, into: Path, sheet: Sheet) -> Path:
    """The letter itself, or one made in the folder ``into`` whose sections have a size (ECMA-376 part 1, 17.6.13)."""
    with zipfile.ZipFile(source) as package:
        if _MAIN not in package.namelist():
            return source
        text = package.read(_MAIN)
        sized = _sized(text, b'<w:pgSz w:w="%d" w:h="%d"/>' % _twips(sheet))
        if sized == text:
            return source
        made = into / source.name
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for part in package.infolist():
                if part.filename == _MAIN:
                    copy.writestr(_MAIN, sized)
                    continue
                with package.open(part) as content, copy.open(part.filename, "w") as kept:
                    shutil.copyfileobj(content, kept)
    return made


def _sized(text: bytes, size: bytes) -> bytes:
    if b"pgSz" in text:
        return text
    if b"<w:sectPr" not in text:
        return text.replace(b"</w:body>", b"<w:sectPr>" + size + b"</w:sectPr></w:body>")
    text = _SECTION.sub(rb"<w:sectPr\1></w:sectPr>", text)
    return text.replace(b"</w:sectPr>", size + b"</w:sectPr>")


def _twips(sheet: Sheet) -> tuple[int, int]:
    wide, high = sheet.size_pt
    return round(wide * _TWIPS), round(high * _TWIPS)
