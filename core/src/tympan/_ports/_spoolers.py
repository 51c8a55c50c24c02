"""The operating system's spooler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

import attrs

from tympan._ports._queues import Queue, QueueCapabilities
from tympan._ports._spool_jobs import SpoolJob


@attrs.frozen(kw_only=True)
class QueueRequest:
    """A queue to be made: ``name`` as the spooler allows it, ``uri`` of the endpoint it prints to."""

    name: str
    uri: str
    info: str = ""
    location: str = ""


class QueueChange(StrEnum):
    """What happened to a queue."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@attrs.frozen(kw_only=True)
class QueueEvent:
    """A queue changed; ``name`` may be asked for again with ``list_queues``."""

    name: str
    change: QueueChange


@runtime_checkable
class Spooler(Protocol):
    """The operating system's spooler."""

    async def install(self, request: QueueRequest) -> Queue:
        """Makes the queue, or brings an existing one of that name up to date, and proves it usable.

        Raises:
            TympanError: It could not be made or is not usable; nothing half-made is left behind.
        """

    async def remove(self, name: str) -> bool:
        """Removes the queue. False when there was none."""

    async def list_queues(self) -> tuple[Queue, ...]:
        """All queues, ours and others; none is an answer like any other.

        Raises:
            TympanError: They could not be told, not even in part. Nobody may take that for "there are none".
        """

    def watch(self) -> AsyncIterator[QueueEvent]:
        """Changes from now on, until cancelled."""

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Prints on a queue. Returns the spooler's job number."""

    async def capabilities(self, name: str) -> QueueCapabilities:
        """What a queue takes, asked anew of the system and not of the device.

        Raises:
            NotFound: There is no such queue.
            TympanError: It could not be told.
        """

    async def start_job(
        self, name: str, *, job: UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Makes an empty job that ``find_job`` finds by ``job``; nothing prints yet. Returns the spooler's number.

        Whoever started one before, and does not know how that ended, looks with ``find_job`` first.

        Args:
            name: Of the queue.
            job: The job's UUID, kept with it by the spooler.
            title: For people.
            user: Whose job it is said to be, where the system takes that from a program.
            media_type: Of the document to come.
            options: By the names ``capabilities`` gives, each with one of its values; beside them ``page-ranges``,
                ``number-up``, ``orientation-requested``, ``print-scaling`` and ``multiple-document-handling`` as IPP
                has them, for systems that do these themselves; another passes over what it cannot do.

        Raises:
            TympanError: There is no such queue, or it does not take the job; there is none then.
        """

    async def send_document(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Hands a started job its one document, with which it begins to print; called once, by who started it.

        Raises:
            TympanError: The spooler did not take it; whether it prints tells ``find_job``.
        """

    async def find_job(self, name: str, job: UUID) -> SpoolJob | None:
        """The job started with that UUID, also by a process before this one, also when it is over.

        None when the spooler has no such job. For how long it remembers one that is over is the system's choice.

        Raises:
            TympanError: It could not be told.
        """

    def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """The job as it is, then each change, and last its end (``SpoolJobState.is_over``).

        A spooler that is away for a while is waited for.
        """

    async def cancel_job(self, name: str, number: int) -> None:
        """Ends the job as soon as may be; how it ended tells ``follow_job``. Nothing happens to one that is over."""
