"""The clock of tests that jumps over waits, and waits for threads."""

from __future__ import annotations

import threading
from pathlib import Path

import trio

from tympan.testing import jumping_clock


def test_a_wait_is_jumped_over() -> None:
    async def waits() -> float:
        await trio.sleep(3_600)
        return trio.current_time()

    with jumping_clock() as clock:
        assert trio.run(waits, clock=clock) == 3_600


def test_a_deadline_does_not_pass_while_a_thread_works() -> None:
    """The thread ends when a timer says so, after the loop has come to rest."""
    go = threading.Event()

    async def works() -> bool:
        with trio.move_on_after(60) as late:
            threading.Timer(0.05, go.set).start()
            await trio.to_thread.run_sync(go.wait, abandon_on_cancel=True)
        return late.cancelled_caught

    with jumping_clock() as clock:
        assert not trio.run(works, clock=clock)


def test_files_are_waited_for_too(tmp_path: Path) -> None:
    async def reads() -> bool:
        with trio.move_on_after(1e-6) as late:
            for _ in range(20):
                await trio.Path(tmp_path).exists()
        return late.cancelled_caught

    with jumping_clock() as clock:
        assert not trio.run(reads, clock=clock)


def test_threads_are_as_they_were_afterwards() -> None:
    before = trio.to_thread.run_sync
    with jumping_clock():
        assert trio.to_thread.run_sync is not before
    assert trio.to_thread.run_sync is before
