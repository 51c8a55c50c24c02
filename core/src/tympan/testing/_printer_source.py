"""The printer source port in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import trio

from tympan._values import Printer


class FakePrinterSource:
    """``PrinterSource`` with the printers a test gives it by ``change``; None is not known yet."""

    def __init__(self, printers: Iterable[Printer] | None = None) -> None:
        self._printers = None if printers is None else tuple(printers)
        self._changed = trio.Event()

    def change(self, *printers: Printer) -> None:
        """Gives others, and wakes whoever waits."""
        self._printers = printers
        self._changed.set()

    async def printers(self) -> Sequence[Printer] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._printers

    async def wait_changed(self) -> None:
        """Returns at the next ``change``, or at once when one was not looked at yet."""
        await self._changed.wait()
