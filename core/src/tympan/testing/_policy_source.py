"""The policy source port in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import trio


class FakePolicySource:
    """``PolicySource`` with the keys and documents a test gives it by ``change``."""

    def __init__(self, documents: Iterable[bytes] | None = (), keys: Iterable[bytes] | None = ()) -> None:
        self._keys = None if keys is None else tuple(keys)
        self._documents = None if documents is None else tuple(documents)
        self._changed = trio.Event()

    def change(self, *documents: bytes, keys: Iterable[bytes] | None = None) -> None:
        """Gives other documents, and other keys where some are given, and wakes whoever waits."""
        self._documents = documents
        self._keys = self._keys if keys is None else tuple(keys)
        self._changed.set()

    async def keys(self) -> Sequence[bytes] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # here and not below: what changes between the two is looked at again
        return self._keys

    async def documents(self) -> Sequence[bytes] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        return self._documents

    async def wait_changed(self) -> None:
        """Returns at the next ``change``, or at once when one was not looked at yet."""
        await self._changed.wait()
