"""The sheet of documents that name none: A4, as everything that is set here has it.

Their programs would take that of the United States. What names its own sheet keeps it.
"""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Final

_HTML: Final = b"<style>@page{size:A4}</style>"
_SVG: Final = (
    b'<?xml-stylesheet type="text/css" href="data:text/css,@page{size:A4}:root{max-width:100%25;max-height:100vh}"?>'
)
"""A drawing that is larger than the sheet is made as large as it, not cut off."""

_RTF: Final = rb"\paperw11906\paperh16838"
_RTF_BEGINS: Final = re.compile(rb"\{\\rtf\d*")
_XML_SAYS: Final = re.compile(rb"\A(\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>")
_DOCX: Final = b'<w:pgSz w:w="11906" w:h="16838"/>'
_SECTION: Final = re.compile(rb"<w:sectPr\b([^>]*)/>")
_MAIN: Final = "word/document.xml"


def html_on_a4(content: bytes) -> bytes:
    """A page with a sheet (CSS Paged Media 3, 3); what is not written in bytes of ASCII is left as it is."""
    return content if b"@page" in content or b"\0" in content else content + _HTML


def svg_on_a4(content: bytes) -> bytes:
    """A drawing with a sheet, by a stylesheet before its root (XML Stylesheet 1.0)."""
    if b"@page" in content or b"\0" in content:
        return content
    says = _XML_SAYS.match(content)
    at = says.end() if says else 3 if content.startswith(b"\xef\xbb\xbf") else 0
    return content[:at] + _SVG + content[at:]


def rtf_on_a4(content: bytes) -> bytes:
    r"""A text with the size of its paper in twentieths of a point (RTF 1.9.1, document formatting properties)."""
    begins = _RTF_BEGINS.match(content)
    if begins is None or rb"\paperw" in content:
        return content
    return content[: begins.end()] + _RTF + content[begins.end() :]


def docx_on_a4(source: Path, into: Path) -> Path:
    """The letter itself, or one made in the folder ``into`` whose sections have a size (ECMA-376 part 1, 17.6.13)."""
    with zipfile.ZipFile(source) as package:
        if _MAIN not in package.namelist():
            return source
        text = package.read(_MAIN)
        sized = _sized(text)
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


def _sized(text: bytes) -> bytes:
    if b"pgSz" in text:
        return text
    if b"<w:sectPr" not in text:
        return text.replace(b"</w:body>", b"<w:sectPr>" + _DOCX + b"</w:sectPr></w:body>")
    text = _SECTION.sub(rb"<w:sectPr\1></w:sectPr>", text)
    return text.replace(b"</w:sectPr>", _DOCX + b"</w:sectPr>")
