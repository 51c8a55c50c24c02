"""Bytes under way: how many may be sent, or asked for, and not be answered yet; all bodies together.

- What is under way when the link is cut is what the cut costs: never more than the window has.
- It begins with one piece alone, is wider by each answer, and begins so again after a break: a line that is slow, or
  cut over and over, is asked for little at once.
- A piece that is larger than the window goes alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


class Window:
    """Lets so many bytes be under way, at most."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._open_bytes = 0
        self._taken = 0
        self._freed = trio.Event()

    @asynccontextmanager
    async def room(self, count: int) -> AsyncIterator[None]:
        """Waits for room for ``count`` bytes, and holds it."""
        while self._taken and self._taken + count > self._open_bytes:
            await self._freed.wait()
        self._taken += count
        try:
            yield
            self._open_bytes = min(max(self._open_bytes, count) + count, self._most_bytes)
        finally:
            self._taken -= count
            self._freed.set()
            self._freed = trio.Event()

    def narrow(self) -> None:
        """There was a break."""
        self._open_bytes = 0
