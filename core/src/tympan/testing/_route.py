"""The route port in memory: a device that keeps what it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import trio

from tympan._ports import (
    CanceledAtDevice,
    Claimed,
    Completed,
    Delivery,
    NotMine,
    Outcome,
    SendAgain,
)
from tympan._values import Job, Printer


class FakeRoute:
    """``Route`` to a device in memory.

    Attributes:
        printed: Documents the device has, by job.
        mine: Whether it claims jobs.
        paper: Set while the device prints; a device without paper keeps the job until it is canceled.
    """

    def __init__(self) -> None:
        self.printed: dict[uuid.UUID, bytes] = {}
        self.mine = True
        self.paper = trio.Event()
        self.paper.set()

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Takes everything while ``mine``."""
        await trio.lowlevel.checkpoint()
        return Claimed(note="to the fake device") if self.mine else NotMine(reason="the test says so")

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Writes down, sends, and waits for the device."""
        evidence = delivery.job.uuid.bytes
        await delivery.checkpoint(evidence, what="the device took it")
        content = b"".join([piece async for piece in delivery.document.stream()])
        self.printed[delivery.job.uuid] = content
        await delivery.sent(evidence)
        return await self._follow(delivery)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Looks whether the device has the job."""
        await trio.lowlevel.checkpoint()
        if delivery.job.uuid not in self.printed:
            return SendAgain(why="the device does not know it")
        return await self._follow(delivery)

    async def _follow(self, delivery: Delivery) -> Outcome:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_then_cancel, delivery.wait_cancel_requested, nursery.cancel_scope)
            nursery.start_soon(_then_cancel, self.paper.wait, nursery.cancel_scope)
        if self.paper.is_set():
            return Completed(impressions=1)
        self.printed.pop(delivery.job.uuid, None)
        return CanceledAtDevice(detail="somebody canceled it")


async def _then_cancel(wait: Callable[[], Awaitable[object]], scope: trio.CancelScope) -> None:
    await wait()
    scope.cancel()
