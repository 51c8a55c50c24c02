"""The time by which grants end: the latest this agent knows of, so that a clock set back makes no old grant good.

- Within a run time goes on at least as fast as the clock that never jumps. Over restarts the latest time known is kept,
  durably, from time to time and with each grant that is used.
- A clock that was set ahead by mistake would leave it ahead for ever. The hub's time, which comes over its own
  authenticated connection, is the one thing that takes it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import trio

from tympan.plugin import KeyValue
from tympan_pull_release._limits import AHEAD_S

_KEY: Final = "latest time"


class GrantClock:
    """Tells the time; it never goes back but by the hub's word.

    Args:
        now: The wall clock.
        state: Where the latest time is kept.
    """

    def __init__(self, now: Callable[[], dt.datetime], state: KeyValue) -> None:
        self._wall = now
        self._state = state
        self._latest = now()
        self._steady = trio.current_time()
        self._kept: dt.datetime | None = None

    async def open(self) -> None:
        """Takes up what an earlier run kept; what cannot be read is no time."""
        kept = _read(await self._state.get(_KEY))
        if kept is not None:
            self._kept = kept
            self._set(max(self.now(), kept))

    def now(self) -> dt.datetime:
        """The time."""
        passed = dt.timedelta(seconds=trio.current_time() - self._steady)
        self._set(max(self._wall(), self._latest + passed))
        return self._latest

    def heard(self, at: dt.datetime) -> None:
        """The hub says what time it is: what is far ahead of that was a mistake."""
        if self.now() - at > dt.timedelta(seconds=AHEAD_S):
            self._set(at)

    async def keep(self) -> None:
        """Writes the time down, durable when it returns.

        Raises:
            StoreError: The disk does not take it.
        """
        now = self.now()
        if now != self._kept:
            await self._state.put(_KEY, now.isoformat().encode())
            self._kept = now

    def _set(self, time: dt.datetime) -> None:
        self._latest, self._steady = time, trio.current_time()


def _read(kept: bytes | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat((kept or b"").decode())
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
