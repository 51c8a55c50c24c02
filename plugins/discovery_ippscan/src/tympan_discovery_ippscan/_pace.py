"""How fast a scan may go: so many addresses a second, with jitter; so many connections per network, and in all.

Whoever wants to connect takes a place of its network first, then one of all: an address of a full network waits for its
own network alone, and the others go on.
"""

from __future__ import annotations

import contextlib
import ipaddress
import random
from collections.abc import AsyncIterator

import attrs
import trio

from tympan_discovery_ippscan._limits import AT_A_TIME, JITTER, SAVED_S


class Turns:
    """Turns at a rate, each gap a little longer or shorter than the last."""

    def __init__(self, per_second: float, chance: random.Random) -> None:
        self._gap_s = 1 / per_second
        self._chance = chance
        self._next = -float("inf")
        self._given = 0

    async def turn(self) -> None:
        """Returns when one more may begin."""
        self._next = max(self._next, trio.current_time() - SAVED_S)
        at, self._next = self._next, self._next + self._gap_s * self._chance.uniform(1 - JITTER, 1 + JITTER)
        self._given += 1
        if at > trio.current_time():
            await trio.sleep_until(at)
        elif self._given % AT_A_TIME == 0:  # else each address would cost a turn of everything else that runs
            await trio.lowlevel.checkpoint()


@attrs.define(eq=False)
class _Network:
    places: trio.Semaphore
    users: int = 0


class Places:
    """Places for connections, per network (an IPv4 /24, an IPv6 /64, a name) and in all.

    Networks nobody is in cost nothing.
    """

    def __init__(self, per_network: int, in_all: int) -> None:
        self._per_network = per_network
        self._all = trio.Semaphore(in_all)
        self._networks: dict[str, _Network] = {}

    @contextlib.asynccontextmanager
    async def place(self, target: str) -> AsyncIterator[None]:
        """A place for one connection to a target."""
        name = network_of(target)
        network = self._networks.setdefault(name, _Network(trio.Semaphore(self._per_network)))
        network.users += 1
        try:
            async with held(network.places), held(self._all):
                yield
        finally:
            network.users -= 1
            if not network.users:
                del self._networks[name]


async def take(places: trio.Semaphore) -> None:
    """A place, without a turn of the scheduler where there is one."""
    try:
        places.acquire_nowait()
    except trio.WouldBlock:
        await places.acquire()


@contextlib.asynccontextmanager
async def held(places: trio.Semaphore) -> AsyncIterator[None]:
    """A place for as long as the block runs."""
    await take(places)
    try:
        yield
    finally:
        places.release()


def network_of(target: str) -> str:
    """Which network a target counts for."""
    if ":" in target:
        return str(ipaddress.ip_network((target.partition("%")[0], 64), strict=False))
    network, _, last = target.rpartition(".")
    return network if last.isdecimal() else target.lower()
