"""Watches the agent and puts what the hub should know into the outbox.

Changes are gathered for a moment, so that a burst of them is one report; of a job that goes through the hub, whose
other end waits for each step, they go at once. Jobs leave their entries by themselves; only
what is in memory alone is marked here: that a job is queued, which page comes out, and what the device waits for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from importlib.metadata import version
from uuid import UUID

import attrs
import trio

from tympan.plugin import (
    DeviceChanged,
    Event,
    Host,
    JobChanged,
    JobState,
    PluginChanged,
    PolicyChanged,
    PrinterReach,
    PrintersChanged,
    Subscription,
)
from tympan_hub_sync._findings import Findings
from tympan_hub_sync._limits import NETWORKS_LOOK_S
from tympan_hub_sync._model import SyncSettings
from tympan_hub_sync._networks import networks
from tympan_hub_sync._reports import agent_report, device_report
from tympan_hub_sync._wants import Wants
from tympan_wire.hub import AgentReport, DeviceReport

_EVENTS = 256
_LIVE = frozenset({JobState.QUEUED, JobState.SENDING, JobState.PRINTING})
"""States of which memory knows more than the disk."""

_BEFORE_ITS_WAY = frozenset({JobState.RECEIVING, JobState.RECEIVED, JobState.HELD, JobState.QUEUED, JobState.WAITING})
"""States in which a job goes nowhere yet."""

_NO_NEWS = (0, "none")
"""No page came out yet, and nothing hinders it: what the entry of the step itself tells."""

_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


class Observer:
    """What happens at the agent of one membership."""

    def __init__(
        self, host: Host, wants: Wants, settings: SyncSettings, findings: Findings, hurry: Callable[[], None]
    ) -> None:
        self._host = host
        self._wants = wants
        self._settings = settings
        self._findings = findings
        self._hurry = hurry
        self._agent: AgentReport | None = None
        self._devices: dict[str, DeviceReport] = {}
        self._live: dict[UUID, tuple[int, str]] = {}
        self._seen: set[Event] = set()
        self._missed = 0
        self._news = trio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        kinds = (JobChanged, DeviceChanged, PrintersChanged, PluginChanged, PolicyChanged)
        with self._host.bus.subscribe(*kinds, size=_EVENTS) as events:
            await self._tell_agent()
            await self._tell_devices()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._gather, events)
                nursery.start_soon(self._watch_networks)
                while True:
                    await self._news.wait()
                    await trio.sleep(self._settings.settle_s)
                    await self._look_at_news(events.missed)

    async def _gather(self, events: Subscription) -> None:
        async for event in events:
            self._seen.add(event)
            self._news.set()
            if isinstance(event, JobChanged) and self._is_waited_for(event):
                self._hurry()

    def _is_waited_for(self, event: JobChanged) -> bool:
        """Whether an agent elsewhere waits for what the hub hears of a job: to take it, or to know that it is over."""
        if event.state in _BEFORE_ITS_WAY:
            return False
        job, printer = self._host.jobs.find(event.job), self._host.printers.get(event.printer)
        through_the_hub = printer is not None and printer.reach is not PrinterReach.DIRECT
        return through_the_hub or (job is not None and job.shared)

    async def _watch_networks(self) -> None:
        known = await _look_at_networks()
        while True:
            await trio.sleep(NETWORKS_LOOK_S)
            now = await _look_at_networks()
            if now != known:
                known = now
                await self._tell_agent()
                self._findings.wake()

    async def _look_at_news(self, missed: int) -> None:
        seen, everything = self._seen, missed != self._missed
        self._seen, self._missed, self._news = set(), missed, trio.Event()
        await self._look(seen, everything)

    async def _look(self, seen: set[Event], everything: bool) -> None:
        kinds = {type(event) for event in seen}
        if everything or kinds & {PluginChanged, PolicyChanged, PrintersChanged}:
            await self._tell_agent()
        if everything or PrintersChanged in kinds:
            await self._tell_devices()
        else:
            for printer in {event.printer for event in seen if isinstance(event, DeviceChanged)}:
                await self._tell_device(printer)
        for job in {event.job for event in seen if isinstance(event, JobChanged)}:
            await self._tell_job(job)
        self._findings.wake()

    async def _tell_job(self, job: UUID) -> None:
        found = self._host.jobs.find(job)
        if found is None or found.state not in _LIVE:
            self._live.pop(job, None)
            return
        told, live = self._live.get(job, _NO_NEWS), (found.impressions_completed, found.reason)
        self._live[job] = live
        if found.state is JobState.QUEUED or live != told:
            await self._host.outbox.mark(job)

    async def _tell_agent(self) -> None:
        status, plugins = await self._host.control.ask("status", {}), await self._host.control.ask("plugins", {})
        if not isinstance(status, dict) or not isinstance(plugins, list):
            raise TypeError("the control answers otherwise than its reference says")
        made = agent_report(version("tympan"), status, plugins, await _look_at_networks())
        if made != self._agent:
            await self._findings.leave(made, "agent")
            self._agent = made

    async def _tell_devices(self) -> None:
        wanted = self._wants.printers.devices
        self._devices = {printer: report for printer, report in self._devices.items() if printer in wanted}
        for printer in wanted:
            await self._tell_device(printer)

    async def _tell_device(self, printer: str) -> None:
        for known in self._wants.printers.devices & {printer}:
            snapshot = self._host.printers.snapshot(known)
            if snapshot is not None:
                await self._tell_snapshot(known, device_report(known, snapshot))

    async def _tell_snapshot(self, printer: str, seen: DeviceReport) -> None:
        timeless = attrs.evolve(seen, observed_at=_EPOCH)
        if self._devices.get(printer) != timeless:
            await self._findings.leave(seen, f"device {printer}")
            self._devices[printer] = timeless


async def _look_at_networks() -> tuple[str, ...]:
    return await trio.to_thread.run_sync(networks)  # the system may take its time, such as with many interfaces
