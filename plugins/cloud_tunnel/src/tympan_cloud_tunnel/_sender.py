"""The service of the sending end: gives the route its host, and wakes whoever follows a job when the hub says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import trio

from tympan.plugin import Host, LookAgain
from tympan_cloud_tunnel._errors import NoWay
from tympan_cloud_tunnel._limits import ATTACH_S

TOPICS: Final = ("tunnel", "")


class Station:
    """What the route and its service share: the host, and the hub's last notice."""

    def __init__(self) -> None:
        self._host: Host | None = None
        self._attached = trio.Event()
        self._notice = trio.Event()

    @contextmanager
    def attached(self, host: Host) -> Iterator[None]:
        """Serves the route while the block runs."""
        self._host = host
        self._attached.set()
        try:
            yield
        finally:
            self._host = None
            self._attached = trio.Event()

    @property
    def host(self) -> Host | None:
        """The host; None while the service does not run."""
        return self._host

    async def wait(self) -> Host:
        """The host; raises ``NoWay`` when the service does not come up."""
        with trio.move_on_after(ATTACH_S):
            await self._attached.wait()
        if self._host is None:
            raise NoWay("the part of the agent that follows sent jobs has not started")
        return self._host

    def notice(self) -> None:
        """The hub says that something changed."""
        self._notice.set()
        self._notice = trio.Event()

    async def wait_notice(self) -> None:
        """Returns with the next notice."""
        await self._notice.wait()


class Sender:
    """Service of the sending end. Owns: nothing but its own task."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        with self._station.attached(host), host.bus.subscribe(LookAgain, size=16) as news:
            host.ready()
            async for one in news:
                if isinstance(one, LookAgain) and one.topic in TOPICS:
                    self._station.notice()
