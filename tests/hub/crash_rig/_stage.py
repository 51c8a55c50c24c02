"""What outlives the agents: hub, database, line, spooler and device; and the hand that pulls the plug."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import psutil
import trio
from hub_rig import PostgreSQL
from joined_rig import HubProcess, hub_process
from rig import Agent, Cupsd, private_cupsd, simulator

from crash_rig._books import Desk, opened
from crash_rig._line import Line, line
from crash_rig._points import ALONE, TOGETHER, Cut, Step, Victim, cuts, deck
from tympan_hub.cli.home import Home
from tympan_sim import Profile, Site

_STEP_S = 6.0
_PROCESSES = 2
_WORKERS_S = 60.0
"""For a process that was killed to be started again: longer than the longest wait of those that watch it."""


@attrs.define
class Ledger:
    """What clients were told: ``accepted`` got a successful answer, ``tried`` may have or not."""

    tried: list[str] = attrs.field(factory=list)
    accepted: list[str] = attrs.field(factory=list)


@attrs.define(kw_only=True)
class Stage:
    """Hub, line, spooler and device, which outlive the agents.

    Attributes:
        dice: For the cuts alone, so that a seed draws the same ones whatever happens.
        workers_dice: Which process of the hub a cut takes: how many there are depends on what happens.
        server: The PostgreSQL of a hub of several processes; None for one process with its own file.
        struck: How many power cuts of which kind there were.
        missed: Those of them whose piece never came: then the power failed after ``_STEP_S``.
    """

    hub: HubProcess
    server: PostgreSQL | None
    line: Line
    cups: Cupsd
    site: Site
    desk: Desk
    dice: random.Random
    workers_dice: random.Random
    victims: Iterator[Victim]
    switches: Iterator[str] = attrs.field(factory=lambda: itertools.cycle(("on", "off")))
    ledger: Ledger = attrs.field(factory=Ledger)
    struck: Counter[str] = attrs.field(factory=Counter)
    missed: int = 0

    def cuts(self, step: Step, count: int) -> Iterator[Cut]:
        """Draws some for a step."""
        return cuts(self.dice, self.victims, step, count)

    async def cut(self, ours: Agent, cut: Cut, act: Callable[[], Awaitable[None]]) -> None:
        """Begins something, and pulls the plug amid it; then the power is back."""
        reached = self.line.watch(cut.pieces, held=cut.held)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(act)
            with trio.move_on_after(_STEP_S):
                await reached.wait()
            self.missed += not reached.is_set()
            await trio.sleep(cut.delay_s)
            await self.kill(ours, cut.victim)
            nursery.cancel_scope.cancel()
        self.line.open()
        self.struck[f"{cut.step} {cut.victim}"] += 1
        await self._restore(ours)

    async def kill(self, ours: Agent, victim: Victim) -> None:
        """Pulls the plug."""
        async with trio.open_nursery() as nursery:
            if victim in (Victim.HUB, Victim.BOTH):
                nursery.start_soon(self.hub.program.kill9)
            if victim in (Victim.AGENT, Victim.BOTH):
                nursery.start_soon(ours.kill9)
            if victim is Victim.WORKER:
                nursery.start_soon(self._kill_worker)
            if victim is Victim.DATABASE and self.server is not None:
                nursery.start_soon(trio.to_thread.run_sync, self.server.kill9)

    async def _kill_worker(self) -> None:
        workers = await _standing(self.hub.program.pid, _PROCESSES)
        self.workers_dice.choice(workers).kill()

    async def _restore(self, ours: Agent) -> None:
        if self.server is not None and not self.server.running:
            self.server.start()  # from this thread, with which it ends
            await trio.to_thread.run_sync(self.server.wait)
        async with trio.open_nursery() as nursery:
            if not self.hub.program.running:
                nursery.start_soon(self.hub.start)
            if not ours.program.running:
                nursery.start_soon(ours.start)


async def _standing(watcher: int, count: int) -> list[psutil.Process]:
    """So many processes of a hub, oldest first: one that was killed is started again in a little while."""
    with trio.fail_after(_WORKERS_S):
        while len(workers := _alive(watcher)) < count:
            await trio.sleep(0.02)
    return workers


def _alive(watcher: int) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(watcher).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return sorted(found, key=lambda process: process.pid)


async def _database(server: PostgreSQL) -> str:
    return await trio.to_thread.run_sync(lambda: asyncio.run(server.database()))


@asynccontextmanager
async def stage(folder: Path, *, seed: int, lives: int, server: PostgreSQL | None) -> AsyncIterator[Stage]:
    """All but the agent, for so many lives of one; with a PostgreSQL the hub is several processes."""
    home = Home(folder / "hub", await _database(server) if server else "")
    serve = ("--processes", str(_PROCESSES)) if server else ()
    device = Profile(name="eve", history_jobs=5000, queued_jobs=500)
    dice = random.Random(seed)
    async with (
        private_cupsd() as cups,
        simulator(folder / "devices", device) as site,
        hub_process(home.root, serve=serve, env={"TYMPAN_HUB_DATABASE": home.address} if server else {}) as hub,
        line(hub.port) as between,
    ):
        desk = await opened(home, hub.port, site["eve"].uri, lives)
        await hub.start()
        victims = deck(dice, TOGETHER if server else ALONE)
        yield Stage(
            hub=hub,
            server=server,
            line=between,
            cups=cups,
            site=site,
            desk=desk,
            dice=dice,
            workers_dice=random.Random(seed),
            victims=victims,
        )
