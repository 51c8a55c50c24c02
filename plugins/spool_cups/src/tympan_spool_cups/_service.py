"""The service: brings the spooler its settings and its memory, and logs what happens to this agent's queues."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import trio

from tympan.plugin import Host, Queue, SettingsChanged
from tympan_spool_cups._errors import SpoolerError
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tympan.plugin import QueueEvent

_PORTS = "endpoint-ports"
"""Key of the ports this agent's endpoint has had, as decimal numbers with commas."""


class SpoolService:
    """Satisfies ``tympan.plugin.Service``.

    Args:
        spooler: Whom it serves.
    """

    def __init__(self, spooler: CupsSpooler) -> None:
        self._spooler = spooler
        self._known: dict[str, Queue] = {}

    async def run(self, host: Host) -> None:
        """Runs until cancelled; CUPS may come and go meanwhile."""
        await self._remember(host)
        with host.bus.subscribe(SettingsChanged) as settings_changes:
            self._spooler.settings = SpoolSettings.read(host.settings)
            host.ready()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch, host)
                async for _ in settings_changes:
                    self._spooler.settings = SpoolSettings.read(host.settings)

    async def _remember(self, host: Host) -> None:
        kept = await host.state.get(_PORTS) or b""
        self._spooler.know_ports(int(port) for port in kept.decode("ascii", "replace").split(",") if port.isdecimal())
        self._spooler.on_new_port = lambda ports: host.state.put(_PORTS, ",".join(map(str, ports)).encode())

    async def _watch(self, host: Host) -> None:
        await self._look(host)
        events = cast("AsyncGenerator[QueueEvent, None]", self._spooler.watch())
        async with aclosing(events):
            async for _ in events:
                await self._look(host)

    async def _look(self, host: Host) -> None:
        """Logs each of our queues that is not as it was last time."""
        try:
            queues = await self._spooler.list_queues()
        except SpoolerError as error:
            host.log("CUPS cannot be asked for its queues", cause=error.cause)
            return
        now = {queue.name: queue for queue in queues if queue.ours}
        for name in self._known.keys() - now.keys():
            host.log("queue removed", queue=name)
        for name, queue in now.items():
            if self._known.get(name) != queue:
                host.log("queue seen", **_fields(queue))
        self._known = now


def _fields(queue: Queue) -> dict[str, object]:
    return {
        "queue": queue.name,
        "uri": queue.uri,
        "state": queue.state.value,
        "reasons": queue.reasons,
        "accepting": queue.accepting,
        "usable": queue.usable,
    }
