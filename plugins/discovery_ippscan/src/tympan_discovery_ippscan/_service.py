"""The service: carries out scans, and looks again at what they found."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import attrs
import trio

from tympan.plugin import Host, ScanOrder, Sighting, SweepRequest, SweepStanding, TympanError
from tympan_discovery_ippscan._errors import BadTarget, sentence_of
from tympan_discovery_ippscan._known import METHOD, Known, KnownDevices
from tympan_discovery_ippscan._limits import ENTRIES, LOOKS, PER_SECOND_LEAST, PER_SECOND_MOST
from tympan_discovery_ippscan._model import ScanSettings
from tympan_discovery_ippscan._pace import Places, Turns
from tympan_discovery_ippscan._plan import Cursor, Plan
from tympan_discovery_ippscan._probe import Found, Look, Nothing, Probe
from tympan_discovery_ippscan._ranges import Ranges, private, ranges
from tympan_discovery_ippscan._scan import Scan, plan_of
from tympan_discovery_ippscan._scans import Scans

_AGAIN_PER_SECOND = 20.0
"""Pace at which known devices are looked at again, addresses a second."""
_SWEEP_PER_SECOND = 200
"""Pace of a sweep somebody waits for."""


@attrs.define(eq=False)
class _Live:
    """What there is while the service runs."""

    host: Host
    settings: ScanSettings
    probe: Probe
    turns: Turns
    nursery: trio.Nursery


class ScanService:
    """``Discoverer`` and ``Service``. Owns: the connections of scans."""

    method = METHOD

    def __init__(self, scans: Scans, look: Look) -> None:
        self._scans = scans
        self._look = look
        self._known = KnownDevices()
        self._live: _Live | None = None
        self._standing = SweepStanding()
        self._tried = 0
        self._changed = trio.Event()
        self._again = trio.Event()
        self._chance = random.Random()  # noqa: S311  # jitter is no secret, and is drawn for each address

    @property
    def standing(self) -> SweepStanding:
        """How it fares."""
        return attrs.evolve(self._standing, dropped=self._known.dropped)

    async def sightings(self) -> Sequence[Sighting]:
        """What scans found and was there when somebody looked last."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._known.in_view()

    async def wait_changed(self) -> None:
        """Returns at news."""
        await self._changed.wait()

    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Looks at some ranges, or where none are named at what is known."""
        live = self._live
        if live is None:
            return
        send, receive = trio.open_memory_channel[Sighting](0)
        live.nursery.start_soon(self._sweep, live, request, send)
        async with receive:
            async for sighting in receive:
                yield sighting

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = ScanSettings.of(host.settings)
        places = Places(settings.connections_per_network, settings.connections)
        probe = Probe(
            places=places,
            looks=trio.CapacityLimiter(LOOKS),
            look=self._look,
            connect_s=settings.connect_s,
            ports=settings.port_numbers,
            tried=self._count,
        )
        await self._known.open(host.state)
        try:
            async with trio.open_nursery() as nursery:
                self._live = _Live(host, settings, probe, Turns(settings.per_second, self._chance), nursery)
                host.ready()
                self._changed.set()
                nursery.start_soon(self._scans.run, host.state, self._begin, self._finished)
                nursery.start_soon(self._look_again)
        finally:
            self._live, self._standing = None, SweepStanding()

    def _count(self) -> None:
        self._tried += 1

    def _begin(self, order: ScanOrder, cursor: Cursor) -> Scan:
        live = self._lives()
        wanted = ranges(order.targets, order.excluded, loopback=live.settings.loopback)
        live.host.used()
        return self._scan(wanted, plan_of(order, wanted), cursor, order.per_second, outside=order.outside)

    def _scan(self, wanted: Ranges, plan: Plan, cursor: Cursor, per_second: float, *, outside: bool) -> Scan:
        live = self._lives()
        rate = min(max(per_second, PER_SECOND_LEAST), PER_SECOND_MOST)
        return Scan(
            ranges=wanted,
            plan=plan,
            cursor=cursor,
            turns=Turns(rate, self._chance),
            shared=live.turns,
            probe=live.probe,
            loopback=live.settings.loopback,
            outside=outside,
            see=self._see,
            miss=self._miss,
            failed=self._failed,
        )

    async def _see(self, found: Found) -> None:
        host = self._lives().host
        if await self._known.see(host.state, found, host.now()):
            self._changed.set()

    def _failed(self, target: str, error: Exception) -> None:
        self._lives().host.log("an address was not looked at", target=target, error=repr(error)[:300])

    async def _miss(self, target: str, nothing: Nothing) -> None:
        if await self._known.miss(self._lives().host.state, target, nothing):
            self._changed.set()

    async def _finished(self) -> None:
        """A scan ended: what else is known is looked at, so that all in view was seen again."""
        await trio.lowlevel.checkpoint()
        self._again.set()

    async def _look_again(self) -> None:
        live = self._lives()
        while True:
            self._again = trio.Event()  # before: a scan may end meanwhile
            if any(self._known):
                try:
                    await self._round()
                except* TympanError as errors:
                    live.host.log("what is known was not looked at again", error=sentence_of(errors))
            with trio.move_on_after(live.settings.again_s):
                await self._again.wait()

    async def _round(self) -> None:
        """Looks at every device that was not seen just now."""
        live, began, tried = self._lives(), trio.current_time(), self._tried
        await self._known.forget(live.host.state, live.host.now())
        fresh = live.host.now() - dt.timedelta(seconds=min(live.settings.again_s / 2, 600))
        old = [known for known in self._known if known.sighting.seen_at < fresh or not known.in_view]
        for outside in (False, True):  # what was found there was confirmed; no other name may lead there meanwhile
            targets = [known.target for known in old if _is_outside(known) is outside]
            for start in range(0, len(targets), ENTRIES):
                await self._look_at(live, targets[start : start + ENTRIES], outside=outside)
        self._standing = SweepStanding(
            swept_at=live.host.now(), took_s=trio.current_time() - began, packets=self._tried - tried
        )
        self._changed.set()

    async def _look_at(self, live: _Live, targets: Sequence[str], *, outside: bool) -> None:
        """At what is known; what may not be scanned any more is out of view."""
        allowed = [target for target in targets if _is_scanned(target, loopback=live.settings.loopback)]
        for target in set(targets).difference(allowed):
            await self._miss(target, Nothing.NOBODY)
        if allowed:
            again = ranges(allowed, loopback=live.settings.loopback)
            plan = Plan(count=again.count)
            await self._scan(again, plan, Cursor(), _AGAIN_PER_SECOND, outside=outside).run()

    async def _sweep(self, live: _Live, request: SweepRequest, send: trio.MemorySendChannel[Sighting]) -> None:
        with send, trio.move_on_after(request.duration_s):
            near = tuple(known.target for known in self._known if not _is_outside(known))
            targets = request.ranges or near[:ENTRIES]
            try:
                wanted = ranges(targets, loopback=live.settings.loopback)
            except BadTarget as error:
                live.host.log("a sweep cannot be carried out", error=error.sentence)
                return
            if not wanted.count:
                return
            order = ScanOrder(id=uuid4(), targets=targets)
            scan = self._scan(wanted, plan_of(order, wanted), Cursor(), _SWEEP_PER_SECOND, outside=False)

            async def see(found: Found) -> None:
                await self._see(found)
                for known in self._known:
                    if known.target == found.target:
                        await send.send(known.sighting)

            try:
                await attrs.evolve(scan, see=see).run()
            except* trio.BrokenResourceError:
                pass  # nobody listens any more
            except* TympanError as errors:
                live.host.log("a sweep cannot be carried out", error=sentence_of(errors))

    def _lives(self) -> _Live:
        if self._live is None:
            raise RuntimeError("the service does not run")
        return self._live


def _is_outside(known: Known) -> bool:
    """Whether a device was found outside private space."""
    return any(not private(address) for address in known.sighting.addresses)


def _is_scanned(target: str, *, loopback: bool) -> bool:
    """Whether a target that is known may be scanned by the settings there are now."""
    try:
        return ranges([target], loopback=loopback).count > 0
    except BadTarget:
        return False
