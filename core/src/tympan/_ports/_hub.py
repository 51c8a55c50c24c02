"""The link to the hub, uploads to it, and its notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
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

    async def upload(self, name: str, body: AsyncIterator[bytes], *, size_bytes: int, user: str) -> str:
        """Uploads a sealed body; returns its reference at the hub once all of it is there and proved.

        A break of the link is waited for and gone on from. After a crash the same name with the same body, read from
        its beginning, goes on where it was: what the hub has is compared and not sent again. Repeating a finished
        upload gives the same reference.

        Args:
            name: What it is; one body has one name.
            body: Its bytes, read once.
            size_bytes: How many.
            user: The account of this machine whose body it is.

        Raises:
            TympanError: The body has another size, or the hub says no; its ``retry`` says whether again can help.
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
