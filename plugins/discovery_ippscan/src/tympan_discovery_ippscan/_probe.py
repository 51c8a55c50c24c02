"""Looks whether a device is at an address: a connection to the usual ports, then a look on the usual paths.

- Port 443 is tried where 631 has no device: most addresses have nobody, and nobody is asked twice for long.
- A name is resolved once: what was allowed to be asked is what is asked, wherever the name leads meanwhile.
- An open port is not a device. What does not answer IPP within its time is nothing.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Final

import attrs
import trio

from tympan_discovery_ippscan._limits import LOOK_S, NAME_ADDRESSES, NAME_S, RESOLVERS
from tympan_discovery_ippscan._pace import Places
from tympan_net.device_look import DeviceLook, Silence
from tympan_net.neighbours import mac_of

Look = Callable[[Sequence[str]], Awaitable[DeviceLook | Silence]]
"""Asks a device on any of some URIs; ``tympan_net.device_look.look_at``."""

PORTS: Final = (631, 443)
TLS_PORT: Final = 443
_RESOLVERS: Final = trio.lowlevel.RunVar[trio.CapacityLimiter]("resolvers of scans")
_UNDER_WAY: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK))


class Nothing(Enum):
    """What a place is where no device was read."""

    NOBODY = auto()
    SILENT = auto()
    """Something takes connections there, or its name could not be resolved: it may be a device that is busy."""


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

    async def find(self, target: str, addresses: tuple[str, ...]) -> Found | Nothing:
        """The device there: on the first port that has one."""
        nothing = Nothing.NOBODY
        for port in self.ports:
            if address := await self._open(addresses, port):
                if found := await self._read(target, addresses, address, port):
                    return found
                nothing = Nothing.SILENT
        return nothing

    async def _open(self, addresses: tuple[str, ...], port: int) -> str:
        """The first that takes a connection: a name may lead to one that is not reached from here; "" for none."""
        for address in addresses[:NAME_ADDRESSES]:
            async with self.places.place(address):
                self.tried()
                if await connects(address, port, self.connect_s):
                    return address
        return ""

    async def _read(self, target: str, addresses: tuple[str, ...], address: str, port: int) -> Found | None:
        """What answers IPP there; slow ones wait for each other alone."""
        async with self.looks, self.places.place(address):
            with trio.move_on_after(LOOK_S):
                look = await self.look(uris(address, port))
                if isinstance(look, DeviceLook):
                    look = attrs.evolve(look, uri=look.uri.replace(_host(address), _host(target), 1))
                    return Found(target=target, addresses=addresses, look=look, mac=await mac_of(addresses))
        return None


async def connects(address: str, port: int, within_s: float) -> bool:
    """Whether a port takes a connection; it is closed at once."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        failure = connection.connect_ex((address, port))
        if failure in _UNDER_WAY:
            failure = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or failure  # a refusal may be there
        if failure not in _UNDER_WAY:
            await trio.lowlevel.checkpoint()
            return failure == 0
        with trio.move_on_after(within_s):
            await trio.lowlevel.wait_writable(connection)
            return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    return False


async def addresses_of(name: str) -> tuple[str, ...]:
    """Where a name leads; nowhere when it is not known within its time."""
    with trio.move_on_after(NAME_S):
        try:
            known = await trio.to_thread.run_sync(_known, name, limiter=_resolvers(), abandon_on_cancel=True)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(known))
    return ()


def _known(name: str) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def _resolvers() -> trio.CapacityLimiter:
    """Threads of its own: an abandoned one lasts until the system's resolver gives up; the agent needs the others."""
    try:
        return _RESOLVERS.get()
    except LookupError:
        _RESOLVERS.set(trio.CapacityLimiter(RESOLVERS))
        return _RESOLVERS.get()


def uris(target: str, port: int) -> list[str]:
    """Where a device may take jobs, over TLS first; the paths are the usual ones."""
    return [f"{scheme}://{_host(target)}:{port}" for scheme in (("ipps",) if port == TLS_PORT else ("ipps", "ipp"))]


def _host(target: str) -> str:
    return f"[{target}]" if ":" in target else target
