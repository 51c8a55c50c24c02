"""A job being received: sealed as it comes, durable before it counts."""

from __future__ import annotations

import attrs
import trio

from tympan._errors import IllegalStep
from tympan._job_moves import JobMoves
from tympan._states import JobState
from tympan._store import Sink
from tympan._values import Job, short


class KernelIntake:
    """A job being received. Owns: its sink, until ``commit`` or ``abandon``."""

    def __init__(self, moves: JobMoves, job: Job, sink: Sink) -> None:
        self._moves = moves
        self._sink = sink
        self.job = job

    def declare(self, media_type: str) -> None:
        """Says what the document is."""
        self._check_open()
        self.job = self._moves.show(self.job.uuid, media_type=short(media_type))

    async def write(self, data: bytes) -> None:
        """Seals and keeps the next bytes."""
        self._check_open()
        await self._sink.write(data)

    async def commit(self) -> Job:
        """Makes document and record durable; only then the job counts as accepted."""
        try:
            self._check_open()
            stored = await self._sink.finish()
            self.job = await self._moves.accept(attrs.evolve(self.job, size_bytes=stored.size_bytes), stored)
        except BaseException:
            self._moves.memory.forget_unaccepted(self.job.uuid)
            with trio.CancelScope(shield=True):
                await self._sink.discard()
            raise
        # Durable from here on: nothing below may take the document back.
        self._moves.tell_accepted(self.job)
        return self._moves.memory.known(self.job.uuid)

    async def abandon(self, why: str) -> None:
        """Erases what came; the job is remembered as aborted while the agent runs."""
        with trio.CancelScope(shield=True):
            await self._sink.discard()
        current = self._moves.memory.find(self.job.uuid)
        if current is not None and current.state is JobState.RECEIVING:
            ended_at, reason = self._moves.now(), "aborted-by-system"
            self.job = attrs.evolve(current, state=JobState.ABORTED, ended_at=ended_at, reason=reason, detail=why)
            self._moves.abandon(self.job)

    def _check_open(self) -> None:
        current = self._moves.memory.find(self.job.uuid)
        if current is None or current.state is not JobState.RECEIVING:
            raise IllegalStep("the job was canceled while it was being received", next_step="Print it again.")
