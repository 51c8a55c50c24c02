"""The book: what is shared now, and on which queue the jobs of a share go. Service and route hold the same one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import attrs
import trio

from tympan.plugin import Host, QueueShared, SharingView, Spooler
from tympan_printer_sharing._limits import LISTED_S
from tympan_printer_sharing._model import Target, share_in
from tympan_wire.hub import ShareWanted


class ShareBook:
    """Shares by id, as of the last time queues were listed. Satisfies ``tympan.plugin.QueueSharing``.

    Attributes:
        host: While the service runs.
        standings: Every queue with its share or why it has none.
        trouble: Why the queues could not be listed the last time; "" when they could.
    """

    def __init__(self) -> None:
        self.host: Host | None = None
        self.standings: tuple[QueueShared, ...] = ()
        self.trouble = ""
        self._queues: dict[UUID, str] = {}
        self._wanted: dict[UUID, ShareWanted] = {}
        self._opened = trio.Event()

    def open(self, host: Host) -> None:
        """The service runs."""
        self.host = host

    def close(self) -> None:
        """It does not any more."""
        self.host, self._queues, self._opened = None, {}, trio.Event()

    def show(self, standings: Iterable[QueueShared]) -> None:
        """What a successful listing found."""
        self.standings, self.trouble = tuple(standings), ""
        self._queues = {one.share: one.queue for one in self.standings if one.share is not None}
        self._opened.set()

    def want(self, wanted: Iterable[ShareWanted]) -> None:
        """What the hub wants of the shares."""
        self._wanted = {one.id: one for one in wanted}

    async def shared(self) -> SharingView:
        """Every queue, once they were listed after a start."""
        with trio.move_on_after(LISTED_S):
            await self._opened.wait()
        return SharingView(queues=tuple(self._said(one) for one in self.standings), trouble=self.trouble)

    def _said(self, one: QueueShared) -> QueueShared:
        if one.share is None:
            return one
        if self.stopped(one.share):
            return QueueShared(queue=one.queue, why="it was taken away at the hub")
        printers = self.host.printers.all() if self.host is not None else ()
        return attrs.evolve(one, printer=next((each.name for each in printers if share_in(each) == one.share), ""))

    def stopped(self, share: UUID) -> bool:
        """Whether somebody took a share away at the hub."""
        return share in self._wanted and self._wanted[share].stopped

    async def target(self, share: UUID, within_s: float) -> Target | None:
        """Where jobs of a share go, once queues were listed; None when it has no queue, or they were not in time."""
        with trio.move_on_after(within_s):
            await self._opened.wait()
        queue = self._queues.get(share)
        if queue is None or self.stopped(share):
            return None
        wanted = self._wanted.get(share)
        return Target(queue=queue, defaults=wanted.defaults if wanted else ())

    def spooler(self) -> Spooler | None:
        """The spooler of this machine; None while no plugin for it runs."""
        spoolers = self.host.ports(Spooler) if self.host is not None else ()  # type: ignore[type-abstract]
        return spoolers[0] if spoolers else None
