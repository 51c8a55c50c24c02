"""A rate: so many in a minute, none saved up beyond that."""

from __future__ import annotations

import trio


class Rate:
    """Fills up evenly (a token bucket).

    Args:
        per_minute: How many; as many may come at once.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = self._left = float(per_minute)
        self._seen_s: float | None = None

    def take(self) -> bool:
        """Whether one more is within the rate."""
        now_s = trio.current_time()
        passed_s = 0.0 if self._seen_s is None else now_s - self._seen_s
        self._left, self._seen_s = min(self._most, self._left + passed_s * self._most / 60), now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
