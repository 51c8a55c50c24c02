"""The discoverer port in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import trio

from tympan._ports import Sighting, SweepRequest


class FakeDiscoverer:
    """``Discoverer`` that sees what the test put into ``devices``, and keeps the ``requests``."""

    def __init__(self, devices: Iterable[Sighting] = ()) -> None:
        self.devices = list(devices)
        self.requests: list[SweepRequest] = []

    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Every device once, then the end."""
        self.requests.append(request)
        for device in self.devices:
            await trio.lowlevel.checkpoint()
            yield device
