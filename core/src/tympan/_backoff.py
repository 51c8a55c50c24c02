"""How long to wait after a failure: full jitter, so that no two agents ask alike. Part of the public face."""

from __future__ import annotations

import random
from typing import Final

from tympan._errors import Retry, TympanError

DOUBLINGS_MOST: Final = 20
"""Doublings after which the bound is the last one whatever it was: a million times the first wait."""


class Backoff:
    """Waits of one loop.

    Args:
        first_s: Upper end of the first random wait, in seconds; it doubles with each failure.
        last_s: Where the doubling stops.
        refused_s: Upper end of the wait after a no that asking again will not change; at least half of it is waited.
    """

    def __init__(self, first_s: float, last_s: float, refused_s: float) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._refused_s = refused_s
        self._random = random.SystemRandom()
        self._failures = 0

    def well(self) -> None:
        """It worked."""
        self._failures = 0

    def after(self, error: Exception) -> float:
        """How long to wait after this, in seconds."""
        if isinstance(error, TympanError) and error.retry is Retry.NEVER:
            return self._random.uniform(self._refused_s / 2, self._refused_s)
        bound_s = min(self._first_s * 2 ** min(self._failures, DOUBLINGS_MOST), self._last_s)
        self._failures += 1
        return self._random.uniform(0, bound_s)
