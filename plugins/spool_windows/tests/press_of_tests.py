"""A press whose spooler is a folder: each job is a file ``NUMBER.json``, what was printed ``NUMBER.bin``.

Started as a program with the folder as its argument; everything but the plate is the plugin's own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tympan_spool_windows._errors import CallFailed
from tympan_spool_windows._frames import Order
from tympan_spool_windows._records import JobStatus
from tympan_spool_windows._worker import leave, serve


class FolderPlate:
    """Satisfies ``Plate``."""

    def __init__(self, folder: Path, order: Order) -> None:
        self.number, self._folder, self._data = _number(folder), folder, bytearray()
        told = json.loads(order.encode())
        self._job: dict[str, Any] = {"queue": order.queue, "title": order.title, "order": told}
        self._put(JobStatus.SPOOLING)

    def write(self, data: bytes) -> None:
        if data.startswith(b"BROKEN"):
            raise CallFailed(f"print on the queue {self._job['queue']}", 6, "Invalid handle")
        self._data += data

    def finish(self, page: Callable[[], None]) -> None:
        (self._folder / f"{self.number}.bin").write_bytes(self._data)
        page()
        self._put(JobStatus.PRINTED)

    def abort(self) -> None:
        self._put(JobStatus.DELETING | JobStatus.DELETED)

    def _put(self, status: JobStatus) -> None:
        put_job(self._folder, self.number, {**self._job, "status": int(status)})


def put_job(folder: Path, number: int, job: dict[str, Any]) -> None:
    """Writes a job whole or not at all."""
    part = folder / f"{number}.part"
    part.write_text(json.dumps(job))
    part.replace(folder / f"{number}.json")


def _number(folder: Path) -> int:
    for number in range(1, 1000):
        try:
            os.close(os.open(folder / f"{number}.taken", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        return number
    raise AssertionError("a test does not print so much")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if not serve(sys.stdin.buffer, sys.stdout.buffer, lambda order: FolderPlate(place, order)):
        leave()
