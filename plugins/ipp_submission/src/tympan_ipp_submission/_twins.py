"""Twins: the same job, given to another agent too, and which of the two goes on at the device. Pure.

A hub gives a job to one agent. One that is broken or malicious may give it to two; then the device's own list decides.

- A job that another machine may have carries a mark in its name there: of the job, and of the agent that sent it. The
  mark of the job tells twins; the mark of the agent tells an agent's own earlier jobs from those of others.
- Every agent lists the device's jobs after it made its own and before any of its document leaves, so of two at least
  the later sees the earlier: the lower number goes on, the other yields.
- What may be on paper already is never printed by another agent; what surely is not (canceled before it began) hinders
  nobody, so that a job that yielded or was taken back does not keep the document from being printed.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final, Self

import attrs

from tympan_ipp_submission._kinship import bones
from tympan_ipp_submission._model import JobReport
from tympan_wire.ipp import JobState

_JOB_DIGITS: Final = 12
"""48 bits: two jobs that a device remembers at one time never share them by chance."""

_AGENT_DIGITS: Final = 8
"""32 bits, of this job alone: whoever reads a device's list cannot tell which jobs came from one agent."""


@attrs.frozen(kw_only=True)
class Mark:
    """What a job's name at the device bears besides its title.

    Attributes:
        job: Of the job, the same at every agent.
        agent: Of this agent and this job.
    """

    job: str
    agent: str

    @classmethod
    def of(cls, job: uuid.UUID, secret: bytes) -> Self:
        """The mark of a job, of an agent that has ``secret`` to itself."""
        return cls(
            job=hashlib.sha256(job.bytes).hexdigest()[:_JOB_DIGITS],
            agent=hashlib.sha256(secret + job.bytes).hexdigest()[:_AGENT_DIGITS],
        )

    @property
    def text(self) -> str:
        """As it stands in the name."""
        return f"[{self.job}-{self.agent}]"

    def ours(self, report: JobReport) -> bool:
        """Whether this agent sent the job."""
        return self.job + self.agent in bones(report.name)

    def twin(self, report: JobReport) -> bool:
        """Whether another agent sent the job, or nobody can tell who, as the device cut the name short."""
        return self.job in bones(report.name) and not self.ours(report)


def rival(reports: tuple[JobReport, ...], mark: Mark, ours: int = 0) -> JobReport | None:
    """The job of another agent that keeps ours from going on.

    Args:
        reports: The device's list.
        mark: Of our job.
        ours: Its number there; 0 while it has none.

    Returns:
        One whose document the device has before one that still waits for it; None when nobody is in the way.
    """
    found = [report for report in reports if report.id != ours and mark.twin(report) and _in_the_way(report, ours)]
    return min(found, key=lambda report: (report.incoming, report.id), default=None)


def _in_the_way(report: JobReport, ours: int) -> bool:
    if report.over and report.untouched:
        return False
    if not ours or report.id < ours:
        return True
    return _prints(report)


def _prints(report: JobReport) -> bool:
    """Whether a later job goes on nevertheless: its agent was not shown ours. One that is canceled has yielded."""
    if report.over:
        return report.state == JobState.COMPLETED
    return report.started is True and not report.incoming
