"""Routes: what takes jobs to where they are printed, and the answers they give."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import instance_of, optional

from tympan._ports._documents import Document
from tympan._values import Job, Printer


def _finite(_: object, __: object, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"retry_after_s is {value}, no number of seconds")


@attrs.frozen(kw_only=True)
class Claimed:
    """The route takes this job. ``note`` is a few words for the timeline."""

    note: str = ""


@attrs.frozen(kw_only=True)
class NotMine:
    """The route does not take this job, and why."""

    reason: str


@attrs.frozen(kw_only=True)
class Completed:
    """The device says it printed the job. ``impressions`` as it counted them, None when it does not count."""

    impressions: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    detail: str = attrs.field(default="", validator=instance_of(str))


@attrs.frozen(kw_only=True)
class Aborted:
    """The job is over without being (wholly) printed; trying again would not help. ``reason`` is an IPP keyword."""

    reason: str = attrs.field(validator=instance_of(str))
    detail: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class CanceledAtDevice:
    """Somebody canceled the job at the device."""

    detail: str = attrs.field(default="", validator=instance_of(str))


@attrs.frozen(kw_only=True)
class Deferred:
    """Nothing was printed and nothing will be by itself: try the whole delivery again later.

    Attributes:
        reason: IPP keyword for the queue, such as ``offline-report`` or ``printer-stopped``.
        detail: The same as a sentence for the user.
        retry_after_s: Seconds until the next try; None lets the kernel back off. A newer look at the device ends
            the wait early.
    """

    reason: str = attrs.field(validator=instance_of(str))
    detail: str = attrs.field(validator=instance_of(str))
    retry_after_s: float | None = attrs.field(default=None, validator=optional([instance_of((int, float)), _finite]))


@attrs.frozen(kw_only=True)
class Unfit:
    """Nothing left, and this device can never print the job as it is; another one might. ``reason`` is an IPP keyword.

    A job that was released to the device is held again, so that its owner can choose another; any other is over, and
    so is one that another machine sent here, whose owner cannot.
    """

    reason: str = attrs.field(validator=instance_of(str))
    detail: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class LostTrack:
    """It cannot be told whether the device printed it: a person decides."""

    detail: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class SendAgain:
    """``recover`` found that nothing of the earlier attempt was or will be printed."""

    why: str = attrs.field(validator=instance_of(str))


Outcome = Completed | Aborted | CanceledAtDevice | Deferred | Unfit | LostTrack
"""How a delivery ended."""


class Delivery(Protocol):
    """One attempt to deliver one job; given to a route by the kernel."""

    @property
    def job(self) -> Job:
        """The job as it stands now."""

    @property
    def printer(self) -> Printer:
        """Where it goes."""

    @property
    def document(self) -> Document:
        """What to deliver."""

    @property
    def evidence(self) -> bytes:
        """What was last written down with ``checkpoint``; b"" when nothing."""

    @property
    def cancel_requested(self) -> bool:
        """Whether a person asked to cancel; the route should stop at the device and say ``CanceledAtDevice``."""

    async def wait_cancel_requested(self) -> None:
        """Returns when a person asks to cancel the job."""

    async def checkpoint(self, evidence: bytes, *, what: str, why: str = "", then: str = "") -> None:
        """Makes ``evidence`` (at most 4 KiB) durable, with a line in the timeline, before it returns.

        A route calls it before a step that cannot be taken back, so that after a crash ``recover`` can find the job.
        b"" says: nothing of this attempt is at the device.
        """

    async def sent(self, evidence: bytes, *, what: str = "sent to the device") -> None:
        """The last byte left: moves the job to ``printing``, durably.

        From here on a job whose ``evidence`` is b"" is never sent again, whatever happens: its end is then unknown.
        """

    async def note(self, what: str, *, why: str = "", then: str = "") -> None:
        """Adds a line to the timeline."""

    def progress(self, *, impressions_completed: int | None = None, reason: str = "none", detail: str = "") -> None:
        """Says how far it is and what the device waits for; shown live, not durable."""


@runtime_checkable
class Route(Protocol):
    """Takes jobs to where they are printed."""

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Says whether this route takes the job. Cheap: no network."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Delivers and follows the job to its true end at the device."""

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Called instead of ``deliver`` when an earlier attempt left evidence: finds the job at the device and follows
        it to its end, or shows that it may be sent again.
        """
