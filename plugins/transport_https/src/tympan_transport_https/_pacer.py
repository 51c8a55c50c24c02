"""A body in the pieces it is sent in, under a cap none before its time.

- Each piece has a deadline of its own, so that a slow line is no dead one.
- Whatever shares a pacer shares its time: two bodies under one cap are no faster than one. Nothing is saved up: who was
  silent for a minute does not send a minute's bytes at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from tympan_transport_https._limits import PACED_BYTES, SENT_BYTES


class Pacer:
    """Spreads bytes over time."""

    def __init__(self) -> None:
        self._due = 0.0

    async def pieces(self, content: bytes, rate: int) -> AsyncIterator[bytes]:
        """The content, at ``rate`` bytes a second; at 0 as fast as it is taken."""
        size = PACED_BYTES if rate else SENT_BYTES
        for at in range(0, len(content), size):
            piece = content[at : at + size]
            if rate:
                await self._turn(len(piece), rate)
            yield piece

    async def _turn(self, count: int, rate: int) -> None:
        begin = max(self._due, trio.current_time())
        self._due = begin + count / rate
        await trio.sleep_until(begin)
