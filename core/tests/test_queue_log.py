"""The log of queues tells each change of our own once, and of no other queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
import trio.testing

from tympan.plugin import Queue, QueueEvent, QueueLog, QueueState, TympanError
from tympan.testing import FakeHost, FakeSpooler

pytestmark = pytest.mark.anyio
OURS = Queue(name="front", uri="ipp://localhost:39149/ipp/print/front", ours=True)


@asynccontextmanager
async def logging(spooler: FakeSpooler) -> AsyncIterator[FakeHost]:
    host = FakeHost("spool")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(QueueLog(spooler, "Paper Tiger").keep, host)
        await trio.testing.wait_all_tasks_blocked()
        yield host
        nursery.cancel_scope.cancel()


async def change(spooler: FakeSpooler, name: str, queue: Queue | None) -> None:
    spooler.change(name, queue)
    await trio.testing.wait_all_tasks_blocked()


def told(host: FakeHost) -> list[tuple[str, object]]:
    return [(message, fields.get("state", fields.get("queue"))) for message, fields in host.logged]


async def test_each_change_of_a_queue_of_ours_is_told_once() -> None:
    spooler = FakeSpooler()
    spooler.change("front", OURS)
    async with logging(spooler) as host:
        await change(spooler, "front", OURS)
        await change(spooler, "front", attrs.evolve(OURS, state=QueueState.STOPPED))
        await change(spooler, "front", None)
    assert told(host) == [("queue seen", "idle"), ("queue seen", "stopped"), ("queue removed", "front")]


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0.1)})])
async def test_what_changed_before_the_watch_began_is_told_all_the_same() -> None:
    class Unheard(FakeSpooler):
        def watch(self) -> AsyncIterator[QueueEvent]:
            self.change("front", attrs.evolve(OURS, state=QueueState.STOPPED))
            return super().watch()

    spooler = Unheard()
    spooler.change("front", OURS)
    async with logging(spooler) as host:
        assert told(host) == [("queue seen", "idle")]
        await trio.sleep(60)
    assert told(host) == [("queue seen", "idle"), ("queue seen", "stopped")]


async def test_queues_of_others_are_not_told_of() -> None:
    spooler = FakeSpooler()
    async with logging(spooler) as host:
        await change(spooler, "other", Queue(name="other", uri="usb://acme/laser"))
        await change(spooler, "other", None)
    assert host.logged == []


async def test_a_spooler_that_is_away_is_told_of_and_removes_nothing() -> None:
    spooler = FakeSpooler()
    spooler.change("front", OURS)
    async with logging(spooler) as host:
        spooler.trouble = TympanError("it hangs", next_step="Start it.")
        await change(spooler, "front", None)
        spooler.trouble = None
        await change(spooler, "front", OURS)
    assert [message for message, _ in host.logged] == ["queue seen", "Paper Tiger cannot be asked for its queues"]
    assert host.logged[1][1]["cause"] == "it hangs"
