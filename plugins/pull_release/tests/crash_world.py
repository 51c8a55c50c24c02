"""What outlives an agent that is killed: the hub and the device, each a file. And the agent, which runs in a child.

The agent is the kernel with its real store and dispatcher, the plugin's real gate and service, and a route to the
device. It counts the points at which it could die, and dies by SIGKILL at the one it was given.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import signal
import traceback
import uuid
from pathlib import Path
from typing import Any

import attrs
import trio
from pull_release_rig import MEMBER, POINT, RULES, SETTINGS, pull

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
    SendAgain,
)
from tympan.testing import FakeHost, FakeHubLink, FakeMembership, FakePrinters
from tympan_pull_release._gate import PullGate
from tympan_pull_release._permits import Permits
from tympan_pull_release._releaser import Desk
from tympan_pull_release._service import ReleaseService
from tympan_wire.hub import Done, Operation, ReleaseOrder, Releases, ReleaseWords, decode, encode

KEY = bytes(range(32))
QUICK = Limits(retry_first_s=0.05, retry_last_s=1.0, grace_s=2.0, claim_s=5.0)
LIFE_S = 30.0
"""Of one run of the agent, at most."""


@attrs.define(eq=False)
class Fate:
    """Counts points, and ends the process at one of them."""

    at: int
    count: int = 0

    def point(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Memory:
    """A file of JSON that is whole at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any]:
        return dict(json.loads(self._path.read_text())) if self._path.exists() else {}

    def write(self, table: dict[str, Any]) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(table))
        beside.replace(self._path)


class World:
    """A folder with everything in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = Memory(folder / "hub.json")
        self._device = folder / "device.log"

    # what the hub keeps: orders (open, in order), words (all it heard, by order)

    def order(self, orders: list[ReleaseOrder]) -> None:
        self.hub.write({"orders": [json.loads(encode(order)) for order in orders], "words": {}})

    def withdraw(self) -> list[uuid.UUID]:
        """The hub gives up what was not answered; gives the jobs of it."""
        table = self.hub.read()
        gone = [uuid.UUID(order["job"]) for order in table["orders"]]
        self.hub.write({**table, "orders": []})
        return gone

    @property
    def words(self) -> dict[str, set[str]]:
        return {order: set(outcomes) for order, outcomes in self.hub.read()["words"].items()}

    # what came out

    def prints(self, job: uuid.UUID) -> None:
        with self._device.open("a") as log:
            log.write(f"{job}\n")

    @property
    def printed(self) -> list[uuid.UUID]:
        return [uuid.UUID(line) for line in self._device.read_text().split()] if self._device.exists() else []


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
    """One run."""

    def __init__(self, world: World, fate: Fate, later: dt.timedelta) -> None:
        self.world = world
        self.fate = fate
        self._later = later

    def _now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._later

    book: JobBook
    offered: list[tuple[PluginId, Any]]

    def run(self, jobs: int) -> None:
        trio.run(self._live, jobs)

    async def _live(self, jobs: int) -> None:
        store = Store(self.world.folder / "store", KEY)
        self._mark(store)
        await store.open()
        bus = Bus()
        printers = FakePrinters(bus, [pull(attrs.evolve(RULES, jobs_most=1_000, bytes_most=1 << 40)), POINT])
        self.book = JobBook(store, bus, printers, self._now, QUICK)
        permits = Permits()
        gate = PullGate(permits)
        host = self._host(store, bus, printers)
        self.offered = []
        dispatcher = Dispatcher(self.book, printers, self, bus, lambda *_, **__: None, QUICK)
        async with trio.open_nursery() as nursery:
            await nursery.start(dispatcher.run)
            nursery.start_soon(ReleaseService(gate, permits, Desk()).run, host)
            await host.ready_event.wait()
            mine = PluginId("pull_release")
            self.offered += [(mine, gate), (PluginId("route"), Device(self.world, self.fate))]
            dispatcher.gates_known()
            bus.publish(PortsChanged())
            await self._submit(jobs)
            await self._settled()
            nursery.cancel_scope.cancel()
        await store.close()

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
        link = FakeHubLink()
        link.answers[Operation.RELEASES] = self._releases
        link.answers[Operation.RELEASE_WORDS] = self._heard
        host = FakeHost("pull_release", settings={**SETTINGS, "poll_s": 0.2}, ports=[link, FakeMembership(MEMBER)])
        host.now = self._now  # type: ignore[method-assign]
        host.bus, host.printers, host.jobs = bus, printers, self.book  # type: ignore[assignment]
        host.folder = functools.partial(store.folder, "plugins/pull_release")  # type: ignore[method-assign]
        host.state = PluginState(store, PluginId("pull_release"))  # type: ignore[assignment]
        return host

    def _releases(self, _: bytes) -> bytes:
        self.fate.point()
        orders = [decode(ReleaseOrder, json.dumps(order).encode()) for order in self.world.hub.read().get("orders", [])]
        self.fate.point()
        return encode(Releases(orders=tuple(order for order in orders if self._reported(order.job))))

    def _reported(self, job: uuid.UUID) -> bool:
        """Whether the hub knows the job: nobody can ask for one that it was not told of."""
        found = self.book.find(job)
        return found is not None and found.state is not JobState.RECEIVING

    def _heard(self, payload: bytes) -> bytes:
        self.fate.point()
        table = self.world.hub.read()
        for word in decode(ReleaseWords, payload).words:
            table["words"].setdefault(str(word.order), []).append(word.outcome.value)
            table.setdefault("why", []).append(word.detail)
            table["orders"] = [order for order in table["orders"] if order["id"] != str(word.order)]
        self.world.hub.write(table)
        self.fate.point()
        return encode(Done())

    async def _submit(self, jobs: int) -> None:
        for name in (uuid.UUID(int=number + 1) for number in range(jobs)):
            if self.book.find(name) is None:
                intake = self.book.open(NewJob(printer=pull().id, name="report", user="ada", uuid=name))
                await intake.write(b"pages")
                await intake.commit()

    async def _settled(self) -> None:
        """Until the hub waits for nothing, nothing moves, and what is over is erased."""
        with trio.fail_after(LIFE_S):
            while self.world.hub.read().get("orders") or any(map(self._moves, self.book.all())):
                await trio.sleep(0.02)

    def _moves(self, job: Job) -> bool:
        return self.book.moves.has_document(job) if job.state.terminal else job.state is not JobState.HELD

    # what the dispatcher asks of the plugins there are

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        return tuple((owner, port) for owner, port in self.offered if isinstance(port, kind))

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        return () if self.owned(Gate) else (PluginId("pull_release"),)

    def expected(self, plugin: PluginId) -> bool:
        return True

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        raise AssertionError(f"{plugin} failed at {where}") from error

    def used(self, plugin: PluginId) -> None:
        pass


def lives(world: World, at: int, jobs: int, later_s: float = 0) -> bool:
    """Runs an agent in a child that dies at a point; whether it came to its end instead. Its clock is so much ahead."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Agent(world, Fate(at), dt.timedelta(seconds=later_s)).run(jobs)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    assert status in (0, -signal.SIGKILL), "the agent failed by itself"
    return status == 0
