"""One attempt to deliver a job, in memory: what a route meets."""

from __future__ import annotations

import attrs
import trio

from tympan._states import JobStep, job_step
from tympan._values import Job, Printer
from tympan.testing._documents import FakeDocument


@attrs.define(kw_only=True)
class FakeDelivery:
    """``Delivery`` in memory. ``trail`` has what the route wrote down, in order: (kind, text, evidence)."""

    job: Job
    printer: Printer
    document: FakeDocument
    evidence: bytes = b""
    trail: list[tuple[str, str, bytes]] = attrs.field(factory=list)
    reasons: list[str] = attrs.field(factory=list)
    canceled: trio.Event = attrs.field(factory=trio.Event)

    @property
    def cancel_requested(self) -> bool:
        """Whether the test called ``canceled.set()``."""
        return self.canceled.is_set()

    async def wait_cancel_requested(self) -> None:
        """Returns once it did."""
        await self.canceled.wait()

    async def checkpoint(self, evidence: bytes, *, what: str, why: str = "", then: str = "") -> None:
        """Keeps the evidence."""
        await trio.lowlevel.checkpoint()
        if len(evidence) > 4096:
            raise ValueError("evidence is at most 4 KiB")
        self.evidence = evidence
        self.trail.append(("checkpoint", what, evidence))

    async def sent(self, evidence: bytes, *, what: str = "sent to the device") -> None:
        """Moves the job to ``printing``."""
        await trio.lowlevel.checkpoint()
        self.job = attrs.evolve(self.job, state=job_step(self.job.state, JobStep.SENT))
        self.evidence = evidence
        self.trail.append(("sent", what, evidence))

    async def note(self, what: str, *, why: str = "", then: str = "") -> None:
        """Keeps the line."""
        await trio.lowlevel.checkpoint()
        self.trail.append(("note", f"{what} {why}".strip(), self.evidence))

    def progress(self, *, impressions_completed: int | None = None, reason: str = "none", detail: str = "") -> None:
        """Keeps the reason, and the count in the job."""
        self.reasons.append(reason)
        if impressions_completed is not None:
            self.job = attrs.evolve(self.job, impressions_completed=impressions_completed)
