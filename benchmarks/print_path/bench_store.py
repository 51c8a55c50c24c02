"""Jobs accepted durably, 10 KB, beside a bare write + fsync + rename of the same bytes on the same disk.

Run as a script, or ``run()`` from the table of all figures. ``BENCH_FOLDER`` names the disk; the current folder else.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import trio

from tympan._ids import printer_id
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Job, TimelineEntry

DOCUMENT_BYTES = 10 * 1024
OPERATIONS = 1600
ROUNDS = 5
BIG_BYTES = 512 * 1024 * 1024
TICKET = secrets.token_bytes(400)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def run() -> list[dict[str, Any]]:
    """The figures as rows of the table."""
    folder = os.environ.get("BENCH_FOLDER", ".")
    rows = []
    for tasks in (1, 16):
        ours, peer = _beside(partial(_store_rate, tasks=tasks), partial(_bare_rate, threads=tasks), folder)
        rows.append(_row(f"jobs stored durably, 10 KB, {tasks} at a time", ours, peer, "1/s", 0.7))
    ours, peer = _beside(_store_stream, _bare_stream, folder, rounds=3)
    rows.append(_row("one 512 MiB document stored, sealed", ours, peer, "MB/s", 0.5))
    return rows


def _row(figure: str, ours: float, peer: float, unit: str, target: float) -> dict[str, Any]:
    ratio = ours / peer
    return {
        "figure": figure,
        "ours": round(ours),
        "peer": round(peer),
        "unit": unit,
        "ratio": round(ratio, 2),
        "target": f">= {target}x bare write + fsync + rename",
        "met": ratio >= target,
    }


def _beside(
    ours: Callable[[Path], float], peer: Callable[[Path], float], folder: str, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Medians of both, measured turn by turn so that a noisy neighbour hits both."""
    pairs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            pairs.append((ours(Path(place) / "store"), peer(Path(place))))
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


# ---------------------------------------------------------------------------------------------- ours


def _store_rate(root: Path, tasks: int) -> float:
    return trio.run(_accept_all, root, tasks)


async def _accept_all(root: Path, tasks: int) -> float:
    store = Store(root, secrets.token_bytes(32))
    await store.open()
    data = secrets.token_bytes(DOCUMENT_BYTES)
    await _accept_some(store, data, 50)
    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(_accept_some, store, data, OPERATIONS // tasks)
    rate = OPERATIONS / (time.perf_counter() - start)
    await store.close()
    return rate


async def _accept_some(store: Store, data: bytes, count: int) -> None:
    for _ in range(count):
        job = _job(store.allocate_number(), len(data))
        sink = store.sink(job.uuid)
        await sink.write(data)
        entry = TimelineEntry(at=NOW, what="received", why="sent by the spooler", state=JobState.RECEIVED)
        await store.accept(job, await sink.finish(), [entry])


def _job(number: int, size: int) -> Job:
    return Job(
        uuid=uuid.uuid4(),
        number=number,
        printer=printer_id("front-desk"),
        name="Quarterly report.pdf",
        user="somebody",
        media_type="application/pdf",
        ticket=TICKET,
        state=JobState.RECEIVED,
        created_at=NOW,
        size_bytes=size,
    )


def _store_stream(root: Path) -> float:
    return trio.run(_stream_one, root)


async def _stream_one(root: Path) -> float:
    store = Store(root, secrets.token_bytes(32))
    await store.open()
    piece = secrets.token_bytes(64 * 1024)
    start = time.perf_counter()
    job = _job(store.allocate_number(), BIG_BYTES)
    sink = store.sink(job.uuid)
    for _ in range(BIG_BYTES // len(piece)):
        await sink.write(piece)
    await store.accept(job, await sink.finish())
    rate = BIG_BYTES / 1e6 / (time.perf_counter() - start)
    await store.close()
    return rate


# ---------------------------------------------------------------------------------------------- the bare disk


def _bare_rate(root: Path, threads: int) -> float:
    data = secrets.token_bytes(DOCUMENT_BYTES)
    workers = [
        threading.Thread(target=_write_some, args=(root, n, data, OPERATIONS // threads)) for n in range(threads)
    ]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return OPERATIONS / (time.perf_counter() - start)


def _write_some(root: Path, thread: int, data: bytes, count: int) -> None:
    for number in range(count):
        _write_one(root, f"{thread}-{number}", data)


def _write_one(root: Path, name: str, data: bytes) -> None:
    draft = f"{root}/draft-{name}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(draft, f"{root}/file-{name}")


def _bare_stream(root: Path) -> float:
    piece = secrets.token_bytes(1024 * 1024)
    start = time.perf_counter()
    with open(root / "draft", "xb", buffering=0) as file:
        for _ in range(BIG_BYTES // len(piece)):
            file.write(piece)
        os.fsync(file.fileno())
    os.rename(root / "draft", root / "file")
    return BIG_BYTES / 1e6 / (time.perf_counter() - start)


if __name__ == "__main__":
    for row in run():
        print(row)
