"""Does what a permit allows, one at a time, and leaves a report for the hub in the outbox.

What was done is told even when the page has gone meanwhile.
"""

from __future__ import annotations

import uuid

import trio

from tympan.plugin import Host, NotFound, Printer, PrinterId, QueueRequest, Spooler, TympanError
from tympan_browser_bridge._errors import TooMany
from tympan_browser_bridge._limits import INSTALL_S, PRINTER_S, QUEUES_S, REPORT_S, TEXT_CHARS, WAITING
from tympan_wire.bridge import Deed, Permit, Result
from tympan_wire.hub import QueueReport, Report, encode


class Errands:
    """The deeds of one agent."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._one = trio.Lock()

    async def do(self, permit: Permit) -> Result:
        """Does what a permit that was verified allows.

        Raises:
            TympanError: It could not be done, or too many wait.
        """
        if self._one.statistics().tasks_waiting >= WAITING:
            raise TooMany
        async with self._one:
            try:
                with trio.fail_after(INSTALL_S):
                    return await self._done(permit)
            except trio.TooSlowError as error:
                cause = f"the queue was not ready within {INSTALL_S:g} s"
                raise TympanError(cause, next_step="See whether the print system of this computer runs.") from error

    async def installed(self) -> tuple[str, ...]:
        """Printers that have a queue of ours; none when the spooler does not say it in time."""
        try:
            with trio.fail_after(QUEUES_S):
                queues = await self._spooler().list_queues()
        except (TympanError, trio.TooSlowError):
            return ()
        return tuple(queue.printer for queue in queues if queue.printer is not None)

    async def _done(self, permit: Permit) -> Result:
        if permit.deed is Deed.REMOVE:
            return await self._remove(permit.printer)
        return await self._install(await self._host.printers.wait(PrinterId(permit.printer), PRINTER_S))

    async def _install(self, printer: Printer) -> Result:
        try:
            uri = self._host.endpoint(printer.id)
            request = QueueRequest(name=printer.id, uri=uri, info=printer.name, location=printer.location)
            queue = await self._spooler().install(request)
        except TympanError as error:
            await self._tell(QueueReport(printer=printer.id, installed=False, detail=error.sentence[:TEXT_CHARS]))
            raise
        await self._tell(QueueReport(printer=printer.id, installed=True, usable=queue.usable))
        return Result(printer=printer.id, queue=queue.name, usable=queue.usable)

    async def _remove(self, printer: str) -> Result:
        spooler = self._spooler()
        for queue in await spooler.list_queues():
            if queue.printer == printer:
                await spooler.remove(queue.name)
        await self._tell(QueueReport(printer=printer, installed=False))
        return Result(printer=printer)

    def _spooler(self) -> Spooler:
        found = self._host.ports(Spooler)  # type: ignore[type-abstract]
        if not found:
            raise NotFound("no plugin for this system's spooler is running", next_step="See 'tympan plugins'.")
        return found[0]

    async def _tell(self, finding: QueueReport) -> None:
        report = Report(id=uuid.uuid4(), at=self._host.now(), finding=finding)
        with trio.move_on_after(REPORT_S, shield=True):
            await self._host.outbox.add(encode(report), slot=f"queue {finding.printer}")
