"""The service beside the inspector: brings it the settings, and ends a worker that idles."""

from __future__ import annotations

from contextlib import suppress

import trio

from tympan.plugin import Host, SettingsChanged, Subscription
from tympan_document_stats._inspector import DocumentInspector, Tuning
from tympan_document_stats._model import Bounds


class Keeper:
    """A ``Service``. While it runs the inspector keeps its worker between documents."""

    def __init__(self, inspector: DocumentInspector) -> None:
        self._inspector = inspector

    async def run(self, host: Host) -> None:
        """Runs until cancelled; then no worker is left."""
        self._inspector.kept = True
        try:
            with host.bus.subscribe(SettingsChanged) as changes:  # before they are read, so that no change is missed
                self._inspector.tuning = _tuning(host)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._follow_settings, host, changes)
                    host.ready()
                    await self._end_idle_workers()
        finally:
            self._inspector.kept = False
            await self._inspector.close()

    async def _follow_settings(self, host: Host, changes: Subscription) -> None:
        async for _ in changes:
            self._inspector.tuning = _tuning(host)

    async def _end_idle_workers(self) -> None:
        while True:
            await self._inspector.asked.wait()
            self._inspector.asked = trio.Event()
            with suppress(trio.TooSlowError), trio.fail_after(self._inspector.tuning.idle_s):
                await self._inspector.asked.wait()
                continue
            await self._inspector.rest()


def _tuning(host: Host) -> Tuning:
    settings = host.settings
    return Tuning(
        bounds=Bounds(color_pages_max=settings.integer("color_pages_max"), color_s=settings.number("color_s")),
        idle_s=settings.number("idle_s"),
    )
