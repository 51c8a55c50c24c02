"""Services, the host they receive, and what hooks return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import attrs

from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._ports._jobs import Jobs, Printers
from tympan._ports._outbox import Outbox
from tympan._ports._sources import KeyProvider
from tympan._ports._surroundings import EventBus, KeyValue, Settings

_P = TypeVar("_P")


@runtime_checkable
class Service(Protocol):
    """A long-running task under the supervisor."""

    async def run(self, host: Host) -> None:
        """Runs until cancelled. Calls ``host.ready()`` once it serves. Returning early is fine; raising restarts it
        with back-off.
        """


class Host(Protocol):
    """What a plugin receives: the narrow side of the kernel."""

    @property
    def plugin(self) -> PluginId:
        """Whose host this is."""

    @property
    def settings(self) -> Settings:
        """Its settings."""

    @property
    def bus(self) -> EventBus:
        """Events."""

    @property
    def jobs(self) -> Jobs:
        """Jobs. Needs the permission ``jobs``."""

    @property
    def printers(self) -> Printers:
        """Printers. Needs the permission ``printers``."""

    def endpoint(self, printer: PrinterId) -> str:
        """The address programs print to for a printer: what its queue is made of. Needs the permission ``printers``.

        Raises:
            NotFound: The endpoint for programs does not run.
        """

    @property
    def state(self) -> KeyValue:
        """Its own durable values."""

    async def folder(self) -> Path:
        """A folder of its own, for what is too large for `state`: made when it is missing, for this account alone. The
        kernel neither seals nor looks after what lies there: a document goes in as ciphertext or not at all.

        Raises:
            StoreError: It cannot be made.
        """

    @property
    def control(self) -> Control:
        """The kernel's controls for people. Needs the permission ``control``."""

    @property
    def outbox(self) -> Outbox:
        """The durable outbox. Needs the permission ``outbox``."""

    @property
    def keys(self) -> KeyProvider:
        """Keys of its own in the agent's vault. Needs the permission ``keys``."""

    def ports(self, kind: type[_P]) -> tuple[_P, ...]:
        """Ports of one kind that running plugins offer now. ``PortsChanged`` tells when to ask again.

        Needs the permission ``hub`` for what speaks to the hub or decides whom the agent believes, else ``ports``.
        """

    def allowed(self, key: CapabilityKey) -> bool:
        """Whether policy has a capability on for this machine's user."""

    def now(self) -> dt.datetime:
        """Wall clock, UTC."""

    def ready(self) -> None:
        """The service serves: plugins that require its capability may start."""

    def note(self, sentence: str) -> None:
        """Says how the running plugin fares where ``tympan plugins`` shows it; "" takes it back."""

    def used(self) -> None:
        """Says that the plugin just did for somebody what it is for, so that whoever would switch it off sees whom that
        touches. The kernel says it by itself of routes, inspectors and spoolers.
        """

    def log(self, message: str, **fields: object) -> None:
        """Writes to the agent's log under the plugin's name. Never a document's or a key's bytes."""

    def start_service(self, name: str, service: Service) -> None:
        """Starts one more task under the supervisor, in the plugin's own scope."""


class Control(Protocol):
    """What the command line and the tray may ask of the kernel; answers are JSON-ready."""

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        """Runs one operation of ``docs/reference/control.md`` and returns its JSON-ready answer.

        Raises:
            TympanError: With cause and next step.
        """

    @property
    def token(self) -> str:
        """The secret of the state folder that callers of kind ``token`` must show."""

    def announce(self, port: int) -> None:
        """Tells the command line (through the state folder) where the loopback site listens."""

    def withdraw(self) -> None:
        """The loopback site no longer listens."""


@attrs.frozen(kw_only=True)
class Contribution:
    """Something a plugin offers.

    Attributes:
        port: An object that satisfies one of the protocols here.
        name: Unique among the plugin's contributions of that hook, for logs.
        capability: The capability that switches it; None means the plugin's first.
    """

    port: object
    name: str = "main"
    capability: CapabilityKey | None = None
