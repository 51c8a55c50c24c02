"""What outlives agents that are killed: the hub and the device, each a file. And the agents, one at a time in a child.

Each agent is the kernel with its real store and dispatcher and the plugin's real parts. It counts the points at which
it could die, and dies by SIGKILL at the one it was given.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import pickle
import signal
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import trio
from both_ends import BEGUN, SERVED, SETTINGS, TAKEN, WAITING, Crossing, Hub, member, printer, reader

from tympan._bus import Bus
from tympan._dispatch import Dispatcher
from tympan._host import PluginState
from tympan._ids import PluginId
from tympan._jobs import JobBook
from tympan._limits import Limits
from tympan._store import Store
from tympan.plugin import (
    Claimed,
    Completed,
    Delivery,
    Gate,
    Job,
    JobState,
    NewJob,
    Outcome,
    PortsChanged,
    Printer,
    PrinterId,
    PrinterReach,
    SendAgain,
)
from tympan.testing import (
    FakeAgentKeys,
    FakeHost,
    FakeHubDownloads,
    FakeHubIdentity,
    FakeMembership,
    FakePrinters,
)
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._receiver import Receiver
from tympan_cloud_tunnel._route import TunnelRoute
from tympan_cloud_tunnel._sender import Sender
from tympan_cloud_tunnel._station import Station
from tympan_wire.hub import CrossingState, TunnelRules, TunnelUse
from tympan_wire.sealed import Recipient

KEY = bytes(range(32))
QUICK = Limits(retry_first_s=0.05, retry_last_s=1.0, grace_s=2.0, claim_s=5.0)
QUICK_SETTINGS: dict[str, object] = {**SETTINGS, "poll_s": 0.1}
LIFE_S = 90.0
"""Of one run of an agent, at most."""
HOME, NEAR = "home", ("one", "two")
JOBS = tuple(uuid.UUID(int=number) for number in (1, 2, 3))
FAR = tuple(PrinterId(f"far-{number}") for number in (1, 2, 3))
"""Where they go: a printer each, for the jobs of one printer follow each other."""
PAGES = b"%PDF pages " * 4_000


@attrs.define(eq=False)
class Fate:
    """Counts points, and ends the process at one of them."""

    at: int
    count: int = 0

    def point(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class World:
    """A folder with everything in it, and the keys of the agents, which a child inherits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = {name: Recipient.generate() for name in NEAR}
        self._hub = folder / "hub"
        self._device = folder / "device.log"
        self.save({}, {})

    def save(self, crossings: dict[uuid.UUID, Crossing], uploads: dict[str, bytes]) -> None:
        """Whole at any moment."""
        beside = self._hub.with_suffix(".new")
        beside.write_bytes(pickle.dumps((crossings, uploads)))
        beside.replace(self._hub)

    def load(self) -> tuple[dict[uuid.UUID, Crossing], dict[str, bytes]]:
        found: tuple[dict[uuid.UUID, Crossing], dict[str, bytes]] = pickle.loads(self._hub.read_bytes())
        return found

    def prints(self, job: uuid.UUID) -> None:
        with self._device.open("a") as log:
            log.write(f"{job}\n")

    @property
    def printed(self) -> list[uuid.UUID]:
        return [uuid.UUID(line) for line in self._device.read_text().split()] if self._device.exists() else []


class KeptHub(Hub):
    """The hub, which keeps everything; the leases of agents that are dead by now have run out."""

    def __init__(self, world: World, fate: Fate, agent: str) -> None:
        super().__init__()
        self._world = world
        self._fate = fate
        self.crossings, uploads = world.load()
        self.bytes.uploads.update(uploads)
        for one in self.crossings.values():
            if one.state is TAKEN and one.holder != agent:
                one.state, one.holder = WAITING, ""

    def _said(self, agent: str, said: Callable[[str, bytes], object], payload: bytes) -> bytes:
        self._fate.point()
        answer = super()._said(agent, said, payload)
        self.keep()
        return answer

    def keep(self) -> None:
        """Writes everything down."""
        self._world.save(self.crossings, self.bytes.uploads)
        self._fate.point()

    def hears(self, agent: str, job: Job) -> None:
        """An agent's report of a job."""
        one = self.crossings.get(job.uuid)
        if one is not None and one.state is BEGUN and one.holder == agent and job.state.terminal:
            self._fate.point()
            self.ends(job.uuid, CrossingState(job.state.value), impressions=1)
            self.keep()


@attrs.define(eq=False)
class Device:
    """A route whose device remembers what it printed."""

    world: World
    fate: Fate

    async def claim(self, job: Job, printer: Printer) -> Claimed:
        return Claimed()

    async def deliver(self, delivery: Delivery) -> Outcome:
        self.fate.point()
        await delivery.checkpoint(b"job 7", what="the device is asked to take it")
        self.fate.point()
        assert b"".join([piece async for piece in delivery.document.stream()]) == PAGES
        self.world.prints(delivery.job.uuid)
        self.fate.point()
        await delivery.sent(b"job 7")
        self.fate.point()
        return Completed(impressions=1)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        self.fate.point()
        if delivery.job.uuid in self.world.printed:
            return Completed(impressions=1)
        return SendAgain(why="the device never had it")


class Agent:
    """One run of one agent."""

    book: JobBook

    def __init__(self, world: World, fate: Fate, name: str) -> None:
        self.world = world
        self.fate = fate
        self.name = name
        self.hub = KeptHub(world, fate, name)
        self.offered: list[tuple[PluginId, Any]] = []

    @property
    def sends(self) -> bool:
        return self.name == HOME

    def run(self) -> None:
        trio.run(self._live)

    async def _live(self) -> None:
        store = Store(self.world.folder / f"store-{self.name}", KEY)
        self._mark(store)
        await store.open()
        bus = Bus()
        printers = FakePrinters(bus, self._printers())
        self.book = JobBook(store, bus, printers, lambda: dt.datetime.now(dt.UTC), QUICK)
        host = self._host(store, bus, printers)
        dispatcher = Dispatcher(self.book, printers, self, bus, lambda *_, **__: None, QUICK)
        async with trio.open_nursery() as nursery:
            await nursery.start(dispatcher.run)
            await self._start(nursery, host)
            dispatcher.gates_known()
            bus.publish(PortsChanged())
            if self.sends:
                await self._submit()
            await self._settled()
            nursery.cancel_scope.cancel()
        await store.close()

    async def _start(self, nursery: trio.Nursery, host: FakeHost) -> None:
        mine = PluginId("cloud_tunnel")
        if self.sends:
            station = Station()
            nursery.start_soon(Sender(station).run, host)
            self.offered.append((mine, TunnelRoute(station)))
        else:
            gate = TunnelGate()
            nursery.start_soon(Receiver(gate).run, host)
            self.offered += [(mine, gate), (PluginId("route"), Device(self.world, self.fate))]
        await host.ready_event.wait()

    def _printers(self) -> list[Printer]:
        if not self.sends:
            return [attrs.evolve(SERVED, id=name) for name in FAR]
        readers = tuple(reader(name, key) for name, key in self.world.keys.items())
        rules = TunnelRules(use=TunnelUse.ALWAYS, readers=readers)
        return [printer(PrinterReach.TUNNEL, rules, id=name) for name in FAR]

    def _mark(self, store: Store) -> None:
        """Before and after everything that is written down, the agent may die."""
        for name in ("save", "accept", "kv_put", "erase"):
            method = getattr(store, name)

            async def marked(*arguments: Any, _method: Any = method, **named: Any) -> Any:
                self.fate.point()
                done = await _method(*arguments, **named)
                self.fate.point()
                return done

            setattr(store, name, marked)

    def _host(self, store: Store, bus: Bus, printers: FakePrinters) -> FakeHost:
        ports = [
            self.hub.link(self.name),
            FakeMembership(member(self.name)),
            self.hub.bytes,
            FakeHubDownloads(self.hub.bytes.uploads),
            FakeHubIdentity(self.world.keys.get(self.name)),
            FakeAgentKeys(),
        ]
        host = FakeHost("cloud_tunnel", settings=QUICK_SETTINGS, ports=ports)
        host.bus, host.printers, host.jobs = bus, printers, self.book  # type: ignore[assignment]
        host.folder = functools.partial(store.folder, "plugins/cloud_tunnel")  # type: ignore[method-assign]
        host.state = PluginState(store, PluginId("cloud_tunnel"))  # type: ignore[assignment]
        return host

    async def _submit(self) -> None:
        for name, to in zip(JOBS, FAR, strict=True):
            if self.book.find(name) is None and name not in self.world.printed:
                intake = self.book.open(NewJob(printer=to, name="report", user="ada", uuid=name))
                await intake.write(PAGES)
                await intake.commit()

    async def _settled(self) -> None:
        """Until there is nothing left that this agent could do alone."""
        with trio.fail_after(LIFE_S):
            while any(map(self._moves, self.book.all())) or self._is_wanted():
                if not self.sends:
                    for job in self.book.all():
                        self.hub.hears(self.name, job)
                await trio.sleep(0.02)
        for job in self.book.all() if not self.sends else ():
            self.hub.hears(self.name, job)

    def _moves(self, job: Job) -> bool:
        if job.state.terminal:
            return self.book.moves.has_document(job)
        crossing = self.hub.crossings.get(job.uuid)
        if self.sends:  # what lies at the hub waits for others
            return crossing is None or crossing.state not in (WAITING, TAKEN, BEGUN)
        mine = crossing is not None and crossing.holder == self.name and crossing.state in (TAKEN, BEGUN)
        return job.state is not JobState.HELD or mine

    def _is_wanted(self) -> bool:
        if self.sends:
            return any(self.book.find(name) is None and name not in self.world.printed for name in JOBS)
        return any(one.state in (WAITING, TAKEN) for one in self.hub.crossings.values())

    # what the dispatcher asks of the plugins there are

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        return tuple((owner, port) for owner, port in self.offered if isinstance(port, kind))

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        return () if self.sends or self.owned(Gate) else (PluginId("cloud_tunnel"),)

    def expected(self, plugin: PluginId) -> bool:
        return True

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        raise AssertionError(f"{plugin} failed at {where}") from error

    def used(self, plugin: PluginId) -> None:
        pass


def lives(world: World, name: str, at: int) -> bool:
    """Runs an agent in a child that dies at a point; whether it came to its end instead."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Agent(world, Fate(at), name).run()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    assert status in (0, -signal.SIGKILL), f"the agent {name} failed by itself"
    return status == 0


def ends(world: World) -> dict[uuid.UUID, str]:
    """How the jobs stand at the hub."""
    return {job: one.state.value for job, one in world.load()[0].items()}
