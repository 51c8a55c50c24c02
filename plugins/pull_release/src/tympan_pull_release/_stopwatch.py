"""How long ago something was, also over a computer's sleep.

The clock that never jumps stands still while a computer sleeps, and the one that goes on can be set: what either says
has passed has passed, and what was once said stays said. Set forward, an order is void too early, and nothing printed;
set back, the other one counts, and nothing that was void is good again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs
import trio


@attrs.define(kw_only=True)
class Stopwatch:
    """Since when."""

    now: Callable[[], dt.datetime]
    steady: float
    wall: dt.datetime
    _most_s: float = 0.0

    @classmethod
    def start(cls, now: Callable[[], dt.datetime]) -> Stopwatch:
        """From now on."""
        return cls(now=now, steady=trio.current_time(), wall=now())

    @property
    def passed_s(self) -> float:
        """Seconds that passed; never fewer than it said before."""
        passed_s = max(trio.current_time() - self.steady, (self.now() - self.wall).total_seconds())
        self._most_s = max(self._most_s, passed_s)
        return self._most_s
