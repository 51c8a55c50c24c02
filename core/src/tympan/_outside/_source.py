"""A stream as the other end fetches it: one item for each question, so that nobody sends more than is wanted.

- One task goes through the stream from its first item to its last, whoever asks: an iterator may hold a nursery.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import trio

from tympan._faults import contained
from tympan._outside._limits import PIECE_BYTES


class Source:
    """One stream. Owns: the iterator, which is closed when nobody wants more."""

    def __init__(self, items: AsyncIterator[Any], spawn: Callable[..., None]) -> None:
        self._items = items
        self._spawn = spawn
        self._send, self._receive = trio.open_memory_channel[Any](0)
        self._scope = trio.CancelScope()
        self._begun = False
        self._fault: list[BaseException] = []

    async def next(self) -> tuple[Any, ...]:
        """The next item, or none at the end."""
        if not self._begun:
            self._begun = True
            self._spawn(self._go_through)
        try:
            return (await self._receive.receive(),)
        except trio.EndOfChannel:
            if self._fault:
                raise self._fault[0] from None
            return ()

    def close(self) -> None:
        """Nobody wants more."""
        self._scope.cancel()

    async def _go_through(self) -> None:
        with self._send, contained(self._fault.append), self._scope:
            try:
                async for item in self._items:
                    for piece in _pieces(item):
                        await self._send.send(piece)
            finally:
                close = getattr(self._items, "aclose", None)
                if close is not None:
                    await close()


def _pieces(item: Any) -> Iterator[Any]:
    """Bytes of any length in pieces that fit into a frame; another item as it is."""
    if not isinstance(item, bytes) or len(item) <= PIECE_BYTES:
        yield item
        return
    for start in range(0, len(item), PIECE_BYTES):
        yield item[start : start + PIECE_BYTES]
