"""The job store on a real disk: what goes in comes out, and only that."""

import datetime as dt
import gc
import os
import stat
import sys
import threading
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tympan._errors import BadInput, NotFound, StoreBusy, StoreDamaged, StoreError
from tympan._ids import PluginId, printer_id
from tympan._states import JobState
from tympan._store import Store, StoredDocument
from tympan._store._limits import INLINE_BYTES, NUMBER_BLOCK
from tympan._store._records import decode_entry, decode_job, encode_entry, encode_job
from tympan._store._worker import Order, Worker
from tympan._values import Claim, Job, Statistics, TimelineEntry
from tympan_wire.sealed import CHUNK_BYTES, sealed_size

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
SIZES = [0, 1, 10_240, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, INLINE_BYTES, INLINE_BYTES + 1, 3_000_001]
pytestmark = pytest.mark.anyio


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


FULL = Job(
    uuid=uuid.UUID(int=7),
    number=9,
    printer=printer_id("desk"),
    name="Überweisung \udcff.pdf",
    user="renée",
    media_type="application/pdf",
    ticket=b"\x02\x00ticket",
    hold="indefinite",
    state=JobState.PRINTING,
    reason="job-printing",
    detail="The device prints it.",
    created_at=NOW,
    processing_at=NOW + dt.timedelta(seconds=1),
    ended_at=NOW + dt.timedelta(microseconds=5),
    retry_at=NOW,
    size_bytes=123,
    claim=Claim(route=PluginId("ipp_submission"), attempt=2, fence=77),
    attempts=2,
    evidence=b"\x00at the device",
    impressions_completed=4,
    cancel_requested=True,
    statistics=Statistics(format="application/pdf", pages=3, sizes=("iso_a4_210x297mm",), color_pages=(1, 3)),
)


def test_a_record_with_every_field_comes_back_equal() -> None:
    unset = [field.name for field in attrs.fields(Job) if getattr(FULL, field.name) in (None, b"", 0, False)]
    assert unset == []
    assert decode_job(encode_job(FULL)) == FULL


def test_a_record_with_defaults_comes_back_equal() -> None:
    job = Job(uuid=uuid.UUID(int=7), number=1, printer=printer_id("desk"), created_at=NOW)
    assert decode_job(encode_job(job)) == job
    assert decode_entry(encode_entry(line("held", JobState.HELD))) == line("held", JobState.HELD)


def test_a_record_of_a_newer_version_is_refused_and_its_unknown_fields_are_not() -> None:
    record = encode_job(FULL)
    with pytest.raises(StoreError, match="version 9"):
        decode_job(b"\x09" + record[1:])
    newer = record.replace(b'"hold":', b'"gold":')
    assert decode_job(newer) == attrs.evolve(FULL, hold="no-hold")


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


async def test_jobs_and_stories_survive_a_restart_in_their_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"one", [line("received")])
        other = await accepted(store, b"two", [line("received too")])
        queued = attrs.evolve(job, state=JobState.QUEUED)
        await store.save(queued, [line("queued", JobState.QUEUED)])
    async with opened(tmp_path) as store:
        assert await store.load_all() == [queued, other]
        assert await store.timeline(job.uuid) == (line("received"), line("queued", JobState.QUEUED))
        assert await store.timeline(other.uuid) == (line("received too"),)
        with pytest.raises(NotFound):
            await store.timeline(uuid.uuid4())


async def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    past = NOW - dt.timedelta(days=400)
    over = JobState.COMPLETED
    async with opened(tmp_path) as store:
        first = await accepted(store, b"one", [line("received")])
        second = await accepted(store, b"two")
        await store.erase(attrs.evolve(second, state=over, ended_at=NOW))
    async with opened(tmp_path) as store:
        await store.erase(attrs.evolve(first, state=over, ended_at=past), [line("completed", over, past)])
        assert [entry.what for entry in await store.timeline(first.uuid)] == ["received", "completed"]
        assert [job.number for job in await store.load_all(keep_ended=1)] == [first.number]
        assert await store.prune(keep=1) == (second.uuid,)


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


async def test_a_write_is_durable_before_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync = os.fsync

    def noting_fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    async with opened(tmp_path) as store:
        order.clear()
        modes = await store._database.write(
            lambda connection: [
                connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
            ]
        )
        assert modes == [2, b"wal"]
        job = new_job(store, size_bytes=1_000_000)
        document = await sealed(store, job, b"x" * 1_000_000)
        assert order == ["file", "folder"]
        await store.accept(job, document)


async def test_pruning_keeps_what_is_not_over_and_what_ended_last(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        waiting = await accepted(store, b"w", [line("received")])
        over = [await accepted(store, b"o", [line("received")]) for _ in range(4)]
        for day, job in enumerate(over):
            await store.erase(attrs.evolve(job, state=JobState.CANCELED, ended_at=NOW + dt.timedelta(days=day)))
        assert set(await store.prune(keep=2)) == {job.uuid for job in over[:2]}
        assert await store.prune(keep=9, older_than=NOW + dt.timedelta(days=2, hours=1)) == (over[2].uuid,)
        assert [job.uuid for job in await store.load_all()] == [waiting.uuid, over[3].uuid]
        with pytest.raises(NotFound):
            await store.timeline(over[0].uuid)


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


async def test_concurrent_acceptances_share_commits(tmp_path: Path) -> None:
    busy, disk = threading.Event(), threading.Event()

    def be_slow() -> None:
        busy.set()
        disk.wait(60)

    async with opened(tmp_path) as store:
        before, writer = store.statistics(), store._database._running()
        writer.submit(be_slow)
        await trio.to_thread.run_sync(busy.wait, 30)
        async with trio.open_nursery() as nursery:
            for _ in range(64):
                nursery.start_soon(accepted, store, b"x" * 1000)
            with trio.fail_after(30):
                while writer._queue.qsize() < 64:
                    await trio.sleep(0.005)
            disk.set()
        after = store.statistics()
        assert after.operations - before.operations >= 64
        assert after.commits - before.commits <= 16
        assert len(await store.load_all()) == 64


async def test_one_refused_operation_does_not_take_the_others_of_its_transaction_along(tmp_path: Path) -> None:
    refused = []

    async def try_again(store: Store, job: Job) -> None:
        try:
            await store.save(attrs.evolve(job, uuid=uuid.uuid4()))
        except BadInput as error:
            refused.append(error)

    async with opened(tmp_path) as store:
        taken = await accepted(store, b"x")
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(accepted, store, b"x")
                nursery.start_soon(try_again, store, taken)
        assert len(refused) == 10
        assert store.statistics().failures == 10
        assert len(await store.load_all()) == 11


async def test_job_numbers_never_come_twice(tmp_path: Path) -> None:
    given: list[int] = []
    for _ in range(3):
        async with opened(tmp_path) as store:
            for _ in range(NUMBER_BLOCK):
                given.append(store.allocate_number())
                await store.kv_put("core", "tick", b"")
    assert given == sorted(set(given))
    assert given[0] == 1


async def test_values_of_plugins_are_apart_and_durable(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.kv_put("one", "key", b"first")
        await store.kv_put("one", "key", b"second")
        await store.kv_put("onek", "ey", b"other")
        with pytest.raises(BadInput):
            await store.kv_put("one", "large", b"x" * 65_537)
    async with opened(tmp_path) as store:
        assert await store.kv_get("one", "key") == b"second"
        assert await store.kv_get("onek", "ey") == b"other"
        assert await store.kv_get("two", "key") is None
        await store.kv_delete("one", "key")
        assert await store.kv_get("one", "key") is None


async def test_the_outbox_keeps_its_order_over_a_restart_until_entries_are_removed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.outbox_add(b"a", b"b")
        job = await accepted(store, b"x")
        await store.save(job, outbox=[b"c"])
    async with opened(tmp_path) as store:
        await store.erase(attrs.evolve(job, state=JobState.COMPLETED), outbox=[b"d"])
        entries = await store.outbox_peek(3)
        assert [entry.payload for entry in entries] == [b"a", b"b", b"c"]
        await store.outbox_remove([entry.id for entry in entries])
        assert [entry.payload for entry in await store.outbox_peek(10)] == [b"d"]


async def test_a_second_agent_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    program = (
        "import sys, trio, pathlib\n"
        "from tympan._store import Store\n"
        "trio.run(Store(pathlib.Path(sys.argv[1]), bytes(range(32))).open)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    async with opened(tmp_path):
        refused = await trio.run_process(command, capture_stderr=True, check=False)
        assert refused.returncode == 1
        assert b"StoreBusy: Another agent uses the state folder" in refused.stderr
        with pytest.raises(StoreBusy):
            await Store(tmp_path, KEY).open()
    assert (await trio.run_process(command)).returncode == 0


async def test_another_key_and_a_newer_store_are_refused_with_a_reason(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x")
    with pytest.raises(StoreDamaged, match="The key at hand does not open"):
        await Store(tmp_path, bytes(32)).open()
    async with opened(tmp_path) as store:
        assert await store.load_all() == [job]
        await store._database.write(lambda connection: connection.execute("PRAGMA user_version=99"))
    with pytest.raises(StoreError, match="newer than this agent"):
        await Store(tmp_path, KEY).open()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = new_job(store)
    with pytest.raises(StoreError, match="closed"):
        await store.save(job)


async def test_a_batch_that_breaks_its_thread_s_work_is_told_to_all_who_wait() -> None:
    def broken(orders: Sequence[Order[object]]) -> None:
        orders[0].carry_out()
        raise MemoryError("no room for the rest")

    worker = Worker("test", broken)
    begun, gate = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return gate.wait(10)

    first = worker.submit(hold)  # alone, so that the two behind it become one batch
    begun.wait(10)
    orders = [worker.submit(lambda: 1), worker.submit(lambda: 2)]
    gate.set()
    with trio.fail_after(10):
        assert await first.wait(leave=True)
        assert await orders[0].wait(leave=True) == 1
        with pytest.raises(MemoryError):
            await orders[1].wait(leave=True)
        assert await worker.submit(lambda: 3).wait(leave=True) == 3
    worker.stop()


async def test_a_damaged_record_is_told_once_however_often_it_is_met(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x")
        await store.erase(attrs.evolve(job, state=JobState.COMPLETED, ended_at=NOW))
        await store._database.write(lambda connection: connection.execute("UPDATE jobs SET sealed = x'00'"))
        for _ in range(3):
            await store.prune(keep=0)
            await store.load_all()
        assert len(store.damaged) == 1
        await store.prune(keep=0)
        assert len(store.damaged) == 1
