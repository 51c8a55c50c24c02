"""The port for shared queues in memory, and the suite of the port."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import Iterable

import trio

from tympan._ports import QueueShared, QueueSharing, SharingView
from tympan.testing._expectations import answer


class FakeQueueSharing:
    """``QueueSharing`` of queues the test names."""

    def __init__(self, queues: Iterable[QueueShared] = (), *, trouble: str = "") -> None:
        self.queues = tuple(queues)
        self.trouble = trouble

    async def shared(self) -> SharingView:
        """What was named."""
        await trio.lowlevel.checkpoint()
        return SharingView(queues=self.queues, trouble=self.trouble)


class QueueSharingSuite:
    """What whoever shares queues must tell. Subclass it and give the fixture ``sharing``, with a queue shared."""

    async def test_it_shares_queues(self, sharing: QueueSharing) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(sharing, QueueSharing)

    async def test_a_queue_is_shared_or_says_why_not(self, sharing: QueueSharing) -> None:
        """And never both; each is told once."""
        told = await answer(sharing.shared)
        assert told.queues, "the suite's sharing shares a queue"
        for one in told.queues:
            assert bool(one.share) != bool(one.why), f"{one.queue} is neither shared nor kept back with a reason"
        names = [one.queue for one in told.queues]
        assert len(names) == len(set(names)), "a queue was told of twice"
