"""The job store on a disk that says no: the right error, nothing lost, and on again afterwards.

Run as a script, this file is the process that is held to a limit.
"""

import contextlib
import datetime as dt
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tympan._errors import Overloaded, Retry, StoreDamaged, StoreError, StoreFull, StoreUnwritable
from tympan._ids import printer_id
from tympan._states import JobState
from tympan._store import Store
from tympan._store._limits import NUMBER_BLOCK
from tympan._values import Job

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
BIG_BYTES = 200 * 1024 * 1024
GROWTH_MIB = 32
pytestmark = pytest.mark.anyio


async def accept(store: Store, data: bytes) -> Job:
    job = Job(uuid=uuid.uuid4(), number=store.allocate_number(), printer=printer_id("desk"), created_at=NOW)
    job = attrs.evolve(job, state=JobState.RECEIVED, size_bytes=len(data))
    sink = store.sink(job.uuid)
    try:
        for at in range(0, len(data), 100_000):
            await sink.write(data[at : at + 100_000])
        await store.accept(job, await sink.finish())
    except StoreError:
        await sink.discard()
        raise
    return job


async def whole(store: Store, job: Job) -> bytes:
    return b"".join([piece async for piece in store.document(job).stream()])


async def opened(root: Path) -> Store:
    store = Store(root, KEY)
    await store.open()
    return store


# ---------------------------------------------------------------------------------------------- in a limited child


async def meet_file_limit(root: str) -> None:
    """A limit on file sizes stands for a disk that is full for big documents and for the database alike."""
    store, small, big = await opened(Path(root)), os.urandom(200_000), os.urandom(6_000_000)
    before = await accept(store, small)
    before_big = await accept(store, big)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    with pytest.raises(StoreFull):
        await accept(store, big)
    kept: list[Any] = []
    with pytest.raises(StoreError):
        while len(kept) < 30:
            kept += [await accept(store, small)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    kept += [await accept(store, small), before]
    kept_big = [await accept(store, big), before_big]
    await store.close()
    store = await opened(Path(root))
    assert {job.uuid for job in await store.load_all()} == {job.uuid for job in kept + kept_big}
    assert [await whole(store, job) for job in kept] == [small] * len(kept)
    assert [await whole(store, job) for job in kept_big] == [big] * 2
    assert len(os.listdir(Path(root) / "documents")) == 2
    await store.close()


async def store_big_document(root: str) -> None:
    """Stores and reads a big document, and says by how many MiB the process grew at its highest."""
    store, piece = await opened(Path(root)), os.urandom(64 * 1024)
    warm = await accept(store, piece * 32)
    assert await whole(store, warm) == piece * 32
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    job = attrs.evolve(warm, uuid=uuid.uuid4(), number=store.allocate_number(), size_bytes=BIG_BYTES)
    sink = store.sink(job.uuid)
    for _ in range(BIG_BYTES // len(piece)):
        await sink.write(piece)
    await store.accept(job, await sink.finish())
    size = 0
    async for part in store.document(job).stream():
        size += len(part)
    assert size == BIG_BYTES
    await store.erase(attrs.evolve(job, state=JobState.COMPLETED))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) // 1024)
    await store.close()


def in_child(name: str, root: Path) -> str:
    command = [sys.executable, __file__, name, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_full_disk_refuses_jobs_keeps_the_others_and_works_again_with_space(tmp_path: Path) -> None:
    assert in_child("meet_file_limit", tmp_path) == ""


def test_a_big_document_passes_in_bounded_memory(tmp_path: Path) -> None:
    assert int(in_child("store_big_document", tmp_path)) <= GROWTH_MIB


# ---------------------------------------------------------------------------------------------- in this process


async def test_a_full_database_is_told_as_such_for_each_that_waits_and_retrying_works(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    errors: list[StoreFull] = []

    async def fail() -> None:
        with pytest.raises(StoreFull) as caught:
            await accept(store, b"x" * 100_000)
        errors.append(caught.value)

    first = await accept(store, b"x")
    await limit_pages(store, 1)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(fail)
    assert [(error.retry, bool(error.next_step)) for error in errors] == [(Retry.LATER, True)] * 5
    await limit_pages(store, 1_000_000)
    second = await accept(store, b"x" * 100_000)
    assert await store.load_all() == [first, second]
    await store.close()


async def test_accepted_jobs_can_still_end_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await opened(tmp_path)
    ballast, write = tmp_path / "ballast", store._database.write
    job, other = await accept(store, b"x"), await accept(store, b"y")

    async def write_with_space(work: Callable[[sqlite3.Connection], None]) -> None:
        if ballast.exists():
            raise StoreFull("no space")
        await write(work)

    monkeypatch.setattr(store._database, "write", write_with_space)
    with pytest.raises(StoreFull):
        await accept(store, b"new")
    assert ballast.exists()
    done = attrs.evolve(job, state=JobState.COMPLETED)
    await store.erase(done)
    monkeypatch.undo()
    assert await store.load_all() == [done, other]
    assert ballast.exists(), "taken again once there is space"
    await store.close()


async def test_space_given_up_for_accepted_jobs_is_not_for_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(tmp_path)
    ballast, write = tmp_path / "ballast", store._database.write
    job = await accept(store, b"x")

    async def write_with_space(work: Callable[[sqlite3.Connection], None]) -> None:
        if ballast.exists():
            raise StoreFull("no space")
        await write(work)

    monkeypatch.setattr(store._database, "write", write_with_space)
    free = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    await store.save(attrs.evolve(job, state=JobState.WAITING))
    assert not ballast.exists()
    with pytest.raises(StoreFull, match="kept for jobs accepted before"):
        await accept(store, b"new")
    monkeypatch.undo()
    later = await accept(store, b"later")
    assert ballast.exists(), "taken back before anything new"
    assert [one.number for one in await store.load_all()] == [job.number, later.number]
    await store.close()


async def test_a_disk_that_refuses_numbers_is_told_and_gives_them_again_with_space(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    writer = store._database._writer
    given: list[Any] = []

    async def take_numbers() -> None:
        with trio.fail_after(30):
            while len(given) < 2 * NUMBER_BLOCK:
                with contextlib.suppress(Overloaded):
                    given.append(store.allocate_number())
                await trio.to_thread.run_sync(bool)

    writer.execute("PRAGMA query_only=ON")
    with pytest.raises(StoreUnwritable):
        await take_numbers()
    writer.execute("PRAGMA query_only=OFF")
    with contextlib.suppress(StoreUnwritable):
        # The first one who asks again hears of the failed order once more, and orders anew.
        await take_numbers()
    await take_numbers()
    assert given == list(range(1, 2 * NUMBER_BLOCK + 1))
    await store.close()


async def limit_pages(store: Store, pages: int) -> None:
    await store._database.write(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchall())


async def test_a_folder_that_cannot_be_made_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnwritable, match="cannot be written") as caught:
        await opened(tmp_path / "file" / "state")
    assert "TYMPAN_HOME" in caught.value.next_step


async def test_a_document_folder_that_cannot_be_made_is_unwritable_and_leaves_the_store_free(tmp_path: Path) -> None:
    (tmp_path / "documents").write_bytes(b"")
    with pytest.raises(StoreError):
        await opened(tmp_path)
    (tmp_path / "documents").unlink()
    await (await opened(tmp_path)).close()


async def test_a_document_folder_that_vanishes_refuses_big_documents_only(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    (tmp_path / "documents").rmdir()
    with pytest.raises(StoreUnwritable):
        await accept(store, b"x" * 1_000_000)
    small = await accept(store, b"x")
    (tmp_path / "documents").mkdir()
    big = await accept(store, b"x" * 1_000_000)
    assert await store.load_all() == [small, big]
    await store.close()


async def test_a_database_of_nonsense_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"nonsense" * 1000)
    with pytest.raises(StoreDamaged, match="damaged"):
        await opened(tmp_path)


if __name__ == "__main__":
    trio.run({"meet_file_limit": meet_file_limit, "store_big_document": store_big_document}[sys.argv[1]], sys.argv[2])
