"""How long to wait after a failure: full jitter, so that no two agents ask alike."""

from __future__ import annotations

import random

from tympan.plugin import Retry, TympanError
from tympan_hub_sync._limits import REFUSED_S, RETRY_FIRST_S, RETRY_LAST_S


class Backoff:
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
