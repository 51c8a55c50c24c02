"""Carries out the hub's commands: each once, the outcome durable before it is told.

- Queues are made and removed one after the other; what is quick does not wait for them.
- Only what stands in the newest desired state, and has not run out, is carried out: what the hub has given up is not
  done late. Time is counted from when the hub said it, by its clock and not by this machine's, which may be wrong.
- An outcome is told once a run while the hub still waits for it: a crash between keeping and telling it loses nothing.
- Every order may be carried out again without harm, so a crash before the outcome is kept costs nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

import attrs
import trio

from tympan.plugin import (
    CapabilityKey,
    Host,
    IllegalStep,
    JobState,
    NotFound,
    Printer,
    PrinterId,
    Retry,
    Spooler,
    TympanError,
)
from tympan_hub_sync._command_book import CommandBook
from tympan_hub_sync._device_check import check_device
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import INSTALL_S, ORDER_S, PRINTER_S
from tympan_hub_sync._queues import QueueKeeper, own_queues, queue_request
from tympan_hub_sync._reports import cut
from tympan_hub_sync._wants import HubPeople
from tympan_wire.hub import (
    CancelJob,
    CheckDevice,
    Command,
    CommandReport,
    DeviceFound,
    InstallQueue,
    Order,
    Outcome,
    QueueReport,
    RemoveQueue,
)

REQUIRE_SIGN_IN = CapabilityKey("agent.require-sign-in")
"""The kernel's key: printers are installed for people who are signed in."""


@attrs.frozen(kw_only=True)
class _Done:
    """What became of an order."""

    outcome: Outcome = Outcome.DONE
    detail: str
    device: DeviceFound | None = None


class Orders:
    """The commands of one membership."""

    def __init__(self, host: Host, findings: Findings, people: HubPeople, queues: QueueKeeper) -> None:
        self._people = people
        self._queues = queues
        self._host = host
        self._findings = findings
        self._book = CommandBook(host.state)
        self._wanted: tuple[Command, ...] = ()
        self._ends: dict[UUID, float] = {}
        self._said: set[tuple[UUID, int]] = set()
        self._nudge = trio.Event()

    def take(self, commands: Sequence[Command], at: dt.datetime | None) -> None:
        """What waits for this agent, oldest first, and when the hub said so; None from hubs that do not say it."""
        said_at, now = at or self._host.now(), trio.current_time()
        self._wanted = tuple(commands)
        self._ends = {one.id: now + (one.expires_at - said_at).total_seconds() for one in commands}
        self._said &= {(one.id, one.fence) for one in commands}
        self._nudge.set()
        self._nudge = trio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        await self._book.open()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._lane, _is_slow)
            nursery.start_soon(self._lane, _is_quick)

    async def _lane(self, mine: Callable[[Order], bool]) -> None:
        while True:
            nudge = self._nudge
            command = next((one for one in self._wanted if mine(one.order) and self._is_due(one)), None)
            if command is None:
                await nudge.wait()
            else:
                await self._answer(command)

    def _is_due(self, command: Command) -> bool:
        known = self._book.outcome(command.id)
        if known is None:
            return trio.current_time() < self._ends[command.id]
        return known.fence <= command.fence and (command.id, command.fence) not in self._said

    async def _answer(self, command: Command) -> None:
        self._said.add((command.id, command.fence))
        known = self._book.outcome(command.id)
        if known is not None:
            outcome = await self._book.again(known, command.fence)
        else:
            outcome = await self._carried_out(command)
            await self._book.keep(outcome)
        await self._findings.leave(outcome, f"command {command.id}")

    async def _carried_out(self, command: Command) -> CommandReport:
        deadline_s = INSTALL_S if _is_slow(command.order) else ORDER_S
        try:
            with trio.fail_after(deadline_s):
                done = await self._do(command.order)
        except TympanError as error:
            done = _Done(outcome=Outcome.FAILED, detail=error.sentence)
        except trio.TooSlowError:
            done = _Done(outcome=Outcome.FAILED, detail=f"it was not done within {deadline_s:g} s")
        except Exception as error:  # another plugin's fault: the hub hears of it, and the next order is carried out
            self._host.log("an order failed", order=type(command.order).__name__, error=repr(error))
            done = _Done(outcome=Outcome.FAILED, detail=f"{type(error).__name__}: {error}")
        return CommandReport(
            command=command.id, fence=command.fence, outcome=done.outcome, detail=cut(done.detail), device=done.device
        )

    async def _do(self, order: Order) -> _Done:
        match order:
            case CheckDevice():
                look = await check_device(order.uri)
                return _Done(detail=look.sentence, device=look.found)
            case CancelJob():
                return _Done(detail=await self._cancel(order))
            case InstallQueue():
                printer = await self._host.printers.wait(PrinterId(order.printer), PRINTER_S)
                return _Done(detail=await self._install(printer))
            case RemoveQueue():
                return _Done(detail=await self._remove(order.printer))
            case _:
                name = getattr(order, "name", type(order).__name__)
                detail = f"this agent does not know the order {name!r:.100}; update it"
                return _Done(outcome=Outcome.NOT_UNDERSTOOD, detail=detail)

    async def _cancel(self, order: CancelJob) -> str:
        try:
            job = await self._host.jobs.cancel(order.job, by=cut(order.by))
        except IllegalStep:
            found = self._host.jobs.find(order.job)
            if found is None or found.state is not JobState.CANCELED:
                raise
            return "the job is canceled"
        return "the job is canceled" if job.state is JobState.CANCELED else "the device is told to stop"

    async def _install(self, printer: Printer) -> str:
        try:
            self._require_somebody()
            queue = await self._spooler().install(queue_request(self._host, printer))
        except TympanError as error:
            await self._findings.leave_queue(
                QueueReport(printer=printer.id, installed=False, detail=cut(error.sentence))
            )
            if error.retry is not Retry.NEVER:  # such as a print system that somebody installs later
                await self._queues.owe(printer.id)
            raise
        await self._findings.leave_queue(QueueReport(printer=printer.id, installed=True, usable=queue.usable))
        return f"the queue {queue.name} prints to {printer.name}"

    def _require_somebody(self) -> None:
        if self._people.empty and self._host.allowed(REQUIRE_SIGN_IN):
            cause = "nobody is signed in on this computer"
            raise IllegalStep(cause, next_step="Run 'tympan login' there, then install the printer again.")

    async def _remove(self, printer: str) -> str:
        spooler = self._spooler()
        queue = own_queues(await spooler.list_queues()).get(printer)
        if queue is not None:
            await spooler.remove(queue.name)
        await self._queues.owe_no_more(printer)
        await self._findings.leave_queue(QueueReport(printer=printer, installed=False))
        return f"removed: {queue.name}" if queue is not None else "there was no queue"

    def _spooler(self) -> Spooler:
        found = self._host.ports(Spooler)  # type: ignore[type-abstract]
        if not found:
            raise NotFound("no plugin for this system's spooler is running", next_step="See 'tympan plugins'.")
        return found[0]


def _is_slow(order: Order) -> bool:
    return isinstance(order, (InstallQueue, RemoveQueue))


def _is_quick(order: Order) -> bool:
    return not _is_slow(order)
