"""Bytes under way: how many may be sent, or asked for, and not be answered yet; all bodies together.

- What is under way when the link is cut is what the cut costs: never more than the window has.
- One that is larger than the window goes alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


class Window:
    """Lets so many bytes be under way."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._taken = 0
        self._freed = trio.Event()

    @asynccontextmanager
    async def room(self, count: int) -> AsyncIterator[None]:
        """Waits for room for ``count`` bytes, and holds it."""
        while self._taken and self._taken + count > self._size_bytes:
            await self._freed.wait()
        self._taken += count
        try:
            yield
        finally:
            self._taken -= count
            self._freed.set()
            self._freed = trio.Event()
