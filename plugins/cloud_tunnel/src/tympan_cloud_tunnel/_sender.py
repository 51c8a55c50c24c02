"""The service of the sending end: gives the route its host, and wakes whoever follows a job when the hub says so."""

from __future__ import annotations

from typing import Final

import trio

from tympan.plugin import Host, LookAgain
from tympan_cloud_tunnel._late import LateEnds
from tympan_cloud_tunnel._station import Station

TOPICS: Final = ("tunnel", "")


class Sender:
    """Service of the sending end. Owns: its own task, and the one that asks after jobs whose end is unknown."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        with self._station.attached(host), host.bus.subscribe(LookAgain, size=16) as news:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(LateEnds(host, self._station).run)
                host.ready()
                async for one in news:
                    if isinstance(one, LookAgain) and one.topic in TOPICS:
                        self._station.notice()
