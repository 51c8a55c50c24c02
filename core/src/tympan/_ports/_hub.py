"""The link to the hub, uploads to it, and its notices."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Protocol, runtime_checkable

import attrs


@runtime_checkable
class HubLink(Protocol):
    """Requests to the hub."""

    async def request(self, operation: str, payload: bytes) -> bytes:
        """One request; the same operation and payload may be repeated safely.

        Raises:
            TympanError: No answer, or a no; its ``retry`` says whether asking again can help.
        """


@runtime_checkable
class HubUploads(Protocol):
    """Uploads to the hub."""

    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        """Uploads a sealed body; returns its reference at the hub once all of it is there and proved.

        Several parts are under way at once. A break of the link, and a hub that asks to come back later, is waited for
        and gone on from. After a crash the same name with the same body, read from
        its beginning, goes on where it was: what the hub has is compared and not sent again. Repeating a finished
        upload gives the same reference.

        Whoever watches is told when the hub asks to come back later: once, until bytes go again.

        Args:
            name: What it is; one body has one name.
            body: Its bytes, read once.
            size_bytes: How many.
            user: The account of this machine whose body it is.
            rate: Bytes a second that may be sent, all bodies under a cap together; 0 for as many as go.
            watch: Who is told what it waits for, as a sentence; "" when it goes on.

        Raises:
            TympanError: The body has another size, or the hub says no; its ``retry`` says whether again can help.
        """

    async def abandon(self, name: str) -> None:
        """Nobody wants what was begun under a name: what the hub has of it may go.

        What is finished stays, and what this agent does not know of ends by itself. Raises ``TympanError``
        when the hub cannot be asked.
        """


@runtime_checkable
class HubDownloads(Protocol):
    """Downloads from the hub."""

    def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        """The sealed bytes of an upload, in pieces and in order; a break of the link is waited for and gone on from.

        Some are fetched ahead of who reads, a bounded number. Whoever stops before the end closes the iterator.

        Args:
            reference: Names the upload.
            size_bytes: Of all of it.
            start: How many bytes of it are here already: what follows them comes.

        Raises:
            TympanError: The hub says no, or what came has another size.
        """


@runtime_checkable
class HubIdentity(Protocol):
    """What proves that this agent is itself. The keys stay with who offers this."""

    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        """A TLS context that shows the agent's certificate, and trusts ``authority`` (PEM) alone.

        Raises:
            TympanError: This agent belongs to no hub.
        """

    @property
    def recipient(self) -> bytes:
        """The agent's public key for envelopes (`tympan_wire.sealed.Recipient.public`); b"" before it has one."""

    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        """A document's key, locked for this agent by `tympan_wire.sealed.wrap_for`.

        Raises:
            TympanError: It is for somebody or something else, or was changed.
        """


@attrs.frozen(kw_only=True)
class Notice:
    """The hub says: look again at ``topic``."""

    topic: str


@runtime_checkable
class NoticeSource(Protocol):
    """A stream of notices."""

    def notices(self) -> AsyncIterator[Notice]:
        """Notices until cancelled; ends when the link breaks."""
