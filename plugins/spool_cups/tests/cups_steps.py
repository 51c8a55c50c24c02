"""What tests on a real CUPS ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import trio
from rig import Cupsd, EvePrinter, run

from tympan.plugin import QueueRequest

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
DEADLINE_S = 60.0


def request(eve: EvePrinter, **more: str) -> QueueRequest:
    return QueueRequest(**{"name": "front", "uri": eve.uri, "info": "Front desk", "location": "Hall", **more})


async def pieces(path: Path) -> AsyncIterator[bytes]:
    async with await trio.open_file(path, "rb") as file:
        while piece := await file.read(10_000):
            yield piece


LASER = Path(__file__).parent / "laser.ppd"
"""A driver with every kind of option there is, for a device that prints whatever it is sent."""


async def add_laser(cups: Cupsd, name: str, *, serial: int = 1) -> Path:
    """Makes a queue with that driver, and returns the folder in which its device keeps what it printed."""
    folder = cups.root / f"kept-{serial}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    await run(
        ["lpadmin", "-h", cups.server, "-p", name, "-E", "-v", f"keep:{folder}?serial={serial}", "-P", str(LASER)]
    )
    return folder
