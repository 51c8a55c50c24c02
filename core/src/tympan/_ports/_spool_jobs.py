"""Jobs of the operating system's spooler, as it tells of them."""

from __future__ import annotations

from enum import StrEnum

import attrs


class SpoolJobState(StrEnum):
    """Where a job of the spooler stands; the last four are ends."""

    PENDING = "pending"
    HELD = "held"
    PROCESSING = "processing"
    STOPPED = "stopped"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    GONE = "gone"
    """The spooler knows no such job, or none any more, and cannot tell how it ended."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self in _OVER


_OVER = frozenset({SpoolJobState.COMPLETED, SpoolJobState.ABORTED, SpoolJobState.CANCELED, SpoolJobState.GONE})


@attrs.frozen(kw_only=True)
class SpoolJob:
    """A job as the spooler tells of it at one moment.

    Attributes:
        number: The spooler's own.
        state: Where it stands.
        received: Whether the spooler has the whole document. Of one that it has not, nothing prints.
        impressions: Sides printed so far; None when nothing counts them.
        reasons: IPP keywords: why it waits, or how it ended.
        detail: What the system says about it, for people.
    """

    number: int
    state: SpoolJobState
    received: bool = True
    impressions: int | None = None
    reasons: tuple[str, ...] = ()
    detail: str = ""
