"""A listing for people: columns that fit the terminal, and what needs room in lines of its own below its row.

- Into a pipe or file nothing is cut or wrapped, so that ``grep`` and ``awk`` see whole names.
- On a terminal too narrow, columns are dropped in the order they say, then the widest that may be is cut with an
  ellipsis; the last column may wrap instead, under itself.
- Texts are shown as they are: brackets are no markup, control characters are written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from rich.text import Text

from tympan_cli._text import safe

if TYPE_CHECKING:
    from rich.console import Console

GAP = 2
"""Columns of space between two columns."""
LEAST_CUT = 8
"""A column is never cut below this."""
LEAST_WRAPPED = 24
"""The last column gets at least this before others are dropped or cut."""


@attrs.frozen
class Column:
    """A column.

    Attributes:
        title: Its head; a listing of columns without any has no head.
        right: Aligned right, for numbers.
        cut: May be cut with an ellipsis.
        drop: Left out on a narrow terminal, the highest first; 0 is never left out.
        wrap: Wraps; only the last one may.
    """

    title: str = ""
    right: bool = attrs.field(default=False, kw_only=True)
    cut: bool = attrs.field(default=False, kw_only=True)
    drop: int = attrs.field(default=0, kw_only=True)
    wrap: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(kw_only=True)
class Cell:
    """A text and its colour."""

    text: str
    style: str = ""

    @property
    def rich(self) -> Text:
        """Safe to print."""
        return Text(safe(self.text), style=self.style, no_wrap=True, end="")


@attrs.frozen(kw_only=True)
class _Row:
    cells: tuple[Cell, ...]
    notes: tuple[Cell, ...]


class Listing:
    """Rows under columns; notes begin under the column ``notes_under``, counted from 0."""

    def __init__(self, *columns: Column, notes_under: int = 1) -> None:
        self._columns = columns
        self._notes_under = notes_under
        self._rows: list[_Row] = []

    def add(self, *cells: Cell | str, notes: Sequence[Cell | str] = ()) -> None:
        """Adds a row, with the notes to show below it."""
        below = tuple(note for note in map(_cell, notes) if note.text)
        self._rows.append(_Row(cells=tuple(map(_cell, cells)), notes=below))

    def print(self, screen: Console, width: int | None) -> None:
        """Prints it, at most ``width`` columns wide; None is as wide as it gets."""
        natural = self._natural()
        kept = self._kept(natural, width)
        widths = self._fitted(natural, kept, width)
        if any(column.title for column in self._columns):
            head = tuple(Cell(text=column.title, style="bold") for column in self._columns)
            self._line(screen, head, kept, widths)
        indent = sum(widths[at] + GAP for at in kept if at < self._notes_under)
        for row in self._rows:
            self._line(screen, row.cells, kept, widths)
            self._notes(screen, row.notes, indent, width)

    def _natural(self) -> list[int]:
        rows = [row.cells for row in self._rows]
        heads = [column.title for column in self._columns]
        return [max([len(head), *(row[at].rich.cell_len for row in rows)]) for at, head in enumerate(heads)]

    def _least(self, at: int, natural: list[int]) -> int:
        return min(natural[at], LEAST_WRAPPED) if self._columns[at].wrap else natural[at]

    def _room(self, at: int, natural: list[int]) -> int:
        return min(natural[at], 2 * LEAST_CUT) if self._columns[at].cut else self._least(at, natural)

    def _kept(self, natural: list[int], width: int | None) -> list[int]:
        kept = list(range(len(self._columns)))
        order = sorted((at for at in kept if self._columns[at].drop), key=lambda at: -self._columns[at].drop)
        # What can be cut gives way only down to twice the least: a name of eight letters says nothing.
        room = {
            at: min(natural[at], 2 * LEAST_CUT) if self._columns[at].cut else self._least(at, natural) for at in kept
        }
        for at in order:
            if width is None or sum(room[one] + GAP for one in kept) - GAP <= width:
                break
            kept.remove(at)
        return kept

    def _fitted(self, natural: list[int], kept: list[int], width: int | None) -> list[int]:
        widths = list(natural)
        if width is None:
            return widths
        over = sum(natural[at] + GAP for at in kept) - GAP - width
        wrapped = [at for at in kept if self._columns[at].wrap]
        for at in wrapped:
            widths[at] = max(self._least(at, natural), natural[at] - max(over, 0))
            over -= natural[at] - widths[at]
        while over > 0:
            at = max((at for at in kept if self._columns[at].cut), key=lambda at: widths[at], default=-1)
            if at < 0 or widths[at] <= LEAST_CUT:
                break
            widths[at] -= 1
            over -= 1
        return widths

    def _line(self, screen: Console, cells: tuple[Cell, ...], kept: list[int], widths: list[int]) -> None:
        line, start = Text(), 0
        for at in kept:
            if self._columns[at].wrap:
                _hang(screen, line, cells[at], start, widths[at])
                return
            text = cells[at].rich
            text.truncate(widths[at], overflow="ellipsis")
            blank = " " * (widths[at] - text.cell_len)
            line.append_text(Text.assemble(blank, text) if self._columns[at].right else Text.assemble(text, blank))
            line.append(" " * GAP)
            start += widths[at] + GAP
        line.rstrip()
        screen.print(line, soft_wrap=True)

    def _notes(self, screen: Console, notes: tuple[Cell, ...], indent: int, width: int | None) -> None:
        for note in notes:
            room = note.rich.cell_len if width is None else max(width - indent, LEAST_CUT)
            _hang(screen, Text(" " * indent), note, indent, room)


def _cell(cell: Cell | str) -> Cell:
    return Cell(text=cell) if isinstance(cell, str) else cell


def _hang(screen: Console, line: Text, cell: Cell, start: int, width: int) -> None:
    """Prints ``cell`` behind ``line``, wrapped under itself."""
    pieces = Text(safe(cell.text), style=cell.style).wrap(screen, max(width, 1)) if cell.text else [Text()]
    for piece in pieces:
        line.append_text(piece)
        line.rstrip()
        screen.print(line, soft_wrap=True)
        line = Text(" " * start)
