"""The outbox in memory."""

from __future__ import annotations

from itertools import count
from uuid import UUID

import trio

from tympan._bus import Bus
from tympan._errors import BadInput, Overloaded
from tympan._events import OutboxFilled
from tympan._ports import JobRecord, OutboxEntry
from tympan.testing._jobs import FakeJobs

_ENTRY_BYTES = 4 << 20


class FakeOutbox:
    """``Outbox`` over the fake's jobs.

    Attributes:
        entries: What waits, oldest first, by slot.
        watched: Whether changes of jobs leave entries.
        room: How many may wait.
        room_yielding: How many may wait when one comes that yields.
    """

    def __init__(self, jobs: FakeJobs, bus: Bus | None = None) -> None:
        self._jobs = jobs
        self._bus = bus or Bus()
        self._ids = count(1)
        self.entries: dict[str, OutboxEntry] = {}
        self.watched = False
        self.room, self.room_yielding = 10_000, 4_000
        jobs.changed = self._changed

    def _changed(self, job: UUID) -> None:
        if self.watched:
            self._put(OutboxEntry(id=next(self._ids), payload=b"", job=job), f"job {job}")

    def _put(self, entry: OutboxEntry, slot: str) -> None:
        self.entries.pop(slot, None)
        self.entries[slot] = entry

    async def watch_jobs(self, *, on: bool) -> None:
        """Whether changes of jobs leave entries from now on."""
        await trio.lowlevel.checkpoint()
        self.watched = on
        if not on:
            self.entries.clear()

    async def mark(self, job: UUID) -> None:
        """Leaves an entry where jobs are watched."""
        await trio.lowlevel.checkpoint()
        self._changed(job)

    async def add(self, payload: bytes, *, slot: str = "", yields: bool = False) -> None:
        """Adds an entry."""
        await trio.lowlevel.checkpoint()
        if len(payload) > _ENTRY_BYTES:
            raise BadInput(f"an entry has at most {_ENTRY_BYTES} bytes")
        entry = OutboxEntry(id=next(self._ids), payload=payload)
        place = f"slot {slot}" if slot else f"entry {entry.id}"
        if len({*self.entries, place}) > (self.room_yielding if yields else self.room):
            raise Overloaded("too many entries wait in the outbox already")
        self._put(entry, place)
        self._bus.publish(OutboxFilled())

    async def peek(self, limit: int) -> tuple[OutboxEntry, ...]:
        """The oldest entries."""
        await trio.lowlevel.checkpoint()
        return tuple(self.entries.values())[:limit]

    async def remove(self, *ids: int) -> None:
        """Forgets entries."""
        await trio.lowlevel.checkpoint()
        self.entries = {slot: entry for slot, entry in self.entries.items() if entry.id not in ids}

    async def record(self, job: UUID) -> JobRecord:
        """A job and its story."""
        found = self._jobs.known(job)
        return JobRecord(job=found, timeline=await self._jobs.timeline(job))
