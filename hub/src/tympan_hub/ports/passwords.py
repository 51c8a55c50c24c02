"""Hashing of passwords: slow on purpose, so never in the event loop."""

from typing import Protocol


class Passwords(Protocol):
    """Hashes and checks passwords."""

    async def hash(self, password: str) -> str:
        """What to keep in place of a password."""
        ...

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one kept; with None the answer is no, and takes as long to give."""
        ...
