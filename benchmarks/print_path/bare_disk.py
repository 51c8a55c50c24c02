"""The disk's own limit: writers that write a file, fsync it and rename it, again and again, each a process.

``python bare_disk.py FOLDER WRITERS SECONDS DOCUMENT`` prints files per second.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Starts the writers together and adds up what they did."""
    folder, writers, seconds, data = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]).read_bytes()
    context = multiprocessing.get_context("fork")
    together, done = context.Barrier(writers), context.SimpleQueue()
    processes = [
        context.Process(target=_write, args=(f"{folder}/{number}", seconds, data, together, done))
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    rates = [done.get() for _ in processes]
    for process in processes:
        process.join()
    print(sum(rates))


def _write(
    name: str,
    seconds: float,
    data: bytes,
    together: multiprocessing.synchronize.Barrier,
    done: multiprocessing.SimpleQueue[float],
) -> None:
    together.wait()
    start = time.perf_counter()
    count = 0
    while (spent := time.perf_counter() - start) < seconds:
        _write_one(f"{name}-draft", f"{name}-{count}", data)
        count += 1
    done.put(count / spent)


def _write_one(draft: str, path: str, data: bytes) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(draft, path)


if __name__ == "__main__":
    main()
