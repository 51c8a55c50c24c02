"""One attempt to deliver one job, as a route sees it."""

from __future__ import annotations

import uuid

import attrs
import trio

from tympan._errors import BadInput, IllegalStep
from tympan._job_moves import JobMoves
from tympan._limits import DEFAULTS
from tympan._ports import Document
from tympan._states import JobState, JobStep
from tympan._values import Job, Printer


@attrs.define(kw_only=True, eq=False)
class KernelDelivery:
    """``Delivery`` of the running agent.

    A delivery that is over, or was taken back (its fence is no longer the job's), can write nothing any more.
    """

    moves: JobMoves
    uuid: uuid.UUID
    fence: int
    printer: Printer
    document: Document
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    done: trio.Event = attrs.field(factory=trio.Event)
    _cancel: trio.Event = attrs.field(factory=trio.Event)
    _over: bool = False

    @property
    def job(self) -> Job:
        """As it stands now."""
        return self.moves.memory.known(self.uuid)

    @property
    def evidence(self) -> bytes:
        """What was last written down."""
        return self.job.evidence

    @property
    def cancel_requested(self) -> bool:
        """Whether a person asked to cancel."""
        return self._cancel.is_set() or self.job.cancel_requested

    def request_cancel(self) -> None:
        """A person asks to cancel."""
        self._cancel.set()

    def close(self) -> None:
        """The route gave its answer, or was stopped: what it still says comes too late."""
        self._over = True

    async def wait_cancel_requested(self) -> None:
        """Returns when a person asks to cancel."""
        if not self.cancel_requested:
            await self._cancel.wait()

    async def checkpoint(self, evidence: bytes, *, what: str, why: str = "", then: str = "") -> None:
        """Makes the evidence durable."""
        self._check(evidence)
        if not evidence and self.job.state is JobState.PRINTING:
            # In one step: a job that nobody sent must never rest as printing.
            await self.moves.move(self.uuid, JobStep.RECALL, what, why=why, then=then, evidence=b"", reason="none")
            return
        await self.moves.update(self.uuid, what, why=why, then=then, evidence=evidence)

    async def sent(self, evidence: bytes, *, what: str = "sent to the device") -> None:
        """Moves the job to ``printing``, once."""
        self._check(evidence)
        if self.job.state is JobState.PRINTING:
            await self.moves.update(self.uuid, what, evidence=evidence)
            return
        then = "the device says when it is done"
        await self.moves.move(self.uuid, JobStep.SENT, what, then=then, evidence=evidence, reason="job-printing")

    async def note(self, what: str, *, why: str = "", then: str = "") -> None:
        """Adds a line to the story."""
        self._check(b"")
        await self.moves.update(self.uuid, what, why=why, then=then)

    def progress(self, *, impressions_completed: int | None = None, reason: str = "none", detail: str = "") -> None:
        """Shows how far it is."""
        if self._stale():
            return
        if not isinstance(impressions_completed, int | None):
            raise BadInput(f"{impressions_completed!r:.80} is no number of impressions")
        job = self.job
        count = job.impressions_completed if impressions_completed is None else impressions_completed
        if (count, reason, detail) != (job.impressions_completed, job.reason, job.detail):
            self.moves.show(self.uuid, impressions_completed=count, reason=reason, detail=detail)

    def _check(self, evidence: bytes) -> None:
        if not isinstance(evidence, bytes):
            raise BadInput(f"evidence is bytes, and no {type(evidence).__name__}")
        if len(evidence) > DEFAULTS.evidence_bytes:
            raise BadInput(f"evidence of {len(evidence)} bytes is more than {DEFAULTS.evidence_bytes}")
        if self._stale():
            raise IllegalStep("this delivery was taken back")

    def _stale(self) -> bool:
        job = self.moves.memory.find(self.uuid)
        return self._over or job is None or job.claim is None or job.claim.fence != self.fence
