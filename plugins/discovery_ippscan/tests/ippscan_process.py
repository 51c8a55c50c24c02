"""The service as a process of its own, its state in a folder, so that it can be killed.

``ippscan_process.py FOLDER PORT ID TARGET``: has the target scanned and tells how far it is, a line of JSON each time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import UUID

import trio
from ippscan_rig import running, settings_of

from tympan.plugin import ScanOrder, ScanState
from tympan.testing import FakeHost
from tympan_discovery_ippscan import _scans


class FolderState:
    """``KeyValue`` in a folder: a value is whole or as it was before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, key: str) -> bytes | None:
        await trio.lowlevel.checkpoint()
        path = self._folder / key
        return path.read_bytes() if path.exists() else None

    async def put(self, key: str, value: bytes) -> None:
        await trio.lowlevel.checkpoint()
        (self._folder / ".new").write_bytes(value)
        (self._folder / ".new").rename(self._folder / key)

    async def delete(self, key: str) -> None:
        await trio.lowlevel.checkpoint()
        (self._folder / key).unlink(missing_ok=True)


async def main(folder: Path, port: int, order: ScanOrder) -> None:
    """Until it is done."""
    vars(_scans).update(KEEP_S=0.05, TELL_S=0.05)
    host = FakeHost("discovery_ippscan", settings=settings_of(port))
    host.state = FolderState(folder)  # type: ignore[assignment]
    async with running(port, host) as bench:
        await trio.sleep(0.1)  # whoever orders comes after the start
        await bench.scans.want([order])
        while True:
            [progress] = await bench.scans.progress()
            found = sorted(sighting.key for sighting in await bench.service.sightings())
            print(json.dumps([progress.state, progress.probed, found]), flush=True)
            if progress.state is ScanState.DONE:
                return
            await bench.scans.wait_changed()


if __name__ == "__main__":
    given = ScanOrder(id=UUID(sys.argv[3]), targets=(sys.argv[4],), per_second=150)
    trio.run(main, Path(sys.argv[1]), int(sys.argv[2]), given)
