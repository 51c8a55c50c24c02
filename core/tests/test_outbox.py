"""The outbox of the store over restarts, beside pruning and under its bounds."""

from __future__ import annotations

import functools
import sqlite3
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from kernel_rig import KEY, print_it, rig
from kernel_rig import ScriptedRoute as Route
from store_rig import opened

from tympan._errors import NotFound, Overloaded
from tympan._plugin_outbox import PluginOutbox
from tympan._states import JobState
from tympan._store import Store, _outbox
from tympan._store._database import MIGRATIONS

pytestmark = pytest.mark.anyio


async def test_a_job_waits_in_the_outbox_over_a_restart_and_is_not_pruned(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    await store.open()
    await store.outbox_watch(on=True)
    await store.close()
    async with rig(tmp_path, Route(on_deliver=print_it)) as kernel:
        job = await kernel.submit()
        await kernel.until(job, JobState.COMPLETED)
    store = Store(tmp_path, KEY)
    await store.open()
    [entry] = await store.outbox_peek(9)
    assert entry.job == job.uuid
    assert await store.prune(keep=0) == ()
    found = await store.record(job.uuid)
    assert (found.job.state, found.timeline[-1].what) == (JobState.COMPLETED, "printed")
    await store.outbox_remove([entry.id])
    assert await store.prune(keep=0) == (job.uuid,)
    with pytest.raises(NotFound):
        await store.record(job.uuid)
    await store.close()


async def test_beyond_the_bound_the_oldest_go_with_their_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tympan._store._ledger.UNREPORTED_JOBS", 2)
    store = Store(tmp_path, KEY)
    await store.open()
    await store.outbox_watch(on=True)
    await store.close()
    async with rig(tmp_path, Route(on_deliver=print_it)) as kernel:
        jobs = [await kernel.until(await kernel.submit(), JobState.COMPLETED) for _ in range(4)]
    store = Store(tmp_path, KEY)
    await store.open()
    assert await store.prune(keep=1) == (jobs[0].uuid,)
    assert [entry.job for entry in await store.outbox_peek(9)] == [job.uuid for job in jobs[1:]]
    await store.close()


async def test_entries_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_outbox, "OUTBOX_ENTRIES", 2)
    store = Store(tmp_path, KEY)
    await store.open()
    await store.outbox_add(b"one", b"two")
    with pytest.raises(Overloaded):
        await store.outbox_add(b"three")
    assert [entry.payload for entry in await store.outbox_peek(9)] == [b"one", b"two"]
    await store.close()


async def test_entries_that_yield_leave_room_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_outbox, "OUTBOX_YIELDING", 2)
    async with opened(tmp_path) as store:
        for slot in ("one", "two", "one"):
            await store.outbox_add(b"seen", slot=slot, yields=True)
        with pytest.raises(Overloaded):
            await store.outbox_add(b"seen", slot="three", yields=True)
        await store.outbox_add(b"agent", slot="agent")
        assert [entry.payload for entry in await store.outbox_peek(9)] == [b"seen", b"seen", b"agent"]


async def test_a_store_of_the_first_version_keeps_its_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan._store._database.MIGRATIONS", MIGRATIONS[:1])
    store = Store(tmp_path, KEY)
    await store.open()
    row = store._outbox.seal([b"old"])[0]
    await store.close()
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("INSERT INTO outbox VALUES (?, ?)", row[:2])
    connection.close()
    monkeypatch.undo()
    store = Store(tmp_path, KEY)
    await store.open()
    [entry] = await store.outbox_peek(9)
    assert attrs.astuple(entry)[1:] == (b"old", None)
    await store.close()


async def test_what_is_told_of_a_job_is_as_new_in_memory_as_its_entry_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, KEY)
    await store.open()
    await store.outbox_watch(on=True)
    await store.close()
    async with rig(tmp_path, Route(on_deliver=print_it)) as kernel, trio.open_nursery() as nursery:
        job = await kernel.submit(hold="indefinite")
        await kernel.until(job, JobState.HELD)
        store = kernel.book.moves._store
        outbox = PluginOutbox(store, kernel.bus, kernel.book.memory)
        written, heard = trio.Event(), trio.Event()
        save = store.save

        async def heard_late(*rows: Any, **more: Any) -> None:
            """The disk has it, and the news of that has not come yet."""
            await save(*rows, **more)
            written.set()
            await heard.wait()

        monkeypatch.setattr(store, "save", heard_late)
        nursery.start_soon(functools.partial(kernel.book.cancel, job.uuid, by="ada"))
        await written.wait()
        told: list[tuple[JobState, JobState]] = []

        async def tell() -> None:
            [entry] = await outbox.peek(9)
            found = await outbox.record(job.uuid)
            told.append((found.job.state, kernel.book.memory.known(job.uuid).state))
            await outbox.remove(entry.id)

        nursery.start_soon(tell)
        with trio.fail_after(10):
            while not told:
                if kernel.book.memory._locks[job.uuid].statistics().tasks_waiting:
                    heard.set()
                await trio.sleep(0.005)
        heard.set()
        assert told == [(JobState.CANCELED, JobState.CANCELED)]
