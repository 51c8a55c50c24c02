"""The key provider port in memory."""

from __future__ import annotations

import trio

from tympan._errors import BadInput

_KEY_BYTES = 2048


class FakeKeyProvider:
    """``KeyProvider`` whose keys are gone with it. Set ``failure`` to try how the code under test takes one."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.failure: Exception | None = None

    async def load(self, name: str) -> bytes | None:
        """A key."""
        await trio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure
        return self.keys.get(name)

    async def save(self, name: str, key: bytes) -> None:
        """Keeps a key of at most 2 KiB."""
        await trio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure
        if len(key) > _KEY_BYTES:
            raise BadInput(f"a key has at most {_KEY_BYTES} bytes")
        self.keys[name] = key
