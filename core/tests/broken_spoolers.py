"""Spoolers and sharing of their queues that break their contracts, each in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import attrs
import trio
from conformance_rig import FRONT, Cases

from tympan._ports import QueueShared
from tympan.plugin import Queue, QueueCapabilities, SpoolJob, SpoolJobState
from tympan.testing import FakeQueueSharing, FakeSpooler, QueueSharingSuite, SpoolerSuite, SpoolJobsSuite


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


class Keeping(FakeSpooler):
    async def remove(self, name: str) -> bool:
        await trio.lowlevel.checkpoint()
        return name in self.queues


def with_a_queue(kind: type[FakeSpooler]) -> dict[str, Any]:
    """Fixtures of the suite."""
    spooler = kind()
    spooler.change("front", Queue(name="front", uri="usb://acme/laser", identity="usb:acme/laser"))
    return {"spooler": spooler, "queue": "front"}


SPOOLERS: Cases = {
    "spooler that keeps what was removed": (
        SpoolerSuite,
        "test_remove_says_whether_there_was_a_queue",
        lambda: {"spooler": Keeping(), "endpoint": FRONT.uri},
    ),
    "spooler that forgets its jobs": (
        SpoolJobsSuite, "test_a_job_is_found_by_its_uuid",
        lambda: with_a_queue(Unfindable)),
    "spooler without identities": (
        SpoolJobsSuite, "test_a_queue_of_a_device_is_a_printer_with_an_identity",
        lambda: with_a_queue(Anonymous)),
    "spooler that tells something else each time": (
        SpoolJobsSuite, "test_capabilities_are_the_same_when_nothing_changed",
        lambda: with_a_queue(Unsteady)),
    "spooler with defaults nobody offers": (
        SpoolJobsSuite, "test_options_have_values_and_a_default_among_them",
        lambda: with_a_queue(Inconsistent)),
    "spooler that tells of queues there are not": (
        SpoolJobsSuite, "test_nothing_is_told_of_a_queue_that_is_not_there",
        lambda: with_a_queue(Obliging)),
    "spooler that takes two jobs for one": (
        SpoolJobsSuite, "test_jobs_have_numbers_of_their_own",
        lambda: with_a_queue(Repeating)),
    "spooler that stops following": (
        SpoolJobsSuite, "test_a_document_prints_and_the_job_is_followed_to_its_end",
        lambda: with_a_queue(Impatient)),
    "spooler that prints what was canceled": (
        SpoolJobsSuite, "test_a_canceled_job_ends",
        lambda: with_a_queue(Deaf)),
    "spooler that invents ends": (
        SpoolJobsSuite, "test_a_job_nobody_knows_is_gone",
        lambda: with_a_queue(AllKnowing)),
    "sharing that keeps a queue back without a word": (
        QueueSharingSuite, "test_a_queue_is_shared_or_says_why_not",
        lambda: {"sharing": FakeQueueSharing([QueueShared(queue="laser")])}),
}  # fmt: skip
