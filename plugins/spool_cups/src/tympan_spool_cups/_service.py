"""The service: brings the spooler its settings and its memory, and logs what happens to this agent's queues."""

from __future__ import annotations

import trio

from tympan.plugin import Host, QueueLog, SettingsChanged
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler

_PORTS = "endpoint-ports"
"""Key of the ports this agent's endpoint has had, as decimal numbers with commas."""


class SpoolService:
    """Satisfies ``tympan.plugin.Service``.

    Args:
        spooler: Whom it serves.
    """

    def __init__(self, spooler: CupsSpooler) -> None:
        self._spooler = spooler
        self._log = QueueLog(spooler, "CUPS")

    async def run(self, host: Host) -> None:
        """Runs until cancelled; CUPS may come and go meanwhile."""
        await self._remember(host)
        with host.bus.subscribe(SettingsChanged) as settings_changes:
            self._spooler.settings = SpoolSettings.read(host.settings)
            host.ready()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._log.keep, host)
                async for _ in settings_changes:
                    self._spooler.settings = SpoolSettings.read(host.settings)

    async def _remember(self, host: Host) -> None:
        kept = await host.state.get(_PORTS) or b""
        self._spooler.know_ports(int(port) for port in kept.decode("ascii", "replace").split(",") if port.isdecimal())
        self._spooler.on_new_port = lambda ports: host.state.put(_PORTS, ",".join(map(str, ports)).encode())
