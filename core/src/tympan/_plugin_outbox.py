"""``Outbox`` as a plugin sees it: the store's, without the jobs' own transactions."""

from __future__ import annotations

from uuid import UUID

from tympan._bus import Bus
from tympan._events import OutboxFilled
from tympan._job_memory import JobMemory
from tympan._ports import JobRecord, OutboxEntry
from tympan._store import Store


class PluginOutbox:
    """The outbox of the store."""

    def __init__(self, store: Store, bus: Bus, memory: JobMemory) -> None:
        self._store = store
        self._bus = bus
        self._memory = memory

    async def watch_jobs(self, *, on: bool) -> None:
        """Whether changes of jobs leave entries."""
        await self._store.outbox_watch(on=on)

    async def mark(self, job: UUID) -> None:
        """Leaves an entry for a change that is not durable."""
        await self._store.outbox_mark(job)

    async def add(self, payload: bytes, *, slot: str = "", yields: bool = False) -> None:
        """Adds an entry, and says so."""
        await self._store.outbox_add(payload, slot=slot, yields=yields)
        self._bus.publish(OutboxFilled())

    async def peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries."""
        return await self._store.outbox_peek(limit)

    async def remove(self, *ids: int) -> None:
        """Forgets entries that arrived."""
        await self._store.outbox_remove(ids)

    async def record(self, job: UUID) -> JobRecord:
        """A job and its story as they rest on disk, once memory knows what the disk does.

        An entry is on disk a moment before its change is in memory. Who told of the job what memory said in that
        moment, and removed the entry, would have told its old state as the newest.
        """
        found = await self._store.record(job)
        await self._memory.settled(job)
        return found
