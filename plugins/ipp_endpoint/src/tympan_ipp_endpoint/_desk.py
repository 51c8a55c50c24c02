"""Desk: what operations work with: the host, the printers' faces, the created jobs."""

from __future__ import annotations

import trio

from tympan.plugin import DeviceSnapshot, Host, Job, Printer, PrinterId, PrinterReach, Route
from tympan_ipp_endpoint._created import CreatedJobs
from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._job_attributes import View
from tympan_ipp_endpoint._job_states import Aborts
from tympan_ipp_endpoint._limits import KEPT_FACES
from tympan_ipp_endpoint._printer_attributes import Face
from tympan_ipp_endpoint._printer_state import Condition, Load, StateClock, condition, of_many
from tympan_ipp_endpoint._requests import Call
from tympan_wire.ipp import Status


class Desk:
    """One per run of the service.

    Args:
        host: The plugin's host.
        operations: Codes of the operations offered.
    """

    def __init__(self, host: Host, operations: tuple[int, ...]) -> None:
        self.host = host
        self.created = CreatedJobs()
        self.aborts = Aborts()
        self.document_wait_s = host.settings.integer("document_wait_s")
        self._status_age_s = host.settings.number("status_age_s")
        self._operations = operations
        self._delivers = bool(host.ports(Route))  # type: ignore[type-abstract]  # a port is asked for by its protocol
        self._faces: dict[PrinterId, Face] = {}
        self._clocks: dict[PrinterId, StateClock] = {}
        self._wanted: dict[PrinterId, float] = {}

    def face(self, printer: Printer) -> Face:
        """The printer as clients see it, made anew when its device or its definition changed."""
        snapshot = self.host.printers.snapshot(printer.id)
        face = self._faces.get(printer.id)
        if face is None or not face.shows(printer, snapshot):
            if len(self._faces) >= KEPT_FACES:
                self._faces.clear()
            face = self._faces[printer.id] = Face(
                printer,
                snapshot,
                operations=self._operations,
                document_wait_s=self.document_wait_s,
                now=self.host.now(),
                before=face,
            )
        return face

    def ports_changed(self) -> None:
        """Asks again whether any plugin that runs delivers: too dear for every request, and seldom another answer."""
        self._delivers = bool(self.host.ports(Route))  # type: ignore[type-abstract]  # a port is asked for by its protocol

    def stands(self, printer: Printer) -> tuple[Condition, int]:
        """How a printer stands now, and how many of its jobs are not over."""
        load = Load.of(self.host.jobs.of_printer(printer.id))
        snapshot, reasons = self.host.printers.snapshot(printer.id), self.face(printer).device_reasons
        if not printer.uri or _is_through_the_hub(printer, snapshot):
            return of_many(load), load.queued
        return condition(snapshot, reasons, load, delivers=self._delivers), load.queued

    def clock(self, printer: Printer) -> StateClock:
        """Since when the printer stands as it does."""
        return self._clocks.setdefault(printer.id, StateClock())

    def look_again(self, printer: Printer, snapshot: DeviceSnapshot | None) -> None:
        """Asks for a newer look at the device when the last one is old, once per ``status_age_s`` at most."""
        now = trio.current_time()
        if now - self._wanted.get(printer.id, -1e9) < self._status_age_s:
            return
        if snapshot is None or (self.host.now() - snapshot.observed_at).total_seconds() > self._status_age_s:
            self._wanted[printer.id] = now
            self.host.printers.want(printer.id)

    def job(self, call: Call) -> Job:
        """The job a call names.

        Raises:
            Refusal: bad-request when it names none, not-found when the printer has no such job of this machine.
        """
        if call.job_number is None:
            raise Refusal(Status.CLIENT_ERROR_BAD_REQUEST, "job-id or job-uri is missing")
        job = self.host.jobs.get(call.job_number)
        if job is None or job.shared or job.printer != call.printer.id:
            raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"{call.printer.name} has no job {call.job_number}")
        return job

    def jobs(self, call: Call) -> tuple[Job, ...]:
        """A printer's jobs; what another machine sent is nobody's here, and its title none of their business."""
        return tuple(job for job in self.host.jobs.of_printer(call.printer.id) if not job.shared)

    def view(self, call: Call, job: Job) -> View:
        """A job as the caller sees it."""
        now = self.host.now()
        after_s = self.aborts.shown_after_s(job, now, first=call.first)
        return View(job=job, printer_uri=call.printer_uri, now=now, abort_after_s=after_s)


def _is_through_the_hub(printer: Printer, snapshot: DeviceSnapshot | None) -> bool:
    """Whether its jobs go through the hub now: whether its device answers here says nothing of it then."""
    if printer.reach is PrinterReach.FALLBACK:
        return snapshot is not None and not snapshot.reachable
    return printer.reach is PrinterReach.TUNNEL
