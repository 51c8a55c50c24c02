"""How often the hub is asked.

- One look at a time, and one waits behind it however many asked for it: both bound how fast looks can follow.
- A look that brought something new is followed by the next at once, so that any number of people may tap. What is spent
  is looks that brought nothing: a flood of notices, forged or not, makes no flood of requests.
"""

from __future__ import annotations

import trio

from tympan_relay._limits import LOOK_EVERY_S, LOOKS_AT_ONCE


class Pace:
    """When another look is due.

    Args:
        at_once: Looks that bring nothing and follow each other without a pause.
        every_s: Between two of them after those.
    """

    def __init__(self, at_once: int = LOOKS_AT_ONCE, every_s: float = LOOK_EVERY_S) -> None:
        self._saved_s = at_once * every_s
        self._every_s = every_s
        self._next = float("-inf")

    async def turn(self) -> None:
        """Returns when another look is due."""
        self._next = max(self._next, trio.current_time() - self._saved_s) + self._every_s
        await trio.sleep_until(self._next)

    def worth_it(self) -> None:
        """The last look brought something new: it cost nothing, nor does one more that was asked for beside it."""
        self._next -= 2 * self._every_s
