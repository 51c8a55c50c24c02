"""What a plugin receives in a process of its own: the host of the other side, as a ``Host``."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import outcome
import trio

from tympan._events import Event
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._outside._contracts import contract_of
from tympan._outside._ends import BusEnd, HostEnd
from tympan._outside._limits import PIECE_BYTES
from tympan._ports import (
    Control,
    EventBus,
    Intake,
    Jobs,
    KeyProvider,
    KeyValue,
    Outbox,
    Printers,
    Service,
    Settings,
    Subscription,
)
from tympan._values import Job

_P = TypeVar("_P")
_FIELD_CHARS = 500


class GuestSubscription:
    """``Subscription``: one question is under way at most, and none that was asked is lost when nobody waits for it."""

    def __init__(self, away: Subscription) -> None:
        self._away = away
        self._come: deque[outcome.Outcome[Event]] = deque()
        self._arrived = trio.Event()
        self._asking = False

    @property
    def missed(self) -> int:
        """How many did not fit."""
        return self._away.missed

    async def receive(self) -> Event:
        """The next event; raises ``trio.EndOfChannel`` after ``close``."""
        if not self._come and not self._asking:
            self._asking = True
            trio.lowlevel.spawn_system_task(self._ask)
        while not self._come:
            await self._arrived.wait()
        await trio.lowlevel.checkpoint_if_cancelled()
        return self._come.popleft().unwrap()

    async def _ask(self) -> None:
        self._come.append(await outcome.acapture(self._away.receive))
        self._asking = False
        self._arrived.set()
        self._arrived = trio.Event()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            try:
                event = await self.receive()
            except trio.EndOfChannel:
                return
            yield event

    def __enter__(self) -> GuestSubscription:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it."""
        self._away.close()


class GuestBus:
    """``EventBus``."""

    def __init__(self, away: BusEnd) -> None:
        self._away = away

    def publish(self, event: Event) -> None:
        """Never waits for who hears it."""
        self._away.publish(event)

    def subscribe(self, *kinds: type[Event], size: int = 64) -> GuestSubscription:
        """Events of these types from now on."""
        names = tuple(kind.__name__ for kind in kinds)
        subscription: Any = self._away.subscribe(names, size)  # wrapped as it came
        return cast(GuestSubscription, subscription)


class GuestIntake:
    """``Intake``: what is handed in goes over in pieces that fit into a frame."""

    def __init__(self, away: Intake) -> None:
        self._away = away

    @property
    def job(self) -> Job:
        """The job."""
        return self._away.job

    def declare(self, media_type: str) -> None:
        """Says what the document is."""
        self._away.declare(media_type)

    async def write(self, data: bytes) -> None:
        """Seals and keeps the next bytes."""
        for start in range(0, len(data), PIECE_BYTES):
            await self._away.write(data[start : start + PIECE_BYTES])
        await trio.lowlevel.checkpoint()

    async def commit(self) -> Job:
        """Makes document and record durable."""
        return await self._away.commit()

    async def abandon(self, why: str) -> None:
        """Erases what came."""
        await self._away.abandon(why)


class GuestHost:
    """``Host``."""

    def __init__(self, away: HostEnd) -> None:
        self._away = away
        self.plugin: PluginId = away.plugin
        self.bus = cast(EventBus, away.bus)  # wrapped as it came

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self._away.settings

    @property
    def jobs(self) -> Jobs:
        """Jobs."""
        return self._away.jobs

    @property
    def printers(self) -> Printers:
        """Printers."""
        return self._away.printers

    @property
    def state(self) -> KeyValue:
        """Its own durable values."""
        return self._away.state

    @property
    def control(self) -> Control:
        """The kernel's controls for people."""
        return self._away.control

    @property
    def outbox(self) -> Outbox:
        """The durable outbox."""
        return self._away.outbox

    @property
    def keys(self) -> KeyProvider:
        """Keys of its own."""
        return self._away.keys

    def endpoint(self, printer: PrinterId) -> str:
        """Where programs print to."""
        return self._away.endpoint(printer)

    async def folder(self) -> Path:
        """A folder of its own."""
        return await self._away.folder()

    def ports(self, kind: type[_P]) -> tuple[_P, ...]:
        """Ports of one kind that others offer now; raises ``CannotCross`` for one that does not go over the pipe."""
        contract_of(kind)
        found: tuple[Any, ...] = self._away.ports(kind.__name__).ports
        return found

    def allowed(self, key: CapabilityKey) -> bool:
        """Whether policy has a capability on."""
        return self._away.allowed(key)

    def now(self) -> dt.datetime:
        """Wall clock."""
        return self._away.now()

    def ready(self) -> None:
        """The service serves."""
        self._away.ready()

    def note(self, sentence: str) -> None:
        """How the plugin fares."""
        self._away.note(sentence)

    def used(self) -> None:
        """It did what it is for."""
        self._away.used()

    def log(self, message: str, **fields: object) -> None:
        """Writes to the agent's log."""
        self._away.log(message, {name: str(value)[:_FIELD_CHARS] for name, value in fields.items()})

    def start_service(self, name: str, service: Service) -> None:
        """Starts one more task under the supervisor."""
        self._away.start_service(name, service)


WRAPS: Final[Mapping[type[Any], Callable[[Any], Any]]] = {
    HostEnd: GuestHost, BusEnd: GuestBus, Intake: GuestIntake, Subscription: GuestSubscription,
}  # fmt: skip
"""What objects of the kernel are in a plugin's process."""
