"""The policy source port in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import trio


class FakePolicySource:
    """``PolicySource`` with the documents a test gives it by ``change``."""

    def __init__(self, documents: Iterable[bytes] = ()) -> None:
        self._documents = tuple(documents)
        self._changed = trio.Event()

    def change(self, *documents: bytes) -> None:
        """Gives others, and wakes whoever waits."""
        self._documents = documents
        self._changed.set()
        self._changed = trio.Event()

    async def documents(self) -> Sequence[bytes]:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        return self._documents

    async def wait_changed(self) -> None:
        """Returns at the next ``change``."""
        await self._changed.wait()
