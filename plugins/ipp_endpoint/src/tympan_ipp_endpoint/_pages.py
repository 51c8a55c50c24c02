"""Pages: what stands behind ``printer-more-info`` and ``printer-icons`` where the device has none of its own."""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache

from tympan.plugin import LocalResponse
from tympan_ipp_endpoint._desk import Desk
from tympan_ipp_endpoint._requests import offered

_PATH = re.compile(r"/ipp/print/([a-z0-9-]{1,63})(/icon\.png)?")
_EDGE = 64
_BOXES = (
    (20, 6, 44, 22, 255),
    (8, 20, 56, 46, 70),
    (18, 38, 46, 58, 255),
    (22, 43, 42, 45, 160),
    (22, 49, 38, 51, 160),
)
"""A printer drawn with boxes: left, top, right, bottom, grey. Paper in, body, paper out, two lines of text."""


def page(desk: Desk, path: str) -> LocalResponse | None:
    """The page or picture at a path; None when there is none."""
    match = _PATH.fullmatch(path)
    printer = offered(desk.host.printers, match[1]) if match else None
    if match is None or printer is None:
        return None
    if match[2]:
        return LocalResponse(headers=(("content-type", "image/png"), ("cache-control", "max-age=86400")), body=icon())
    stands, queued = desk.stands(printer)
    lines = (printer.name, printer.location, f"{stands.state.name.lower()} ({', '.join(stands.reasons)})")
    text = "\n".join([*filter(None, (*lines, stands.message)), f"{queued} jobs", ""])
    return LocalResponse(headers=(("content-type", "text/plain; charset=utf-8"),), body=text.encode())


@cache
def icon() -> bytes:
    """A PNG of 64 x 64 grey pixels with transparency (ISO/IEC 15948)."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y) for x in range(_EDGE)) for y in range(_EDGE))
    header = struct.pack(">IIBBBBB", _EDGE, _EDGE, 8, 4, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _pixel(x: int, y: int) -> bytes:
    greys = [grey for left, top, right, bottom, grey in _BOXES if left <= x < right and top <= y < bottom]
    return bytes((greys[-1], 255)) if greys else b"\0\0"


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
