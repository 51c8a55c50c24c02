"""The worker: a process of its own that reads one document after the other and survives none that breaks it.

- Orders, keys and sealed bytes come on standard input, facts go to standard output; nothing is written elsewhere.
- Before it touches a document it limits what that could misuse: memory, processor time, core dumps.
- It ends when standard input does, so it never outlives the agent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

from tympan_document_stats._errors import BadFrame
from tympan_document_stats._frames import Kind, frame, read_frame
from tympan_document_stats._limits import SNIFF_BYTES, WORKER_CPU_S, WORKER_MEMORY_BYTES, WORKER_NICE
from tympan_document_stats._model import Facts, Order, cut_short, unreadable
from tympan_document_stats._sniff import Format, declared_format, sniff
from tympan_document_stats._source import Source
from tympan_wire.sealed import SealedError


def main() -> int:
    """Answers orders until standard input ends."""
    confine()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        _send(answers, frame(Kind.READY))
        while (taken := take_order(requests)) is not None:
            _allow_cpu(taken[0].bounds.cpu_s)
            for answer in answer_frames(*taken):
                _send(answers, answer)
    except (BadFrame, BrokenPipeError):
        return 1
    return 0


def answer_frames(order: Order, key: bytes, sealed: bytes) -> Iterator[bytes]:
    """The frames that answer one order: parts, then the last word."""
    last = unreadable(declared_format(order.declared), "it could not be read")
    try:
        for facts in read(order, key, sealed):
            last = facts
            yield frame(Kind.PART, facts.encode())
    except SealedError:
        last = cut_short(last, "the stored document is damaged")
    except OSError as error:
        last = cut_short(last, f"the stored document cannot be read ({error.strerror})")
    except MemoryError:
        last = cut_short(last, "it needs too much memory")
    except Exception:
        # A reader met bytes nobody thought of; the sentence carries none of them.
        last = cut_short(last, "the document is damaged")
    yield frame(Kind.LAST, last.encode())


def read(order: Order, key: bytes, sealed: bytes) -> Iterator[Facts]:
    """Facts of a document, each fuller than the one before."""
    source = Source(order, key, sealed)
    try:
        if not source.size_bytes:
            yield Facts(format=Format.OTHER, pages=0, color_pages=(), problem="the document is empty")
            return
        yield from _read(source, order)
    finally:
        source.close()


def _read(source: Source, order: Order) -> Iterator[Facts]:
    """Each reader is imported when first needed: a text needs no PDFium."""
    kind = sniff(source.head(SNIFF_BYTES), order.declared)
    if kind is Format.OTHER:
        yield unreadable(declared_format(order.declared), "nothing here reads this format")
        return
    yield unreadable(kind, "its reader did not end")
    if kind is Format.PDF:
        from tympan_document_stats._pdf import read_pdf

        yield from read_pdf(source, order.bounds)
    else:
        yield _simple(kind)(source)


def _simple(kind: Format) -> Callable[[Source], Facts]:
    if kind in (Format.PWG, Format.URF):
        from tympan_document_stats._raster import read_raster

        return lambda source: read_raster(source, kind)
    if kind is Format.JPEG:
        from tympan_document_stats._jpeg import read_jpeg

        return read_jpeg
    if kind is Format.POSTSCRIPT:
        from tympan_document_stats._postscript import read_postscript

        return read_postscript
    from tympan_document_stats._text import read_text

    return read_text


def take_order(requests: BinaryIO) -> tuple[Order, bytes, bytes] | None:
    """The next order with its key and inline bytes; None when there will be none. Raises ``BadFrame``."""
    told = read_frame(requests.read)
    if told is None:
        return None
    order = Order.decode(_payload(told, Kind.ORDER))
    key = _payload(read_frame(requests.read), Kind.KEY)
    sealed = bytearray()
    while len(sealed) < order.inline_bytes:
        sealed += _payload(read_frame(requests.read), Kind.SEALED) or _refuse()
    return order, key, bytes(sealed)


def _payload(told: tuple[Kind, bytes] | None, wanted: Kind) -> bytes:
    if told is None or told[0] is not wanted:
        _refuse()
    return told[1] if told else b""


def _refuse() -> bytes:
    raise BadFrame("the agent sent something else than an order")


def _send(answers: BinaryIO, data: bytes) -> None:
    answers.write(data)
    answers.flush()


def confine() -> None:
    """Limits this process where the system can; elsewhere the agent's deadline alone bounds it."""
    try:
        import resource
    except ImportError:
        return
    os.nice(WORKER_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES))


def _allow_cpu(seconds: int) -> None:
    """Gives the next document its processor time on top of what earlier ones took."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + 1 + min(max(1, seconds), WORKER_CPU_S)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))


if __name__ == "__main__":
    raise SystemExit(main())
