"""The discoverer: sweeps, listens in between, and says what is in view."""

from __future__ import annotations

import datetime as dt
import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence

import attrs
import trio

from tympan.plugin import Host, Sighting, SweepRequest, SweepStanding
from tympan_discovery_bonjour._ear import listening
from tympan_discovery_bonjour._inbox import Inbox
from tympan_discovery_bonjour._interfaces import addresses_of
from tympan_discovery_bonjour._limits import (
    INTERFACES_S,
    REOPEN_S,
    RETRY_S,
    SETTLE_S,
    SLEPT_S,
    SWEEP_S,
    UNASKED_S,
)
from tympan_discovery_bonjour._looker import Looker
from tympan_discovery_bonjour._view import METHOD, View


@attrs.frozen(kw_only=True)
class BonjourSettings:
    """Settings of ``plugin.toml``, and what tests shorten."""

    sweep_h: float = 1.0
    interfaces: tuple[str, ...] = ()
    sweep_s: float = SWEEP_S
    interfaces_s: float = INTERFACES_S
    own_host: str = attrs.field(factory=socket.gethostname)


class Bonjour:
    """Port ``Discoverer``, and the ``Service`` behind it.

    Owns: while it runs, UDP 5353 on this computer's links.
    """

    def __init__(self, settings: BonjourSettings | None = None) -> None:
        """Takes the settings of its plugin unless some are given."""
        self._given = settings
        self._standing = SweepStanding()
        self._dropped = 0
        self._trouble = ""
        self._interfaces: tuple[str, ...] = settings.interfaces if settings else ()
        self._shown: tuple[Sighting, ...] = ()
        self._changed = trio.Event()
        self._news = trio.Event()
        self._again = trio.Event()

    @property
    def method(self) -> str:
        """``bonjour``."""
        return METHOD

    @property
    def standing(self) -> SweepStanding:
        """How it fares."""
        return self._standing

    @property
    def trouble(self) -> str:
        """Why it cannot listen now; "" while it can."""
        return self._trouble

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The interfaces it looks on; none for all but loopback."""
        return self._interfaces

    async def sightings(self) -> Sequence[Sighting]:
        """All that is in view."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._shown

    async def wait_changed(self) -> None:
        """Returns when asking again is worth it."""
        await self._changed.wait()

    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Begins a sweep, and tells what comes into view until the time is up."""
        until = trio.current_time() + request.duration_s
        self._again.set()
        told: set[str] = set()
        while trio.current_time() < until:
            news = self._news
            for sighting in [one for one in self._shown if one.key not in told]:
                told.add(sighting.key)
                yield sighting
            with trio.move_on_at(until):
                await news.wait()

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = self._given or BonjourSettings(
            sweep_h=host.settings.number("sweep_h"), interfaces=host.settings.texts("interfaces")
        )
        self._interfaces = settings.interfaces
        run = _Run(host, settings, self._show, self._dropped)
        try:
            host.ready()
            await run.forever(self)
        finally:
            self._shown, self._standing = (), SweepStanding(dropped=self._dropped)

    def listens(self, trouble: str = "") -> None:
        """Its service listens, or cannot for this reason."""
        self._trouble = trouble

    def sweep_wanted(self) -> trio.Event:
        """Set when somebody wants one now."""
        if self._again.is_set():
            self._again = trio.Event()
        return self._again

    def _show(self, shown: tuple[Sighting, ...], standing: SweepStanding) -> None:
        self._shown, self._standing = shown, standing
        self._dropped = standing.dropped
        self._changed.set()
        self._news.set()
        self._news = trio.Event()


class _Run:
    """One run of the service."""

    def __init__(
        self,
        host: Host,
        settings: BonjourSettings,
        show: Callable[[tuple[Sighting, ...], SweepStanding], None],
        dropped: int,
    ) -> None:
        self._host = host
        self._settings = settings
        self._show = show
        self._dropped = dropped  # by earlier runs
        self._inbox = Inbox()
        self._view = View(settings.own_host)
        self._looker = Looker(self._view, host, self._publish)
        self._standing = SweepStanding()
        self._news = trio.Event()
        self._settled: tuple[str, ...] = ()  # the links of the last sweep that ended
        self._slept = False
        self._awake_at = host.now()
        self._flooded = False
        self._asked_on: tuple[str, ...] = ()
        self._due = 0.0  # when everything in view is asked again, also in a flood

    async def forever(self, bonjour: Bonjour) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._looker.run)
            nursery.start_soon(self._gather)
            nursery.start_soon(self._tell)
            while True:
                try:
                    await self._listen(bonjour, nursery, await self._links())
                except OSError as error:
                    bonjour.listens(f"UDP 5353 cannot be opened: {error}")
                    self._host.note(bonjour.trouble)
                    await trio.sleep(RETRY_S)

    async def _links(self) -> tuple[str, ...]:
        while not (links := await self._look_at_links()):
            self._host.note("this computer is on no link it may look on")
            await trio.sleep(self._settings.interfaces_s)
        return links

    async def _look_at_links(self) -> tuple[str, ...]:
        return await trio.to_thread.run_sync(addresses_of, self._settings.interfaces)

    def _moved(self, links: tuple[str, ...]) -> bool:
        return self._slept or bool(self._settled and links != self._settled)

    async def _listen(self, bonjour: Bonjour, tasks: trio.Nursery, links: tuple[str, ...]) -> None:
        """One sweep, and listening until the next is due."""
        self._inbox.begin()
        async with listening(links, self._inbox) as ear:
            self._host.note("")
            bonjour.listens()
            began, self._awake_at = trio.current_time(), self._host.now()
            self._view.begin_sweep()
            self._look_at_all(links)
            wanted = bonjour.sweep_wanted()
            with trio.move_on_after(self._settings.sweep_s) as whole:
                await self._disturbed(links)
            if whole.cancelled_caught:
                self._end_sweep(links)
                tasks.start_soon(self._conclude, ear.packets, began)
                # Computers that were switched on together shall not sweep together for ever.
                with trio.move_on_after(self._settings.sweep_h * 3600 * random.uniform(0.9, 1.1)):  # noqa: S311
                    await self._wanted_or_disturbed(wanted, links)
        self._flooded = self._inbox.flooded.is_set()
        if self._flooded:
            self._host.note("more is announced than devices would; it listens again in a while")
            await trio.sleep(max(0.0, began + REOPEN_S - trio.current_time()))

    def _look_at_all(self, links: tuple[str, ...]) -> None:
        """With each sweep that is due: in a lasting flood it opens anew each minute, and asks nobody for that."""
        if self._flooded and trio.current_time() < self._due and links == self._asked_on:
            return
        self._asked_on = links
        self._due = trio.current_time() + self._settings.sweep_h * 3600
        self._looker.look(self._view.seen)

    async def _wanted_or_disturbed(self, wanted: trio.Event, links: tuple[str, ...]) -> None:
        async with trio.open_nursery() as nursery:

            async def disturbed() -> None:
                await self._disturbed(links)
                nursery.cancel_scope.cancel()

            nursery.start_soon(disturbed)
            await wanted.wait()
            nursery.cancel_scope.cancel()

    async def _disturbed(self, links: tuple[str, ...]) -> None:
        """Returns when this computer is on other links, or slept, or too much is heard."""
        late = dt.timedelta(seconds=self._settings.interfaces_s + SLEPT_S)
        while not self._inbox.flooded.is_set():
            with trio.move_on_after(self._settings.interfaces_s):
                await self._inbox.flooded.wait()
            before, self._awake_at = self._awake_at, self._host.now()
            if self._awake_at - before > late:  # trio's clock may stand still meanwhile
                self._slept = True
                return
            if await self._look_at_links() != links:
                return

    def _end_sweep(self, links: tuple[str, ...]) -> None:
        self._take()
        self._view.end_sweep(self._host.now(), moved=self._moved(links))
        self._settled, self._slept = links, False
        self._publish()

    async def _conclude(self, packets: int, began: float) -> None:
        """A sweep has ended when all it heard is shown: what is not in view then has gone."""
        with trio.move_on_after(UNASKED_S + SETTLE_S):
            await self._looker.wait_idle()
        self._standing = attrs.evolve(
            self._standing,
            swept_at=self._host.now(),
            took_s=trio.current_time() - began,
            packets=packets,
        )
        self._publish()

    async def _gather(self) -> None:
        while True:
            await self._inbox.filled()
            await trio.sleep(SETTLE_S)
            self._take()

    def _take(self) -> None:
        heard = self._inbox.take()
        if not heard:
            return
        before = {key: seen.uris for key, seen in self._view.seen.items()}
        self._view.hear(heard, self._host.now())
        self._looker.look([key for key, seen in self._view.seen.items() if before.get(key) != seen.uris])
        self._publish()

    def _publish(self) -> None:
        self._news.set()

    async def _tell(self) -> None:
        """Shows what is in view, at once after a quiet while and otherwise every now and then."""
        while True:
            with trio.move_on_after(UNASKED_S):
                await self._news.wait()
            self._news = trio.Event()
            dropped = self._dropped + self._inbox.dropped + self._view.dropped
            self._standing = attrs.evolve(self._standing, dropped=dropped)
            self._show(self._view.sightings(self._host.now()), self._standing)
            await trio.sleep(SETTLE_S)
