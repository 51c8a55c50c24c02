"""Engine: prints the jobs of one printer, page after page, and writes down what came out."""

import contextlib
import datetime
from collections.abc import Callable
from pathlib import Path

import trio

from tympan_sim import _tickets
from tympan_sim._jobs import DeviceJob, Document
from tympan_sim._journal import Journal, Record
from tympan_sim._printer import VirtualPrinter
from tympan_wire.ipp import JobState

POWER_LOST = "power-lost"
_SUFFIXES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/pwg-raster": ".pwg",
    "image/urf": ".urf",
    "application/postscript": ".ps",
    "text/plain": ".txt",
}


class Engine:
    """The mechanics of one printer.

    Owns: the documents of finished jobs: it files those that came out and removes the others.
    """

    def __init__(self, printer: VirtualPrinter, journal: Journal, *, wall: Callable[[], datetime.datetime]) -> None:
        self._printer = printer
        self._journal = journal
        self._wall = wall
        self._wake = trio.Event()

    def notify(self) -> None:
        """Something about the printer changed."""
        self._wake.set()

    async def run(self) -> None:
        """Print until cancelled."""
        while True:
            self._wake = trio.Event()
            self._tidy()
            job = self._printer.next_job() if self._printer.powered else None
            if job is None:
                await self._wake.wait()
            else:
                await self._print(job)

    def _tidy(self) -> None:
        for document in self._printer.take_unprinted():
            if document.file is not None:
                document.file.unlink(missing_ok=True)

    async def _print(self, job: DeviceJob) -> None:
        self._printer.begin(job)
        reason = await self._print_pages(job)
        ended = self._ended(job, reason)
        if job.document is not None and job.printed:
            await self._record(job, job.document, ended)
        if not job.finished and self._printer.knows(job):
            state = JobState.ABORTED if reason else JobState.COMPLETED
            self._printer.end(job, state, reason or "job-completed-successfully")

    def _ended(self, job: DeviceJob, reason: str) -> str:
        if job.finished:
            return "canceled" if job.state is JobState.CANCELED else "aborted"
        if not self._printer.knows(job):
            return POWER_LOST
        return "aborted" if reason else "completed"

    async def _print_pages(self, job: DeviceJob) -> str:
        """Print until the job is done or over; the reason if the device broke it off."""
        while not job.finished and self._printer.knows(job) and job.printed < job.impressions:
            self._wake = trio.Event()
            if not self._printer.ready_for_page(job) or self._printer.lingers(job):
                await self._wake.wait()
            elif self._printer.breaks_off(job):
                return "aborted-by-system"
            elif not self._printer.profile.pages_per_s and self._printer.undisturbed:
                self._printer.print_pages(job, job.impressions - job.printed)
                await trio.lowlevel.checkpoint()
            elif await self._page_time(job):
                self._printer.print_pages(job, 1)
        return ""

    async def _page_time(self, job: DeviceJob) -> bool:
        """Let a page's time pass; whether the page came out."""
        speed = self._printer.profile.pages_per_s
        due = trio.current_time() + (1 / speed if speed else 0)
        while not job.finished and self._printer.knows(job):
            if trio.current_time() >= due:
                await trio.lowlevel.checkpoint()
                return True
            self._wake = trio.Event()
            with trio.move_on_at(due):
                await self._wake.wait()
        return False

    async def _record(self, job: DeviceJob, document: Document, ended: str) -> None:
        if self._journal.folder is None:
            self._write_down(job, document, ended)
            return
        # Shielded: what is on paper must be written down even while the simulator stops.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._write_down, job, document, ended)

    def _write_down(self, job: DeviceJob, document: Document, ended: str) -> None:
        order = self._journal.next_order
        record = Record(
            order=order,
            printer=self._printer.profile.name,
            job_id=job.id,
            job_uuid=job.uuid,
            name=job.name,
            user=job.user,
            format=document.format,
            ticket=_tickets.plain(job.ticket),
            bytes=document.bytes,
            sha256=document.sha256,
            pages=document.pages,
            impressions=job.printed,
            ended=ended,
            at=self._wall().isoformat(timespec="milliseconds"),
            file=_file(document, order, job.id),
        )
        self._journal.append(record)


def _file(document: Document, order: int, job_id: int) -> str:
    """Give a document that came out its name for good, out of the folder of incoming ones."""
    if document.file is None:
        return ""
    suffix = _SUFFIXES.get(document.format, ".bin")
    return str(document.file.rename(document.file.parent.parent / f"{order:06}-job{job_id}{suffix}"))


def incoming_folder(folder: Path | None) -> Path | None:
    """The folder for documents that arrive, emptied of what an earlier run left."""
    if folder is None:
        return None
    incoming = folder / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for stale in incoming.iterdir():
        with contextlib.suppress(OSError):
            stale.unlink()
    return incoming
