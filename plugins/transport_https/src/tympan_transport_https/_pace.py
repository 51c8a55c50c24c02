"""When the hub may be asked again: full jitter after failures, and the hub's own wish after a break.

The clock is trio's, so that nothing here depends on the time of day.
"""

from __future__ import annotations

import random

import trio

from tympan_transport_https._limits import PACE_MAX_S
from tympan_transport_https._model import LinkSettings


class Pace:
    """One for all that asks the hub, so that a fleet that comes back is spread whatever each agent asks first."""

    def __init__(self, settings: LinkSettings = LinkSettings()) -> None:  # noqa: B008 - it is frozen
        self._settings = settings
        self._random = random.SystemRandom()
        self._due = 0.0
        self._failures = 0
        self._wish_s = 0.0
        self.breaks = 0
        """How many there were, for who asks to remember."""

    def well(self) -> None:
        """The hub answered."""
        self._failures = 0

    def asked(self, pace_s: float) -> None:
        """The hub says how far to spread returns after a break."""
        self._wish_s = min(max(pace_s, 0.0), PACE_MAX_S)

    def broken(self, after_s: float = 0.0, before: int | None = None) -> None:
        """The hub did not answer, or its stream broke.

        Args:
            after_s: What it asked for.
            before: ``breaks`` when it was asked; where there was another since, this is the same break.
        """
        if before is not None and before != self.breaks:
            self._due = max(self._due, trio.current_time() + after_s)
            return
        self.breaks += 1
        settings = self._settings
        doubled = settings.retry_first_s * 2 ** min(self._failures, 20)
        bound_s = min(doubled, settings.retry_last_s)
        if self._failures == 0:
            bound_s = max(bound_s, self._wish_s)
        self._failures += 1
        wait_s = max(after_s, self._random.uniform(0, bound_s))
        self._due = max(self._due, trio.current_time() + wait_s)

    async def until_due(self) -> None:
        """Waits until the hub may be asked."""
        await trio.sleep_until(self._due)

    def afresh(self, settings: LinkSettings) -> None:
        """Another run: with these settings, and at once."""
        self._settings = settings
        self._due, self._failures, self._wish_s = 0.0, 0, 0.0
