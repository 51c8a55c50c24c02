"""Starts and stops plugins as policy wants them, and supervises those that run.

- Level-triggered: ``reconcile`` compares what should run with what runs, and takes the steps between.
- A plugin's tasks live in one nursery that never leaves ``_run``; a failure ends that nursery and nothing else.
- Stopping: its ports are withdrawn, its jobs handed back, its tasks cancelled, within a grace deadline.
- A failed plugin starts again with back-off for as long as policy has it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import trio

from tympan._errors import TympanError
from tympan._events import PluginChanged, PortsChanged
from tympan._hooks import Offer, collect
from tympan._host import Kernel, KernelHost, Readiness
from tympan._ids import CapabilityKey, PluginId
from tympan._limits import DEFAULTS, Limits
from tympan._manifest import Manifest
from tympan._policy_book import PolicyBook
from tympan._ports import Service
from tympan._registry import Found, PluginRecord, load, order
from tympan._settings import PluginSettings, SettingsFile
from tympan._states import PluginState, PluginStep

_UP = frozenset({PluginState.STARTING, PluginState.RUNNING})
_FINAL = frozenset({PluginState.REFUSED, PluginState.UNSUPPORTED})


@attrs.define(eq=False)
class _Run:
    """One run of a plugin, from import to the end of its last task."""

    on: frozenset[CapabilityKey]
    settings: PluginSettings
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    offers: tuple[Offer, ...] = ()
    settled: trio.Event = attrs.field(factory=trio.Event)
    ended: trio.Event = attrs.field(factory=trio.Event)
    stopping: bool = False


class Lifecycle:
    """Every plugin's record and run. Owns: one task per running plugin, in the nursery of ``run``."""

    def __init__(
        self,
        found: dict[PluginId, tuple[PluginRecord, Found]],
        kernel: Kernel,
        policy: PolicyBook,
        settings: SettingsFile,
        revoke: Callable[[PluginId], Any],
        limits: Limits = DEFAULTS,
    ) -> None:
        self.records = {name: record for name, (record, _) in found.items()}
        self._points = {name: point for name, (_, point) in found.items()}
        self._kernel = kernel
        self._policy = policy
        self._settings = settings
        self._revoke = revoke
        self._limits = limits
        self._runs: dict[PluginId, _Run] = {}
        self._not_before: dict[PluginId, float] = {}
        self._nudge = trio.Event()

    # ------------------------------------------------------------------ looking

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports of one kind that running plugins offer, in the order they were started."""
        return tuple(
            (name, offer.contribution.port)
            for name, run in self._runs.items()
            if not run.stopping and self.records[name].state in _UP
            for offer in run.offers
            if offer.kind is kind
        )

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record, without stopping it."""
        reason = f"{where} failed: {describe(error)}"
        self._kernel.log("a plugin failed", plugin=plugin, where=where, error=describe(error))
        record = self.records.get(plugin)
        if record is not None:
            self.records[plugin] = attrs.evolve(record, reason=reason)

    def manifests(self) -> tuple[Manifest, ...]:
        """Of every plugin whose manifest could be read."""
        return tuple(record.manifest for record in self.records.values() if record.manifest is not None)

    def wake(self) -> None:
        """Makes ``run`` compare again."""
        self._nudge.set()

    # ------------------------------------------------------------------ comparing

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keeps what runs equal to what policy wants, until cancelled."""
        async with trio.open_nursery() as nursery:
            await self._reconcile(nursery)
            task_status.started()
            while True:
                with trio.move_on_after(self._wait_s()):
                    await self._nudge.wait()
                self._nudge = trio.Event()
                await self._reconcile(nursery)

    def _wait_s(self) -> float:
        waiting = [moment for name, moment in self._not_before.items() if name not in self._runs]
        return max(min(waiting, default=trio.current_time() + 3600) - trio.current_time(), 0.01)

    async def _reconcile(self, nursery: trio.Nursery) -> None:
        candidates = order(record for record in self.records.values() if record.state not in _FINAL)
        wanted = self._wanted(candidates)
        for record in reversed(candidates):
            run = self._runs.get(record.id)
            if run is not None and run.on != wanted.get(record.id):
                await self._stop(record.id, run)
        for record in candidates:
            if record.id in wanted and record.id not in self._runs:
                await self._start(nursery, record.id, wanted[record.id])

    def _wanted(self, candidates: Iterable[PluginRecord]) -> dict[PluginId, frozenset[CapabilityKey]]:
        wanted: dict[PluginId, frozenset[CapabilityKey]] = {}
        available: set[CapabilityKey] = set()
        for record in candidates:
            on = self._capabilities_on(record)
            missing = sorted(key for key in record.manifest.requires if key not in available) if record.manifest else []
            if on and not missing:
                wanted[record.id] = on
                available |= on
            elif on:
                self._rest(record.id, PluginStep.BLOCK, f"it needs {', '.join(missing)}, which is not on")
        return wanted

    def _capabilities_on(self, record: PluginRecord) -> frozenset[CapabilityKey]:
        if record.manifest is None:
            return frozenset()
        decisions = [
            self._policy.decide(spec.key, default=spec.default, essential=spec.essential)
            for spec in record.manifest.capabilities
        ]
        on = frozenset(decision.key for decision in decisions if decision.on)
        if not on:
            self._rest(record.id, PluginStep.SWITCH_OFF, "; ".join(f"{d.key} is off: {d.reason}" for d in decisions))
        return on

    def _rest(self, plugin: PluginId, step: PluginStep, reason: str) -> None:
        if plugin not in self._runs and self.records[plugin].reason != reason:
            self._step(plugin, step, reason)
            self._not_before.pop(plugin, None)

    # ------------------------------------------------------------------ starting and stopping

    async def _start(self, nursery: trio.Nursery, plugin: PluginId, on: frozenset[CapabilityKey]) -> None:
        if trio.current_time() < self._not_before.get(plugin, 0.0):
            return
        manifest = self.records[plugin].manifest
        if manifest is None:
            return
        try:
            run = _Run(on=on, settings=self._settings.of(manifest))
        except TympanError as error:
            self._failed(plugin, error)
            return
        self._step(plugin, PluginStep.START)
        self._runs[plugin] = run
        nursery.start_soon(self._run, plugin, manifest, run, name=f"plugin {plugin}")
        await run.settled.wait()

    async def _stop(self, plugin: PluginId, run: _Run) -> None:
        run.stopping = True
        if self.records[plugin].state in _UP:
            self._step(plugin, PluginStep.STOP, "it is being stopped")
        self._kernel.bus.publish(PortsChanged())
        await self._revoke(plugin)
        run.scope.cancel()
        with trio.move_on_after(self._limits.grace_s) as grace:
            await run.ended.wait()
        if grace.cancelled_caught:
            self._kernel.log("a plugin did not stop in time", plugin=plugin, grace_s=self._limits.grace_s)
        self._runs.pop(plugin, None)
        if self.records[plugin].state is PluginState.STOPPING:
            self._step(plugin, PluginStep.STOPPED, "stopped")

    async def _run(self, plugin: PluginId, manifest: Manifest, run: _Run) -> None:
        failure: BaseException | None = None
        try:
            with run.scope:
                run.offers = await self._offers(plugin, run)
                await self._serve(plugin, manifest, run)
        except* Exception as group:
            failure = group
        finally:
            run.ended.set()
            run.settled.set()
        if not run.stopping and failure is not None:
            self._runs.pop(plugin, None)
            self._failed(plugin, failure)
            self._kernel.bus.publish(PortsChanged())
            await self._revoke(plugin)

    async def _offers(self, plugin: PluginId, run: _Run) -> tuple[Offer, ...]:
        with trio.fail_after(self._limits.import_s):
            module = await trio.to_thread.run_sync(load, self._points[plugin], abandon_on_cancel=True)
        started = time.monotonic()
        offers = collect(module, plugin)
        if time.monotonic() - started > self._limits.hook_warn_s:
            self._kernel.log("a plugin's hooks are slow", plugin=plugin, seconds=round(time.monotonic() - started, 2))
        return tuple(offer for offer in offers if (offer.contribution.capability or min(run.on)) in run.on)

    async def _serve(self, plugin: PluginId, manifest: Manifest, run: _Run) -> None:
        services = [offer for offer in run.offers if offer.kind is Service]
        readiness = Readiness(len(services))
        async with trio.open_nursery() as nursery:

            def start(name: str, service: Service, ready: Callable[[], None] = lambda: None) -> None:
                host = KernelHost(self._kernel, manifest, run.settings, start, ready)
                nursery.start_soon(service.run, host, name=f"{plugin} {name}")

            for offer in services:
                start(offer.contribution.name, _service(offer), readiness.one_of())
            with trio.fail_after(self._limits.ready_s):
                await readiness.all_ready.wait()
            self._step(plugin, PluginStep.READY)
            self._not_before.pop(plugin, None)
            run.settled.set()
            self._kernel.bus.publish(PortsChanged())
            await trio.sleep_forever()

    def _failed(self, plugin: PluginId, error: BaseException) -> None:
        record = self.records[plugin]
        wait_s = min(self._limits.backoff_first_s * 2 ** min(record.restarts, 10), self._limits.backoff_last_s)
        self._not_before[plugin] = trio.current_time() + wait_s
        reason = f"{describe(error)}; it starts again in {wait_s:g} s"
        self._kernel.log("a plugin failed", plugin=plugin, error=describe(error), again_in_s=wait_s)
        self.records[plugin] = attrs.evolve(record, restarts=record.restarts + 1)
        self._step(plugin, PluginStep.FAIL, reason)
        self.wake()

    def _step(self, plugin: PluginId, step: PluginStep, reason: str = "") -> None:
        record = self.records[plugin] = self.records[plugin].step(step, reason)
        self._kernel.bus.publish(PluginChanged(plugin=plugin, state=record.state))


def describe(error: BaseException) -> str:
    """An error as one line for people: the innermost of a group, with its type unless it speaks for itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TympanError):
        return error.sentence
    return f"{type(error).__name__}: {error}"[:300]


def _service(offer: Offer) -> Service:
    port = offer.contribution.port
    if not isinstance(port, Service):
        raise TypeError(f"{offer.contribution.name} is no service")
    return port
