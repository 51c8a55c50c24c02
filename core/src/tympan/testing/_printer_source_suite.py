"""The suite every source of printers must pass: subclass it and give the fixtures ``source`` and ``change``.

``change`` is called without arguments and makes the source give other printers than before.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from tympan._ids import printer_id
from tympan._ports import PrinterSource
from tympan._values import Printer
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled


class PrinterSourceSuite:
    """What every source of printers must do."""

    async def test_it_is_a_printer_source(self, source: PrinterSource) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(source, PrinterSource)

    async def test_printers_have_ids_of_their_own_and_stay(self, source: PrinterSource) -> None:
        """Asking changes nothing; the kernel checks what they say."""
        first = await _printers(source)
        assert all(type(printer) is Printer and printer_id(printer.id) for printer in first)
        assert len({printer.id for printer in first}) == len(first)
        assert await _printers(source) == list(first)

    async def test_a_change_is_not_lost(self, source: PrinterSource, change: Callable[[], Awaitable[None]]) -> None:
        """Neither one that comes while somebody waits, nor one that comes before."""
        before = await _printers(source)
        with trio.move_on_after(ANSWER_S):
            while await _printers(source) == before:
                await change()
                await answer(source.wait_changed)
        assert await _printers(source) != before

    async def test_it_ends_when_cancelled(self, source: PrinterSource) -> None:
        """It may wait for ever, and must not."""
        await ends_when_cancelled(source.wait_changed)


async def _printers(source: PrinterSource) -> list[Printer]:
    found = await answer(source.printers)
    return [] if found is None else list(found)
