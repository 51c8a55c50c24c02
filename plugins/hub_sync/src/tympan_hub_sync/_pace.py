"""How often the hub is looked at, however many notices say so."""

from __future__ import annotations

import trio

from tympan_hub_sync._limits import LOOK_EVERY_S, LOOKS_AT_ONCE


class Pace:
    """A few looks come at once; after them one at a time. What waits is one look, however many asked for it."""

    def __init__(self, at_once: int = LOOKS_AT_ONCE, every_s: float = LOOK_EVERY_S) -> None:
        self._saved_s = at_once * every_s
        self._every_s = every_s
        self._next = float("-inf")

    async def turn(self) -> None:
        """Returns when another look is due."""
        self._next = max(self._next, trio.current_time() - self._saved_s) + self._every_s
        await trio.sleep_until(self._next)
