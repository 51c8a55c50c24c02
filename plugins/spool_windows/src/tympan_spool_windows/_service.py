"""The service: brings the spooler its settings and its memory, and logs what happens to this agent's queues."""

from __future__ import annotations

import json
from typing import Final

import trio

from tympan.plugin import Host, QueueLog, SettingsChanged
from tympan_spool_windows._limits import PORTS
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._spooler import WindowsSpooler

_KEY: Final = "queues"
"""Of the ports this agent's endpoint has had, and of the ports Windows gave to the queues it made; JSON."""


class SpoolService:
    """Satisfies ``tympan.plugin.Service``.

    Args:
        spooler: Whom it serves.
    """

    def __init__(self, spooler: WindowsSpooler) -> None:
        self._spooler = spooler
        self._log = QueueLog(spooler, "Windows")

    async def run(self, host: Host) -> None:
        """Runs until cancelled; the spooler may come and go meanwhile."""
        await self._remember(host)
        with host.bus.subscribe(SettingsChanged) as settings_changes:
            self._spooler.settings = SpoolSettings.read(host.settings)
            host.ready()
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._log.keep, host)
                    async for _ in settings_changes:
                        self._spooler.settings = SpoolSettings.read(host.settings)
            finally:
                await self._spooler.close()

    async def _remember(self, host: Host) -> None:
        asking = self._spooler.asking
        ports, made = _read(await host.state.get(_KEY) or b"{}")
        asking.ports = tuple(dict.fromkeys((*ports, *asking.ports)))[:PORTS]
        asking.made = {**made, **asking.made}

        async def keep() -> None:
            told = {"ports": list(asking.ports), "made": dict(asking.made)}
            await host.state.put(_KEY, json.dumps(told).encode())

        self._spooler.installing.on_change = keep


def _read(data: bytes) -> tuple[tuple[int, ...], dict[str, str]]:
    """What was kept; nothing of what is not as we write it."""
    try:
        told = json.loads(data)
        ports = tuple(port for port in told.get("ports", []) if isinstance(port, int))
        return ports, {str(port): str(uri) for port, uri in told.get("made", {}).items()}
    except (ValueError, AttributeError):
        return (), {}
