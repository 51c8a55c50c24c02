"""Where policy, printers and keys come from, and commands added to `tympan`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tympan._values import Printer


@runtime_checkable
class PolicySource(Protocol):
    """Brings signed policy documents of scopes wider than this machine."""

    async def keys(self) -> Sequence[bytes] | None:
        """Public keys (Ed25519, 32 bytes) that may have signed them, pinned when the source was joined.

        None: not known yet, those of before hold. None at all: there is no source any more, and what it brought is
        forgotten.
        """

    async def documents(self) -> Sequence[bytes] | None:
        """Signed documents (DSSE envelopes) as they stand, verified by the kernel; None: not known yet, those of before
        hold.
        """

    async def wait_changed(self) -> None:
        """Returns when ``keys`` or ``documents`` may give others than when ``keys`` was asked last."""


@runtime_checkable
class PrinterSource(Protocol):
    """Brings printers beside those of this machine's own file."""

    async def printers(self) -> Sequence[Printer] | None:
        """The printers as they stand; None: not known yet, those of before hold, over restarts too."""

    async def wait_changed(self) -> None:
        """Returns when ``printers`` may give others than it gave last."""


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
