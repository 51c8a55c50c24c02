"""The gate: holds every job that came through the hub until the hub said that this agent may begin with it.

- It is asked again before each attempt, so that a job whose permit is not written down gives its device nothing.
- The permit alone counts, whatever else was written down: a list that the disk spoiled lets no job go.
"""

from __future__ import annotations

from typing import Final

import trio

from tympan.plugin import Go, Hold, Job, Printer
from tympan_cloud_tunnel._ledger import Ledger

UNSAID: Final = "another computer sent it, and the hub has not said that it comes out here"
_HELD: Final = Hold(reason="job-hold-until-specified", detail=UNSAID)


class TunnelGate:
    """``Gate`` of the tunnel. It holds all jobs of other agents until it was told which permits there are."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None

    def use(self, ledger: Ledger) -> None:
        """Whom to ask from now on."""
        self._ledger = ledger

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """The port's question."""
        await trio.lowlevel.checkpoint()
        if not job.shared:
            return Go()
        if self._ledger is not None and self._ledger.allows(job.uuid, job.destination):
            return Go(vouched=True)
        return _HELD
