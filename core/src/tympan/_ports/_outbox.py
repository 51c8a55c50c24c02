"""The durable outbox: what is to be told to somebody, until it was."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import attrs

from tympan._values import Job, TimelineEntry


@attrs.frozen(kw_only=True)
class OutboxEntry:
    """Something to be told to somebody, until it was.

    Attributes:
        id: Grows with every entry and is never given twice; the receiver may know a repetition by it.
        payload: Opaque to the kernel; b"" when the entry says that a job changed.
        job: The job that changed, None for an entry of the plugin's own.
    """

    id: int
    payload: bytes
    job: UUID | None = None


@attrs.frozen(kw_only=True)
class JobRecord:
    """A job as it rests on disk, with its story, oldest line first."""

    job: Job
    timeline: tuple[TimelineEntry, ...]


class Outbox(Protocol):
    """Durable entries, oldest first. There is one for the agent, made for the plugin that reports to a hub.

    While jobs are watched, every durable change of one leaves an entry in the same transaction. A job has one entry at
    most: a newer change replaces it under a new id, so nothing is lost and a long silence costs an entry a job. A job
    that waits here is not forgotten with the other old ones.
    """

    async def watch_jobs(self, *, on: bool) -> None:
        """Whether changes of jobs leave entries from now on, over restarts too; off forgets every entry there is."""

    async def mark(self, job: UUID) -> None:
        """Leaves an entry for a change that is not durable, such as a job's waiting; nothing while nobody watches."""

    async def add(self, payload: bytes, *, slot: str = "", yields: bool = False) -> None:
        """Adds an entry, durable when it returns; one of the same ``slot`` makes room. ``OutboxFilled`` tells of it.

        One that ``yields`` is refused while there is room for others still: it is for what strangers can cause.

        Raises:
            Overloaded: Too many are waiting.
        """

    async def peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries."""

    async def remove(self, *ids: int) -> None:
        """Forgets entries that arrived; those replaced meanwhile stay."""

    async def record(self, job: UUID) -> JobRecord:
        """A job and its story, also one that only the disk remembers; ``Jobs`` is as new as it when it returns.

        Raises:
            NotFound: There is no such job.
        """
