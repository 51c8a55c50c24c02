"""Applications on the loopback listener."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs


class LocalCaller(StrEnum):
    """Who may call an application on the loopback listener."""

    SPOOLER = "spooler"
    """The OS spooler or the desktop's user, known by the peer's credentials where the system tells them."""
    TOKEN = "token"
    """The command line and the tray, by the 0600 token of the state folder."""
    PORTAL = "portal"
    """The portal's page in a browser, by origin and pairing."""
    USER = "user"
    """Any user of this machine, by the user id that owns the connection; nobody where the system does not tell it. Such
    an application is for that user's own things alone: it asks the request for its ``uid``."""


class LocalRequest(Protocol):
    """What an application sees of an HTTP request (RFC 9110)."""

    @property
    def method(self) -> str:
        """The method, such as GET or POST."""

    @property
    def path(self) -> str:
        """Path without query."""

    @property
    def query(self) -> str:
        """Query without '?', "" when none."""

    @property
    def first(self) -> bool:
        """Whether no request came before it on its connection."""

    def header(self, name: str) -> str | None:
        """A header's value by its name in any case."""

    async def uid(self) -> int | None:
        """The user id that owns the caller's connection; None where the system does not tell it."""

    def stream(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body; too large is answered with 413."""


@attrs.frozen(kw_only=True)
class LocalResponse:
    """What an application answers."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | AsyncIterator[bytes] = b""


@runtime_checkable
class LocalApp(Protocol):
    """An application mounted on the loopback listener."""

    @property
    def prefix(self) -> str:
        """Path it is mounted at, such as ``/ipp/print``; requests to it and below it come here."""

    @property
    def callers(self) -> frozenset[LocalCaller]:
        """Who may call it; the site checks before the application sees anything."""

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers a request."""
