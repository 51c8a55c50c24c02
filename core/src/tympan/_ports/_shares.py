"""Sharing of this machine's own queues through the hub, as people at this machine see it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable
from uuid import UUID

import attrs


@attrs.frozen(kw_only=True)
class QueueShared:
    """How one queue of the operating system stands.

    Attributes:
        queue: Its name there.
        share: The share it is; None for one that is not shared.
        printer: What the printer it is at the hub is called; "" while the hub has none for it.
        why: Why it is not shared; "" for one that is.
    """

    queue: str
    share: UUID | None = None
    printer: str = ""
    why: str = ""


@attrs.frozen(kw_only=True)
class SharingView:
    """Every queue, as of the last listing that succeeded, and why a later one did not; "" when it did."""

    queues: tuple[QueueShared, ...] = ()
    trouble: str = ""


@runtime_checkable
class QueueSharing(Protocol):
    """Shares queues."""

    async def shared(self) -> SharingView:
        """What is shared and what is not, and why."""
