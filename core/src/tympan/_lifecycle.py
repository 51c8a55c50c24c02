"""Starts and stops plugins as policy wants them, and supervises those that run.

- Level-triggered: ``run`` compares what should run with what runs, and takes the steps between.
- Nobody waits for a slow plugin but those that need it: each starts in a task of its own, and only once every
  capability it requires is offered by a plugin that is ready.
- A plugin's tasks live in one nursery that never leaves ``PluginRun.serve``; a failure ends that nursery, and nothing
  else.
- Stopping: its ports are withdrawn, its jobs handed back, its tasks cancelled, within a grace deadline.
- A failed plugin starts again with back-off for as long as policy has it on.
- Settings are taken anew when their file changes: a plugin whose settings differ is started again with them, and one
  whose new settings are wrong goes on with those it has.
"""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tympan._aims import Aim, find_aims
from tympan._aside import Aside
from tympan._deprecations import used_by
from tympan._errors import PluginFault, TympanError
from tympan._events import PluginChanged, PortsChanged
from tympan._faults import contained, describe
from tympan._hooks import Offer, collect
from tympan._host import Kernel, check_offers
from tympan._ids import CapabilityKey, PluginId
from tympan._limits import DEFAULTS, Limits
from tympan._manifest import CapabilitySpec, Holds, Isolation, Manifest
from tympan._plugin_run import PluginRun
from tympan._policy import Decision
from tympan._policy_book import PolicyBook
from tympan._registry import Found, PluginRecord, RunStep, load, order
from tympan._settings import SettingsFile
from tympan._states import PluginState, PluginStep

NOTE_CHARACTERS = 1000
USE_TOLD = dt.timedelta(hours=1)
"""A plugin in use is written down again after this time."""
"""A sentence, not a log."""
_FINAL = frozenset({PluginState.REFUSED, PluginState.UNSUPPORTED})
_UP = frozenset({PluginState.STARTING, PluginState.RUNNING})
_IDLE_S = 3600.0  # between two looks when nothing is due; every change wakes the loop


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
        held_off: Callable[[PluginRecord], str] = lambda _: "",
    ) -> None:
        self._held_off = held_off
        self.records = {name: record for name, (record, _) in found.items()}
        self._points = {name: point for name, (_, point) in found.items()}
        self._kernel = kernel
        self._policy = policy
        self._settings = settings
        self._settings_stamp = settings.stamp()
        self._revoke = revoke
        self._limits = limits
        self._runs: dict[PluginId, PluginRun] = {}
        self._lingering: dict[PluginId, PluginRun] = {}
        self._aftermath: dict[PluginId, str] = {}
        self._aside = Aside(limits)
        self._not_before: dict[PluginId, float] = {}
        self._streak: dict[PluginId, int] = {}
        self._nudge = trio.Event()

    # ------------------------------------------------------------------ looking

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports of one kind that running plugins offer, in the order they were started."""
        return tuple(
            (name, offer.contribution.port)
            for name, run in self._runs.items()
            if not run.stopping and self.records[name].state is PluginState.RUNNING
            for offer in run.offers
            if offer.kind is kind
        )

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        """Plugins that policy has on, that hold such jobs by their manifest, and that do not run now."""
        held = {Holds.ALL, Holds.PULL} if pull else {Holds.ALL}
        return tuple(
            record.id
            for record in self.records.values()
            if record.manifest is not None
            and record.state not in (*_FINAL, PluginState.OFF, PluginState.RUNNING)
            and any(spec.holds in held and self._decide(spec).on for spec in record.manifest.capabilities)
        )

    def starting(self) -> bool:
        """Whether a plugin has yet to begin, or is about to: what it offers may come any moment."""
        return any(record.state in (PluginState.FOUND, PluginState.STARTING) for record in self.records.values())

    def expected(self, plugin: PluginId) -> bool:
        """Whether a plugin runs, or may run again without anybody's doing."""
        record = self.records.get(plugin)
        return record is not None and record.state not in (*_FINAL, PluginState.OFF)

    def _decide(self, spec: CapabilitySpec) -> Decision:
        return self._policy.decide(spec.key, default=spec.default, essential=spec.essential)

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record, without stopping it."""
        reason = f"{where} failed: {describe(error)}"
        self._kernel.log("a plugin failed", plugin=plugin, where=where, error=describe(error))
        record = self.records.get(plugin)
        if record is not None:
            self.records[plugin] = attrs.evolve(record, reason=reason)

    def used(self, plugin: PluginId) -> None:
        """Writes down that a plugin did what it is for; to the hour, so that a busy one is no news all the time."""
        record, now = self.records.get(plugin), self._kernel.now()
        if record is not None and (record.used_at is None or now - record.used_at >= USE_TOLD):
            record = self.records[plugin] = attrs.evolve(record, used_at=now)
            self._kernel.bus.publish(PluginChanged(plugin=plugin, state=record.state))

    def note(self, plugin: PluginId, sentence: str) -> None:
        """Shows a sentence beside a plugin that is up; what it says of itself later changes nothing."""
        run = self._runs.get(plugin)
        if run is not None and not run.stopping and run.note != sentence[:NOTE_CHARACTERS]:
            run.note = sentence[:NOTE_CHARACTERS]
            self._note(plugin, run.note)

    def manifests(self) -> tuple[Manifest, ...]:
        """Of every plugin whose manifest could be read."""
        return tuple(record.manifest for record in self.records.values() if record.manifest is not None)

    def wake(self) -> None:
        """Makes ``run`` compare again."""
        self._nudge.set()

    # ------------------------------------------------------------------ comparing

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keeps what runs equal to what policy wants, until cancelled. ``started`` once each plugin was tried."""
        announced = False
        async with trio.open_nursery() as nursery:
            while True:
                await self._reconcile(nursery)
                if not announced and all(run.settled for run in self._runs.values()):
                    announced = True
                    task_status.started()
                with trio.move_on_after(self._wait_s()):
                    await self._nudge.wait()
                self._nudge = trio.Event()

    def _wait_s(self) -> float:
        waiting = [moment for name, moment in self._not_before.items() if name not in self._runs]
        return max(min(waiting, default=trio.current_time() + _IDLE_S) - trio.current_time(), 0.01)

    async def _reconcile(self, nursery: trio.Nursery) -> None:
        candidates = order(record for record in self.records.values() if record.state not in _FINAL)
        aims = find_aims(candidates, self.records.values(), self._decide)
        edited = self._settings_edited()
        for record in reversed(candidates):
            run = self._runs.get(record.id)
            if run is not None and (run.on != aims[record.id].on or (edited and self._must_restart(record.id, run))):
                await self._stop(record.id, run)
        for record in candidates:
            if record.id not in self._runs:
                self._pursue(nursery, record, aims[record.id])

    def _pursue(self, nursery: trio.Nursery, record: PluginRecord, aim: Aim) -> None:
        if not aim.on:
            self._rest(record.id, aim.step, aim.reason)
            return
        held = self._held_off(record)
        if held:
            self._rest(record.id, PluginStep.BLOCK, held)
            return
        waits_for = self._not_running(record)
        if not waits_for:
            self._start(nursery, record.id, aim.on)
            return
        self._not_before.pop(record.id, None)
        down = [key for key, state in waits_for.items() if state is not PluginState.STARTING]
        if down:
            reason = "; ".join(f"it needs {key}, whose plugin is not running" for key in down)
            self._rest(record.id, PluginStep.BLOCK, reason)

    def _not_running(self, record: PluginRecord) -> dict[CapabilityKey, PluginState]:
        states: dict[CapabilityKey, PluginState] = {}
        for key in record.manifest.requires if record.manifest else ():
            found = [self.records[name].state for name, run in self._runs.items() if key in run.on]
            if PluginState.RUNNING not in found:
                states[key] = PluginState.STARTING if PluginState.STARTING in found else PluginState.FAILED
        return states

    def _rest(self, plugin: PluginId, step: PluginStep, reason: str) -> None:
        aftermath = self._aftermath.get(plugin)
        reason = f"{reason}; {aftermath}" if aftermath else reason
        self._not_before.pop(plugin, None)
        if self.records[plugin].reason != reason:
            self._step(plugin, step, reason)

    # ------------------------------------------------------------------ settings

    def _settings_edited(self) -> bool:
        stamp = self._settings.stamp()
        if stamp == self._settings_stamp:
            return False
        self._settings_stamp = stamp
        self._not_before.clear()  # whoever failed for a bad setting may be well now
        return True

    def _must_restart(self, plugin: PluginId, run: PluginRun) -> bool:
        manifest = self.records[plugin].manifest
        if manifest is None:
            return False
        try:
            settings = self._settings.of(manifest)
        except TympanError as error:
            run.goes_on = True
            self._note(plugin, f"{error.sentence} It goes on with the settings it has.")
            return False
        if run.goes_on:
            run.goes_on = False
            self._note(plugin, run.note)
        return settings != run.settings

    def _note(self, plugin: PluginId, reason: str) -> None:
        record = self.records[plugin] = attrs.evolve(self.records[plugin], reason=reason)
        self._kernel.bus.publish(PluginChanged(plugin=plugin, state=record.state))

    # ------------------------------------------------------------------ starting and stopping

    def _start(self, nursery: trio.Nursery, plugin: PluginId, on: frozenset[CapabilityKey]) -> None:
        manifest = self.records[plugin].manifest
        if manifest is None or trio.current_time() < self._not_before.get(plugin, 0.0):
            return
        try:
            self._check_ended(plugin)
            run = PluginRun(on=on, settings=self._settings.of(manifest))
        except TympanError as error:
            self._failed(plugin, error)
            return
        self._aftermath.pop(plugin, None)
        self._step(plugin, PluginStep.START)
        self._mark(plugin, RunStep.POLICY, detail=f"on: {', '.join(sorted(on))}")
        self._mark(plugin, RunStep.REQUIRES, detail=", ".join(manifest.requires))
        self._runs[plugin] = run
        nursery.start_soon(self._run, plugin, manifest, run, name=f"plugin {plugin}")

    def _check_ended(self, plugin: PluginId) -> None:
        earlier = self._lingering.get(plugin)
        if earlier is not None and not earlier.ended.is_set():
            raise PluginFault("its earlier run was stopped and has not ended", next_step="Start the agent again.")
        self._lingering.pop(plugin, None)

    async def _stop(self, plugin: PluginId, run: PluginRun) -> None:
        run.stopping = True
        if self.records[plugin].state in _UP:
            self._step(plugin, PluginStep.STOP, "it is being stopped")
        self._kernel.bus.publish(PortsChanged())
        await self._revoke(plugin)
        run.scope.cancel()
        with trio.move_on_after(self._limits.grace_s):
            await run.ended.wait()
        self._note_aftermath(plugin, run)
        self._runs.pop(plugin, None)
        if self.records[plugin].state is PluginState.STOPPING:
            self._step(plugin, PluginStep.STOPPED, "stopped")

    def _note_aftermath(self, plugin: PluginId, run: PluginRun) -> None:
        if not run.ended.is_set():
            self._lingering[plugin] = run
            self._aftermath[plugin] = f"it did not end within {self._limits.grace_s:g} s of being stopped"
        elif run.faults:
            self._aftermath[plugin] = f"it failed while it was being stopped: {describe(run.faults[0])}"
        else:
            return
        self._kernel.log("a plugin did not stop well", plugin=plugin, how=self._aftermath[plugin])

    async def _run(self, plugin: PluginId, manifest: Manifest, run: PluginRun) -> None:
        try:
            with contained(run.faults.append), run.scope:
                async with self._loaded(plugin, manifest) as offers:
                    run.offers = run.chosen(manifest, offers)
                    await run.serve(self._kernel, manifest, self._limits, lambda: self._is_ready(plugin, run))
        finally:
            run.ended.set()
        if not run.stopping:
            run.faults = run.faults or [PluginFault("its tasks were cancelled by its own doing")]
            self._runs.pop(plugin, None)
            if run.ready_at is not None and trio.current_time() - run.ready_at > self._limits.backoff_last_s:
                self._streak[plugin] = 0
            self._failed(plugin, run.faults[0])
            self._kernel.bus.publish(PortsChanged())
            await self._revoke(plugin)

    @asynccontextmanager
    async def _loaded(self, plugin: PluginId, manifest: Manifest) -> AsyncIterator[tuple[Offer, ...]]:
        """What the plugin offers, where its manifest wants it to run."""
        if manifest.isolation is Isolation.AGENT:
            yield await self._offers(manifest)
            return
        from tympan._outside._process import open_outside  # most agents run no such plugin

        log = functools.partial(self._kernel.log, plugin=plugin)
        async with open_outside(plugin, self._points[plugin], manifest.bounds, self._limits, log) as outside:
            self._was_imported(plugin, outside.deprecated, f"in process {outside.pid}")
            self._was_asked(manifest, outside.offers)
            yield outside.offers

    async def _offers(self, manifest: Manifest) -> tuple[Offer, ...]:
        plugin = manifest.id
        module = await self._aside.run(plugin, "import", lambda: load(self._points[plugin]))
        self._was_imported(plugin, used_by(self._points[plugin].value))
        started = time.monotonic()
        offers = await self._aside.run(plugin, "hook", lambda: collect(module, plugin))
        self._was_asked(manifest, offers)
        if time.monotonic() - started > self._limits.hook_warn_s:
            self._kernel.log("a plugin's hooks are slow", plugin=plugin, seconds=round(time.monotonic() - started, 2))
        return offers

    def _was_imported(self, plugin: PluginId, deprecated: Sequence[str], where: str = "") -> None:
        for said in deprecated:
            self._kernel.log("a plugin uses what will go", plugin=plugin, what=said)
        self._mark(plugin, RunStep.IMPORT, detail="; ".join((*((where,) if where else ()), *deprecated)))

    def _was_asked(self, manifest: Manifest, offers: Sequence[Offer]) -> None:
        check_offers(manifest, (offer.kind for offer in offers))
        self._mark(manifest.id, RunStep.HOOKS, detail=f"{len(offers)} contribution{'' if len(offers) == 1 else 's'}")

    def _is_ready(self, plugin: PluginId, run: PluginRun) -> None:
        if run.stopping:
            return
        self._step(plugin, PluginStep.READY, run.note)
        self._mark(plugin, RunStep.START)
        self._not_before.pop(plugin, None)
        run.ready_at, run.settled = trio.current_time(), True
        self._kernel.bus.publish(PortsChanged())
        self.wake()

    def _failed(self, plugin: PluginId, error: BaseException) -> None:
        record, streak = self.records[plugin], self._streak.get(plugin, 0)
        wait_s = min(self._limits.backoff_first_s * 2 ** min(streak, 10), self._limits.backoff_last_s)
        self._streak[plugin] = streak + 1
        self._not_before[plugin] = trio.current_time() + wait_s
        reason = f"{describe(error).rstrip('.')}; it starts again in {wait_s:g} s"
        self._kernel.log("a plugin failed", plugin=plugin, error=describe(error), again_in_s=wait_s)
        self.records[plugin] = attrs.evolve(record, restarts=record.restarts + 1)
        self._step(plugin, PluginStep.FAIL, reason)
        self.wake()

    def _mark(self, plugin: PluginId, step: RunStep, *, passed: bool = True, detail: str = "") -> None:
        self.records[plugin] = self.records[plugin].marked(step, passed=passed, detail=detail)

    def _step(self, plugin: PluginId, step: PluginStep, reason: str = "") -> None:
        record = self.records[plugin] = self.records[plugin].step(step, reason)
        if step is PluginStep.SWITCH_OFF:
            self._mark(plugin, RunStep.POLICY, passed=False, detail=reason)
        elif step is PluginStep.BLOCK:
            self._mark(plugin, RunStep.POLICY)
            self._mark(plugin, RunStep.REQUIRES, passed=False, detail=reason)
        elif step is PluginStep.FAIL:
            self._mark(plugin, record.next_step(), passed=False, detail=reason)
        self._kernel.bus.publish(PluginChanged(plugin=plugin, state=record.state))
