"""Plain text: set in a font of one width, lines broken at the sheet's edge, form feeds obeyed.

What needs letters that this font lacks is set by LibreOffice, which looks for them in all fonts there are.
"""

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tympan_hub.converters._letters import letters, text_of
from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.converters._sheets import wanted_sheet
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

CONVERTER: Final = Program(module="tympan_hub.converters.text", kinds=frozenset({Kind.TEXT}))
_SIZE_PT: Final = 10.0
_LEADING_PT: Final = 12.0
_MARGIN_PT: Final = 56.7  # 2 cm
_PAGES: Final = 2000
_TAB: Final = 8


def convert(source: Path, into: Path) -> None:
    """Sets a text."""
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.pdfgen.canvas import Canvas

    text, fonts = text_of(source.read_bytes()), letters()
    if fonts.lacks(set(_printed(text))) and _by_office(text, into):
        return
    wide, high = sheet = wanted_sheet().size_pt
    columns = int((wide - 2 * _MARGIN_PT) / stringWidth("0", fonts.mono, _SIZE_PT))
    rows = int((high - 2 * _MARGIN_PT) / _LEADING_PT)
    canvas = Canvas(str(into), pagesize=sheet, pageCompression=1)
    for number, page in enumerate(_pages(text, columns, rows)):
        if number == _PAGES:
            raise Ends(Exit.TOO_LARGE)
        canvas.setFont(fonts.mono, _SIZE_PT)
        for row, line in enumerate(page):
            canvas.drawString(_MARGIN_PT, high - _MARGIN_PT - _SIZE_PT - row * _LEADING_PT, line)
        canvas.showPage()
    canvas.save()


def _printed(text: str) -> Iterator[str]:
    return (letter for letter in text if not unicodedata.category(letter).startswith("C"))


def _pages(text: str, columns: int, rows: int) -> Iterator[list[str]]:
    for sheet in text.rstrip("\f\n").split("\f"):
        lines = [piece for line in sheet.splitlines() or [""] for piece in _broken(line, columns)]
        for start in range(0, len(lines), rows):
            yield lines[start : start + rows]


def _broken(line: str, columns: int) -> Iterator[str]:
    """A line in pieces that fit, broken at a space where there is one."""
    rest = "".join(_printed(line.expandtabs(_TAB)))
    while len(rest) > columns:
        space = rest.rfind(" ", columns // 2, columns + 1)
        end = space if space > 0 else columns
        yield rest[:end]
        rest = rest[end + 1 :] if space > 0 else rest[end:]
    yield rest


def _by_office(text: str, into: Path) -> bool:
    """Whether LibreOffice has set it."""
    office = shutil.which("soffice")
    if office is None:
        return False
    source = into.parent / "text.txt"
    source.write_text(text, encoding="utf-8")
    profile = f"-env:UserInstallation={(into.parent / 'profile').as_uri()}"
    reading = ("--infilter=Text (encoded):UTF8", "--convert-to", "pdf", "--outdir", str(into.parent))
    subprocess.run([office, "--headless", "--norestore", profile, *reading, str(source)], check=False)
    made = source.with_suffix(".pdf")
    if made.exists():
        made.replace(into)
    return into.exists()


if __name__ == "__main__":
    run(convert)
