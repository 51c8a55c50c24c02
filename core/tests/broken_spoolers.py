"""Spoolers that break the contract about jobs, each in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import attrs
import trio

from tympan.plugin import Queue, QueueCapabilities, SpoolJob, SpoolJobState
from tympan.testing import FakeSpooler


class Unfindable(FakeSpooler):
    async def find_job(self, name: str, job: UUID) -> SpoolJob | None:
        await trio.lowlevel.checkpoint()
        return None


class Anonymous(FakeSpooler):
    async def list_queues(self) -> tuple[Queue, ...]:
        return tuple(attrs.evolve(queue, identity="") for queue in await super().list_queues())


class Unsteady(FakeSpooler):
    looks = 0

    async def capabilities(self, name: str) -> QueueCapabilities:
        self.looks += 1
        return attrs.evolve(await super().capabilities(name), media_types=("application/pdf", f"image/x{self.looks}"))


class Inconsistent(FakeSpooler):
    async def capabilities(self, name: str) -> QueueCapabilities:
        told = await super().capabilities(name)
        return attrs.evolve(told, options=tuple(attrs.evolve(option, default="none") for option in told.options))


class Obliging(FakeSpooler):
    async def capabilities(self, name: str) -> QueueCapabilities:
        await trio.lowlevel.checkpoint()
        return QueueCapabilities(media_types=("application/pdf",))


class Repeating(FakeSpooler):
    async def start_job(
        self, name: str, *, job: UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        if self.jobs:
            return next(iter(self.jobs))
        return await super().start_job(name, job=job, title=title, user=user, media_type=media_type, options=options)


class Impatient(FakeSpooler):
    async def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        await trio.lowlevel.checkpoint()
        if number in self.jobs:
            yield attrs.evolve(self.jobs[number].told, state=SpoolJobState.PROCESSING)


class Deaf(FakeSpooler):
    async def cancel_job(self, name: str, number: int) -> None:
        await trio.lowlevel.checkpoint()
        self.finish(number)


class AllKnowing(FakeSpooler):
    async def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        if number not in self.jobs:
            yield SpoolJob(number=number, state=SpoolJobState.COMPLETED)
        else:
            async for told in super().follow_job(name, number):
                yield told


def with_a_queue(kind: type[FakeSpooler]) -> dict[str, Any]:
    """Fixtures of the suite."""
    spooler = kind()
    spooler.change("front", Queue(name="front", uri="usb://acme/laser", identity="usb:acme/laser"))
    return {"spooler": spooler, "queue": "front"}
