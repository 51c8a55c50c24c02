"""The fonts of text that is set here: DejaVu where the system has it, for the letters of most of Europe and beyond."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

_FOLDER: Final = Path("/usr/share/fonts/truetype/dejavu")
_FILES: Final = {
    "Sans": ("DejaVuSans.ttf", "Helvetica"),
    "Sans-Bold": ("DejaVuSans-Bold.ttf", "Helvetica-Bold"),
    "Sans-Italic": ("DejaVuSans-Oblique.ttf", "Helvetica-Oblique"),
    "Sans-BoldItalic": ("DejaVuSans-BoldOblique.ttf", "Helvetica-BoldOblique"),
    "Mono": ("DejaVuSansMono.ttf", "Courier"),
}
"""Each face, and what every PDF reader has in its place."""


@frozen(kw_only=True)
class Letters:
    """Names of fonts as reportlab knows them."""

    sans: str
    bold: str
    mono: str

    def lacks(self, text: Iterable[str]) -> bool:
        """Whether the fixed-width font has no picture for some letter."""
        from reportlab.pdfbase import pdfmetrics

        known = getattr(getattr(pdfmetrics.getFont(self.mono), "face", None), "charToGlyph", None)
        if known is None:
            return any(ord(letter) > 0xFF for letter in text)
        return any(ord(letter) not in known for letter in text)


def letters() -> Letters:
    """Makes the fonts known to reportlab."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    names: dict[str, str] = {}
    for face, (file, instead) in _FILES.items():
        sort = face.partition("-")[0]
        if not (_FOLDER / file).exists():
            names[face] = instead if sort == face or f"{sort}-Bold" in names else names[sort]
            continue
        pdfmetrics.registerFont(TTFont(face, str(_FOLDER / file)))
        names[face] = face
    if names["Sans"] == "Sans":
        pdfmetrics.registerFontFamily(
            "Sans", "Sans", names["Sans-Bold"], _ours(names, "Sans-Italic"), _ours(names, "Sans-BoldItalic")
        )
    return Letters(sans=names["Sans"], bold=names["Sans-Bold"], mono=names["Mono"])


def _ours(names: dict[str, str], face: str) -> str:
    return names[face] if names[face] == face else "Sans"


def text_of(content: bytes) -> str:
    """What bytes say: by their mark, else UTF-8, else as Windows wrote in western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
