"""Queues of the hub's printers: told to the hub as they are, and gone when their printer is.

- Whoever made or removed a queue, the hub hears of it: what it shows is what is there.
- A printer the hub takes away takes its queue along: it would lead nowhere. When the printer comes back, so does the
  queue. One that somebody removed here stays away.
- A queue that was ordered while it could not be made, as without a print system, comes as soon as it can.
- Which queues there were is durable, so a crash or a change while the agent was off is noticed at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import trio

from tympan.plugin import (
    Host,
    PortsChanged,
    Printer,
    PrinterId,
    PrintersChanged,
    Queue,
    QueueRequest,
    Spooler,
    Subscription,
    TympanError,
)
from tympan_hub_sync._complaints import Complaints
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import QUEUES, QUEUES_LOOK_S
from tympan_hub_sync._model import SyncSettings
from tympan_hub_sync._reports import cut
from tympan_hub_sync._wants import Wants
from tympan_wire.hub import QueueReport

_KEY: Final = "queues"
_UNSEEN: Final = "queues cannot be looked at"
_UNWATCHED: Final = "the spooler cannot be watched"
_UNMADE: Final = "the queue of a printer cannot be made yet"


class QueueKeeper:
    """The queues of this agent's computer, in step with the hub's printers."""

    def __init__(self, host: Host, wants: Wants, settings: SyncSettings, findings: Findings | None) -> None:
        """Without ``findings`` this agent belongs to no hub, and nobody is told."""
        self._host = host
        self._wants = wants
        self._settings = settings
        self._findings = findings
        self._complaints = Complaints(host)
        self._there: dict[str, bool] = {}
        self._said: dict[str, tuple[bool, bool]] = {}
        self._news = trio.Event()

    def look_again(self) -> None:
        """The hub has said what it wants, be it the same as before."""
        self._news.set()

    async def owe(self, printer: str) -> None:
        """A queue was ordered that cannot be made now."""
        self._there[printer] = False
        await self._remember()

    async def owe_no_more(self, printer: str) -> None:
        """It is not wanted any more."""
        if self._there.get(printer) is False:
            del self._there[printer]
            await self._remember()

    async def run(self) -> None:
        """Until cancelled."""
        self._there = {**await self._remembered(), **self._there}
        with self._host.bus.subscribe(PrintersChanged, PortsChanged, size=1) as changes:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hear, changes)
                nursery.start_soon(self._watch)
                while True:
                    self._news = trio.Event()
                    await self._look()
                    with trio.move_on_after(QUEUES_LOOK_S):
                        await self._news.wait()
                    await trio.sleep(self._settings.settle_s)

    async def _hear(self, changes: Subscription) -> None:
        while True:
            await changes.receive()
            self._news.set()

    async def _watch(self) -> None:
        """Events of the spooler there is; where it ends or fails, `run` looks now and then all the same."""
        while True:
            for spooler in self._host.ports(Spooler)[:1]:  # type: ignore[type-abstract]
                try:
                    async for _ in spooler.watch():
                        self._complaints.worked(_UNWATCHED)
                        self._news.set()
                except TympanError as error:
                    self._complaints.failed(_UNWATCHED, error)
            await trio.sleep(QUEUES_LOOK_S / 10)

    async def _look(self) -> None:
        spoolers = self._host.ports(Spooler)  # type: ignore[type-abstract]
        if not spoolers or not self._wants.printers.known:
            return
        try:
            await self._bring_in_step(spoolers[0])
        except TympanError as error:  # the spooler is away: it will be looked at again
            self._complaints.failed(_UNSEEN, error)
        else:
            self._complaints.worked(_UNSEEN)

    async def _bring_in_step(self, spooler: Spooler) -> None:
        queues = own_queues(await spooler.list_queues())
        wanted = self._wants.printers.offered
        before = dict(self._there)
        for printer in {*wanted & queues.keys(), *self._there}:
            await self._one(spooler, printer, queues.get(printer), wanted=printer in wanted)
        if self._there != before:
            await self._remember()

    async def _one(self, spooler: Spooler, printer: str, queue: Queue | None, *, wanted: bool) -> None:
        if not wanted:
            if not _is_offered(self._host.printers.get(PrinterId(printer))):
                await self._take_away(spooler, printer, queue)
            return
        if queue is None and self._there.get(printer) is False:
            queue = await self._again(spooler, printer)
            if queue is None:
                return
        if queue is None:
            self._there.pop(printer, None)
        else:
            self._there[printer] = True
        await self._say(printer, queue)

    async def _take_away(self, spooler: Spooler, printer: str, queue: Queue | None) -> None:
        """Remembers first: after a crash in between, a queue that is gone would look as if a person had removed it."""
        self._said.pop(printer, None)
        if self._there[printer]:
            self._there[printer] = False
            await self._remember()
        if queue is not None:
            await spooler.remove(queue.name)

    async def _again(self, spooler: Spooler, printer: str) -> Queue | None:
        """Makes the queue of a printer that came back; None when that does not work yet."""
        known = self._host.printers.get(PrinterId(printer))
        if known is None or not known.offered:
            return None
        try:
            queue = await spooler.install(queue_request(self._host, known))
        except TympanError as error:
            self._complaints.failed(_UNMADE, error, printer)
            return None
        self._complaints.worked(_UNMADE, printer)
        return queue

    async def _say(self, printer: str, queue: Queue | None) -> None:
        stands = (queue is not None, queue is not None and queue.usable)
        if self._findings is None or self._said.get(printer) == stands:
            return
        await self._findings.leave_queue(QueueReport(printer=printer, installed=stands[0], usable=stands[1]))
        self._said[printer] = stands

    async def _remembered(self) -> dict[str, bool]:
        try:
            kept = json.loads(await self._host.state.get(_KEY) or b"{}")
            return {str(name): bool(there) for name, there in kept.items()}
        except (ValueError, AttributeError):
            return {}

    async def _remember(self) -> None:
        newest = dict(list(self._there.items())[-QUEUES:])
        await self._host.state.put(_KEY, json.dumps(newest).encode())


def _is_offered(printer: Printer | None) -> bool:
    return printer is not None and printer.offered


def own_queues(queues: tuple[Queue, ...]) -> Mapping[str, Queue]:
    """Queues that lead to this agent, by the printer they are for."""
    return {queue.printer: queue for queue in queues if queue.printer is not None}


def queue_request(host: Host, printer: Printer) -> QueueRequest:
    """What a printer's queue is made of; raises ``TympanError`` while the endpoint for programs does not run."""
    uri = host.endpoint(printer.id)
    return QueueRequest(name=printer.id, uri=uri, info=cut(printer.name), location=printer.location)
