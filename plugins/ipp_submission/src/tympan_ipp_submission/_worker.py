"""The renderer: a process of its own that turns one sealed PDF or picture into PWG raster, URF or JPEG, and ends.

- It reads its order and the key from standard input and writes frames to standard output; it opens no other file than
  the sealed one, and drops what it could misuse before it touches the document: memory, processor time, core dumps.
- A failure is a frame with a keyword and a sentence; a crash is seen by the agent as an early end.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2

from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._frames import HEAD, BadFrame, Kind, Order, frame, parse_head
from tympan_ipp_submission._layout import back_transform, chosen_pages, page_header, paper_of, place, shares_used
from tympan_ipp_submission._limits import (
    DOCUMENT_PAGES,
    FRAME_BYTES,
    HEAD_BYTES,
    JPEG_QUALITY,
    RENDER_CPU_S,
    RENDER_MEMORY_BYTES,
)
from tympan_ipp_submission._pictures import page_of
from tympan_ipp_submission._pixels import PagePixels, Strips
from tympan_ipp_submission._sniff import JPEG, sniff
from tympan_wire.raster import RasterFormat, RasterWriter, UnwritablePage
from tympan_wire.sealed import RandomReader, SealedError

PIECE_BYTES = 256 * 1024
"""Rendered bytes collected for one frame."""


def main() -> int:
    """Renders one document; 0 also when the document failed, since the frames say so."""
    confine()
    order, sealed = read_order(sys.stdin.buffer)
    out = sys.stdout.buffer
    try:
        for piece in render(order, sealed):
            out.write(piece)
            out.flush()
        out.write(frame(Kind.DONE))
    except RenderFailed as error:
        out.write(frame(Kind.FAILED, json.dumps({"reason": error.reason, "cause": error.cause}).encode()))
    out.flush()
    return 0


def confine() -> None:
    """Limits this process, where the system can."""
    try:
        import resource  # not on Windows, where the agent's deadlines alone bound it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (RENDER_CPU_S, RENDER_CPU_S))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (RENDER_MEMORY_BYTES, RENDER_MEMORY_BYTES))


def read_order(source: BinaryIO) -> tuple[Order, bytes]:
    """The order, and the sealed bytes when they are in no file."""
    kind, payload = _read_frame(source)
    if kind is not Kind.ORDER:
        raise BadFrame("the order is missing")
    order = Order.decode(payload)
    sealed = bytearray()
    while len(sealed) < order.sealed_bytes:
        kind, payload = _read_frame(source)
        if kind is not Kind.SEALED or not payload:
            raise BadFrame("sealed bytes are missing")
        sealed += payload
    return order, bytes(sealed)


def _read_frame(source: BinaryIO) -> tuple[Kind, bytes]:
    head = source.read(HEAD.size)
    if len(head) != HEAD.size:
        raise BadFrame("the agent went away")
    kind, size = parse_head(head)
    payload = source.read(size)
    if len(payload) != size:
        raise BadFrame("the agent went away")
    return kind, payload


def render(order: Order, sealed: bytes) -> Iterator[bytes]:
    """Frames of the rendered document.

    Raises:
        RenderFailed: With the keyword and sentence for the user.
    """
    with _opened(order, sealed) as document:
        chosen = chosen_pages(len(document), order.plan.page_ranges)
        if not chosen:
            raise RenderFailed(f"None of the pages asked for exist: the document has {len(document)}.")
        if len(chosen) > DOCUMENT_PAGES:
            raise RenderFailed(f"The document has more than {DOCUMENT_PAGES} pages; print it in parts.")
        drawn = _jpeg if order.plan.format == JPEG else _raster
        yield from drawn(document, chosen, order)


def _opened(order: Order, sealed: bytes) -> pypdfium2.PdfDocument:
    try:
        content = _reader(order, sealed)
        if sniff(content.read(HEAD_BYTES)) == JPEG:
            content.seek(0)
            return page_of(content.read(), paper_of(order.plan))
        content.seek(0)
        document = pypdfium2.PdfDocument(content)
        if document.get_formtype():
            document.init_forms()
    except SealedError as error:
        raise RenderFailed(f"The stored document is damaged ({error}); send it again.") from error
    except OSError as error:
        raise RenderFailed(f"The stored document cannot be read ({error.strerror}); send it again.") from error
    except pypdfium2.PdfiumError as error:
        raise _unreadable(error) from error
    return document


def _unreadable(error: pypdfium2.PdfiumError) -> RenderFailed:
    if "password" in str(error).lower():
        return RenderFailed(
            "The PDF is locked with a password; print it without one.", reason="document-password-error"
        )
    return RenderFailed(
        "The PDF is damaged and the device cannot take it as it is; make it anew.", reason="document-format-error"
    )


def _reader(order: Order, sealed: bytes) -> io.RawIOBase:
    if not order.path:
        return RandomReader(order.key, lambda at, size: sealed[at : at + size], len(sealed), document=order.document)
    file = os.open(order.path, os.O_RDONLY)
    size = os.fstat(file).st_size
    return RandomReader(order.key, lambda at, count: _pread(file, at, count), size, document=order.document)


def _pread(file: int, at: int, count: int) -> bytes:
    os.lseek(file, at, os.SEEK_SET)
    return os.read(file, count)


def _raster(document: pypdfium2.PdfDocument, chosen: list[int], order: Order) -> Iterator[bytes]:
    plan = order.plan
    writer = RasterWriter(RasterFormat(plan.format), total_page_count=len(chosen), continued=order.share > 0)
    back, strips = back_transform(plan), Strips()
    yield frame(Kind.COUNT, len(chosen).to_bytes(4, "big"))
    for side in range(order.share, len(chosen), shares_used(len(chosen), order.shares)):
        number = chosen[side]
        page = _page(document, number)
        where = place(page.get_size(), plan)
        transform = back if side % 2 else (1, 1)
        header = page_header(where, plan, pages=len(chosen), transform=transform)
        pixels = PagePixels(page, where, color=plan.color, grays=plan.grays, strips=strips)
        try:
            yield from _framed(writer.page(header, pixels.rows(transform)))
        except UnwritablePage as error:
            raise _bad_page(number, f"is too large ({error})") from error
        page.close()
        yield frame(Kind.PAGE)


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise _bad_page(number, "is damaged") from error
    if min(page.get_size()) <= 0:
        raise _bad_page(number, "has no extent")
    return page


def _bad_page(number: int, what: str) -> RenderFailed:
    return RenderFailed(
        f"Page {number + 1} of the PDF {what} and the device cannot take it as it is; make it anew.",
        reason="document-format-error",
    )


def _jpeg(document: pypdfium2.PdfDocument, chosen: list[int], order: Order) -> Iterator[bytes]:
    plan = order.plan
    if len(chosen) > 1:
        raise RenderFailed(
            f"The device takes single images only and the document has {len(chosen)} pages; print one page at a time.",
            reason="unsupported-document-format",
        )
    from PIL import Image  # PWG raster, the usual case, does without

    page = _page(document, chosen[0])
    where = place(page.get_size(), plan)
    pixels = b"".join(PagePixels(page, where, color=plan.color, grays=plan.grays, strips=Strips()).rows())
    image = Image.frombytes("RGB" if plan.color else "L", (where.width, where.height), pixels)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY, dpi=(plan.dpi, plan.dpi))
    yield from _framed([out.getvalue()])
    yield frame(Kind.PAGE)


def _framed(pieces: Iterator[bytes] | list[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= PIECE_BYTES:
            yield from _data(bytes(held))
            held.clear()
    yield from _data(bytes(held))


def _data(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), FRAME_BYTES):
        yield frame(Kind.DATA, data[start : start + FRAME_BYTES])


if __name__ == "__main__":
    raise SystemExit(main())
