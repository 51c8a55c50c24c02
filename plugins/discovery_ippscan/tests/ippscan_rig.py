"""The service on loopback, beside virtual devices on addresses of their own."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import trio

from tympan.plugin import ScanOrder, ScanProgress, ScanState
from tympan.testing import FakeHost
from tympan_discovery_ippscan._model import ScanSettings
from tympan_discovery_ippscan._probe import Look
from tympan_discovery_ippscan._scans import Scans
from tympan_discovery_ippscan._service import ScanService
from tympan_net.device_look import look_at
from tympan_sim import Profile, run_printers

NET = "127.66.1"
"""A /24 of this machine's own that nothing else in the tests uses."""


def free_port() -> int:
    """A port nobody listens on, on any loopback address."""
    with socket.socket() as asked:
        asked.bind(("", 0))
        return int(asked.getsockname()[1])


def order(*targets: str, excluded: Sequence[str] = (), per_second: int = 5000) -> ScanOrder:
    """A scan of its own."""
    return ScanOrder(id=uuid.uuid4(), targets=targets, excluded=tuple(excluded), per_second=per_second)


@attrs.define(eq=False)
class Bench:
    """What a test holds."""

    host: FakeHost
    scans: Scans
    service: ScanService

    async def until(self, condition: Callable[[], object]) -> Any:
        """Polls."""
        with trio.fail_after(20):
            while not (found := condition()):
                await trio.sleep(0.005)
        return found

    async def scan(self, wanted: ScanOrder) -> ScanProgress:
        """Has it carried out to its end."""
        await self.scans.want([wanted])
        return await self.ended(wanted)

    async def ended(self, wanted: ScanOrder) -> ScanProgress:
        """How it ended."""
        with trio.fail_after(30):
            while True:
                [progress] = await self.scans.progress()
                if progress.state in (ScanState.DONE, ScanState.FAILED):
                    assert progress.id == wanted.id
                    return progress
                await self.scans.wait_changed()

    async def found(self) -> set[str]:
        """Addresses in view."""
        return {sighting.key for sighting in await self.service.sightings()}


def settings_of(port: int, **others: object) -> dict[str, object]:
    """Settings of tests."""
    made = ScanSettings(ports=(str(port),), loopback=True, connect_s=1.0, per_second=5000)
    return attrs.asdict(attrs.evolve(made, **others))  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    port: int, host: FakeHost | None = None, look: Look = look_at, **others: object
) -> AsyncIterator[Bench]:
    """Runs the service; with the host of an earlier run it is a restart."""
    host = host or FakeHost("discovery_ippscan", settings=settings_of(port, **others))
    scans = Scans()
    service = ScanService(scans, look)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(service.run, host)
        await host.ready_event.wait()
        yield Bench(host, scans, service)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def devices(port: int, *addresses: str, tls: bool = False) -> AsyncIterator[None]:
    """Virtual devices, each on an address."""
    async with trio.open_nursery() as nursery:
        for address in addresses:
            profile = Profile(name=f"at-{address.replace('.', '-').replace(':', '-')}")
            await nursery.start(partial(run_printers, [profile], host=address, port=port, tls=tls))
        yield
        nursery.cancel_scope.cancel()
