"""Windows as the plugin sees it, for tests on other systems: queues in memory, jobs in a folder that presses share."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from press_of_tests import put_job

from tympan_spool_windows._devmode import PUBLIC_BYTES, JobSettings, change_devmode
from tympan_spool_windows._errors import CallFailed
from tympan_spool_windows._listener import Listener
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._records import (
    DeviceRecord,
    JobControl,
    JobNotice,
    JobRecord,
    JobStatus,
    Named,
    Notice,
    Paper,
    QueueRecord,
)
from tympan_spool_windows._spooler import WindowsSpooler

PRESS = Path(__file__).with_name("press_of_tests.py")
DEVICE = DeviceRecord(
    papers=(Paper(code=9, name="A4", width=2100, height=2970), Paper(code=1, name="Letter", width=2159, height=2794)),
    bins=(Named(code=15, name="Automatically Select"), Named(code=258, name="Tray 2")),
    resolutions=((300, 300), (600, 600)),
    duplex=True,
    color=True,
    copies=999,
)
EMPTY = bytes(64) + b"\x01\x04\x00\x00" + PUBLIC_BYTES.to_bytes(2, "little") + bytes(PUBLIC_BYTES - 70) + b"none"
DEFAULTS = change_devmode(EMPTY, JobSettings(paper_size=9, copies=1, color=2, duplex=1, print_quality=600))
OVER = JobStatus.PRINTED | JobStatus.DELETED


class FolderWindows:
    """Satisfies ``Winspool`` and ``Installer``.

    Attributes:
        records: Queues by name.
        folder: Of jobs.
        silent: Whether it grants no notices, as wine does.
        away: Whether listing fails.
        failures: How often it did.
        half: Whether queues it makes get no driver.
        schema: The Print Schema document of every queue.
        keeps: Whether jobs stay in their queue when they are over.
    """

    def __init__(self, folder: Path) -> None:
        self.records: dict[str, QueueRecord] = {}
        self.folder = folder
        self.silent = self.away = self.half = self.keeps = False
        self.failures = 0
        self.schema = b""
        self._stirred = threading.Condition()
        self._turn = 0

    # -------------------------------------------------------------- Winspool

    def queues(self) -> tuple[QueueRecord, ...]:
        self._check()
        return tuple(self.records.values())

    def _check(self) -> None:
        if self.away:
            self.failures += 1
            raise CallFailed("list the queues", 1722, "The RPC server is unavailable")

    def queue(self, name: str) -> QueueRecord | None:
        self._check()
        return self.records.get(name)

    def device(self, queue: QueueRecord) -> DeviceRecord:
        return DeviceRecord() if self.half else DEVICE

    def devmode(self, name: str) -> bytes:
        return DEFAULTS

    def merged(self, name: str, devmode: bytes) -> bytes:
        return devmode

    def print_capabilities(self, name: str, devmode: bytes) -> bytes:
        return self.schema

    def ticketed(self, name: str, devmode: bytes, ticket: bytes) -> bytes:
        return devmode[:-4] + b"ACME" if b"TonerSave" in ticket else devmode

    def jobs(self, name: str) -> tuple[JobRecord, ...]:
        self._check()
        found = [(number, job) for number, job in self.all_jobs().items() if job["queue"] == name]
        kept = [each for each in found if self.keeps or not each[1]["status"] & OVER]
        return tuple(
            JobRecord(number=number, document=job["title"], status=JobStatus(job["status"])) for number, job in kept
        )

    def all_jobs(self) -> dict[int, dict[str, Any]]:
        """Every job there ever was, by number."""
        return {int(path.stem): json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))}

    def printed(self, number: int) -> bytes:
        """What came out."""
        return (self.folder / f"{number}.bin").read_bytes()

    def control(self, name: str, number: int, order: JobControl) -> bool:
        job = self.all_jobs().get(number)
        if job is None or job["status"] & OVER:
            return False
        put_job(self.folder, number, {**job, "status": int(JobStatus.DELETING | JobStatus.DELETED)})
        return True

    def listen(self, name: str) -> Listener:
        if self.silent:
            raise CallFailed("tell of changes", 0, "Success")
        return _FolderListener(self, name)

    # ------------------------------------------------------------- Installer

    async def add(self, url: str) -> None:
        name = f"IPP {urlsplit(url).path.rpartition('/')[2]}"
        self.put(QueueRecord(name=name, port=url, driver="" if self.half else "Microsoft IPP Class Driver"))

    async def rename(self, name: str, new: str) -> None:
        record = self.records.pop(name)
        self.put(attrs.evolve(record, name=new))

    async def describe(self, name: str, *, info: str, location: str) -> None:
        self.put(attrs.evolve(self.records[name], comment=info, location=location))

    async def remove(self, name: str) -> None:
        del self.records[name]
        self._stir()

    # ------------------------------------------------------------------ more

    def put(self, record: QueueRecord) -> None:
        """A queue as another program makes or changes it."""
        self.records[record.name] = record
        self._stir()

    def _stir(self) -> None:
        with self._stirred:
            self._turn += 1
            self._stirred.notify_all()

    def turned(self, since: int, timeout_s: float) -> int:
        """Waits until queues changed; the count of changes."""
        with self._stirred:
            self._stirred.wait_for(lambda: self._turn != since, timeout_s)
            return self._turn


class _FolderListener:
    """Satisfies ``Listener``: for queues a condition, for jobs looks at the folder."""

    def __init__(self, windows: FolderWindows, queue: str) -> None:
        self._windows, self._queue = windows, queue
        self._turn = windows.turned(-1, 0)
        self._seen = self._statuses()
        self._stopped = threading.Event()

    def _statuses(self) -> dict[int, int]:
        jobs = self._windows.all_jobs().items() if self._queue else ()
        return {number: job["status"] for number, job in jobs if job["queue"] == self._queue}

    def wait(self) -> Notice | None:
        if not self._queue:
            before, self._turn = self._turn, self._windows.turned(self._turn, 0.05)
            return Notice(lost=True) if self._turn != before else None
        self._stopped.wait(0.01)
        seen, self._seen = self._seen, self._statuses()
        changed = [number for number, status in self._seen.items() if seen.get(number) != status]
        told = [JobNotice(number=number, status=JobStatus(self._seen[number])) for number in changed]
        return Notice(jobs=tuple(told)) if told else None

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self._stopped.set()


def spooler_on(windows: FolderWindows) -> WindowsSpooler:
    """A spooler of the plugin on a folder."""
    settings = SpoolSettings(install_timeout_s=1.0, watch_interval_s=0.1)
    return WindowsSpooler(windows, windows, settings, command=(sys.executable, "-P", str(PRESS), str(windows.folder)))
