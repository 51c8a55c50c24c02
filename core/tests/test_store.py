"""The store: jobs, stories, values and entries survive in their order."""

import datetime as dt
import os
import stat
import sys
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
import trio
from store_rig import KEY, NOW, accepted, line, new_job, opened, sealed

from tympan._errors import BadInput, NotFound, StoreBusy
from tympan._states import JobState
from tympan._store import Store
from tympan._store._limits import NUMBER_BLOCK
from tympan._store._worker import Order, Worker
from tympan._values import Job

pytestmark = pytest.mark.anyio


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
