"""The discoverer port in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

import trio

from tympan._ports import Sighting, SweepRequest, SweepStanding


class FakeDiscoverer:
    """``Discoverer`` that sees what the test gives it by ``change``, and keeps the ``requests``."""

    def __init__(self, devices: Iterable[Sighting] = (), method: str = "fake") -> None:
        self.method = method
        self.standing = SweepStanding()
        self.requests: list[SweepRequest] = []
        self._devices = tuple(devices)
        self._changed = trio.Event()

    def change(self, *devices: Sighting, standing: SweepStanding | None = None) -> None:
        """Has others in view, fares otherwise where that is given, and wakes whoever waits."""
        self._devices = devices
        self.standing = standing or self.standing
        self._changed.set()

    async def sightings(self) -> Sequence[Sighting]:
        """As the test has it."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._devices

    async def wait_changed(self) -> None:
        """Returns at the next ``change``, or at once when one was not looked at yet."""
        await self._changed.wait()

    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Every device once, then the end, which wakes whoever waits."""
        self.requests.append(request)
        for device in self._devices:
            await trio.lowlevel.checkpoint()
            yield device
        self._changed.set()
