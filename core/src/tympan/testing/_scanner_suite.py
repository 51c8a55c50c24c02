"""The suite every scanner must pass: subclass it and give the fixtures ``scanner`` and ``order``.

``order`` is a ``ScanOrder`` the scanner can carry out; it need not find anything.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import Sequence

from tympan._ports import Scanner, ScanOrder, ScanProgress
from tympan.testing._expectations import answer, ends_when_cancelled, hears


class ScannerSuite:
    """What every scanner must do."""

    async def test_it_is_a_scanner(self, scanner: Scanner) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(scanner, Scanner)

    async def test_it_has_nothing_to_tell_until_it_is_wanted(self, scanner: Scanner) -> None:
        """Nobody is scanned by a plugin's own will."""
        assert not await _progress(scanner)

    async def test_what_is_wanted_is_told_of(self, scanner: Scanner, order: ScanOrder) -> None:
        """Once however often it is wanted, and waiting for news ends."""
        await scanner.want([order])
        await answer(scanner.wait_changed)
        await scanner.want([order])
        [progress] = await _progress(scanner)
        assert progress.id == order.id
        assert progress.found >= 0 and 0 <= progress.probed <= max(progress.total, progress.probed)

    async def test_everybody_who_waits_hears_of_progress(self, scanner: Scanner, order: ScanOrder) -> None:
        """Also where somebody else looks meanwhile."""
        await hears(scanner.wait_changed, scanner.progress, lambda: scanner.want([order]))

    async def test_what_is_not_wanted_is_forgotten(self, scanner: Scanner, order: ScanOrder) -> None:
        """Somebody stopped it."""
        await scanner.want([order])
        await scanner.want([])
        assert not await _progress(scanner)

    async def test_it_ends_when_cancelled(self, scanner: Scanner) -> None:
        """It may wait for ever, and must not."""
        await _progress(scanner)
        await ends_when_cancelled(scanner.wait_changed)


async def _progress(scanner: Scanner) -> Sequence[ScanProgress]:
    return await answer(scanner.progress)
