"""Where policy and keys come from, and commands added to `tympan`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class PolicySource(Protocol):
    """Brings signed policy documents."""

    async def documents(self) -> Sequence[bytes]:
        """Signed documents (DSSE envelopes) as they stand; the kernel verifies them."""

    async def wait_changed(self) -> None:
        """Returns when ``documents`` may give others."""


@runtime_checkable
class KeyProvider(Protocol):
    """Keeps keys."""

    async def load(self, name: str) -> bytes | None:
        """The key called ``name``, None when there is none."""

    async def save(self, name: str, key: bytes) -> None:
        """Keeps ``key`` (at most 2 KiB) under ``name``."""


@runtime_checkable
class Command(Protocol):
    """A command added to ``tympan``."""

    @property
    def name(self) -> str:
        """As typed."""

    @property
    def summary(self) -> str:
        """One line."""

    def run(self, arguments: Sequence[str]) -> int:
        """Runs it and returns an exit status of the documented table."""
