"""The keeper: fetches sealed documents the hub wants kept here, and proves each before it counts.

Level-triggered: what is wanted is told with each look until this agent says that it has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import CapabilityKey, Host, Member, TympanError
from tympan_pull_release._limits import DETAIL_CHARS, KEEP_RETRY_S, KEEPS_WANTED, TOLD_MOST
from tympan_relay import Copies, KeptCopies
from tympan_wire.hub import KeepOrder
from tympan_wire.sealed import SealedError

MIRROR: Final = CapabilityKey("pull.mirror")
_FOLDER: Final = "kept"
_COMING: Final = "coming"
"""What is fetched for a release, and is no job yet."""


class Keeper:
    """Keeps for others. Owns: its own task."""

    def __init__(
        self, host: Host, kept: KeptCopies, coming: KeptCopies, copies: Copies, tell: Callable[[], None]
    ) -> None:
        self._host = host
        self._kept = kept
        self._coming = coming
        self._copies = copies
        self._tell = tell
        self._wanted: dict[UUID, KeepOrder] = {}
        self._failed: dict[UUID, float] = {}
        self._due = trio.Event()

    async def open(self, member: Member) -> None:
        """Takes up what an earlier run kept."""
        try:
            root = await self._host.folder()
            await self._kept.open(root / _FOLDER, member)
            await self._coming.open(root / _COMING, member)
        except (TympanError, OSError) as error:
            self._log("sealed copies of other computers cannot be kept here", error)

    async def close(self) -> None:
        """This agent belongs to no hub any more: nothing of it is here."""
        await self._keep_nothing()
        try:
            await self._coming.clear()
        except OSError as error:
            self._log("sealed copies of other computers could not be erased yet", error)

    async def _keep_nothing(self) -> None:
        self._wanted.clear()
        try:
            await self._kept.clear()
        except OSError as error:
            self._log("sealed copies of other computers could not be erased yet", error)

    async def kept(self) -> tuple[UUID, ...]:
        """What is here; nothing where policy does not want that."""
        if not self._host.allowed(MIRROR):
            await self._keep_nothing()
        return self._kept.jobs

    def want(self, orders: Iterable[KeepOrder]) -> None:
        """What the hub wants kept, as it said last."""
        allowed = self._host.allowed(MIRROR)
        self._wanted = {order.job: order for order in list(orders)[:KEEPS_WANTED] if allowed}
        self._due.set()

    async def drop(self, jobs: Iterable[UUID]) -> None:
        """What it wants no longer."""
        for job in jobs:
            self._wanted.pop(job, None)
            try:
                await self._kept.drop(job)
            except OSError as error:
                self._log("a sealed copy of another computer could not be erased yet", error)

    async def run(self) -> None:
        """Looks whether what is here is sound, then fetches, one after the other, until cancelled."""
        if await self._kept.check():
            self._tell()
        while True:
            for job in list(self._wanted):
                order = self._wanted.pop(job, None)
                if order is not None and self._is_due(job) and await self._fetched(order):
                    self._tell()
            if not self._wanted:
                self._due = trio.Event()
                await self._due.wait()

    def _is_due(self, job: UUID) -> bool:
        """Whether to try: it is not here, no job of this agent, and did not fail a moment ago."""
        found = self._host.jobs.find(job)
        here = self._kept.size(job) is not None or (found is not None and not found.state.terminal)
        return not here and trio.current_time() - self._failed.get(job, -KEEP_RETRY_S) >= KEEP_RETRY_S

    async def _fetched(self, order: KeepOrder) -> bool:
        try:
            await self._copies.keep(order.job, order.mirrored)
        except (TympanError, SealedError, OSError, ValueError) as error:
            if len(self._failed) >= TOLD_MOST:
                self._failed.clear()
            self._failed[order.job] = trio.current_time()
            self._log("a sealed copy of another computer's job is not kept here yet", error)
            return False
        self._host.used()
        return True

    def _log(self, message: str, error: BaseException) -> None:
        why = error.sentence if isinstance(error, TympanError) else f"{type(error).__name__}: {error}"
        self._host.log(message, error=why[:DETAIL_CHARS])
