"""The ends in the kernel of what a plugin's host gives: the same, with nothing in it that does not go over a pipe.

- Each call goes to the plugin's own host, where its permissions are asked for.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from tympan import _events
from tympan._errors import BadInput, Overloaded
from tympan._events import Event
from tympan._hooks import HOOKS
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._outside._limits import LINE_CHARS, SUBSCRIBED, SUBSCRIPTIONS
from tympan._ports import (
    Control,
    EventBus,
    Host,
    Jobs,
    KeyProvider,
    KeyValue,
    Outbox,
    Printers,
    Service,
    Settings,
    Subscription,
)

PORTS: Final[Mapping[str, type[Any]]] = {kind.__name__: kind for kind in HOOKS.values()}
"""Kinds of ports by their names."""

_EVENTS: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind for kind in vars(_events).values() if isinstance(kind, type) and attrs.has(kind)
}


@attrs.frozen
class PortList:
    """Ports of one kind."""

    kind: str
    ports: tuple[object, ...]


class BusEnd(Protocol):
    """An ``EventBus`` over the pipe."""

    def publish(self, event: Event) -> None:
        """Never blocks."""

    def subscribe(self, kinds: tuple[str, ...], size: int) -> Subscription:
        """Events of the types with these names."""


class HostEnd(Protocol):
    """A ``Host`` over the pipe."""

    @property
    def plugin(self) -> PluginId:
        """Whose host this is."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def bus(self) -> BusEnd:
        """Events."""

    @property
    def jobs(self) -> Jobs:
        """Jobs."""

    @property
    def printers(self) -> Printers:
        """Printers."""

    @property
    def state(self) -> KeyValue:
        """Its own durable values."""

    @property
    def control(self) -> Control:
        """The kernel's controls for people."""

    @property
    def outbox(self) -> Outbox:
        """The durable outbox."""

    @property
    def keys(self) -> KeyProvider:
        """Keys of its own."""

    def endpoint(self, printer: PrinterId) -> str:
        """The address programs print to."""

    async def folder(self) -> Path:
        """A folder of its own."""

    def ports(self, kind: str) -> PortList:
        """Ports of the kind with this name."""

    def allowed(self, key: CapabilityKey) -> bool:
        """Whether policy has a capability on."""

    def now(self) -> dt.datetime:
        """Wall clock."""

    def ready(self) -> None:
        """The service serves."""

    def note(self, sentence: str) -> None:
        """How the plugin fares."""

    def used(self) -> None:
        """It did what it is for."""

    def log(self, message: str, fields: Mapping[str, str]) -> None:
        """Writes to the agent's log."""

    def start_service(self, name: str, service: Service) -> None:
        """Starts one more task."""


@attrs.frozen
class ServedBus:
    """``BusEnd`` of a bus."""

    _bus: EventBus
    _open: list[weakref.ref[Subscription]] = attrs.field(factory=list)

    def publish(self, event: Event) -> None:
        """Never blocks."""
        self._bus.publish(event)

    def subscribe(self, kinds: tuple[str, ...], size: int) -> Subscription:
        """Events of the types with these names."""
        unknown = next((name for name in kinds if name not in _EVENTS), None)
        if unknown is not None:
            raise BadInput(f"there is no event {unknown!r:.80}")
        self._open[:] = [each for each in self._open if each() is not None]
        if len(self._open) >= SUBSCRIPTIONS:
            raise Overloaded(f"{SUBSCRIPTIONS} subscriptions are open already", next_step="Look for a leak.")
        made = self._bus.subscribe(*(_EVENTS[name] for name in kinds), size=min(max(size, 0), SUBSCRIBED))
        self._open.append(weakref.ref(made))
        return made


@attrs.frozen
class ServedHost:
    """``HostEnd`` of a host; whatever is not named here is the host's own."""

    _host: Host

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def ports(self, kind: str) -> PortList:
        """Ports of the kind with this name."""
        if kind not in PORTS:
            raise BadInput(f"there is no port {kind!r:.80}")
        return PortList(kind, self._host.ports(PORTS[kind]))

    def log(self, message: str, fields: Mapping[str, str]) -> None:
        """Writes to the agent's log."""
        self._host.log(
            message[:LINE_CHARS], **{name: text for name, text in fields.items() if name not in ("message", "plugin")}
        )


ENDS: Final[Mapping[type[Any], type[Any]]] = {Host: HostEnd, EventBus: BusEnd}
"""Protocols that go over the pipe as others."""

SERVED: Final[Mapping[type[Any], Any]] = {HostEnd: ServedHost, BusEnd: ServedBus}
"""What makes the one of the other."""
