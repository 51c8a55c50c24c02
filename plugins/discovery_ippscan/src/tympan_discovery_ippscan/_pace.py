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
        now = trio.current_time()
        self._next = max(self._next, now - SAVED_S)
        at, self._next = self._next, self._next + self._gap_s * self._chance.uniform(1 - JITTER, 1 + JITTER)
        self._given += 1
        if at > now:
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
        place = await self.take(target)
        try:
            yield
        finally:
            place.give_back()

    async def take(self, target: str) -> Place:
        """A place for one connection to a target, to be given back."""
        name = network_of(target)
        network = self._enter(name)
        try:
            await take(network.places)
            try:
                await take(self._all)
            except BaseException:
                network.places.release()
                raise
        except BaseException:
            self._leave(name)
            raise
        return Place(self, name)

    def take_nowait(self, target: str) -> Place | None:
        """A place where there is one at once."""
        name = network_of(target)
        network = self._networks.get(name)
        if not self._all.value or (network and not network.places.value):
            return None
        self._enter(name).places.acquire_nowait()
        self._all.acquire_nowait()
        return Place(self, name)

    def give_back(self, name: str) -> None:
        """One place of a network is free again."""
        self._all.release()
        self._networks[name].places.release()
        self._leave(name)

    def _enter(self, name: str) -> _Network:
        network = self._networks.get(name)
        if network is None:
            network = self._networks[name] = _Network(trio.Semaphore(self._per_network))
        network.users += 1
        return network

    def _leave(self, name: str) -> None:
        network = self._networks[name]
        network.users -= 1
        if not network.users:
            del self._networks[name]


@attrs.define(eq=False)
class Place:
    """A place that was taken."""

    _places: Places
    _network: str
    _held: bool = True

    def give_back(self) -> None:
        """For somebody else; a second time is nothing."""
        if self._held:
            self._held = False
            self._places.give_back(self._network)


async def take(places: trio.Semaphore) -> None:
    """A place, without a turn of the scheduler where there is one."""
    try:
        places.acquire_nowait()
    except trio.WouldBlock:
        await places.acquire()


def network_of(target: str) -> str:
    """Which network a target counts for."""
    if ":" in target:
        return str(ipaddress.ip_network((target.partition("%")[0], 64), strict=False))
    network, _, last = target.rpartition(".")
    return network if last.isdecimal() else target.lower()
