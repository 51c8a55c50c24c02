"""The host a plugin receives, in memory."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import attrs
import trio

from tympan._bus import Bus
from tympan._endpoint import endpoint_uri
from tympan._errors import BadInput, BadSetting, NotFound, PermissionMissing
from tympan._events import DeviceChanged, DeviceWanted, PrintersChanged
from tympan._host import needed_for
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._manifest import Permission
from tympan._ports import Control, Service
from tympan._printers import arrived
from tympan._values import DeviceSnapshot, Printer
from tympan.testing._jobs import FakeJobs
from tympan.testing._key_provider import FakeKeyProvider
from tympan.testing._outbox import FakeOutbox

_P = TypeVar("_P")
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


class FakeSettings:
    """Settings as given; a missing name or another type raises ``BadSetting``."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def integer(self, name: str) -> int:
        """Of type integer."""
        return self._typed(name, int)

    def number(self, name: str) -> float:
        """Of type number."""
        return float(self._typed(name, (int, float)))

    def text(self, name: str) -> str:
        """Of type text."""
        return self._typed(name, str)

    def flag(self, name: str) -> bool:
        """Of type flag."""
        return self._typed(name, bool)

    def texts(self, name: str) -> tuple[str, ...]:
        """Of type texts."""
        return tuple(self._typed(name, (list, tuple)))

    def _typed(self, name: str, kind: type[_P] | tuple[type[_P], ...]) -> _P:
        value = self._values.get(name)
        if not isinstance(value, kind):
            raise BadSetting(f"setting {name!r} is {value!r}")
        return value


class FakePrinters:
    """``Printers`` in memory."""

    def __init__(self, bus: Bus, printers: Iterable[Printer] = ()) -> None:
        self._bus = bus
        self._printers = {printer.id: printer for printer in printers}
        self._snapshots: dict[PrinterId, DeviceSnapshot] = {}

    def add(self, printer: Printer) -> None:
        """Adds one, as an administrator would."""
        self._printers[printer.id] = printer
        self._bus.publish(PrintersChanged())

    def remove(self, printer: PrinterId) -> None:
        """Removes one."""
        del self._printers[printer]
        self._bus.publish(PrintersChanged())

    def all(self) -> tuple[Printer, ...]:
        """All."""
        return tuple(self._printers.values())

    def get(self, printer: PrinterId) -> Printer | None:
        """One."""
        return self._printers.get(printer)

    async def wait(self, printer: PrinterId, within_s: float) -> Printer:
        """One, which a test may add meanwhile."""
        return await arrived(self, self._bus, printer, within_s)

    def snapshot(self, printer: PrinterId) -> DeviceSnapshot | None:
        """Last seen."""
        return self._snapshots.get(printer)

    def observe(self, printer: PrinterId, snapshot: DeviceSnapshot) -> None:
        """Keeps it; publishes ``DeviceChanged`` when it differs in more than the time."""
        if not isinstance(snapshot, DeviceSnapshot):
            raise BadInput(f"a {type(snapshot).__name__} is no DeviceSnapshot")
        before = self._snapshots.get(printer)
        self._snapshots[printer] = snapshot
        if before is None or _timeless(before) != _timeless(snapshot):
            self._bus.publish(DeviceChanged(printer=printer))

    def want(self, printer: PrinterId) -> None:
        """Publishes ``DeviceWanted``."""
        self._bus.publish(DeviceWanted(printer=printer))

    def pin(self, printer: PrinterId, fingerprint: str) -> None:
        """Pins; one for a printer that is gone is ignored."""
        known = self._printers.get(printer)
        if known is not None:
            self._printers[printer] = attrs.evolve(known, fingerprint=fingerprint)


def _timeless(snapshot: DeviceSnapshot) -> DeviceSnapshot:
    return attrs.evolve(snapshot, observed_at=_EPOCH, answered_at=None)


class FakeKeyValue:
    """``KeyValue`` in memory."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        """A value."""
        await trio.lowlevel.checkpoint()
        return self.values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """Keeps one."""
        await trio.lowlevel.checkpoint()
        if len(value) > 65536 or len(key) > 255:
            raise BadInput("a value is at most 64 KiB, a key 255 characters")
        self.values[key] = value

    async def delete(self, key: str) -> None:
        """Forgets one."""
        await trio.lowlevel.checkpoint()
        self.values.pop(key, None)


class FakeHost:
    """``Host`` in memory: give it printers, settings and ports; read ``logged`` and ``noted`` after.

    ``port`` is where programs print to; None means that no endpoint runs. ``permissions`` are those of the manifest:
    what needs another raises ``PermissionMissing``; None grants all.
    """

    def __init__(
        self,
        plugin: str = "demo",
        *,
        settings: Mapping[str, object] | None = None,
        printers: Iterable[Printer] = (),
        ports: Iterable[object] = (),
        control: Control | None = None,
        nursery: trio.Nursery | None = None,
        permissions: Iterable[str] | None = None,
    ) -> None:
        self.plugin = PluginId(plugin)
        self.bus = Bus()
        self.settings = FakeSettings(settings or {})
        self._permissions = frozenset(Permission if permissions is None else map(Permission, permissions))
        self._printers = FakePrinters(self.bus, printers)
        self._jobs = FakeJobs(self.bus, self._printers)
        self.state = FakeKeyValue()
        self._outbox = FakeOutbox(self._jobs, self.bus)
        self._keys = FakeKeyProvider()
        self.noted = ""
        self.port: int | None = 39149
        self.uses = 0
        self.offered = list(ports)
        self.logged: list[tuple[str, dict[str, object]]] = []
        self.ready_event = trio.Event()
        self.denied: set[str] = set()
        self._control = control
        self._nursery = nursery
        self._folder: Path | None = None

    @property
    def jobs(self) -> FakeJobs:
        """Jobs in memory."""
        self._need(Permission.JOBS)
        return self._jobs

    @jobs.setter
    def jobs(self, jobs: FakeJobs) -> None:
        self._jobs = jobs

    @property
    def printers(self) -> FakePrinters:
        """Printers in memory."""
        self._need(Permission.PRINTERS)
        return self._printers

    @printers.setter
    def printers(self, printers: FakePrinters) -> None:
        self._printers = printers

    @property
    def outbox(self) -> FakeOutbox:
        """An outbox in memory."""
        self._need(Permission.OUTBOX)
        return self._outbox

    @property
    def keys(self) -> FakeKeyProvider:
        """Keys in memory."""
        self._need(Permission.KEYS)
        return self._keys

    def _need(self, permission: Permission) -> None:
        if permission not in self._permissions:
            raise PermissionMissing(f"the manifest does not ask for {permission.value!r}")

    def endpoint(self, printer: PrinterId) -> str:
        """On ``port``, or ``NotFound``; also for a printer that programs cannot print to."""
        self._need(Permission.PRINTERS)
        known = self._printers.get(printer)
        if known is not None and not known.offered:
            raise NotFound(f"programs cannot print to {known.name}")
        return endpoint_uri(self.port, printer)

    async def folder(self) -> Path:
        """A temporary folder, gone with the host."""
        await trio.lowlevel.checkpoint()
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tympan-plugin-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    @property
    def control(self) -> Control:
        """The control given, or ``PermissionMissing``."""
        self._need(Permission.CONTROL)
        if self._control is None:
            raise PermissionMissing("this host was given no control")
        return self._control

    def ports(self, kind: type[_P]) -> tuple[_P, ...]:
        """Those given that satisfy ``kind``."""
        self._need(needed_for(kind))
        return tuple(port for port in self.offered if isinstance(port, kind))

    def allowed(self, key: CapabilityKey) -> bool:
        """Everything not in ``denied``."""
        return key not in self.denied

    def now(self) -> dt.datetime:
        """Wall clock."""
        return dt.datetime.now(dt.UTC)

    def ready(self) -> None:
        """Sets ``ready_event``."""
        self.ready_event.set()

    def note(self, sentence: str) -> None:
        """Keeps it in ``noted``."""
        self.noted = sentence

    def used(self) -> None:
        """Counts it in ``uses``."""
        self.uses += 1

    def log(self, message: str, **fields: object) -> None:
        """Keeps the line."""
        self.logged.append((message, fields))

    def attach(self, nursery: trio.Nursery) -> None:
        """Where ``start_service`` starts tasks from now on."""
        self._nursery = nursery

    def start_service(self, name: str, service: Service) -> None:
        """Starts it in the nursery given."""
        if self._nursery is None:
            raise NotFound("this host was given no nursery")
        self._nursery.start_soon(service.run, self, name=name)
