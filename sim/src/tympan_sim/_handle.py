"""PrinterHandle: one running virtual printer, as its owner holds it."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from tympan_net.http_server import Request, Response
from tympan_sim._addresses import Address
from tympan_sim._answers import Answers
from tympan_sim._certificates import TlsIdentity
from tympan_sim._door import Door
from tympan_sim._engine import Engine, incoming_folder
from tympan_sim._faults import Fault, FaultKind
from tympan_sim._jobs import DeviceJob
from tympan_sim._journal import Journal, Record
from tympan_sim._operations import Operations
from tympan_sim._printer import VirtualPrinter
from tympan_sim._profiles import Profile

Starter = Callable[..., None]
"""`trio.Nursery.start_soon` of the nursery that runs the printers."""


def _utc() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class PrinterHandle:
    """One printer with its line, its engine and its journal.

    Attributes:
        name: the printer's.
        uri: over plain IPP.
        ipps_uri: over IPPS; None without TLS.
        printer: the model, to look at.
    """

    def __init__(
        self, profile: Profile, address: Address, *, folder: Path | None, identity: TlsIdentity | None, start: Starter
    ) -> None:
        self.name = profile.name
        self.uri = address.uri
        self.ipps_uri = address.ipps_uri
        self.address = address
        self.printer = VirtualPrinter(profile, clock=trio.current_time, on_change=self._changed)
        self._journal = Journal(folder)
        self._engine = Engine(self.printer, self._journal, wall=_utc)
        answers = Answers(self.printer, address, wall=_utc)
        self._door = Door(self.printer, Operations(self.printer, address, answers), incoming_folder(folder))
        self._identity = identity
        self._start = start
        self._change = trio.Event()
        self._power_cuts: set[trio.CancelScope] = set()

    @property
    def journal(self) -> tuple[Record, ...]:
        """What came out on paper, in order."""
        return self._journal.records

    @property
    def jobs(self) -> tuple[DeviceJob, ...]:
        """The jobs the device remembers, oldest first."""
        return self.printer.jobs

    @property
    def reachable(self) -> bool:
        """Whether the printer has power and is on the network."""
        return self.printer.powered and not self.printer.orders.peek(FaultKind.OFFLINE)

    def order(self, *faults: Fault | str) -> None:
        """Put faults in force, as values or in their text form.

        Raises:
            FaultUnreadable: A text names no fault; none of them is in force then.
        """
        for fault in [Fault.parse(fault) if isinstance(fault, str) else fault for fault in faults]:
            if fault.kind is FaultKind.POWER:
                self._start(self._power_cycle, fault.seconds)
            elif fault.kind is FaultKind.NEW_CERTIFICATE:
                if self._identity is not None:
                    self._identity.renew()
            else:
                self.printer.order(fault)

    def clear(self) -> None:
        """Lift every fault; a stopped printer goes on, one without power gets it back."""
        for cut in self._power_cuts:
            cut.cancel()
        self.printer.clear()
        self._door.clear()

    async def answer(self, request: Request) -> Response:
        """Answer one request to this printer's path."""
        return await self._door.answer(request)

    async def run(self) -> None:
        """Print until cancelled."""
        await self._engine.run()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; looked at after every change of the printer. The deadline is the caller's."""
        while not holds():
            await self._change.wait()

    async def until_printed(self, count: int = 1, *, timeout_s: float = 10.0) -> tuple[Record, ...]:
        """Wait until so many jobs in all have ended as printed, and their device shows it.

        Raises:
            trio.TooSlowError: They have not in that time.
        """
        with trio.fail_after(timeout_s):
            await self.until(lambda: len(self.journal) >= count and not self.printer.active)
        return self.journal

    def to_json(self) -> dict[str, Any]:
        """All there is to see of it, as a JSON object."""
        return {
            "name": self.name,
            "uri": self.uri,
            "ipps_uri": self.ipps_uri,
            "state": self.printer.state.name.lower() if self.reachable else "unreachable",
            "reasons": list(self.printer.stopped),
            "faults": [str(fault) for fault in self.printer.orders],
            "jobs": [_job_json(job) for job in self.jobs],
            "journal": [record.to_json() for record in self.journal],
        }

    async def _power_cycle(self, seconds: float) -> None:
        self.printer.power_off()
        self._door.cut()
        with trio.move_on_after(seconds) as cut:
            self._power_cuts.add(cut)
            await trio.sleep_forever()
        self._power_cuts.remove(cut)
        if not self._power_cuts:
            self.printer.power_on()

    def _changed(self) -> None:
        self._engine.notify()
        self._change.set()
        self._change = trio.Event()


def _job_json(job: DeviceJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "uuid": job.uuid,
        "name": job.name,
        "user": job.user,
        "state": job.state.name.lower().replace("_", "-"),
        "reasons": list(job.reasons),
        "impressions": job.impressions,
        "impressions_completed": job.printed,
    }
