"""A store on a folder, and jobs with documents in it."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs

from tympan._ids import printer_id
from tympan._states import JobState
from tympan._store import Store, StoredDocument
from tympan._values import Job, TimelineEntry

KEY = bytes(range(32))

NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)


@asynccontextmanager
async def opened(root: Path, key: bytes = KEY) -> AsyncIterator[Store]:
    store = Store(root, key)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def new_job(store: Store, **changes: Any) -> Job:
    job = Job(uuid=uuid.uuid4(), number=store.allocate_number(), printer=printer_id("desk"), created_at=NOW)
    return attrs.evolve(job, state=JobState.RECEIVED, **changes)


def line(what: str, state: JobState = JobState.RECEIVED, at: dt.datetime = NOW) -> TimelineEntry:
    return TimelineEntry(at=at, what=what, why="because", then="next", state=state)


async def sealed(store: Store, job: Job, data: bytes, piece: int = 50_000) -> StoredDocument:
    sink = store.sink(job.uuid)
    for at in range(0, len(data), piece):
        await sink.write(data[at : at + piece])
    return await sink.finish()


async def accepted(store: Store, data: bytes, entries: Sequence[TimelineEntry] = (), **changes: object) -> Job:
    job = new_job(store, size_bytes=len(data), **changes)
    await store.accept(job, await sealed(store, job, data), entries)
    return job


async def whole(store: Store, job: Job) -> bytes:
    return b"".join([piece async for piece in store.document(job).stream()])
