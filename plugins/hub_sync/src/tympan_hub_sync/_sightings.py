"""Devices in view, told to the hub as differences.

- A sighting is told when it is new or other than told before, and when it went; a sweep that saw nothing new is one
  report. What was told is durable, so a restart tells nothing twice.
- Nobody is told to have gone before this run's first sweep has ended: until then it just was not looked.
- A discovery that is switched off says nothing more, not even that its devices went: nobody looks for them.
- Where the hub wishes it, all that is in view is told once more: it dropped some, or was restored from a backup.
- Many at once are told a few at a time, and one that changes all the time is told now and then.
- A discovery that fails harms no other, nor anything else that goes to the hub; nor does a device that cannot be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import trio

from tympan.plugin import Discoverer, Host, PortsChanged, Sighting, SweepStanding
from tympan_hub_sync._errors import first_of
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import (
    SIGHTING_AGAIN_S,
    SIGHTING_ITEMS,
    SIGHTINGS,
    SIGHTINGS_AT_ONCE,
    SIGHTINGS_EVERY_S,
    SIGHTINGS_FAILED_S,
    SIGHTINGS_LOOK_S,
    TEXT_CHARS,
)
from tympan_hub_sync._reports import cut, few
from tympan_hub_sync._sighting_book import SightingBook, digest_of
from tympan_wire.device import Description
from tympan_wire.hub import SightingReport, SweepReport, TellAgain, encode

_EPOCH: Final = dt.datetime.fromtimestamp(0, dt.UTC)


class SightingTeller:
    """What the discoveries of one membership's agent see."""

    def __init__(self, host: Host, agent: str, findings: Findings) -> None:
        self._host = host
        self._agent = agent
        self._findings = findings
        self._again: dict[str, int] = {}
        self._followers: dict[str, Follower] = {}

    def take(self, again: Sequence[TellAgain]) -> None:
        """What the hub wishes to be told once more."""
        self._again = {wish.method: wish.number for wish in again}
        for method, number in self._again.items():
            if method in self._followers:
                self._followers[method].wish(number)

    async def run(self) -> None:
        """Until cancelled."""
        followed: dict[str, tuple[Discoverer, trio.CancelScope]] = {}
        async with trio.open_nursery() as nursery:
            with self._host.bus.subscribe(PortsChanged, size=1) as changes:
                while True:
                    there = self._there()
                    for method, (port, scope) in list(followed.items()):
                        if there.get(method) is not port:
                            scope.cancel()
                            del followed[method]
                    for method in there.keys() - followed.keys():
                        followed[method] = (there[method], trio.CancelScope())
                        nursery.start_soon(self._follow, method, *followed[method])
                    await changes.receive()

    def _there(self) -> dict[str, Discoverer]:
        there: dict[str, Discoverer] = {}
        for port in self._host.ports(Discoverer):  # type: ignore[type-abstract]
            try:
                there[port.method] = port
            except Exception as error:
                self._host.log("a discovery does not say its method", error=repr(error)[:TEXT_CHARS])
        return there

    async def _follow(self, method: str, port: Discoverer, scope: trio.CancelScope) -> None:
        with scope:
            while True:
                try:
                    await self._follower(method, port).run()
                except* Exception as errors:  # beside a cancellation too, which a plain except would let through
                    error = first_of(errors)
                    self._host.log("a discovery failed", method=method, error=repr(error)[:TEXT_CHARS])
                    self._host.note(f"the discovery {method} failed: {type(error).__name__}: {error}"[:TEXT_CHARS])
                await trio.sleep(SIGHTINGS_FAILED_S)

    def _follower(self, method: str, port: Discoverer) -> Follower:
        book = SightingBook(self._host.state, self._agent, method)
        made = self._followers[method] = Follower(self._host, port, book, self._findings)
        made.wish(self._again.get(method, 0))
        return made


class Follower:
    """Tells what one discovery sees."""

    def __init__(self, host: Host, port: Discoverer, book: SightingBook, findings: Findings) -> None:
        self._host = host
        self._port = port
        self._book = book
        self._findings = findings
        self._told_at: dict[str, float] = {}
        self._untold: set[str] = set()
        self._swept_at: dt.datetime | None = None
        self._wish = 0
        self._wished = trio.Event()

    def wish(self, number: int) -> None:
        """The hub wishes to be told once more; a number it had before means nothing new."""
        if number != self._wish:
            self._wish = number
            self._wished.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._book.open()
        while True:
            self._wished = trio.Event()
            if self._wish and await self._book.obey(self._wish):
                self._told_at = {}
            seen, standing = await self._port.sightings(), self._port.standing
            if not await self._tell(seen, standing):
                await trio.sleep(SIGHTINGS_EVERY_S)
                continue
            with trio.move_on_after(SIGHTING_AGAIN_S if self._told_at else SIGHTINGS_LOOK_S):
                await self._wait()

    async def _wait(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._wish_comes, nursery.cancel_scope)
            await self._port.wait_changed()
            nursery.cancel_scope.cancel()

    async def _wish_comes(self, scope: trio.CancelScope) -> None:
        await self._wished.wait()
        scope.cancel()

    async def _tell(self, seen: Sequence[Sighting], standing: SweepStanding) -> bool:
        """Whether that was all."""
        differences = self._differences(seen, swept=standing.swept_at is not None)
        for report, digest in differences[:SIGHTINGS_AT_ONCE]:
            await self._findings.leave(report, f"sighting {report.method} {report.key}", yields=True)
            self._book.note(report.key, digest)
            self._told_at[report.key] = trio.current_time()
        await self._book.keep()
        if len(differences) > SIGHTINGS_AT_ONCE:
            return False
        if standing.swept_at is not None and standing.swept_at != self._swept_at:
            await self._findings.leave(self._sweep(standing), f"sweep {self._port.method}")
            self._swept_at = standing.swept_at
        return True

    def _differences(self, seen: Sequence[Sighting], *, swept: bool) -> list[tuple[SightingReport, str | None]]:
        before = trio.current_time() - SIGHTING_AGAIN_S
        self._told_at = {key: at for key, at in self._told_at.items() if at > before}
        told, found = self._book.told, []
        keys = {sighting.key for sighting in seen}
        room = SIGHTINGS - len(told.keys() & keys)
        for sighting in seen:
            if sighting.key in self._told_at or (sighting.key not in told and room <= 0):
                continue
            worded = self._worded(sighting)
            if worded is None:
                continue
            room -= sighting.key not in told
            if told.get(sighting.key) != worded[1]:
                found.append(worded)
        return [*self._gone(told.keys() - keys if swept else ()), *found]

    def _worded(self, sighting: Sighting) -> tuple[SightingReport, str] | None:
        """A report and its digest; None for what cannot be told, which is dropped and counted: the others are told."""
        try:
            report = sighting_report(sighting)
            return report, digest_of(encode(attrs.evolve(report, seen_at=_EPOCH)))
        except Exception as error:  # what a stranger said, and its plugin believed
            if sighting.key not in self._untold and len(self._untold) < SIGHTINGS:
                self._untold.add(sighting.key)
                self._host.log("a device cannot be told of", method=self._port.method, error=repr(error)[:TEXT_CHARS])
            return None

    def _gone(self, keys: Iterable[str]) -> list[tuple[SightingReport, str | None]]:
        now, method = self._host.now(), self._port.method
        return [(SightingReport(method=method, key=key, seen_at=now, in_view=False), None) for key in sorted(keys)]

    def _sweep(self, standing: SweepStanding) -> SweepReport:
        return SweepReport(
            method=self._port.method,
            at=standing.swept_at or self._host.now(),
            in_view=len(self._book.told),
            took_ms=round(standing.took_s * 1000),
            packets=standing.packets,
            dropped=standing.dropped + len(self._untold),
        )


def sighting_report(sighting: Sighting) -> SightingReport:
    """A sighting as the hub is told; every text and list within its bound."""
    return SightingReport(
        method=sighting.method,
        key=sighting.key,
        seen_at=sighting.seen_at,
        uri=_whole(sighting.uri),
        host=_whole(sighting.host),
        addresses=few(sighting.addresses[:SIGHTING_ITEMS]),
        mac=sighting.mac,
        fingerprint=sighting.fingerprint,
        services=tuple(uri for uri in sighting.services[:SIGHTING_ITEMS] if _whole(uri)),
        description=_described(sighting.description),
        detail=cut(sighting.detail),
    )


def _described(told: Description) -> Description:
    return attrs.evolve(
        told,
        name=cut(told.name),
        make_and_model=cut(told.make_and_model),
        location=cut(told.location),
        firmware=cut(told.firmware),
        formats=few(told.formats),
        sides=few(told.sides),
        media=few(told.media),
        reasons=few(told.reasons),
        supplies=told.supplies[:SIGHTING_ITEMS],
        more_info=_whole(told.more_info),
    )


def _whole(address: str) -> str:
    """An address, or nothing: cut, it would lead elsewhere."""
    return address if cut(address) == address else ""
