"""What the hub orders: carried out once, answered always, and never a reason to stop."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
import trio
from sync_rig import FRONT, Sync, made, running

from tympan.plugin import JobState, JobStep, NewJob, Queue, QueueRequest
from tympan.testing import FakeSpooler
from tympan_hub_sync import _orders
from tympan_hub_sync._command_book import CommandBook
from tympan_hub_sync._limits import REMEMBERED
from tympan_wire.hub import (
    CancelJob,
    CheckDevice,
    Command,
    CommandReport,
    Desired,
    InstallQueue,
    Order,
    Outcome,
    QueueReport,
    RemoveQueue,
    SignedInPerson,
    UnknownOrder,
    encode,
)

pytestmark = pytest.mark.anyio
SOON = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
ENDPOINT = "ipp://localhost:39149/ipp/print/front"


def order(what: Order, *, number: int = 1, fence: int = 1) -> Command:
    return Command(id=uuid.UUID(int=number), fence=fence, expires_at=SOON, order=what)


def wanting(*commands: Command, edition: str = "1") -> Desired:
    return Desired(edition=edition, commands=commands, people=(SignedInPerson(user="ada", person="p1"),))


async def outcome(sync: Sync, command: Command) -> CommandReport:
    found: CommandReport = await sync.until(
        lambda: next(
            (one for one in sync.findings(CommandReport) if (one.command, one.fence) == (command.id, command.fence)),
            None,
        )
    )
    return found


async def test_a_queue_is_made_and_removed() -> None:
    sync = made()
    install = order(InstallQueue(printer="front"))
    sync.desired = wanting(install)
    async with running(sync):
        done = await outcome(sync, install)
        assert (done.outcome, done.detail) == (Outcome.DONE, "the queue front prints to Front")
        assert sync.spooler.queues["front"].uri == ENDPOINT
        [queue] = await sync.until(lambda: sync.findings(QueueReport))
        assert (queue.printer, queue.installed, queue.usable) == ("front", True, True)
        remove = order(RemoveQueue(printer="front"), number=2)
        await sync.want(wanting(remove, edition="2"))
        assert (await outcome(sync, remove)).detail == "removed: front"
        assert sync.spooler.queues == {}
        await sync.until(lambda: not sync.findings(QueueReport)[-1].installed)


async def test_nothing_is_installed_where_nobody_is_signed_in_unless_policy_says_so() -> None:
    sync = made()
    first, second = order(InstallQueue(printer="front")), order(InstallQueue(printer="front"), number=2)
    sync.desired = attrs.evolve(wanting(first), people=())
    async with running(sync):
        refused = await outcome(sync, first)
        assert (refused.outcome, sync.spooler.queues) == (Outcome.FAILED, {})
        assert "nobody is signed in on this computer. Run 'tympan login'" in refused.detail
        sync.host.denied.add(_orders.REQUIRE_SIGN_IN)
        await sync.want(attrs.evolve(wanting(second, edition="2"), people=()))
        assert (await outcome(sync, second)).outcome is Outcome.DONE


async def test_a_command_is_carried_out_once_and_answered_under_each_fence() -> None:
    sync, install = made(), order(InstallQueue(printer="front"))
    sync.desired = wanting(install)
    async with running(sync):
        await outcome(sync, install)
        sync.spooler.queues.clear()
        again = attrs.evolve(install, fence=2)
        await sync.want(wanting(again, edition="2"))
        assert (await outcome(sync, again)).outcome is Outcome.DONE
        assert sync.spooler.queues == {}, "nothing was done twice"
    third = attrs.evolve(install, fence=3)
    sync.desired = wanting(third, edition="3")
    async with running(sync):  # nor after a restart
        await outcome(sync, third)
        older = attrs.evolve(install, fence=2)
        sync.reports.clear()
        await sync.want(wanting(older, order(UnknownOrder(name="dance"), number=9), edition="4"))
        await outcome(sync, order(UnknownOrder(name="dance"), number=9))
        assert [one.fence for one in sync.findings(CommandReport) if one.command == install.id] == []
        assert sync.spooler.queues == {}


async def test_an_order_of_a_newer_hub_is_answered_as_not_understood_and_holds_up_nobody() -> None:
    sync = made()
    odd, install = order(UnknownOrder(name="dance")), order(InstallQueue(printer="front"), number=2)
    sync.desired = wanting(odd, install)
    async with running(sync):
        found = await outcome(sync, odd)
        assert found.outcome is Outcome.NOT_UNDERSTOOD
        assert "'dance'" in found.detail
        assert (await outcome(sync, install)).outcome is Outcome.DONE


async def test_a_job_is_canceled_in_a_persons_name() -> None:
    sync = made()
    intake = sync.host.jobs.open(NewJob(printer=FRONT.id, hold="indefinite"))
    await intake.write(b"page")
    job = await intake.commit()
    cancel = order(CancelJob(job=job.uuid, by="Ada"))
    sync.desired = wanting(cancel)
    async with running(sync):
        assert (await outcome(sync, cancel)).detail == "the job is canceled"
        assert sync.host.jobs.known(job.uuid).state is JobState.CANCELED
        again = order(CancelJob(job=job.uuid, by="Ada"), number=2)
        await sync.want(wanting(again, edition="2"))
        assert (await outcome(sync, again)).outcome is Outcome.DONE, "what is wanted is so already"


async def test_what_cannot_be_done_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_orders, "PRINTER_S", 0.05)
    sync = made()
    intake = sync.host.jobs.open(NewJob(printer=FRONT.id))
    await intake.write(b"page")
    job = await intake.commit()
    for step in (JobStep.CLAIM, JobStep.SENT, JobStep.COMPLETE):
        sync.host.jobs.step(sync.host.jobs.known(job.uuid), step)
    sync.spooler.silent.add(ENDPOINT)
    cases: list[tuple[Order, str]] = [
        (InstallQueue(printer="nobody"), "knows no printer 'nobody'"),
        (InstallQueue(printer="front"), f"{ENDPOINT} does not answer"),
        (CancelJob(job=uuid.UUID(int=5), by="Ada"), "no such job"),
        (CancelJob(job=job.uuid, by="Ada"), "completed"),
        (CheckDevice(uri="file:///etc/passwd"), "file:///etc/passwd"),
        (CheckDevice(uri="ipp://127.0.0.1:9/ipp/print"), "cannot be reached"),
    ]
    commands = [order(what, number=number) for number, (what, _) in enumerate(cases, start=1)]
    sync.desired = wanting(*commands)
    async with running(sync):
        for command, (_, why) in zip(commands, cases, strict=True):
            found = await outcome(sync, command)
            assert found.outcome is Outcome.FAILED
            assert why in found.detail
    [queue] = sync.findings(QueueReport)
    assert (queue.installed, "does not answer" in queue.detail) == (False, True)


class Broken(FakeSpooler):
    async def install(self, request: QueueRequest) -> Queue:
        raise ZeroDivisionError("a bug of another plugin")


async def test_a_fault_of_another_plugin_is_an_outcome() -> None:
    sync, install = made(), order(InstallQueue(printer="front"))
    sync.host.offered = [port for port in sync.host.offered if not isinstance(port, FakeSpooler)] + [Broken()]
    sync.desired = wanting(install)
    async with running(sync):
        found = await outcome(sync, install)
        assert (found.outcome, found.detail) == (Outcome.FAILED, "ZeroDivisionError: a bug of another plugin")


async def test_a_spooler_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(FakeSpooler):
        async def install(self, request: QueueRequest) -> Queue:
            await trio.sleep_forever()
            raise AssertionError

    monkeypatch.setattr(_orders, "INSTALL_S", 0.05)
    sync, install = made(), order(InstallQueue(printer="front"))
    sync.host.offered = [port for port in sync.host.offered if not isinstance(port, FakeSpooler)] + [Hanging()]
    sync.desired = wanting(install)
    async with running(sync):
        assert "not done within 0.05 s" in (await outcome(sync, install)).detail


async def test_without_an_endpoint_nothing_can_be_installed() -> None:
    sync, install = made(), order(InstallQueue(printer="front"))
    sync.host.port = None
    sync.desired = wanting(install)
    async with running(sync):
        assert "endpoint for programs does not run" in (await outcome(sync, install)).detail


async def test_a_command_the_hub_gave_up_is_not_done_late() -> None:
    class Slow(FakeSpooler):
        going = trio.Event()

        async def install(self, request: QueueRequest) -> Queue:
            await self.going.wait()
            return await super().install(request)

    slow = Slow()
    sync = made()
    first, second = order(InstallQueue(printer="front")), order(UnknownOrder(name="dance"), number=2)
    sync.host.offered = [port for port in sync.host.offered if not isinstance(port, FakeSpooler)] + [slow]
    sync.desired = wanting(first, second)
    async with running(sync):
        await sync.until(lambda: sync.link.requests)
        await sync.want(wanting(first, edition="2"))
        await sync.until(lambda: len([1 for operation, _ in sync.link.requests if operation == "desired"]) >= 2)
        slow.going.set()
        await outcome(sync, first)
        third = order(UnknownOrder(name="sing"), number=3)
        await sync.want(wanting(third, edition="3"))
        await outcome(sync, third)
        assert [one.command for one in sync.findings(CommandReport)] == [first.id, third.id]


async def test_the_book_keeps_the_newest_and_survives_what_it_cannot_read() -> None:
    state = made().host.state
    book = CommandBook(state)
    for number in range(REMEMBERED + 5):
        await book.keep(
            CommandReport(command=uuid.UUID(int=number), fence=1, outcome=Outcome.DONE, detail="\U0001f5a8" * 500)
        )
    other = CommandBook(state)
    await other.open()
    assert other.outcome(uuid.UUID(int=4)) is None
    assert other.outcome(uuid.UUID(int=REMEMBERED + 4)) is not None
    for nonsense in (b"", b"x", b"9 {", b"{} {}", encode(Desired(edition="1"))):
        await state.put("command 4", nonsense)
        await other.open()
        assert other.outcome(uuid.UUID(int=REMEMBERED + 4)) is None
        assert other.outcome(uuid.UUID(int=REMEMBERED + 3)) is not None
    await other.keep(CommandReport(command=uuid.UUID(int=999), fence=1, outcome=Outcome.DONE))
    await book.open()
    assert book.outcome(uuid.UUID(int=999)) is not None
