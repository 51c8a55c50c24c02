"""The gate port in memory."""

from __future__ import annotations

import trio

from tympan._ports import Go, Hold
from tympan._values import Job, Printer


class FakeGate:
    """``Gate`` that answers what the test sets in ``answer``, and keeps whom it was ``asked`` about."""

    def __init__(self, answer: Go | Hold | None = None) -> None:
        self.answer: Go | Hold = answer or Go()
        self.asked: list[Job] = []

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """The answer set."""
        await trio.lowlevel.checkpoint()
        self.asked.append(job)
        return self.answer
