"""Printing a document as it is, past the driver: every byte is counted, and half a document is given up."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from tympan_spool_windows._dll import failure, winspool
from tympan_spool_windows._frames import Order
from tympan_spool_windows._structures import DocInfo1, PrinterDefaults


class StraightPlate:
    """Satisfies ``Plate``: a job of the spooler that takes bytes.

    Args:
        order: What to print on.

    Raises:
        CallFailed: The spooler begins no job.
    """

    def __init__(self, order: Order) -> None:
        self._what = f"print on the queue {order.queue}"
        self._handle = ctypes.c_void_p()
        self._devmode = ctypes.create_string_buffer(order.devmode) if order.devmode else None
        settings = PrinterDefaults(
            datatype=order.datatype, devmode=ctypes.addressof(self._devmode) if self._devmode else None, access=8
        )
        if not winspool().OpenPrinterW(order.queue, ctypes.byref(self._handle), ctypes.byref(settings)):
            raise failure(self._what)
        document = DocInfo1(name=order.title, datatype=order.datatype)
        self.number = int(winspool().StartDocPrinterW(self._handle, 1, ctypes.byref(document)))
        if not self.number:
            raise failure(self._what)
        self._page = False

    def write(self, data: bytes) -> None:
        """All of it, however little the spooler takes at once."""
        if not self._page:
            self._check(winspool().StartPagePrinter(self._handle))
            self._page = True
        buffer, at, written = ctypes.create_string_buffer(data, len(data)), 0, ctypes.c_uint32()
        while at < len(data):
            piece: Any = ctypes.byref(buffer, at)
            self._check(winspool().WritePrinter(self._handle, piece, len(data) - at, ctypes.byref(written)))
            if not 0 < written.value <= len(data) - at:
                raise failure(self._what)
            at += written.value

    def finish(self, page: Callable[[], None]) -> None:
        """Ends the job, after which it prints. What went straight has no pages to count."""
        if self._page:
            self._check(winspool().EndPagePrinter(self._handle))
        self._check(winspool().EndDocPrinter(self._handle))
        winspool().ClosePrinter(self._handle)

    def abort(self) -> None:
        """Takes the job back; the handle stays open, for a spooler may take its closing for the job's end."""
        winspool().AbortPrinter(self._handle)

    def _check(self, answer: int) -> None:
        if not answer:
            raise failure(self._what)
