"""Lookout: asks the device whether another agent has brought it the same job, before anything of ours leaves.

- Only of jobs that another machine may have: all others cost no question.
- Asked before a job is made at the device, and again when it is made and before its document leaves.
- A device that refuses to tell is printed on nevertheless, and the job's story says so, once.
"""

from __future__ import annotations

import uuid
from typing import Final

import attrs

from tympan.plugin import Aborted, Deferred, Delivery
from tympan_ipp_submission import _limits
from tympan_ipp_submission._device import Device, sent_name
from tympan_ipp_submission._errors import DeviceConfused, DeviceRefused
from tympan_ipp_submission._model import JobReport
from tympan_ipp_submission._twins import Mark, rival

DUPLICATE: Final = "queued-in-device"
"""``job-state-reasons`` keyword of a job that another agent brought to its device (RFC 8011 section 5.3.8)."""

_UNSEEN: Final = "it cannot be told whether another computer has brought the document to the device"


@attrs.frozen(kw_only=True)
class Lookout:
    """Looks out for one job.

    Attributes:
        delivery: The kernel's side.
        mark: Of the job; None when no other machine can have it.
        told: Jobs whose stories say already that their device does not tell.
    """

    delivery: Delivery
    mark: Mark | None = None
    told: set[uuid.UUID] = attrs.field(factory=set)

    @property
    def name(self) -> str:
        """``job-name`` at the device: the title, with the mark where there is one."""
        title = self.delivery.job.name
        return sent_name(title) if self.mark is None else marked_name(title, self.mark)

    async def look(self, device: Device, user: str, ours: int = 0) -> JobReport | None:
        """The job that ours has to yield to, by the device's list now; ``ours`` is its number there, if it has one."""
        if self.mark is None:
            return None
        try:
            listed = await device.known_jobs(user)
        except (DeviceRefused, DeviceConfused) as error:
            if self._is_news():
                await self.delivery.note(_UNSEEN, why=error.cause)
            return None
        return await self.among(listed, ours)

    async def among(self, listed: tuple[JobReport, ...], ours: int = 0) -> JobReport | None:
        """The same in a list that is there already."""
        if self.mark is None:
            return None
        if ours and not any(report.id == ours and self.mark.ours(report) for report in listed):
            await self._unseen()
        return rival(listed, self.mark, ours)

    async def seen_once(self) -> None:
        """Says that the device makes no job before its document: of two agents that begin at once, both print."""
        if self.mark is not None and self._is_news():
            await self.delivery.note(
                "the device was asked only once whether another computer brought it the document",
                why="it makes a job together with its document",
            )

    async def _unseen(self) -> None:
        if self._is_news():
            await self.delivery.note(_UNSEEN, why="the device does not show the names of its jobs whole")

    def _is_news(self) -> bool:
        """Whether the job's story does not say yet that its device does not tell."""
        news = self.delivery.job.uuid not in self.told
        self.told.add(self.delivery.job.uuid)
        return news


def yielded(to: JobReport) -> Aborted | Deferred:
    """What becomes of a job that yields: over when the device has the document, else asked again.

    The agent that went before may never bring its document: then the device drops its empty job, and ours goes on.
    """
    if to.incoming:
        return Deferred(
            reason=DUPLICATE,
            detail=f"Another computer has begun with this document at the device (job {to.id} there); "
            "whether it goes on is asked again soon.",
            retry_after_s=_limits.YIELD_RETRY_S,
        )
    return Aborted(
        reason=DUPLICATE,
        detail=f"Another computer has brought this document to the device already (job {to.id} there). "
        "This computer printed nothing of it.",
    )


def marked_name(title: str, mark: Mark) -> str:
    """A title with a mark behind it, short enough that devices keep both."""
    room = _limits.MARKED_NAME_BYTES - len(mark.text) - 1
    return f"{sent_name(title, most=room)} {mark.text}"
