"""Queues in step with the hub's printers: told as they are, gone with their printer, back with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator

import attrs
import pytest
import trio
from sync_rig import FRONT, Sync, made, running

from tympan.plugin import PrintersChanged, Queue, QueueChange, QueueEvent, QueueRequest, Retry, TympanError
from tympan.testing import FakeSpooler
from tympan_hub_sync import _orders, _queues
from tympan_hub_sync._queues import own_queues
from tympan_wire.hub import (
    Command,
    CommandReport,
    Desired,
    InstallQueue,
    PointWanted,
    PrinterWanted,
    QueueReport,
    RemoveQueue,
)

pytestmark = pytest.mark.anyio
WANTED = PrinterWanted(id="front", name="Front", uri=FRONT.uri)
WITH, WITHOUT = Desired(edition="1", printers=(WANTED,)), Desired(edition="2")
QUEUE = Queue(name="front", uri="ipp://localhost:39149/ipp/print/front", info="Front", ours=True)


async def told(sync: Sync, *expected: bool) -> None:
    """Waits until the hub has heard just these changes of the queue."""
    await sync.until(lambda: [one.installed for one in sync.findings(QueueReport)] == list(expected))


async def test_a_queue_somebody_else_made_or_removed_is_told() -> None:
    sync = made()
    sync.desired = WITH
    sync.spooler.queues["front"] = QUEUE
    async with running(sync):
        await told(sync, True)
        await sync.spooler.remove("front")
        await told(sync, True, False)
    async with running(sync):
        await sync.until(lambda: sync.link.requests)
    assert sync.spooler.queues == {}, "what a person removed stays away"


async def test_a_removal_while_the_agent_was_off_is_told_at_the_next_start() -> None:
    sync = made()
    sync.desired = WITH
    sync.spooler.queues["front"] = QUEUE
    async with running(sync):
        await told(sync, True)
    sync.spooler.queues.clear()
    async with running(sync):
        await told(sync, True, False)


async def test_a_printer_takes_its_queue_along_and_brings_it_back() -> None:
    sync = made()
    sync.desired = WITH
    sync.spooler.queues["front"] = QUEUE
    sync.spooler.queues["own"] = attrs.evolve(QUEUE, name="own", uri="ipp://localhost:39149/ipp/print/own")
    async with running(sync):
        await told(sync, True)
        sync.host.printers.remove(FRONT.id)
        await sync.want(WITHOUT)
        sync.host.bus.publish(PrintersChanged())
        await sync.until(lambda: set(sync.spooler.queues) == {"own"})
    sync.host.printers.add(FRONT)
    sync.desired = attrs.evolve(WITH, edition="3")
    async with running(sync):
        await sync.until(lambda: "front" in sync.spooler.queues)


async def test_a_printer_where_held_jobs_come_out_and_nothing_else_keeps_no_queue() -> None:
    sync = made()
    sync.desired = WITH
    sync.spooler.queues["front"] = QUEUE
    async with running(sync):
        await told(sync, True)
        sync.host.printers.add(attrs.evolve(FRONT, offered=False, releases=True))
        await sync.want(Desired(edition="3", points=(PointWanted(printer="front", name="Front", uri=FRONT.uri),)))
        sync.host.bus.publish(PrintersChanged())
        await sync.until(lambda: not sync.spooler.queues)


class NoPrintSystem(FakeSpooler):
    """A computer without a print system, for a reason; "" when it has one."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = "there is no print system"
        self.looks = 0

    async def list_queues(self) -> tuple[Queue, ...]:
        await trio.lowlevel.checkpoint()
        self.looks += 1
        if self.reason:
            raise TympanError(self.reason)
        return ()

    async def watch(self) -> AsyncIterator[QueueEvent]:
        await trio.lowlevel.checkpoint()
        for _ in range(1):
            raise TympanError("there is nothing to watch")
        yield QueueEvent(name="", change=QueueChange.ADDED)


async def test_a_computer_without_a_print_system_says_so_once_for_each_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_queues, "QUEUES_LOOK_S", 0.02)
    sync, spooler = made(), NoPrintSystem()
    sync.desired = WITH
    sync.host.offered = [port for port in sync.host.offered if port is not sync.spooler] + [spooler]

    async def looked(reason: str) -> None:
        spooler.reason, before = reason, spooler.looks
        await sync.until(lambda: spooler.looks >= before + 3)

    async with running(sync):
        for reason in ("there is no print system", "it was stopped", "", "it was stopped"):
            await looked(reason)
        await sync.until(lambda: len(sync.host.logged) >= 4)
    said: dict[str, list[object]] = {}
    for message, fields in sync.host.logged:
        said.setdefault(message, []).append(fields["error"])
    assert said == {
        "queues cannot be looked at": ["there is no print system", "it was stopped", "it was stopped"],
        "the spooler cannot be watched": ["there is nothing to watch"],
    }


async def test_a_queue_that_does_not_come_back_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_queues, "QUEUES_LOOK_S", 0.02)
    sync = made()
    sync.desired = WITH
    sync.spooler.queues["front"] = QUEUE
    async with running(sync):
        await told(sync, True)
        sync.host.printers.remove(FRONT.id)
        await sync.want(WITHOUT)
        await sync.until(lambda: not sync.spooler.queues)
        sync.spooler.silent.add(QUEUE.uri)
        sync.host.printers.add(FRONT)
        tries = 0

        async def install(request: QueueRequest) -> Queue:
            nonlocal tries
            tries += 1
            return await FakeSpooler.install(sync.spooler, request)

        monkeypatch.setattr(sync.spooler, "install", install)
        await sync.want(attrs.evolve(WITH, edition="3"))
        await sync.until(lambda: tries >= 3)
        [(message, fields)] = sync.host.logged
        assert (message, fields["printer"]) == ("the queue of a printer cannot be made yet", "front")
        sync.spooler.silent.clear()
        await sync.until(lambda: "front" in sync.spooler.queues)


def test_a_queue_of_an_older_port_is_still_ours() -> None:
    old = attrs.evolve(QUEUE, uri="ipp://localhost:4711/ipp/print/front")
    foreign = attrs.evolve(QUEUE, name="x", uri="ipp://elsewhere/ipp/print/x", ours=False)
    assert own_queues((old, foreign)) == {"front": old}


async def test_a_command_that_ran_out_by_the_hubs_clock_is_not_done() -> None:
    sync = made()
    said = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)  # this machine's clock is decades ahead of the hub's
    late = Command(id=uuid.UUID(int=1), fence=1, expires_at=said, order=InstallQueue(printer="front"))
    good = attrs.evolve(late, id=uuid.UUID(int=2), expires_at=said + dt.timedelta(hours=1))
    sync.desired = Desired(edition="1", commands=(late, good), at=said)
    async with running(sync):
        await sync.until(lambda: sync.findings(CommandReport))
        assert [one.command for one in sync.findings(CommandReport)] == [good.id]


async def test_an_outcome_kept_and_not_told_is_told_after_a_crash() -> None:
    sync = made()
    command = Command(
        id=uuid.UUID(int=1),
        fence=1,
        expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
        order=InstallQueue(printer="front"),
    )
    sync.desired = Desired(edition="1", commands=(command,))
    async with running(sync):
        await sync.until(lambda: sync.findings(CommandReport))
    sync.reports.clear()  # as if the crash had come before it was told
    sync.spooler.queues.clear()
    async with running(sync):
        await sync.until(lambda: sync.findings(CommandReport))
    assert sync.spooler.queues == {}, "and it is not done a second time"


class NotYet(TympanError):
    """Nobody installed one yet."""

    retry = Retry.LATER


async def ordered_in_vain(sync: Sync, *, number: int) -> None:
    """The hub orders a queue that cannot be made yet."""
    command = Command(
        id=uuid.UUID(int=number), fence=1, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
        order=InstallQueue(printer="front"),
    )  # fmt: skip
    sync.host.denied.add(_orders.REQUIRE_SIGN_IN)
    await sync.want(attrs.evolve(WITH, edition=f"order-{number}", commands=(command,)))
    await told(sync, False)


async def test_a_queue_ordered_before_there_was_a_print_system_comes_with_it_after_a_restart_too() -> None:
    sync = made()
    sync.spooler.trouble = NotYet("no print system answers", next_step="Install one.")
    async with running(sync):
        await ordered_in_vain(sync, number=1)
    sync.spooler.trouble = None
    async with running(sync):
        await told(sync, False, True)
    assert sync.spooler.queues["front"].uri == QUEUE.uri


async def test_a_queue_that_could_not_be_made_and_is_not_wanted_any_more_does_not_come() -> None:
    sync = made()
    sync.spooler.trouble = NotYet("no print system answers", next_step="Install one.")
    async with running(sync):
        await ordered_in_vain(sync, number=1)
        sync.spooler.trouble = None
        remove = Command(
            id=uuid.UUID(int=2), fence=1, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
            order=RemoveQueue(printer="front"),
        )  # fmt: skip
        await sync.want(attrs.evolve(WITH, edition="removed", commands=(remove,)))
        await sync.until(lambda: [one for one in sync.findings(CommandReport) if one.command == remove.id])
    async with running(sync):
        await sync.until(lambda: sync.link.requests)
    assert sync.spooler.queues == {}
