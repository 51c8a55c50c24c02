"""Looks whether a device is at an address: a connection to the usual ports, then a look on the usual paths.

- A device is asked over the connection that showed it is there: small ones take one at a time.
- Who refuses at once costs no task.
- Port 443 is tried where 631 has no device: most addresses have nobody, and nobody is asked twice for long.
- A name is resolved once: what was allowed to be asked is what is asked, wherever the name leads meanwhile.
- An open port is not a device. What does not answer IPP within its time is nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Final, Protocol

import attrs
import trio

from tympan_discovery_ippscan._knock import Knock
from tympan_discovery_ippscan._limits import LOOK_S, NAME_ADDRESSES
from tympan_discovery_ippscan._pace import Place, Places
from tympan_net.device_look import DeviceLook, Silence
from tympan_net.neighbours import mac_of


class Look(Protocol):
    """Asks a device on any of some URIs; ``tympan_net.device_look.look_at``."""

    def __call__(
        self, uris: Sequence[str], *, opened: trio.SocketStream | None = None
    ) -> Awaitable[DeviceLook | Silence]:
        """Over a connection that is open already, where there is one."""
        ...


PORTS: Final = (631, 443)
TLS_PORT: Final = 443


class Nothing(Enum):
    """What a place is where no device was read."""

    NOBODY = auto()
    SILENT = auto()
    """Something takes connections there, or its name could not be resolved: it may be a device that is busy."""
    UNASKED = auto()
    """It is left out, so nothing is known of it."""


@attrs.frozen(kw_only=True)
class Found:
    """A device.

    Attributes:
        target: As it was scanned: an address or a name.
        addresses: Where that led.
        look: What it says.
        mac: Its hardware address, where it is on a link of this computer.
    """

    target: str
    addresses: tuple[str, ...]
    look: DeviceLook
    mac: str = ""


@attrs.frozen(kw_only=True, eq=False)
class Probe:
    """How one target is looked at.

    Attributes:
        places: Places for connections.
        looks: Devices read at one time.
        look: Reads one.
        connect_s: Deadline of one connection.
        ports: Tried in this order.
        tried: Told of every connection.
    """

    places: Places
    looks: trio.CapacityLimiter
    look: Look
    connect_s: float
    ports: tuple[int, ...] = PORTS
    tried: Callable[[], None]

    def knock(self, address: str) -> Knock | Nothing | None:
        """The first port of an address that does not refuse at once.

        Returns:
            ``NOBODY`` when all refuse; None when there is no place for a connection now.
        """
        for port in self.ports:
            place = self.places.take_nowait(address)
            if place is None:
                return None
            knock = self._begin(address, port, place)
            if not knock.failure:
                return knock
            knock.close()
        return Nothing.NOBODY

    async def find(self, target: str, addresses: tuple[str, ...], begun: Knock | None = None) -> Found | Nothing:
        """The device there: on the first port that has one.

        Args:
            target: As it was ordered.
            addresses: Where that leads.
            begun: What ``knock`` said of its one address; closed here.
        """
        nothing = Nothing.NOBODY
        for port in self.ports[self.ports.index(begun.port) if begun else 0 :]:
            async with self._opened(addresses, port, begun) as opened:
                if opened is not None:
                    if found := await self._read(target, addresses, opened):
                        return found
                    nothing = Nothing.SILENT
            begun = None
        return nothing

    @asynccontextmanager
    async def _opened(self, addresses: tuple[str, ...], port: int, begun: Knock | None) -> AsyncIterator[Knock | None]:
        """To the first that takes a connection: a name may lead to one that is not reached from here."""
        for address in addresses[:NAME_ADDRESSES]:
            knock = begun or self._begin(address, port, await self.places.take(address))
            try:
                if await knock.taken(self.connect_s):
                    yield knock
                    return
            finally:
                knock.close()
        yield None

    def _begin(self, address: str, port: int, place: Place) -> Knock:
        self.tried()
        try:
            return Knock.begin(address, port, place)
        except BaseException:
            place.give_back()
            raise

    async def _read(self, target: str, addresses: tuple[str, ...], opened: Knock) -> Found | None:
        """What answers IPP there. Slow ones wait for each other alone: without a connection, and without its place."""
        try:
            self.looks.acquire_nowait()
        except trio.WouldBlock:
            opened.close()
            async with self.looks, self.places.place(opened.address):
                return await self._look(target, addresses, opened.address, opened.port, None)
        try:
            return await self._look(target, addresses, opened.address, opened.port, opened.stream())
        finally:
            self.looks.release()

    async def _look(
        self, target: str, addresses: tuple[str, ...], address: str, port: int, opened: trio.SocketStream | None
    ) -> Found | None:
        with trio.move_on_after(LOOK_S):
            look = await self.look(uris(address, port), opened=opened)
            if isinstance(look, DeviceLook):
                look = attrs.evolve(look, uri=look.uri.replace(_host(address), _host(target), 1))
                return Found(target=target, addresses=addresses, look=look, mac=await mac_of(addresses))
        return None


def uris(target: str, port: int) -> list[str]:
    """Where a device may take jobs, over TLS first; the paths are the usual ones."""
    return [f"{scheme}://{_host(target)}:{port}" for scheme in (("ipps",) if port == TLS_PORT else ("ipps", "ipp"))]


def _host(target: str) -> str:
    return f"[{target}]" if ":" in target else target
