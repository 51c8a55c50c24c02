"""A stream as the other end fetches it: what is there, a piece ahead at most, and no more before that was fetched.

- One task goes through the stream from its first item to its last, whoever asks: an iterator may hold a nursery.
- Bytes are gathered, so that a document in small pieces does not cost a question for each; any other item goes alone.
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
        self._ready: list[Any] = []
        self._weight = 0
        self._filled, self._fetched = trio.Event(), trio.Event()
        self._scope = trio.CancelScope()
        self._begun = self._over = False
        self._fault: list[BaseException] = []

    async def next(self) -> tuple[Any, ...]:
        """The next items, or none at the end."""
        if not self._begun:
            self._begun = True
            self._spawn(self._go_through)
        while not self._ready and not self._over:
            await self._filled.wait()
        taken, self._ready, self._weight = tuple(self._ready), [], 0
        self._filled = trio.Event()
        self._fetched.set()
        if not taken and self._fault:
            raise self._fault[0]
        return taken

    def close(self) -> None:
        """Nobody wants more."""
        self._scope.cancel()

    async def _go_through(self) -> None:
        try:
            with contained(self._fault.append), self._scope:
                try:
                    async for item in self._items:
                        for piece in _pieces(item):
                            await self._put(piece)
                finally:
                    close = getattr(self._items, "aclose", None)
                    if close is not None:
                        await close()
        finally:
            self._over = True
            self._filled.set()

    async def _put(self, piece: Any) -> None:
        self._ready.append(piece)
        self._weight += len(piece) if isinstance(piece, bytes) else PIECE_BYTES
        self._filled.set()
        while self._weight >= PIECE_BYTES:
            self._fetched = trio.Event()
            await self._fetched.wait()


def _pieces(item: Any) -> Iterator[Any]:
    """Bytes of any length in pieces that fit into a frame; another item as it is."""
    if not isinstance(item, bytes) or len(item) <= PIECE_BYTES:
        yield item
        return
    for start in range(0, len(item), PIECE_BYTES):
        yield item[start : start + PIECE_BYTES]
