"""How fast a scan may go: so many addresses a second, with jitter; so many connections per network, and in all.

Whoever wants to connect takes a place of its network first, then one of all: an address of a full network waits for its
own network alone, and the others go on.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tympan_discovery_ippscan._limits import JITTER, SAVED_S


class Turns:
    """Turns at a rate, each gap a little longer or shorter than the last."""

    def __init__(self, per_second: float, chance: random.Random) -> None:
        self._gap_s = 1 / per_second
        self._chance = chance
        self._next = -float("inf")

    async def turn(self) -> None:
        """Returns when one more may begin."""
        self._next = max(self._next, trio.current_time() - SAVED_S)
        at, self._next = self._next, self._next + self._gap_s * self._chance.uniform(1 - JITTER, 1 + JITTER)
        if at > trio.current_time():
            await trio.sleep_until(at)
        else:
            await trio.lowlevel.checkpoint()


class Places:
    """Places for connections, per network (an IPv4 /24, an IPv6 /64, a name) and in all.

    Networks nobody is in cost nothing.
    """

    def __init__(self, per_network: int, in_all: int) -> None:
        self._per_network = per_network
        self._all = trio.CapacityLimiter(in_all)
        self._networks: dict[str, tuple[trio.Semaphore, int]] = {}

    @asynccontextmanager
    async def place(self, target: str) -> AsyncIterator[None]:
        """A place for one connection to a target."""
        network = network_of(target)
        async with self._of_network(network), self._all_places():
            yield

    @asynccontextmanager
    async def _of_network(self, network: str) -> AsyncIterator[None]:
        places, users = self._networks.get(network) or (trio.Semaphore(self._per_network), 0)
        self._networks[network] = places, users + 1
        try:
            async with places:
                yield
        finally:
            places, users = self._networks.pop(network)
            if users > 1:
                self._networks[network] = places, users - 1

    @asynccontextmanager
    async def _all_places(self) -> AsyncIterator[None]:
        async with self._all:
            yield


def network_of(target: str) -> str:
    """Which network a target counts for."""
    try:
        address = ipaddress.ip_address(target.partition("%")[0])
    except ValueError:
        return target.lower()
    bits = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, bits), strict=False))
