"""The gate: holds every job that came through the hub until the hub said that this agent may begin with it.

It is asked again before each attempt, so that a job whose permit is not written down gives its device nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import Go, Hold, Job, Printer
from tympan_cloud_tunnel._ledger import Ledger

UNSAID: Final = "another computer sent it, and the hub has not said that it comes out here"
_HELD: Final = Hold(reason="job-hold-until-specified", detail=UNSAID)


class TunnelGate:
    """``Gate`` of the tunnel. It holds everything that may be another agent's until it was told which are."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._foreign: Collection[UUID] = frozenset()

    def use(self, ledger: Ledger, foreign: Collection[UUID]) -> None:
        """Whom to ask from now on; ``foreign`` are the jobs that came through the hub."""
        self._ledger, self._foreign = ledger, foreign

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """The port's question."""
        await trio.lowlevel.checkpoint()
        if self._ledger is None:
            return _HELD if job.shared else Go()
        if job.uuid not in self._foreign or self._ledger.allows(job.uuid, job.destination):
            return Go()
        return _HELD
