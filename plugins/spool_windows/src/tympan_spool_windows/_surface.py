"""Sheets of a Windows driver: a device context of GDI, with the settings of the job."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar, Final

from tympan_spool_windows._dll import failure, gdi
from tympan_spool_windows._frames import Order
from tympan_spool_windows._layout import Band, Place, Sheet

_WIDTH, _HEIGHT, _DPI_ACROSS, _DPI_DOWN = 8, 10, 88, 90
_PAPER_WIDTH, _PAPER_HEIGHT, _LEFT, _TOP = 110, 111, 112, 113
_COPY: Final = 0x00CC0020
"""SRCCOPY."""
_GRAYS: Final = 256


class _DocInfo(ctypes.Structure):
    """``DOCINFOW``."""

    _fields_: ClassVar[Any] = [
        ("size", ctypes.c_int),
        ("name", ctypes.c_wchar_p),
        ("output", ctypes.c_wchar_p),
        ("datatype", ctypes.c_wchar_p),
        ("type", ctypes.c_uint32),
    ]


class _BitmapInfo(ctypes.Structure):
    """``BITMAPINFO`` with the palette of a gray picture."""

    _fields_: ClassVar[Any] = [
        ("size", ctypes.c_uint32),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("planes", ctypes.c_uint16),
        ("bits", ctypes.c_uint16),
        ("compression", ctypes.c_uint32),
        ("image_size", ctypes.c_uint32),
        ("per_metre_across", ctypes.c_int32),
        ("per_metre_down", ctypes.c_int32),
        ("used", ctypes.c_uint32),
        ("important", ctypes.c_uint32),
        ("palette", ctypes.c_uint32 * _GRAYS),
    ]


_HEAD: Final = 40
"""Bytes of it before the palette."""


class DeviceSurface:
    """Satisfies ``Surface`` on Windows.

    Args:
        order: What to print on, with which settings.

    Raises:
        CallFailed: The driver or the spooler does not begin.
    """

    def __init__(self, order: Order) -> None:
        self._what = f"print on the queue {order.queue}"
        self._devmode = ctypes.create_string_buffer(order.devmode) if order.devmode else None
        self._dc = gdi().CreateDCW("WINSPOOL", order.queue, None, self._devmode)
        if not self._dc:
            raise failure(self._what)
        self.sheet = self._measured()
        document = _DocInfo(size=ctypes.sizeof(_DocInfo), name=order.title)
        self.number = self._done(gdi().StartDocW(self._dc, ctypes.byref(document)))

    def _measured(self) -> Sheet:
        def told(what: int) -> int:
            return int(gdi().GetDeviceCaps(self._dc, what))

        return Sheet(
            width=told(_PAPER_WIDTH) or told(_WIDTH),
            height=told(_PAPER_HEIGHT) or told(_HEIGHT),
            left=told(_LEFT),
            top=told(_TOP),
            printable_width=told(_WIDTH),
            printable_height=told(_HEIGHT),
            dpi_across=told(_DPI_ACROSS),
            dpi_down=told(_DPI_DOWN),
        )

    def begin_page(self) -> None:
        """See ``Surface``."""
        self._done(gdi().StartPage(self._dc))

    def draw(self, where: Place, band: Band, pixels: bytes, *, width: int, gray: bool) -> None:
        """See ``Surface``."""
        head = _head(width, band.lines, gray=gray)
        box = (where.left, band.top, where.width, band.height, 0, 0, width, band.lines)
        self._done(gdi().StretchDIBits(self._dc, *box, pixels, ctypes.byref(head), 0, _COPY))

    def end_page(self) -> None:
        """See ``Surface``."""
        self._done(gdi().EndPage(self._dc))

    def finish(self) -> None:
        """See ``Surface``."""
        self._done(gdi().EndDoc(self._dc))
        gdi().DeleteDC(self._dc)

    def abort(self) -> None:
        """See ``Surface``; the context stays, for its end may be taken for the job's."""
        gdi().AbortDoc(self._dc)

    def _done(self, answer: int) -> int:
        if answer <= 0:
            raise failure(self._what)
        return int(answer)


def _head(width: int, lines: int, *, gray: bool) -> _BitmapInfo:
    """How the pixels lie: from the top, gray ones numbering a palette."""
    head = _BitmapInfo(size=_HEAD, width=width, height=-lines, planes=1, bits=8 if gray else 32)
    if gray:
        head.used = _GRAYS
        for level in range(_GRAYS):
            head.palette[level] = level * 0x010101
    return head
