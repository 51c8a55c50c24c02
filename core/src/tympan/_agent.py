"""The agent: one object that wires vault, store, policy, jobs and plugins, and runs them.

Owns: the vault, the store's lock, and every task below ``run``. Stopping cancels all; what was accepted is on disk.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import cattrs
import trio

from tympan._bus import Bus
from tympan._control import AgentControl
from tympan._dispatch import Dispatcher
from tympan._endpoint import endpoint_uri
from tympan._errors import NotFound, TympanError
from tympan._events import PolicyChanged, SettingsChanged
from tympan._faults import contained, describe
from tympan._given_printers import GivenPrinters
from tympan._home import Home, make_private
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._jobs import JobBook
from tympan._kernel_keys import KERNEL_KEYS
from tympan._last_words import Crash
from tympan._lifecycle import Lifecycle
from tympan._limits import DEFAULTS, Limits
from tympan._manifest import CapabilitySpec, Isolation
from tympan._pinned_policy import PinnedFile
from tympan._plain import Plain, plain
from tympan._policy import PolicyDocument
from tympan._policy_book import PolicyBook, PolicyFolder
from tympan._policy_memory import PolicyMemory
from tympan._ports import AgentKeys, SignedIn
from tympan._presence import Presence, key_decision
from tympan._printer_file import PrinterFile
from tympan._printers import PrinterBook
from tympan._registry import AllowList, PluginRecord, scan
from tympan._settings import SettingsFile
from tympan._signing import public_key_of
from tympan._sources import Sources
from tympan._stalls import Stall, StallBook
from tympan._states import PluginState
from tympan._store import KERNEL, Store
from tympan._values import DeviceSnapshot, Printer
from tympan._vault import Vault
from tympan_wire.dsse import key_id

Log = Callable[..., None]
POLICY_KEY = "policy"
STORE_KEY = "store"
SETTINGS = "TYMPAN_SETTINGS"
"""Names a file of settings beneath those of the state folder."""
_BEATS: Final = 5
"""Signs that the event loop turns, within the time after which it is said to stand: two come between two looks."""
_T = TypeVar("_T")


class Agent:
    """A running agent. Make it with ``open_agent``."""

    def __init__(
        self, home: Home, vault: Vault, store: Store, trusted: Mapping[str, bytes], overrides: Mapping[str, Any],
        log: Log, limits: Limits = DEFAULTS, settings_beneath: Path | None = None,
    ) -> None:  # fmt: skip
        self.home = home
        self.vault = vault
        self.store = store
        self.bus = Bus(limits)
        self._log = log
        self._limits = limits
        self._folder = PolicyFolder(home)
        self._policy_stamp: object = None
        self._settings_file = SettingsFile(home, overrides, settings_beneath)
        self._settings_stamp: object = self._settings_file.stamp()
        self._nursery: trio.Nursery | None = None
        self.started_at = self.now()
        self.policy = PolicyBook(trusted, self.now)
        self._policy_memory = PolicyMemory(store, log)
        self._given = GivenPrinters(home)
        self._pinned_file = PinnedFile(home)
        self.printers = PrinterBook(PrinterFile(home), self._given, self.bus, self._keep_snapshot, self._background)
        self.sources = Sources(self, self.bus, limits)
        self.book = JobBook(store, self.bus, self.printers, self.now, limits)
        self.control = AgentControl(self, home)
        decide = key_decision(self.policy.decide)
        self.presence = Presence(store, self.printers.brought_by, decide, self.now, self.log, limits)
        self.dispatcher = Dispatcher(self.book, self.printers, self, self.bus, log, limits, self.presence)
        found = scan(AllowList(home))
        self.stalls = StallBook(home.stalls_file, limits)
        self.lifecycle = Lifecycle(
            found, self, self.policy, self._settings_file, self.dispatcher.revoke, limits, self._held_off
        )
        self.beat: Callable[[], None] = lambda: None

    # ------------------------------------------------------------------ running

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Runs until cancelled. ``started`` when every plugin that is on was started once."""
        try:
            await self._remembered()
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(self._beats)  # first: taking up many jobs from a slow disk is no stall
                await self.refresh()
                await nursery.start(self.dispatcher.run)
                nursery.start_soon(self._watch_files)
                await nursery.start(self.lifecycle.run)
                self.dispatcher.gates_known()
                nursery.start_soon(self._forget_old_jobs)
                nursery.start_soon(self.sources.run)
                task_status.started()
        finally:
            self.control.withdraw()
            with trio.CancelScope(shield=True):
                await self.store.close()

    def _held_off(self, record: PluginRecord) -> str:
        return self.stalls.reason(record.id, record.version, self.now())

    def inside(self) -> dict[str, tuple[PluginId, str]]:
        """Plugins that run in this process, by their package, with the version of each."""
        return {
            record.module.partition(".")[0]: (record.id, record.version)
            for record in self.lifecycle.records.values()
            if record.manifest is not None and record.manifest.isolation is Isolation.AGENT
        }

    def crashed(self, found: Crash | None) -> None:
        """The agent before this one crashed in the code of a package; it counts like a stall, and once."""
        if found is None or found.package not in self.inside():
            return
        plugin, version = self.inside()[found.package]
        self.log("the agent crashed in the code of a plugin", plugin=plugin, at=found.at.isoformat())
        try:
            self.stalls.add_once(Stall(plugin=plugin, version=version, at=found.at), since=found.began)
        except TympanError as error:
            self.log("a stall cannot be written down", error=error.sentence)

    def let_in(self, plugin: str) -> None:
        """A person tries a plugin again that is held off; raises ``NotFound`` when it is not."""
        self.stalls.let_in(plugin)
        self.lifecycle.wake()

    async def alive(self) -> None:
        """Returns when the store's thread has answered."""
        await self.store.outbox_peek(1)

    async def refresh(self) -> None:
        """Reads printers, policy and settings again where they changed on disk."""
        self.printers.refresh()
        await self._refresh_policy()
        stamp = self._settings_file.stamp()
        if stamp != self._settings_stamp:
            self._settings_stamp = stamp
            self.bus.publish(SettingsChanged())
            self.lifecycle.wake()

    async def _refresh_policy(self) -> None:
        stamp, end = self._folder.stamp(), self.policy.snapshot.next_change()
        if stamp != self._policy_stamp:
            self._policy_stamp = stamp
            if self.policy.take(self._folder.read()):
                self._policy_changed()
        elif end is not None and self.now() >= end:
            self.policy.tick()
            self._policy_changed()
        await self._policy_memory.keep(self.policy.accepted())

    def _policy_changed(self) -> None:
        for problem in self.policy.snapshot.problems:
            self.log("a policy document is refused", scope=problem.scope.value, name=problem.name, why=problem.reason)
        self.bus.publish(PolicyChanged())
        self.lifecycle.wake()
        self.dispatcher.people_changed()

    async def _forget_old_jobs(self) -> None:
        while True:
            try:
                await self.store.prune(keep=self._limits.kept_jobs)
            except TympanError as error:
                self.log("old jobs could not be forgotten", error=error.sentence)
            await trio.sleep(self._limits.prune_s)

    async def _beats(self) -> None:
        while True:
            self.beat()
            await trio.sleep(self._limits.stall_s / _BEATS)

    async def _watch_files(self) -> None:
        while True:
            await trio.sleep(self._limits.policy_poll_s)
            try:
                await self.refresh()
            except TympanError as error:
                self.log("a file could not be taken up", error=error.sentence)

    async def _remembered(self) -> None:
        self.policy.remember(await self._policy_memory.recall())
        self._pinned_file.restore(self.policy.pinned)
        self._given.restore()
        await self.presence.restore()
        self.printers.refresh()
        snapshots: dict[PrinterId, DeviceSnapshot] = {}
        for printer in self.printers.all():
            snapshot = await self._kept(f"device {printer.id}", functools.partial(_decode_snapshot, printer.uri))
            if snapshot is not None:
                snapshots[printer.id] = snapshot
        self.printers.restore(snapshots)

    async def _kept(self, key: str, decode: Callable[[bytes], _T]) -> _T | None:
        """What an earlier run kept under a key; what cannot be read is said and forgotten: it only saves time."""
        found: list[_T] = []
        with contained(lambda error: self.log("something kept cannot be read", key=key, error=describe(error))):
            data = await self.store.kv_get(KERNEL, key)
            found += [] if data is None else [decode(data)]
        return found[0] if found else None

    async def _keep_snapshot(self, printer: PrinterId, snapshot: DeviceSnapshot) -> None:
        try:
            known = self.printers.get(printer)
            if known is not None:
                await self.store.kv_put(KERNEL, f"device {printer}", _encode_snapshot(known.uri, snapshot))
        except TympanError as error:
            self.log("a device's state could not be kept", printer=printer, error=error.sentence)

    def _background(self, task: Callable[..., Any], *arguments: object) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(task, *arguments)

    # ------------------------------------------------------------------ what sources bring

    async def take_policy(self, keys: Sequence[bytes], documents: Sequence[bytes] | None) -> None:
        """Takes policy from outside: keeps what holds, and obeys it."""
        pinned = self.policy.pinned
        if tuple(keys) != pinned.brought.keys:
            pinned.pin(keys)
        if documents is not None:
            pinned.offer(documents)
        if self.policy.merge():
            self._policy_changed()  # first: a full disk must not keep what was switched off running
        self._pinned_file.keep(pinned.brought)

    async def take_printers(self, owner: PluginId, printers: Sequence[Printer]) -> None:
        """Takes the printers of one plugin."""
        self.printers.give(owner, printers)

    async def take_people(self, people: Sequence[SignedIn]) -> None:
        """Takes who is signed in."""
        if await self.presence.take(people):
            self.dispatcher.people_changed()

    # ------------------------------------------------------------------ what hosts and the control need

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports with their owners."""
        return self.lifecycle.owned(kind)

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        """Plugins that hold such jobs and do not run."""
        return self.lifecycle.missing_gates(pull=pull)

    def expected(self, plugin: PluginId) -> bool:
        """Whether a plugin runs or may run again."""
        return self.lifecycle.expected(plugin)

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record."""
        self.lifecycle.charge(plugin, where, error)

    def used(self, plugin: PluginId) -> None:
        """Writes down that a plugin did what it is for."""
        self.lifecycle.used(plugin)

    def endpoint(self, printer: PrinterId) -> str:
        """Where programs print to; raises ``NotFound`` while the loopback site does not listen."""
        self.require_offered(printer)
        return endpoint_uri(self.control.port, printer)

    def require_offered(self, printer: PrinterId) -> None:
        """Raises ``NotFound`` for a printer at which held jobs come out and that programs cannot print to."""
        known = self.printers.get(printer)
        if known is not None and not known.offered:
            cause = f"programs cannot print to {known.name}: held jobs come out there, and nothing else"
            raise NotFound(cause, next_step="Print to the pull queue, and release the job there.")

    def allowed(self, key: CapabilityKey) -> bool:
        """Policy's answer for a capability."""
        spec = self._spec(key)
        if spec is None or (spec.needs is not None and not self.allowed(spec.needs)):
            return False
        return self.policy.decide(key, default=spec.default, essential=spec.essential).on

    def now(self) -> dt.datetime:
        """Wall clock, UTC."""
        return dt.datetime.now(dt.UTC)

    def note(self, plugin: PluginId, sentence: str) -> None:
        """Shows a sentence beside a running plugin."""
        self.lifecycle.note(plugin, sentence)

    def log(self, message: str, **fields: object) -> None:
        """The agent's log."""
        self._log(message, **fields)

    def status(self) -> Plain:
        """The agent in a few lines."""
        records = self.lifecycle.records.values()
        counts = {state.value: sum(record.state is state for record in records) for state in PluginState}
        problems = [f"{problem.scope.value} policy: {problem.reason}" for problem in self.policy.snapshot.problems]
        problems += [
            f"the {document.scope.value} policy '{document.name}' ended on {document.expires_at:%Y-%m-%d}: all but "
            "printing is off until the hub is reached again, or this computer's clock is right"
            for document in self.policy.snapshot.documents
            if document.expired(self.now())
        ]
        problems += self.printers.problems
        problems += [error.sentence for error in self.store.damaged]
        problems += [keys.trouble for _, keys in self.owned(AgentKeys) if keys.trouble]
        problems += [f"the document of job {job} is gone from the state folder" for job in self.store.missing]
        return {
            "home": str(self.home.root),
            "pid": os.getpid(),
            "started_at": self.started_at.isoformat(),
            "keys": self.vault.origin.value,
            "keys_statement": self.vault.origin.statement,
            "plugins": {state: count for state, count in counts.items() if count},
            "policy": [plain_edition(document) for document in self.policy.snapshot.documents],
            "port": self.control.port,
            "printers": len(self.printers.all()),
            "jobs_open": sum(not job.state.terminal for job in self.book.all()),
            "problems": list(problems),
        }

    def explain(self, key: str) -> Plain:
        """Why a capability is on or off."""
        spec = self._spec(CapabilityKey(key))
        offered = [spec.key for manifest in self.lifecycle.manifests() for spec in manifest.capabilities]
        known = sorted([*offered, *(spec.key for spec in KERNEL_KEYS)])
        return explain(self.policy, key, spec, known)

    def _spec(self, key: CapabilityKey) -> CapabilitySpec | None:
        own = [spec for spec in KERNEL_KEYS if spec.key == key]
        offered = (manifest.capability(key) for manifest in self.lifecycle.manifests())
        return next((spec for spec in (*own, *offered) if spec is not None), None)


def plain_edition(document: PolicyDocument) -> Plain:
    """Which edition of a document is in force, and until when."""
    return {
        "scope": document.scope.value,
        "name": document.name,
        "number": document.number,
        "expires_at": document.expires_at.isoformat() if document.expires_at else None,
    }


def explain(policy: PolicyBook, key: str, spec: CapabilitySpec | None, known: Sequence[str]) -> Plain:
    """Why a capability is on or off, as ``tympan policy explain`` shows it; raises ``NotFound`` for no such key."""
    if spec is None:
        raise NotFound(f"no plugin offers {key!r}", next_step=f"Known keys: {', '.join(known) or 'none'}.")
    decision = policy.decide(spec.key, default=spec.default, essential=spec.essential)
    row = plain(decision)
    if not isinstance(row, dict):
        raise TypeError("a decision is an object")
    row["chain"] = plain(policy.snapshot.chain(spec.key, essential=spec.essential))
    row["documents"] = [plain_edition(document) for document in policy.snapshot.documents]
    row["default"] = spec.default.value
    row["problems"] = plain(policy.snapshot.problems)
    return row


async def open_agent(
    home: Home,
    env: Mapping[str, str],
    *,
    overrides: Mapping[str, Mapping[str, object]],
    log: Log,
    limits: Limits = DEFAULTS,
) -> Agent:
    """Opens vault and store and makes an agent.

    Raises:
        StoreError: The state folder cannot be used, with the cause.
        VaultError: The keys cannot be had, with the cause.
    """
    make_private(home.root)
    vault = Vault(home.root, env)
    await vault.open()
    store = Store(home.store, await vault.key(STORE_KEY))
    await store.open()
    public = public_key_of(await vault.key(POLICY_KEY))
    beneath = Path(env[SETTINGS]) if env.get(SETTINGS) else None
    return Agent(home, vault, store, {key_id(public): public}, overrides, log, limits, beneath)


def _encode_snapshot(uri: str, snapshot: DeviceSnapshot) -> bytes:
    table = plain(attrs.evolve(snapshot, attributes=b""))
    head = json.dumps({"uri": uri, "seen": table}).encode()
    return len(head).to_bytes(4, "big") + head + zlib.compress(snapshot.attributes, 1)


def _decode_snapshot(uri: str, data: bytes) -> DeviceSnapshot | None:
    """What was kept, unless it is of another device than the one at ``uri``."""
    size = int.from_bytes(data[:4], "big")
    head = json.loads(data[4 : 4 + size])
    if head["uri"] != uri:
        return None
    converter = cattrs.Converter()
    converter.register_structure_hook(dt.datetime, lambda text, _: dt.datetime.fromisoformat(text))
    snapshot = converter.structure(head["seen"], DeviceSnapshot)
    return attrs.evolve(snapshot, attributes=zlib.decompress(data[4 + size :]), reachable=False)
