"""What was found out here, left in the durable outbox for the hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from tympan.plugin import Host, Overloaded
from tympan_hub_sync._complaints import Complaints
from tympan_hub_sync._limits import OUTBOX_LATER_S
from tympan_hub_sync._reports import report
from tympan_wire.hub import Finding, QueueReport, encode

_FULL: Final = {
    False: "the outbox is full: what is to be told waits",
    True: "the outbox has no room for more devices in view: telling of them waits",
}
"""By whether it yields."""


class Findings:
    """The way of one membership's findings into the outbox; ``wake`` is called when there is something to send.

    While the outbox is full, whoever leaves one waits: nothing is lost, and what waits there goes out meanwhile.
    """

    def __init__(self, host: Host, wake: Callable[[], None]) -> None:
        self._host = host
        self._complaints = Complaints(host)
        self._turns = {False: trio.Lock(), True: trio.Lock()}
        self.wake = wake

    async def leave(self, finding: Finding, slot: str, *, yields: bool = False) -> None:
        """Leaves one, durable when it returns; it takes the place of an older one of its slot.

        Those that yield, which strangers on the network can cause, leave room for all others.
        """
        payload, what = encode(report(finding, self._host.now())), _FULL[yields]
        async with self._turns[yields]:  # in turn, so that of one slot the newest stays
            while True:
                try:
                    await self._host.outbox.add(payload, slot=slot, yields=yields)
                except Overloaded as error:
                    self._complaints.failed(what, error)
                    await trio.sleep(OUTBOX_LATER_S)
                else:
                    break
        self._complaints.worked(what)
        self.wake()

    async def leave_queue(self, finding: QueueReport) -> None:
        """Leaves one about the queue of a printer."""
        await self.leave(finding, f"queue {finding.printer}")
