"""Files for spreadsheets: CSV (RFC 4180) in UTF-8, streamed row by row.

- A text that a spreadsheet would take for a formula begins with an apostrophe: whoever names a document or a computer
  account must not run anything on the desk of who opens the file.
- The file begins with a byte order mark: without one, spreadsheets on Windows garble every name with an umlaut.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Final

from starlette.responses import StreamingResponse

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK: Final = "\ufeff"

Cell = str | int


def sheet(name: str, header: Iterable[str], rows: AsyncIterator[Iterable[Cell]]) -> StreamingResponse:
    """A file of that name, which the browser keeps instead of showing it."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_written(header, rows), media_type="text/csv; charset=utf-8", headers=disposition)


def line(cells: Iterable[Cell]) -> str:
    """One record, with what could pass for a formula made harmless."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return written.getvalue()


async def _written(header: Iterable[str], rows: AsyncIterator[Iterable[Cell]]) -> AsyncIterator[str]:
    yield _MARK + line(header)
    async for row in rows:
        yield line(row)


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell
