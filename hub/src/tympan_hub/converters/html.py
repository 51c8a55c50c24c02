"""HTML and SVG: printed by Chromium as its own print dialog would, with scripts, and with nothing to fetch."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.converters._sheets import html_on, svg_on, wanted_sheet
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
CONVERTER: Final = Program(
    module="tympan_hub.converters.html",
    kinds=frozenset({Kind.HTML, Kind.SVG}),
    fetches=True,
    needs=_BROWSERS,
    package="chromium",
)
_SETTLED_MS: Final = 5000
"""So much of the page's own time passes before it is printed: charts are drawn by then."""

_ENCODING: Final = re.compile(rb"<meta[^>]+charset|<\?xml[^>]+encoding", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"


def convert(source: Path, into: Path) -> None:
    """Prints a page."""
    page = _legible(source, into)
    browser = next(filter(None, map(shutil.which, _BROWSERS)), "")
    # Its own sandbox needs rights that this one has taken away already.
    ended = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--virtual-time-budget={_SETTLED_MS}",
            f"--user-data-dir={into.parent / 'profile'}",
            f"--print-to-pdf={into}",
            page.as_uri(),
        ],
        check=False,
    )
    if ended.returncode or not into.exists():
        raise Ends(Exit.BROKEN)


def _legible(source: Path, into: Path) -> Path:
    """UTF-8 that does not say so would be read as Windows-1252, so it is marked; and there is a sheet."""
    on_sheet = html_on if source.suffix == f".{Kind.HTML.ending}" else svg_on
    content = on_sheet(source.read_bytes(), wanted_sheet())
    marked = into.parent / source.name
    marked.write_bytes(content if _says_encoding(content) else _BOM + content)
    return marked


def _says_encoding(content: bytes) -> bool:
    if _ENCODING.search(content[:_HEAD_BYTES]) or content.startswith((_BOM, b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return True  # as the browser takes what says nothing
    return False


if __name__ == "__main__":
    run(convert)
