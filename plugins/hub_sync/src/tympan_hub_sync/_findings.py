"""What was found out here, left in the durable outbox for the hub."""

from __future__ import annotations

from collections.abc import Callable

from tympan.plugin import Host
from tympan_hub_sync._reports import report
from tympan_wire.hub import Finding, QueueReport, encode


class Findings:
    """The way of one membership's findings into the outbox; ``wake`` is called when there is something to send."""

    def __init__(self, host: Host, wake: Callable[[], None]) -> None:
        self._host = host
        self.wake = wake

    async def leave(self, finding: Finding, slot: str) -> None:
        """Leaves one, durable when it returns; it takes the place of an older one of its slot."""
        await self._host.outbox.add(encode(report(finding, self._host.now())), slot=slot)
        self.wake()

    async def leave_queue(self, finding: QueueReport) -> None:
        """Leaves one about the queue of a printer."""
        await self.leave(finding, f"queue {finding.printer}")
