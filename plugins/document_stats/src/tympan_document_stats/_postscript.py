"""Statistics of PostScript by its comments (Adobe DSC 3.0) and its page device; no program is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tympan_document_stats._errors import Unreadable
from tympan_document_stats._limits import DOCUMENT_PAGES, DOCUMENT_SIZES, POSTSCRIPT_LINE_BYTES
from tympan_document_stats._model import LONG_EDGE, ONE_SIDED, SHORT_EDGE, Facts, unreadable
from tympan_document_stats._ps_color import ColorLines
from tympan_document_stats._sizes import name_points
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source

_NUMBER: Final = rb"\s{1,8}(-?\d{1,7}(?:\.\d{0,6})?)"
_PAGE_SIZE: Final = re.compile(
    rb"/PageSize\s{0,8}\[\s{0,8}(\d{1,7}(?:\.\d{0,6})?)\s{1,8}(\d{1,7}(?:\.\d{0,6})?)\s{0,8}\]"
)
_DUPLEX: Final = re.compile(rb"/Duplex\s{1,8}(true|false)\b")
_TUMBLE: Final = re.compile(rb"/Tumble\s{1,8}(true|false)\b")
_SHOWN: Final = re.compile(rb"(?<![^\s{}])showpage(?![^\s{}])")
_BOX: Final = re.compile(_NUMBER * 4)
_MEDIA: Final = re.compile(rb"\s{0,8}\S{1,80}" + _NUMBER * 2)
_EMBEDDED: Final = re.compile(rb"%%(Begin|End)(Document|Data|Binary)\b")
_NO_PAGES: Final = "the PostScript program does not say its pages"


class PostScriptLines:
    """Gathers what a document says of itself, line by line; lines of documents and data inside it are passed over."""

    def __init__(self) -> None:
        self._inside = 0
        self._key = b""
        self._conforming = False
        self._ended = False
        self._claimed: int | None = None
        self._numbered = 0
        self._shown = 0
        self._duplex: bool | None = None
        self._tumble = False
        self._page_sizes: dict[tuple[float, float], None] = {}
        self._media: dict[tuple[float, float], None] = {}
        self._box: tuple[float, float] | None = None
        self._gray = False
        self._colored: set[int] = set()
        self._colors = ColorLines()

    def take(self, line: bytes) -> None:
        """Takes the next line."""
        if line.startswith(b"%"):
            self._comment(line)
        elif not self._inside:
            self._code(line)

    def facts(self) -> Facts:
        """What was found; raises ``Unreadable`` when it does not give the pages."""
        sizes = self._sizes()
        pages = self._pages()
        if pages is None:
            return unreadable(Format.POSTSCRIPT, _NO_PAGES, sizes)
        if self._claimed is not None and self._numbered < self._claimed and not self._ended:
            return unreadable(Format.POSTSCRIPT, "the PostScript document ends early", sizes)
        colored = () if self._gray else tuple(sorted(page for page in self._colored if page <= pages))
        sides = self._sides()
        problem = "" if self._numbered or self._claimed else "partly read: pages are counted by showpage alone"
        return Facts(
            format=Format.POSTSCRIPT,
            pages=pages,
            sizes=sizes,
            color_pages=colored,
            duplex=sides,
            binding=True,
            problem=problem,
        )

    def _pages(self) -> int | None:
        return self._numbered or self._claimed or self._shown or None

    def _sizes(self) -> tuple[str, ...]:
        found = self._page_sizes or self._media or ({self._box: None} if self._box else {})
        return tuple(dict.fromkeys(name_points(*size) for size in found))

    def _sides(self) -> str | None:
        if self._duplex is None:
            return None
        return (SHORT_EDGE if self._tumble else LONG_EDGE) if self._duplex else ONE_SIDED

    def _comment(self, line: bytes) -> None:
        embedded = _EMBEDDED.match(line)
        if embedded:
            self._inside = max(0, self._inside + (1 if embedded[1] == b"Begin" else -1))
        elif line.startswith(b"%!PS-Adobe") and not self._inside:
            self._conforming = True
        elif line.startswith(b"%%") and not self._inside:
            if not line.startswith(b"%%+"):  # a line so marked goes on with the comment before it
                key, _, value = line[2:].partition(b":")
                self._key = key.strip()
            else:
                value = line[3:]
            self._say(self._key, b" " + value)

    def _say(self, key: bytes, value: bytes) -> None:
        if key == b"Page":
            self._turn()
        elif key in (b"EOF", b"Trailer"):
            self._ended = True
        elif key == b"Pages":
            self._claim(value)
        elif key == b"BoundingBox":
            self._bound(value)
        elif key == b"DocumentMedia" and (media := _MEDIA.match(value)):
            self._keep(self._media, media)
        elif key in (b"DocumentProcessColors", b"PageProcessColors"):
            self._process(value.split(), page=key.startswith(b"Page"))

    def _turn(self) -> None:
        self._numbered += 1
        if self._numbered > DOCUMENT_PAGES:
            raise Unreadable(f"it has more than {DOCUMENT_PAGES} pages")

    def _claim(self, value: bytes) -> None:
        told = value.split()[:1]
        if told and told[0].isdigit() and len(told[0]) < 8:  # "(atend)" waits for the trailer
            self._claimed = min(int(told[0]), DOCUMENT_PAGES)

    def _bound(self, value: bytes) -> None:
        found = _BOX.match(value)
        if found and self._box is None and not self._numbered:
            left, bottom, right, top = (float(number) for number in found.groups())
            self._box = (right, top) if left <= 1 and bottom <= 1 and right > 0 and top > 0 else None

    def _process(self, names: list[bytes], *, page: bool) -> None:
        if b"(atend)" in names or not names:
            return
        colored = any(name != b"Black" for name in names)
        if page and colored:
            self._colored.add(self._numbered)
        elif not page:
            self._gray = not colored

    def _code(self, line: bytes) -> None:
        if b"/" in line:
            self._device(line)
            self._colors.learn(line)
        if not self._conforming or self._numbered:
            if self._colors.colored(line):
                self._colored.add(self._numbered or self._shown + 1)
            self._shown = min(self._shown + len(_SHOWN.findall(line)), DOCUMENT_PAGES)

    def _device(self, line: bytes) -> None:
        for size in _PAGE_SIZE.finditer(line):
            self._keep(self._page_sizes, size)
        for duplex in _DUPLEX.findall(line):
            self._duplex = duplex == b"true"
        for tumble in _TUMBLE.findall(line):
            self._tumble = tumble == b"true"

    def _keep(self, sizes: dict[tuple[float, float], None], found: re.Match[bytes]) -> None:
        if len(sizes) < DOCUMENT_SIZES and float(found[1]) > 0 < float(found[2]):
            sizes[(float(found[1]), float(found[2]))] = None


def read_postscript(source: Source) -> Facts:
    """Facts of a PostScript document."""
    gathered = PostScriptLines()
    try:
        for line in lines(source.pieces()):
            gathered.take(line)
        return gathered.facts()
    except Unreadable as error:
        return unreadable(Format.POSTSCRIPT, error.cause)


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines, however they end; an endless one comes in parts."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).splitlines(keepends=True) or [b""]
        yield from whole
        if held.endswith((b"\n", b"\r")) or len(held) > POSTSCRIPT_LINE_BYTES:
            yield held
            held = b""
    yield held
