"""Passwords under argon2id (RFC 9106): 64 MiB and a tenth of a second each, so two at a time and in threads."""

from functools import partial
from typing import Final

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE: Final = 2


class Argon2:
    """``Passwords``."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._limiter: CapacityLimiter | None = None
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """As the port says."""
        return await run_sync(partial(self._hasher.hash, _bytes(password)), limiter=self._two())

    async def matches(self, kept: str | None, password: str) -> bool:
        """As the port says."""
        right = await run_sync(self._verifies, kept, _bytes(password), limiter=self._two())
        return right and kept is not None

    def _verifies(self, kept: str | None, password: bytes) -> bool:
        # Made whether it is needed or not: the first answer of a process must not tell who is known by its time.
        self._nobody = self._nobody or self._hasher.hash("a password nobody has")
        try:
            return self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False

    def _two(self) -> CapacityLimiter:
        """Made within the event loop that uses it."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        return self._limiter


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
