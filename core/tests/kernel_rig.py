"""A kernel without plugins' code: a real store on disk, a dispatcher, and routes a test steers."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from tympan._bus import Bus
from tympan._dispatch import Dispatcher
from tympan._ids import PluginId, printer_id
from tympan._jobs import JobBook
from tympan._limits import Limits
from tympan._ports import Claimed, Completed, Delivery, Go, Hold, NotMine, Outcome, Route, SendAgain
from tympan._presence import Presence
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Job, NewJob, Printer
from tympan.testing import FakePrinters

KEY = bytes(range(32))
PRINTER = Printer(id=printer_id("front"), name="Front", uri="ipp://device.example/ipp/print")
QUICK = Limits(retry_first_s=0.05, retry_last_s=1.0, grace_s=2.0, claim_s=2.0)


async def print_it(delivery: Delivery) -> Outcome:
    """A route that behaves."""
    await delivery.checkpoint(b"job 7", what="the device took it")
    await delivery.sent(b"job 7")
    return Completed(impressions=1)


@attrs.define(eq=False)
class ScriptedRoute:
    """A route whose behaviour is two functions; it keeps what it was asked."""

    on_deliver: Callable[[Delivery], Awaitable[Outcome]] = print_it
    on_recover: Callable[[Delivery], Awaitable[Outcome | SendAgain]] | None = None
    mine: bool = True
    note: str = ""
    delivered: list[int] = attrs.field(factory=list)
    recovered: list[int] = attrs.field(factory=list)
    bodies: list[bytes] = attrs.field(factory=list)

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        return Claimed(note=self.note) if self.mine else NotMine(reason="not here")

    async def deliver(self, delivery: Delivery) -> Outcome:
        self.delivered.append(delivery.job.number)
        self.bodies.append(b"".join([piece async for piece in delivery.document.stream()]))
        return await self.on_deliver(delivery)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        self.recovered.append(delivery.job.number)
        if self.on_recover is None:
            raise AssertionError("nobody expected a recovery")
        return await self.on_recover(delivery)


async def at_once() -> None:
    """A gate that does not think."""
    await trio.lowlevel.checkpoint()


@attrs.define(eq=False)
class ScriptedGate:
    """A gate that answers what it is told, after it thought."""

    answer: Go | Hold | Exception
    first: Callable[[], Awaitable[None]] = at_once

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        await self.first()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@attrs.define(eq=False)
class Rig:
    """What a test holds."""

    book: JobBook
    dispatcher: Dispatcher
    bus: Bus
    printers: FakePrinters
    offered: list[tuple[PluginId, Any]]
    charged: list[tuple[PluginId, str, BaseException]]
    absent_gates: list[PluginId] = attrs.field(factory=list)
    absent_pull_gates: list[PluginId] = attrs.field(factory=list)
    gone: list[PluginId] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)
    in_use: set[PluginId] = attrs.field(factory=set)

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        return tuple((owner, port) for owner, port in self.offered if isinstance(port, kind))

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        return (*self.absent_gates, *(self.absent_pull_gates if pull else ()))

    def expected(self, plugin: PluginId) -> bool:
        return plugin not in self.gone

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        self.charged.append((plugin, where, error))

    def used(self, plugin: PluginId) -> None:
        self.in_use.add(plugin)

    async def submit(self, content: bytes = b"document", **fields: Any) -> Job:
        intake = self.book.open(NewJob(printer=PRINTER.id, name="report", user="ada", **fields))
        await intake.write(content)
        return await intake.commit()

    async def until(self, job: Job, *states: JobState) -> Job:
        with trio.fail_after(10):
            while (now := self.book.memory.known(job.uuid)).state not in states:
                await trio.sleep(0.005)
        return now


@asynccontextmanager
async def rig(
    folder: Path,
    *ports: object,
    limits: Limits = QUICK,
    plugins_started: bool = True,
    presence: Callable[[Store], Presence] | None = None,
) -> AsyncIterator[Rig]:
    """Opens a rig over a state folder; opening it again is a restart."""
    store = Store(folder, KEY)
    await store.open()
    bus = Bus()
    printers = FakePrinters(bus, [PRINTER])
    book = JobBook(store, bus, printers, lambda: dt.datetime.now(dt.UTC), limits)
    offered = [(PluginId("route" if isinstance(port, Route) else "other"), port) for port in ports]
    made = Rig(book, None, bus, printers, offered, [])  # type: ignore[arg-type]
    who = presence(store) if presence is not None else None
    if who is not None:
        await who.restore()

    def log(message: str, **fields: object) -> None:
        made.said.append(message)

    made.dispatcher = Dispatcher(book, printers, made, bus, log, limits, who)
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(made.dispatcher.run)
            if plugins_started:
                made.dispatcher.gates_known()
            yield made
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await store.close()
