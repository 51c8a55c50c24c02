"""One scan: goes over its plan at its pace, and writes down how far it is.

- A place is done when nobody answered there, or when the device found there is kept: after a crash nothing is left out.
- Places are begun one after the other and end as they will; a slow one holds its own connection and nothing else.
- Most have nobody: those that say so at once are done as they are begun.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import partial

import attrs
import trio

from tympan.plugin import ScanOrder
from tympan_discovery_ippscan._knock import Knock
from tympan_discovery_ippscan._limits import AHEAD, WAITING
from tympan_discovery_ippscan._names import addresses_of, left_out
from tympan_discovery_ippscan._pace import Turns, take
from tympan_discovery_ippscan._plan import Cursor, Plan
from tympan_discovery_ippscan._probe import Found, Nothing, Probe
from tympan_discovery_ippscan._ranges import Ranges, fit, private


@attrs.frozen(kw_only=True, eq=False)
class Scan:
    """A scan under way.

    Attributes:
        ranges: What it goes over.
        plan: In which order.
        cursor: How far it is.
        turns: Its pace.
        shared: The pace of all scans together.
        probe: How one place is looked at.
        loopback: Whether names may lead to this computer.
        outside: Whether what is outside private space is asked.
        see: Takes a device, durably.
        miss: Takes a place where no device was read.
        failed: Told of a place whose look raised what nobody foresaw.
    """

    ranges: Ranges
    plan: Plan
    cursor: Cursor
    turns: Turns
    shared: Turns
    probe: Probe
    loopback: bool
    outside: bool
    see: Callable[[Found], Awaitable[None]]
    miss: Callable[[str, Nothing], Awaitable[None]]
    failed: Callable[[str, Exception], None]
    _further: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot, init=False)

    async def run(self) -> None:
        """Until every place is done."""
        window = trio.Semaphore(WAITING)
        without = await left_out(self.ranges.excluded_names)
        async with trio.open_nursery() as nursery:
            for step in self.cursor.left(self.plan.count):
                while step - self.cursor.mark > AHEAD:  # the slowest holds the mark
                    await self._further.park()
                await take(window)
                await self.turns.turn()
                await self.shared.turn()
                await self._begin(step, without, nursery, window)

    async def _begin(self, step: int, without: frozenset[str], nursery: trio.Nursery, window: trio.Semaphore) -> None:
        place = self.plan.place(step)
        target = self.ranges.at(place)
        if self.ranges.is_name(place):
            nursery.start_soon(self._step, step, target, partial(self._named, target, without), window)
            return
        knock = self._knock(target, without)
        if isinstance(knock, Nothing):
            await self._done(step, target, knock)
            window.release()
        else:
            nursery.start_soon(self._step, step, target, partial(self.probe.find, target, (target,), knock), window)

    def _knock(self, address: str, without: frozenset[str]) -> Knock | Nothing | None:
        if address in without or not (self.outside or self.ranges.inside or private(address)):
            return Nothing.UNASKED
        try:
            return self.probe.knock(address)
        except Exception as error:
            return self._odd(address, error)

    def _odd(self, target: str, error: Exception) -> Nothing:
        """Whatever a stranger's answer does, the other addresses are asked."""
        self.failed(target, error)
        return Nothing.SILENT

    async def _step(
        self, step: int, target: str, look: Callable[[], Awaitable[Found | Nothing]], window: trio.Semaphore
    ) -> None:
        try:
            found = await look()
        except Exception as error:
            found = self._odd(target, error)
        await self._done(step, target, found)
        window.release()

    async def _done(self, step: int, target: str, found: Found | Nothing) -> None:
        if isinstance(found, Nothing):
            await self.miss(target, found)
        else:
            await self.see(found)
            self.cursor.found += 1
        self.cursor.finish(step)
        self._further.unpark_all()

    async def _named(self, name: str, without: frozenset[str]) -> Found | Nothing:
        led = await addresses_of(name)
        if any(address in without or self.ranges.excludes(address) for address in led):
            return Nothing.UNASKED
        addresses = tuple(address for address in led if self._may_ask(address))
        return await self.probe.find(name, addresses) if addresses else Nothing.SILENT

    def _may_ask(self, address: str) -> bool:
        return fit(address, loopback=self.loopback) and (self.outside or private(address))


def plan_of(order: ScanOrder, ranges: Ranges) -> Plan:
    """The order of a scan's places: its own, and the same after a restart."""
    return Plan(count=ranges.count, seed=order.id.int % max(1, ranges.count))


def name_of(order: ScanOrder) -> str:
    """Names what is scanned: another when the order says another."""
    said = json.dumps([order.targets, order.excluded, order.outside]).encode()
    return hashlib.sha256(said).hexdigest()[:16]
