"""What tests on a real CUPS ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import trio
from rig import EvePrinter

from tympan.plugin import QueueRequest

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
DEADLINE_S = 60.0


def request(eve: EvePrinter, **more: str) -> QueueRequest:
    return QueueRequest(**{"name": "front", "uri": eve.uri, "info": "Front desk", "location": "Hall", **more})


async def pieces(path: Path) -> AsyncIterator[bytes]:
    async with await trio.open_file(path, "rb") as file:
        while piece := await file.read(10_000):
            yield piece
