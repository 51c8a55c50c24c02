"""Queues in step with the hub's printers: told as they are, gone with their printer, back with it."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from sync_rig import FRONT, Sync, made, running

from tympan.plugin import PrintersChanged, Queue
from tympan_hub_sync._queues import own_queues
from tympan_wire.hub import Command, CommandReport, Desired, InstallQueue, PrinterWanted, QueueReport

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
