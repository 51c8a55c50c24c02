"""What the parts of the sending end share: the host, and the hub's notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from tympan.plugin import Host
from tympan_cloud_tunnel._errors import NoWay
from tympan_cloud_tunnel._limits import ATTACH_S


class Station:
    """Host and notices.

    Attributes:
        notices: How many came.
    """

    def __init__(self) -> None:
        self._host: Host | None = None
        self._attached = trio.Event()
        self._notice = trio.Event()
        self.notices = 0

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
        self.notices += 1
        self._notice.set()
        self._notice = trio.Event()

    async def wait_notice(self) -> None:
        """Returns with the next notice."""
        await self._notice.wait()
