"""Challenges: random words, each accepted once and only for a while.

They lie in memory alone: after a restart none is known, so a permit that was used, or seen, before is refused.
Two clocks must agree that the time is not over: the monotonic one may stand still while the machine sleeps, and the
wall clock may be set back.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

import attrs
import trio

from tympan_browser_bridge._limits import CHALLENGE_BYTES, CHALLENGE_S, CHALLENGES


@attrs.frozen
class _Given:
    monotonic_s: float
    wall: dt.datetime


class Challenges:
    """Challenges that are open.

    Args:
        now: The wall clock.
    """

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self._now = now
        self._given: dict[str, _Given] = {}

    def give(self) -> str:
        """A new one; the oldest makes room where there are too many."""
        while len(self._given) >= CHALLENGES:
            del self._given[next(iter(self._given))]
        word = secrets.token_urlsafe(CHALLENGE_BYTES)
        self._given[word] = _Given(trio.current_time(), self._now())
        return word

    def take(self, word: str) -> bool:
        """Whether it is open; it is not any more afterwards."""
        given = self._given.pop(word, None)
        return given is not None and self._is_young(given)

    def _is_young(self, given: _Given) -> bool:
        wall_s = (self._now() - given.wall).total_seconds()
        return trio.current_time() - given.monotonic_s < CHALLENGE_S and -CHALLENGE_S < wall_s < CHALLENGE_S
