"""The caretaker: what was permitted goes on, what was left is erased in the end, what is over is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

import trio

from tympan.plugin import Host, JobState, TympanError
from tympan_cloud_tunnel._crossings import let_go
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import CARE_S, LINGER_S
from tympan_relay import Copies, ForeignJobs

_OVER = frozenset({*(state for state in JobState if state.terminal), JobState.UNKNOWN})
"""States in which a permit is good for nothing more: a job whose end is unknown never goes on from here."""

_WAITS = frozenset({JobState.RECEIVED, JobState.HELD})


class Caretaker:
    """Looks after jobs that came through the hub. Owns: its own task.

    Args:
        host: Of the plugin.
        ledger: Which of them may come out.
        foreign: Which they are.
        copies: What fetched them.
        coming: Which of them are being fetched or asked for now.
        unheard: Whether the hub this agent belongs to does not answer: what it will say of them cannot be known yet.
    """

    def __init__(
        self,
        host: Host,
        ledger: Ledger,
        foreign: ForeignJobs,
        copies: Copies,
        coming: Callable[[], Collection[UUID]],
        unheard: Callable[[], bool],
    ) -> None:
        self._host = host
        self._ledger = ledger
        self._foreign = foreign
        self._copies = copies
        self._coming = coming
        self._unheard = unheard
        self._left: dict[UUID, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for entry in self._ledger.entries:
                job = self._host.jobs.find(entry.job)
                if job is None or job.state in _OVER:
                    await self._forget(entry.job)
                elif entry.begun:
                    await let_go(self._host, entry)
            await self._end_what_was_left()
            await trio.sleep(CARE_S)

    async def _forget(self, job: UUID) -> None:
        try:
            await self._ledger.forget(job)
        except TympanError as error:  # its disk is full: the next look does it
            self._host.log("a job of another computer that is over stays noted", job=str(job), error=error.sentence)

    async def _end_what_was_left(self) -> None:
        """Once the hub had time to give it to this agent again: nothing is counted while it is not heard."""
        if self._unheard():
            self._left.clear()
            return
        coming, now = self._coming(), trio.current_time()
        known = {*filter(self._waits, self._foreign), *self._copies.there}
        left = {job for job in known if job not in coming and self._ledger.find(job) is None}
        self._left = {job: self._left.get(job, now) for job in left}
        for job, since in list(self._left.items()):
            if now - since >= LINGER_S:
                await self._end(job)

    def _waits(self, job: UUID) -> bool:
        found = self._host.jobs.find(job)
        return found is not None and found.state in _WAITS

    async def _end(self, job: UUID) -> None:
        await self._copies.forget(job)
        if not self._waits(job):
            return
        try:
            await self._host.jobs.cancel(job, by="the hub, which gave it to another computer")
        except TympanError as error:
            self._host.log("a job of another computer could not be ended", job=str(job), error=error.sentence)
