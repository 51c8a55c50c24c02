"""From the mDNS library's thread to trio: what was heard last of each instance, and no more than so many.

The library's thread never waits, and nothing piles up: a second word about an instance takes the place of the first.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping

import trio

from tympan_discovery_bonjour._announcement import Announcement
from tympan_discovery_bonjour._limits import FLOOD, NAMES

Name = tuple[str, str]
"""Type and full name of an instance, as the library has them."""


class Inbox:
    """Filled by another thread, emptied by trio.

    Attributes:
        dropped: What did not fit, or was no record of a device.
        flooded: Set when more is heard than devices would say; `begin` takes it back.
    """

    def __init__(self) -> None:
        """Belongs to the trio run that calls."""
        self._token = trio.lowlevel.current_trio_token()
        self._lock = threading.Lock()
        self._heard: dict[Name, Announcement | None] = {}
        self._filled = trio.Event()
        self._events = 0
        self.dropped = 0
        self.flooded = trio.Event()

    def begin(self) -> None:
        """Counts anew what is heard."""
        self._events = 0
        self.flooded = trio.Event()

    def count(self) -> None:
        """One more word about an instance was heard. From the one thread that hears."""
        self._events += 1
        if self._events == FLOOD:
            with contextlib.suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._flood)

    def put(self, name: Name, heard: Announcement | None) -> None:
        """An instance was heard of, or (None) has gone. From any thread."""
        with self._lock:
            if name not in self._heard and len(self._heard) >= NAMES:
                self.dropped += 1
                return
            self._heard[name] = heard
        with contextlib.suppress(trio.RunFinishedError):  # the agent is over; nobody listens any more
            self._token.run_sync_soon(self._fill, idempotent=True)

    def drop(self) -> None:
        """Something was heard that is no record of a device. From any thread."""
        with self._lock:
            self.dropped += 1

    async def filled(self) -> None:
        """Returns when there is something to take."""
        await self._filled.wait()

    def take(self) -> Mapping[Name, Announcement | None]:
        """All that was heard since the last time."""
        if self._filled.is_set():  # else somebody may be waiting for it
            self._filled = trio.Event()
        with self._lock:
            heard, self._heard = self._heard, {}
        return heard

    def _fill(self) -> None:
        self._filled.set()

    def _flood(self) -> None:
        self.flooded.set()
