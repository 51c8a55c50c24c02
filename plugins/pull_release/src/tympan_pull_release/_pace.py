"""How often the hub is asked, and how long after a failure: full jitter, so that no two agents ask alike."""

from __future__ import annotations

import random

import trio

from tympan.plugin import Retry, TympanError
from tympan_pull_release._limits import LOOK_EVERY_S, LOOKS_AT_ONCE, REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S


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


class Patience:
    """Waits of one loop."""

    def __init__(self, first_s: float = RETRY_FIRST_S, last_s: float = RETRY_LAST_S) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._random = random.SystemRandom()
        self._failures = 0

    def well(self) -> None:
        """It worked."""
        self._failures = 0

    def after(self, error: Exception) -> float:
        """How long to wait, in seconds."""
        if isinstance(error, TympanError) and error.retry is Retry.NEVER:
            return self._random.uniform(REFUSED_S / 2, REFUSED_S)
        bound_s = min(self._first_s * 2 ** min(self._failures, 20), self._last_s)
        self._failures += 1
        return self._random.uniform(0, bound_s)
