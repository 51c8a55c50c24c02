"""Devices that announce themselves on loopback, and a discoverer that looks for them there.

Everybody on loopback hears everybody: names carry a mark of the test, and tests look at their own devices alone.
"""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import AsyncIterator, Callable

import attrs
import trio
from zeroconf import ServiceInfo, Zeroconf

from tympan.plugin import Sighting
from tympan.testing import FakeHost
from tympan_discovery_bonjour._discoverer import Bonjour, BonjourSettings

WAIT_S = 180.0
"""A flood closes the ear for up to a minute."""
LOOPBACK = "127.0.0.1"
QUICK = BonjourSettings(interfaces=(LOOPBACK,), sweep_s=1.2, interfaces_s=0.2, own_host="this-very-computer")


@attrs.define
class Street:
    """Announces; ``mark`` stands in every name."""

    zeroconf: Zeroconf
    mark: str = attrs.field(factory=lambda: uuid.uuid4().hex[:8])

    def info(
        self,
        type_: str,
        name: str,
        *,
        host: str,
        port: int = 9,
        txt: dict[str, str] | None = None,
        address: str = LOOPBACK,
    ) -> ServiceInfo:
        full = f"{name} {self.mark}.{type_}.local."
        server = f"{host}-{self.mark}.local."
        addresses = [socket.inet_aton(address)]
        return ServiceInfo(f"{type_}.local.", full, addresses=addresses, port=port, properties=txt or {}, server=server)

    async def announce(self, *infos: ServiceInfo) -> None:
        async with trio.open_nursery() as nursery:
            for info in infos:
                nursery.start_soon(trio.to_thread.run_sync, self._register, info)

    async def leave(self, *infos: ServiceInfo) -> None:
        async with trio.open_nursery() as nursery:
            for info in infos:
                nursery.start_soon(trio.to_thread.run_sync, self.zeroconf.unregister_service, info)

    async def fall_silent(self) -> None:
        """Neither answers nor says good-bye any more."""
        silent = trio.Event()
        token = trio.lowlevel.current_trio_token()

        def close() -> None:
            self.zeroconf.registry.async_remove(self.zeroconf.registry.async_get_service_infos())
            token.run_sync_soon(silent.set)

        assert self.zeroconf.loop is not None
        self.zeroconf.loop.call_soon_threadsafe(close)
        await silent.wait()

    def mine(self, sightings: tuple[Sighting, ...] | list[Sighting]) -> list[Sighting]:
        return [one for one in sightings if self.mark in one.host]

    def _register(self, info: ServiceInfo) -> None:
        self.zeroconf.register_service(info, cooperating_responders=True)


@contextlib.asynccontextmanager
async def street() -> AsyncIterator[Street]:
    zeroconf = await trio.to_thread.run_sync(lambda: Zeroconf(interfaces=[LOOPBACK]))
    try:
        yield Street(zeroconf)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(zeroconf.close)


@contextlib.asynccontextmanager
async def discovering(settings: BonjourSettings = QUICK) -> AsyncIterator[Bonjour]:
    bonjour = Bonjour(settings)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bonjour.run, FakeHost("discovery_bonjour"))
        yield bonjour
        nursery.cancel_scope.cancel()


async def until(bonjour: Bonjour, right: Callable[[list[Sighting]], bool], on: Street) -> list[Sighting]:
    """The street's own sightings as soon as they are right."""
    seen: list[Sighting] = []
    with trio.move_on_after(WAIT_S):
        while not right(seen := on.mine(list(await bonjour.sightings()))):
            await bonjour.wait_changed()
        return seen
    raise AssertionError(f"not what was waited for: {seen}")
