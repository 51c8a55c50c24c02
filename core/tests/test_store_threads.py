"""The store's writer thread beside the trio loop: what each of them holds, the other must not touch."""

import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from store_rig import opened

from tympan._store import Store, _worker

pytestmark = pytest.mark.anyio
TASKS = 12
PUTS = 100


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns as often as they can, so that they meet where they may."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


async def test_tasks_that_write_at_the_same_time_do_not_disturb_each_other(tmp_path: Path, hasty_threads: None) -> None:
    async def hammer(store: Store, task: int) -> None:
        for number in range(PUTS):
            await store.kv_put("plugin", f"{task}", b"%d" % number)

    async with opened(tmp_path) as store:
        store._database._writer.execute("PRAGMA synchronous=OFF").close()  # the writer shall write, and not wait
        async with trio.open_nursery() as nursery:
            for task in range(TASKS):
                nursery.start_soon(hammer, store, task)
        assert [await store.kv_get("plugin", f"{task}") for task in range(TASKS)] == [b"%d" % (PUTS - 1)] * TASKS


def _cursor(connection: sqlite3.Connection) -> sqlite3.Cursor:
    return connection.execute("INSERT OR REPLACE INTO facts VALUES ('a cursor', 1)")


async def test_no_cursor_leaves_the_writer_thread(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(TypeError, match="cursor"):
            await store._database.write(_cursor)
        with pytest.raises(TypeError, match="cursor"):
            await store._database.submit(_cursor).wait()
        assert store._database.read("SELECT value FROM facts WHERE name = 'a cursor'") == []


async def test_the_writer_thread_has_ended_when_the_store_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_worker, "IDLE_S", 0.001)
    tidying, ended = threading.Event(), threading.Event()

    def tidy() -> None:
        tidying.set()
        ended.wait(0.3)

    store = Store(tmp_path, bytes(32))
    await store.open()
    worker = store._database._worker
    assert worker is not None
    stop = worker.stop

    def late() -> None:
        assert tidying.wait(10)  # the last order is done, and the thread tidies before it hears that it may end
        stop()

    monkeypatch.setattr(worker, "_tidy", tidy)
    monkeypatch.setattr(worker, "stop", late)
    await store._database.drain()
    assert not worker.alive
    ended.set()
    await trio.to_thread.run_sync(store._database.close)
    store._lock.release()
