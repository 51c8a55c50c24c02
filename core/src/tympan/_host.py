"""The narrow object a plugin receives, and what its manifest's permissions open of the kernel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import trio

from tympan._bus import Bus
from tympan._errors import BadInput, PermissionMissing
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._jobs import JobBook
from tympan._manifest import Manifest, Permission
from tympan._plugin_keys import PluginKeys
from tympan._plugin_outbox import PluginOutbox
from tympan._ports import (
    AgentKeys,
    Control,
    HubDownloads,
    HubIdentity,
    HubLink,
    HubUploads,
    Membership,
    NoticeSource,
    PeopleSource,
    PolicySource,
    Printers,
    PrinterSource,
    Service,
    SignIn,
)
from tympan._settings import PluginSettings
from tympan._store import Store
from tympan._vault import Vault

_P = TypeVar("_P")
VALUE_BYTES = 64 * 1024
_OF_THE_HUB: frozenset[type[Any]] = frozenset(
    {
        AgentKeys, HubDownloads, HubIdentity, HubLink, HubUploads, Membership, NoticeSource, PeopleSource, PolicySource,
        PrinterSource, SignIn,
    }
)  # fmt: skip
"""Ports by which a plugin speaks to the hub in the agent's name, or decides whom the agent believes."""


class Kernel(Protocol):
    """What hosts need of the kernel."""

    @property
    def bus(self) -> Bus:
        """Events."""

    @property
    def book(self) -> JobBook:
        """Jobs."""

    @property
    def printers(self) -> Printers:
        """Printers."""

    @property
    def control(self) -> Control:
        """Controls for people."""

    @property
    def store(self) -> Store:
        """The store."""

    @property
    def vault(self) -> Vault:
        """The vault."""

    def endpoint(self, printer: PrinterId) -> str:
        """Where programs print to."""

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports with their owners."""

    def allowed(self, key: CapabilityKey) -> bool:
        """Policy's answer."""

    def now(self) -> dt.datetime:
        """Wall clock."""

    def note(self, plugin: PluginId, sentence: str) -> None:
        """Shows a sentence beside a running plugin."""

    def used(self, plugin: PluginId) -> None:
        """Writes down that a plugin did what it is for."""

    def log(self, message: str, **fields: object) -> None:
        """The agent's log."""


class PluginState:
    """``KeyValue`` of one plugin, sealed in the store."""

    def __init__(self, store: Store, plugin: PluginId) -> None:
        self._store = store
        self._plugin = plugin

    async def get(self, key: str) -> bytes | None:
        """A value."""
        return await self._store.kv_get(self._plugin, key)

    async def put(self, key: str, value: bytes) -> None:
        """Keeps a value of at most 64 KiB, durable when it returns."""
        if len(value) > VALUE_BYTES or len(key) > 255:
            raise BadInput(f"a value has at most {VALUE_BYTES} bytes, a key 255 characters")
        await self._store.kv_put(self._plugin, key, value)

    async def delete(self, key: str) -> None:
        """Forgets a value."""
        await self._store.kv_delete(self._plugin, key)


class KernelHost:
    """``Host`` of one run of one plugin."""

    def __init__(
        self,
        kernel: Kernel,
        manifest: Manifest,
        settings: PluginSettings,
        start: Callable[[str, Service], None],
        ready: Callable[[], None],
    ) -> None:
        self._kernel = kernel
        self._permissions = manifest.permissions
        self._start = start
        self._ready = ready
        self.plugin = manifest.id
        self.settings = settings
        self.bus = kernel.bus
        self.state = PluginState(kernel.store, manifest.id)

    async def folder(self) -> Path:
        """A folder of its own, made when it is missing."""
        return await self._kernel.store.folder(f"plugins/{self.plugin}")

    @property
    def jobs(self) -> JobBook:
        """Jobs."""
        self._need(Permission.JOBS)
        return self._kernel.book

    @property
    def printers(self) -> Printers:
        """Printers."""
        self._need(Permission.PRINTERS)
        return self._kernel.printers

    def endpoint(self, printer: PrinterId) -> str:
        """Where programs print to."""
        self._need(Permission.PRINTERS)
        return self._kernel.endpoint(printer)

    @property
    def control(self) -> Control:
        """Controls for people."""
        self._need(Permission.CONTROL)
        return self._kernel.control

    @property
    def outbox(self) -> PluginOutbox:
        """The durable outbox."""
        self._need(Permission.OUTBOX)
        return PluginOutbox(self._kernel.store, self._kernel.bus, self._kernel.book.memory)

    @property
    def keys(self) -> PluginKeys:
        """Keys of its own in the vault."""
        self._need(Permission.KEYS)
        return PluginKeys(self._kernel.vault, self.plugin)

    def ports(self, kind: type[_P]) -> tuple[_P, ...]:
        """Ports of one kind offered now."""
        self._need(needed_for(kind))
        return tuple(port for _, port in self._kernel.owned(kind))

    def allowed(self, key: CapabilityKey) -> bool:
        """Whether policy has a capability on."""
        return self._kernel.allowed(key)

    def now(self) -> dt.datetime:
        """Wall clock, UTC."""
        return self._kernel.now()

    def ready(self) -> None:
        """The service serves."""
        self._ready()

    def note(self, sentence: str) -> None:
        """Says how it fares where people look."""
        self._kernel.note(self.plugin, sentence)

    def used(self) -> None:
        """Says that it did what it is for."""
        self._kernel.used(self.plugin)

    def log(self, message: str, **fields: object) -> None:
        """Writes to the agent's log."""
        self._kernel.log(message, plugin=self.plugin, **fields)

    def start_service(self, name: str, service: Service) -> None:
        """Starts one more supervised task."""
        self._start(name, service)

    def _need(self, permission: Permission) -> None:
        if permission not in self._permissions:
            raise PermissionMissing(
                f"plugin {self.plugin} used '{permission.value}', which its manifest does not ask for",
                next_step=f'Its vendor adds "{permission.value}" to permissions in plugin.toml.',
            )


def needed_for(kind: type[Any]) -> Permission:
    """The permission that ports of a kind need."""
    return Permission.HUB if kind in _OF_THE_HUB else Permission.PORTS


def check_offers(manifest: Manifest, kinds: Iterable[type[Any]]) -> None:
    """What a manifest does not ask for, its plugin does not offer, either: a source of policy decides for everybody.

    Raises:
        PermissionMissing: The plugin offers a port that decides whom the agent believes, and its manifest is silent.
    """
    if Permission.HUB in manifest.permissions:
        return
    for kind in kinds:
        if kind in _OF_THE_HUB:
            raise PermissionMissing(
                f"plugin {manifest.id} offers a {kind.__name__}, which its manifest does not ask for",
                next_step=f'Its vendor adds "{Permission.HUB.value}" to permissions in plugin.toml.',
            )


class Readiness:
    """Counts a plugin's services that are not ready yet. Owns: an event, set when all are."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.all_ready = trio.Event()
        if count == 0:
            self.all_ready.set()

    def one_of(self) -> Callable[[], None]:
        """A callback for one service; calling it again changes nothing."""
        told = False

        def ready() -> None:
            nonlocal told
            if not told:
                told = True
                self._left -= 1
                if self._left <= 0:
                    self.all_ready.set()

        return ready
