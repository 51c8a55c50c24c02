"""What lies on disk: nothing readable, and nothing that can be changed or moved unnoticed."""

import datetime as dt
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tympan._errors import StoreDamaged
from tympan._ids import printer_id
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Job, TimelineEntry

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
MARKER = "Marker-7f3a9c"
pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[Store]:
    store = Store(root, KEY)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def accepted(store: Store, data: bytes) -> Job:
    job = Job(
        uuid=uuid.uuid4(),
        number=store.allocate_number(),
        printer=printer_id(MARKER.lower()),
        name=f"{MARKER} name",
        user=f"{MARKER} user",
        ticket=f"{MARKER} ticket".encode(),
        evidence=f"{MARKER} evidence".encode(),
        detail=f"{MARKER} detail",
        state=JobState.RECEIVED,
        created_at=NOW,
        size_bytes=len(data),
    )
    sink = store.sink(job.uuid)
    await sink.write(data)
    entry = TimelineEntry(at=NOW, what=f"{MARKER} what", why=f"{MARKER} why", state=JobState.RECEIVED)
    await store.accept(job, await sink.finish(), [entry], outbox=[f"{MARKER} outbox".encode()])
    return job


def change(root: Path, *statements: str) -> None:
    with closing(sqlite3.connect(root / "store.db")) as database, database:
        for statement in statements:
            assert database.execute(statement).rowcount != 0


def found_in(root: Path) -> tuple[list[str], set[str]]:
    """Files of the folder that hold the marker, in any case, and the names of all that were searched."""
    files = [path for path in root.rglob("*") if path.is_file()]
    hits = [path.name for path in files if MARKER.lower().encode() in path.read_bytes().lower()]
    return hits, {path.name for path in files}


async def test_no_plaintext_is_in_any_file_while_running_or_after(tmp_path: Path) -> None:
    document = MARKER.encode() * 100
    async with opened(tmp_path) as store:
        await accepted(store, document)
        big = await accepted(store, document * 1000)
        await store.kv_put(f"{MARKER} plugin", f"{MARKER} key", f"{MARKER} value".encode())
        unfinished = store.sink(uuid.uuid4())
        await unfinished.write(document * 3000)
        await unfinished.write(document * 3000)
        await unfinished.finish()
        hits, searched = found_in(tmp_path)
        assert hits == []
        assert {"store.db", "store.db-wal", f"{big.uuid.hex}.sealed"} <= searched
    assert found_in(tmp_path)[0] == []


async def test_the_search_for_plaintext_can_find_some(tmp_path: Path) -> None:
    (tmp_path / "leak").write_bytes(b"..." + MARKER.encode())
    assert found_in(tmp_path)[0] == ["leak"]


async def test_a_changed_record_is_told_by_its_row_and_hides_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second = await accepted(store, b"1"), await accepted(store, b"2")
    change(tmp_path, f"UPDATE jobs SET sealed = substr(sealed, 1, 40) || x'00' WHERE number = {first.number}")
    async with opened(tmp_path) as store:
        assert await store.load_all() == [second]
        assert [f"row {first.number} of table jobs" in error.cause for error in store.damaged] == [True]


async def test_swapped_records_are_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second = await accepted(store, b"1"), await accepted(store, b"2")
    change(
        tmp_path,
        f"UPDATE jobs SET number = -1 WHERE number = {first.number}",
        f"UPDATE jobs SET number = {first.number} WHERE number = {second.number}",
        f"UPDATE jobs SET number = {second.number} WHERE number = -1",
    )
    async with opened(tmp_path) as store:
        assert await store.load_all() == []
        assert len(store.damaged) == 2


async def test_a_record_under_another_uuid_is_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accepted(store, b"1")
    change(tmp_path, "UPDATE jobs SET uuid = x'00112233445566778899aabbccddeeff'")
    async with opened(tmp_path) as store:
        assert await store.load_all() == []
        assert len(store.damaged) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE timeline SET sealed = substr(sealed, 1, length(sealed) - 1) || x'00'",
        "UPDATE timeline SET sealed = x''",
        "UPDATE timeline SET line = line + 1",
        "UPDATE timeline SET sealed = (SELECT sealed FROM jobs)",
        "UPDATE timeline SET sealed = (SELECT sealed FROM outbox)",
    ],
)
async def test_a_changed_or_moved_line_of_a_timeline_is_noticed(tmp_path: Path, statement: str) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"1")
    change(tmp_path, statement)
    async with opened(tmp_path) as store:
        with pytest.raises(StoreDamaged, match=f"row {job.number}/.* of table timeline"):
            await store.timeline(job.uuid)


async def test_swapped_values_and_moved_outbox_entries_are_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accepted(store, b"1")
        await store.kv_put("one", "a", b"1")
        await store.kv_put("one", "b", b"2")
        await store.kv_put("one", "c", b"3")
    change(
        tmp_path,
        "CREATE TABLE old AS SELECT row_number() OVER (ORDER BY id) AS at, id, sealed FROM pairs",
        "UPDATE pairs SET sealed = (SELECT o.sealed FROM old o, old n WHERE n.id = pairs.id AND o.at = n.at % 3 + 1)",
        "UPDATE outbox SET id = id + 1",
    )
    async with opened(tmp_path) as store:
        for key in "abc":
            with pytest.raises(StoreDamaged, match=f"row one/{key} of table pairs"):
                await store.kv_get("one", key)
        with pytest.raises(StoreDamaged, match="table outbox"):
            await store.outbox_peek(1)


@pytest.mark.parametrize("size", [5000, 1_000_000])
async def test_swapped_documents_are_noticed(tmp_path: Path, size: int) -> None:
    async with opened(tmp_path) as store:
        first, second = await accepted(store, os.urandom(size)), await accepted(store, os.urandom(size))
    change(
        tmp_path,
        f"UPDATE documents SET job = -1 WHERE job = {first.number}",
        f"UPDATE documents SET job = {first.number} WHERE job = {second.number}",
        f"UPDATE documents SET job = {second.number} WHERE job = -1",
    )
    async with opened(tmp_path) as store:
        for job in (first, second):
            with pytest.raises(StoreDamaged, match=f"the document of job {job.number} "):
                await store.document(job).read(0, 10)


@pytest.mark.parametrize("at", [10, 200_000, -1])
async def test_a_flipped_bit_in_a_big_document_is_noticed_before_its_chunk_is_given_out(
    tmp_path: Path, at: int
) -> None:
    data = os.urandom(1_000_000)
    async with opened(tmp_path) as store:
        job = await accepted(store, data)
        path = store.document(job).share().path
        flip(path, at)
        got = b""
        with pytest.raises(StoreDamaged, match=f"job {job.number}"):
            async for piece in store.document(job).stream():
                got += piece
        assert data.startswith(got)


async def test_a_changed_small_document_is_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, os.urandom(5000))
    change(tmp_path, "UPDATE documents SET sealed = substr(sealed, 1, 4000) || x'00' || substr(sealed, 4002)")
    async with opened(tmp_path) as store:
        with pytest.raises(StoreDamaged):
            [piece async for piece in store.document(job).stream()]


def flip(path: str, at: int) -> None:
    data = bytearray(Path(path).read_bytes())
    data[at] ^= 1
    Path(path).write_bytes(data)
