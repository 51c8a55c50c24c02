"""The scanner port in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from tympan._ports import ScanOrder, ScanProgress, ScanState


class FakeScanner:
    """``Scanner`` that gets nowhere until the test calls ``advance``; ``wanted`` is what it was asked last."""

    def __init__(self) -> None:
        self.wanted: tuple[ScanOrder, ...] = ()
        self._progress: dict[object, ScanProgress] = {}
        self._changed = trio.Event()

    def advance(self, progress: ScanProgress) -> None:
        """A scan got further; whoever waits is woken."""
        self._progress[progress.id] = progress
        self._changed.set()

    async def want(self, scans: Sequence[ScanOrder]) -> None:
        """Takes them, and forgets all others."""
        await trio.lowlevel.checkpoint()
        self.wanted = tuple(scans)
        begun = {scan.id: ScanProgress(id=scan.id, state=ScanState.WAITING) for scan in scans}
        self._progress = {name: self._progress.get(name, progress) for name, progress in begun.items()}
        self._changed.set()

    async def progress(self) -> Sequence[ScanProgress]:
        """As the test left it."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return tuple(self._progress.values())

    async def wait_changed(self) -> None:
        """Returns at the next change, or at once when one was not looked at yet."""
        await self._changed.wait()
