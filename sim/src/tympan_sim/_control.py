"""Control: the printers' state read, and faults ordered, over HTTP on the simulator's own listener.

GET /sim/printers · GET /sim/printers/NAME · POST /sim/printers/NAME/faults (one fault a line; an empty body clears).
"""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from tympan_net.http_server import Request, Response
from tympan_sim._addresses import CONTROL_PATH, ICON_PATH
from tympan_sim._errors import FaultUnreadable
from tympan_sim._handle import PrinterHandle
from tympan_sim._limits import FAULT_BYTES

_ICON_SIDE: Final = 48
Find = Callable[[str], PrinterHandle | None]


async def control(request: Request, handles: Sequence[PrinterHandle], named: Find) -> Response:
    """Answer a request that is not for a printer."""
    if request.path == ICON_PATH and request.method in ("GET", "HEAD"):
        return Response(headers=(("content-type", "image/png"),), body=_icon())
    if request.path.rstrip("/") == CONTROL_PATH:
        return _json([handle.to_json() for handle in handles]) if request.method == "GET" else _wrong_method()
    name, _, rest = request.path.removeprefix(f"{CONTROL_PATH}/").partition("/")
    handle = named(name) if request.path.startswith(f"{CONTROL_PATH}/") else None
    if handle is None or rest not in ("", "faults"):
        return Response.text("There is no such page.\n", status=404)
    if not rest:
        return _json(handle.to_json()) if request.method == "GET" else _wrong_method()
    return await _faults(request, handle) if request.method == "POST" else _wrong_method()


async def _faults(request: Request, handle: PrinterHandle) -> Response:
    """Order the faults of the body, one a line, all or none; none at all clears."""
    lines = (await request.body(FAULT_BYTES)).decode("utf-8", "replace").split("\n")
    texts = [line.strip() for line in lines if line.strip()]
    try:
        handle.order(*texts)
    except FaultUnreadable as error:
        return Response.text(f"{error}\n", status=400)
    if not texts:
        handle.clear()
    return _json({"faults": [str(fault) for fault in handle.printer.orders]})


def _json(value: object) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode() + b"\n"  # a line: people read it in a terminal
    return Response(headers=(("content-type", "application/json"),), body=body)


def _wrong_method() -> Response:
    return Response.text("This page does not take that method.\n", status=405)


def _icon() -> bytes:
    """A 48 by 48 grey square (PNG), since printers have an icon."""
    rows = (b"\0" + b"\x80" * _ICON_SIDE) * _ICON_SIDE
    header = struct.pack(">IIBBBBB", _ICON_SIDE, _ICON_SIDE, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
