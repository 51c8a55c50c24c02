"""Documents of the store: any size, whole and in part, erased and discarded."""

import gc
import os
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

import attrs
import pytest
import trio
from store_rig import NOW, accepted, line, opened, whole

from tympan._errors import NotFound, StoreDamaged
from tympan._states import JobState
from tympan._store import Store
from tympan._store._limits import INLINE_BYTES
from tympan._values import Job
from tympan_wire.sealed import CHUNK_BYTES, sealed_size

SIZES = [0, 1, 10_240, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, INLINE_BYTES, INLINE_BYTES + 1, 3_000_001]

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", SIZES)
async def test_a_document_of_any_size_is_read_whole_and_in_part_before_and_after_a_restart(
    tmp_path: Path, size: int
) -> None:
    data = os.urandom(size)
    async with opened(tmp_path) as store:
        job = await accepted(store, data)
        assert await whole(store, job) == data
    async with opened(tmp_path) as store:
        assert await whole(store, job) == data
        document = store.document(job)
        assert document.size_bytes == size
        for offset in (0, CHUNK_BYTES - 3, size // 2, size - 1, size, size + 5):
            place = max(0, offset)
            assert await document.read(place, 70_000) == data[place : place + 70_000]


async def test_small_documents_need_no_file_and_big_ones_have_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        small = await accepted(store, b"x" * 1000)
        big = await accepted(store, b"x" * 1_000_000)
        shared_small, shared_big = store.document(small).share(), store.document(big).share()
        assert (shared_small.path, len(shared_small.inline)) == ("", sealed_size(1000))
        assert (os.stat(shared_big.path).st_size, shared_big.inline) == (sealed_size(1_000_000), b"")
        assert [str(path) for path in (tmp_path / "documents").iterdir()] == [shared_big.path]


async def test_pieces_are_at_most_a_mebibyte_and_readers_do_not_disturb_each_other(tmp_path: Path) -> None:
    data = os.urandom(5_000_000)
    results: list[bytes] = []

    async def read(store: Store, job: Job) -> None:
        pieces = [piece async for piece in store.document(job).stream()]
        assert max(map(len, pieces)) <= 1024 * 1024
        results.append(b"".join(pieces))

    async with opened(tmp_path) as store:
        job = await accepted(store, data)
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(read, store, job)
    assert results == [data] * 5


async def test_a_piece_of_a_big_document_is_read_while_the_one_before_is_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, ahead, read = trio.lowlevel.current_trio_token(), trio.Event(), os.pread

    def watched(descriptor: int, size: int, at: int) -> bytes:
        if at:
            token.run_sync_soon(ahead.set)
        return read(descriptor, size, at)

    async with opened(tmp_path) as store:
        job = await accepted(store, os.urandom(3_000_001))
        monkeypatch.setattr(os, "pread", watched)
        stream = store.document(job).stream()
        assert await anext(stream)
        with trio.fail_after(5):
            await ahead.wait()
        assert isinstance(stream, AsyncGenerator)
        await stream.aclose()


async def test_a_reader_cancelled_midway_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, closed, read, close = trio.lowlevel.current_trio_token(), trio.Event(), os.pread, os.close
    used: set[int] = set()

    def reading(descriptor: int, size: int, at: int) -> bytes:
        used.add(descriptor)
        return read(descriptor, size, at)

    def closing(descriptor: int) -> None:
        close(descriptor)
        if descriptor in used:
            token.run_sync_soon(closed.set)

    async with opened(tmp_path) as store:
        job = await accepted(store, os.urandom(3_000_001))
        monkeypatch.setattr(os, "pread", reading)
        monkeypatch.setattr(os, "close", closing)
        with trio.CancelScope() as scope:
            async for _ in store.document(job).stream():
                scope.cancel()
        assert scope.cancelled_caught
        with trio.fail_after(5):
            await closed.wait()


@pytest.mark.parametrize("size", [1000, 1_000_000])
async def test_erasing_removes_document_and_key_and_keeps_the_story(tmp_path: Path, size: int) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, os.urandom(size))
        wrapped = store.document(job)._held.wrapped_key
        done = attrs.evolve(job, state=JobState.COMPLETED, ended_at=NOW)
        await store.erase(done, [line("completed", JobState.COMPLETED)])
        with pytest.raises(NotFound):
            store.document(done)
        assert list((tmp_path / "documents").iterdir()) == []
    assert wrapped not in (tmp_path / "store.db").read_bytes()
    async with opened(tmp_path) as store:
        assert await store.load_all() == [done]
        assert [entry.what for entry in await store.timeline(job.uuid)] == ["completed"]


async def test_erased_keys_leave_the_log_too_while_the_store_is_open(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x" * 1000)
        wrapped = store.document(job)._held.wrapped_key
        await store.erase(attrs.evolve(job, state=JobState.COMPLETED))
        files = [tmp_path / "store.db", tmp_path / "store.db-wal"]
        with trio.fail_after(30):
            while any(wrapped in file.read_bytes() for file in files):
                await trio.sleep(0.05)
        assert len(await store.load_all()) == 1


async def test_a_discarded_document_leaves_nothing_even_when_cancelled(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for size in (100, 2_000_000):
            sink = store.sink(uuid.uuid4())
            await sink.write(b"x" * size)
            with trio.CancelScope() as scope:
                scope.cancel()
                await sink.discard()
            assert list((tmp_path / "documents").iterdir()) == []


async def test_a_discarded_document_leaves_memory_without_the_collector(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        gc.disable()
        try:
            sink = store.sink(uuid.uuid4())
            await sink.write(b"x" * 3_000_000)
            await sink.discard()
            with trio.fail_after(20):  # its thread is just ending
                while any(type(thing).__name__ == "_Spill" for thing in gc.get_objects()):
                    await trio.sleep(0.05)
        finally:
            gc.enable()


async def test_a_finished_document_can_still_be_discarded(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for size in (100, 2_000_000):
            sink = store.sink(uuid.uuid4())
            await sink.write(b"x" * size)
            await sink.finish()
            with trio.fail_after(30):
                await sink.discard()
            assert list((tmp_path / "documents").iterdir()) == []


async def test_files_without_a_record_are_removed_and_records_without_their_file_are_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        whole_one, lost, cut = [await accepted(store, os.urandom(1_000_000)) for _ in range(3)]
        orphan = store.sink(uuid.uuid4())
        await orphan.write(os.urandom(1_000_000))
        await orphan.finish()
        os.unlink(store.document(lost).share().path)
        os.truncate(store.document(cut).share().path, 5000)
    async with opened(tmp_path) as store:
        assert store.missing == {lost.uuid, cut.uuid}
        assert len(list((tmp_path / "documents").iterdir())) == 2
        assert len(await whole(store, whole_one)) == 1_000_000
        with pytest.raises(StoreDamaged, match=f"job {lost.number}"):
            await whole(store, lost)
        with pytest.raises(StoreDamaged, match=f"job {cut.number}"):
            await whole(store, cut)
