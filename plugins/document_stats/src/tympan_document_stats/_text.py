"""Statistics of plain text: pages by form feeds and lines, as a line printer would break them."""

from __future__ import annotations

import codecs
from typing import Final

from tympan_document_stats._errors import Unreadable
from tympan_document_stats._limits import DOCUMENT_PAGES, TEXT_COLUMNS, TEXT_LINES
from tympan_document_stats._model import Facts, unreadable
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source

_TAB: Final = 8


class TextPages:
    """Counts pages of text as it comes; holds none of it."""

    def __init__(self) -> None:
        self._pages = 0
        self._rows = 0
        self._column = 0

    def feed(self, text: str) -> None:
        """Takes more text; raises ``Unreadable`` when it is none, or past the limit of pages."""
        if "\0" in text:
            raise Unreadable("it is not text")
        first, *rest = text.split("\f")
        self._write(first)
        for part in rest:
            self._form_feed()
            self._write(part)

    def finish(self) -> int:
        """Pages in all; a text that is not empty has one at least."""
        if self._column:
            self._end_line()
        return max(1, self._pages + bool(self._rows))

    def _write(self, part: str) -> None:
        *lines, last = part.split("\n")
        for line in lines:
            self._column += _width(line)
            self._end_line()
        self._column += _width(last)

    def _end_line(self) -> None:
        self._rows += max(1, -(-self._column // TEXT_COLUMNS))
        self._column = 0
        if self._rows > TEXT_LINES:  # a full page is turned by what follows: a form feed there turns no second one
            full, rest = divmod(self._rows - 1, TEXT_LINES)
            self._rows = rest + 1
            self._turn(full)

    def _form_feed(self) -> None:
        if self._column:
            self._end_line()
        self._turn(1)
        self._rows = 0

    def _turn(self, pages: int) -> None:
        self._pages += pages
        if self._pages > DOCUMENT_PAGES:
            raise Unreadable(f"it has more than {DOCUMENT_PAGES} pages")


def read_text(source: Source) -> Facts:
    """Facts of a text: UTF-16 by its mark, else UTF-8, else Latin-1."""
    marked = source.head(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    try:
        try:
            pages = _count(source, "utf-16" if marked else "utf-8-sig")
        except UnicodeDecodeError:
            pages = _count(source, "latin-1")
    except Unreadable as error:
        return unreadable(Format.TEXT, error.cause)
    return Facts(format=Format.TEXT, pages=pages, color_pages=())


def _count(source: Source, charset: str) -> int:
    decoder, pages = codecs.getincrementaldecoder(charset)(), TextPages()
    for piece in source.pieces():
        pages.feed(decoder.decode(piece))
    pages.feed(decoder.decode(b"", final=True))
    return pages.finish()


def _width(line: str) -> int:
    if "\t" in line:
        line = line.expandtabs(_TAB)
    return len(line) - line.count("\r")
