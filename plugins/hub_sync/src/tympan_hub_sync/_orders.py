"""Carries out the hub's commands: one at a time, each once, the outcome durable before it is told.

- Only what stands in the newest desired state is carried out: what the hub has given up is not done late.
- Every order may be carried out again without harm, so a crash before the outcome is kept costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import trio

from tympan.plugin import (
    Host,
    IllegalStep,
    JobState,
    NotFound,
    Printer,
    PrinterId,
    PrintersChanged,
    QueueRequest,
    Spooler,
    TympanError,
)
from tympan_hub_sync._command_book import CommandBook
from tympan_hub_sync._device_check import check_device
from tympan_hub_sync._limits import INSTALL_S, ORDER_S, PRINTER_S
from tympan_hub_sync._reports import cut, report
from tympan_wire.hub import (
    CancelJob,
    CheckDevice,
    Command,
    CommandReport,
    Finding,
    InstallQueue,
    Order,
    Outcome,
    QueueReport,
    RemoveQueue,
    encode,
)


class Orders:
    """The commands of one membership."""

    def __init__(self, host: Host, told: Callable[[], None]) -> None:
        self._host = host
        self._told = told
        self._book = CommandBook(host.state)
        self._wanted: tuple[Command, ...] = ()
        self._nudge = trio.Event()

    def take(self, commands: Sequence[Command]) -> None:
        """What waits for this agent, oldest first."""
        self._wanted = tuple(commands)
        self._nudge.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._book.open()
        while True:
            self._nudge = trio.Event()
            command = next((command for command in self._wanted if self._is_due(command)), None)
            if command is None:
                await self._nudge.wait()
            else:
                await self._answer(command)

    def _is_due(self, command: Command) -> bool:
        known = self._book.outcome(command.id)
        return known is None or known.fence < command.fence

    async def _answer(self, command: Command) -> None:
        known = self._book.outcome(command.id)
        if known is not None:
            outcome = await self._book.again(known, command.fence)
        else:
            outcome = await self._carried_out(command)
            await self._book.keep(outcome)
        await self._tell(outcome, f"command {command.id}")

    async def _carried_out(self, command: Command) -> CommandReport:
        ended = CommandReport(command=command.id, fence=command.fence, outcome=Outcome.FAILED)
        deadline_s = INSTALL_S if isinstance(command.order, (InstallQueue, RemoveQueue)) else ORDER_S
        try:
            with trio.fail_after(deadline_s):
                outcome, detail = await self._do(command.order)
        except TympanError as error:
            return attrs.evolve(ended, detail=cut(error.sentence))
        except trio.TooSlowError:
            return attrs.evolve(ended, detail=f"it was not done within {deadline_s:g} s")
        except Exception as error:  # another plugin's fault: the hub hears of it, and the next order is carried out
            self._host.log("an order failed", order=type(command.order).__name__, error=repr(error))
            return attrs.evolve(ended, detail=cut(f"{type(error).__name__}: {error}"))
        return attrs.evolve(ended, outcome=outcome, detail=cut(detail))

    async def _do(self, order: Order) -> tuple[Outcome, str]:
        match order:
            case CancelJob():
                return Outcome.DONE, await self._cancel(order)
            case CheckDevice():
                return Outcome.DONE, await check_device(order.uri)
            case InstallQueue():
                return Outcome.DONE, await self._install(await self._printer(order.printer))
            case RemoveQueue():
                return Outcome.DONE, await self._remove(order.printer)
            case _:
                detail = f"this agent does not know the order {order.name!r:.100}; update it"
                return Outcome.NOT_UNDERSTOOD, detail

    async def _cancel(self, order: CancelJob) -> str:
        try:
            job = await self._host.jobs.cancel(order.job, by=cut(order.by))
        except IllegalStep:
            found = self._host.jobs.find(order.job)
            if found is None or found.state is not JobState.CANCELED:
                raise
            return "the job is canceled"
        return "the job is canceled" if job.state is JobState.CANCELED else "the device is told to stop"

    async def _printer(self, name: str) -> Printer:
        with self._host.bus.subscribe(PrintersChanged, size=1) as changes, trio.move_on_after(PRINTER_S):
            while (printer := self._host.printers.get(PrinterId(name))) is None:
                await changes.receive()
            return printer
        raise NotFound(f"this agent knows no printer {name!r:.80}", next_step="Is it assigned to this agent?")

    async def _install(self, printer: Printer) -> str:
        request = QueueRequest(
            name=printer.id, uri=await self._endpoint(printer.id), info=printer.name, location=printer.location
        )
        try:
            queue = await self._spooler().install(request)
        except TympanError as error:
            await self._tell_queue(QueueReport(printer=printer.id, installed=False, detail=cut(error.sentence)))
            raise
        await self._tell_queue(QueueReport(printer=printer.id, installed=True, usable=queue.usable))
        return f"the queue {queue.name} prints to {printer.name}"

    async def _remove(self, printer: str) -> str:
        uri, spooler = await self._endpoint(printer), self._spooler()
        found = [queue.name for queue in await spooler.list_queues() if queue.ours and queue.uri == uri]
        for name in found:
            await spooler.remove(name)
        await self._tell_queue(QueueReport(printer=printer, installed=False))
        return f"removed: {', '.join(found)}" if found else "there was no queue"

    async def _endpoint(self, printer: str) -> str:
        status = await self._host.control.ask("status", {})
        port = status.get("port") if isinstance(status, dict) else None
        if port is None:
            cause = "the agent's endpoint for programs does not run"
            raise TympanError(cause, next_step="Switch local.site and endpoint.ipp on.")
        return f"ipp://localhost:{port}/ipp/print/{printer}"

    def _spooler(self) -> Spooler:
        found = self._host.ports(Spooler)  # type: ignore[type-abstract]
        if not found:
            raise NotFound("no plugin for this system's spooler is running", next_step="See 'tympan plugins'.")
        return found[0]

    async def _tell_queue(self, finding: QueueReport) -> None:
        await self._tell(finding, f"queue {finding.printer}")

    async def _tell(self, finding: Finding, slot: str) -> None:
        await self._host.outbox.add(encode(report(finding, self._host.now())), slot=slot)
        self._told()
