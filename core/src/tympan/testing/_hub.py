"""The link to a hub in memory: requests, bytes both ways, notices, and what proves who the agent is."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Mapping

import trio

from tympan._errors import BadInput, NotFound
from tympan._ports import Notice
from tympan_wire.sealed import Recipient, SealedError, unwrap_with

_PENDING = 64
_PIECE_BYTES = 16_384


class FakeHubLink:
    """``HubLink`` to a hub in memory.

    Attributes:
        answers: What the hub answers to an operation, or raises; others are echoed.
        requests: What was asked, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[bytes], bytes]] = {}
        self.requests: list[tuple[str, bytes]] = []

    async def request(self, operation: str, payload: bytes) -> bytes:
        """The answer set for the operation."""
        await trio.lowlevel.checkpoint()
        self.requests.append((operation, payload))
        answer = self.answers.get(operation)
        return payload if answer is None else answer(payload)


class FakeHubUploads:
    """``HubUploads`` to a hub in memory.

    Attributes:
        uploads: What came, by reference.
        rates: The cap that was asked for, by reference; it is not kept to.
        full: What an upload waits for, as a sentence; "" for nothing.
        room: Set when there is room again.
        abandoned: Names that nobody wants any more.
    """

    def __init__(self) -> None:
        self.uploads: dict[str, bytes] = {}
        self.rates: dict[str, int] = {}
        self.full = ""
        self.room = trio.Event()
        self.abandoned: list[str] = []

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
        """Keeps the body; one of another size is refused. While it is ``full`` it waits, and says so."""
        watch = watch or (lambda why: None)
        watch(self.full)
        if self.full:
            await self.room.wait()
        watch("")
        content = b"".join([piece async for piece in body])
        if len(content) != size_bytes:
            raise BadInput(f"{name} has {len(content)} bytes, not {size_bytes}")
        reference = f"upload/{name}"
        self.uploads[reference], self.rates[reference] = content, rate
        return reference

    async def abandon(self, name: str) -> None:
        """Remembers that nobody wants it."""
        await trio.lowlevel.checkpoint()
        self.abandoned.append(name)


class FakeHubDownloads:
    """``HubDownloads`` from a hub in memory; ``uploads`` has what it keeps, by reference."""

    def __init__(self, uploads: Mapping[str, bytes]) -> None:
        self.uploads = uploads

    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        """What is kept, in pieces; of another size, none."""
        await trio.lowlevel.checkpoint()
        content = self.uploads.get(reference)
        if content is None:
            raise NotFound("the hub keeps nothing under this name")
        if len(content) != size_bytes:
            raise BadInput(f"the hub keeps {len(content)} bytes, not {size_bytes}")
        for place in range(start, size_bytes, _PIECE_BYTES):
            yield content[place : place + _PIECE_BYTES]


class FakeHubIdentity:
    """``HubIdentity`` of an agent with keys of its own, which shows no certificate."""

    def __init__(self, recipient: Recipient | None = None) -> None:
        self._recipient = recipient or Recipient.generate()

    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        """Trusts the authority alone."""
        await trio.lowlevel.checkpoint()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=authority.decode())
        return context

    @property
    def recipient(self) -> bytes:
        """The public key."""
        return self._recipient.public

    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        """The key inside."""
        await trio.lowlevel.checkpoint()
        try:
            return unwrap_with(envelope, self._recipient, document=document, context=context)
        except SealedError as error:
            raise BadInput("the envelope is not for this agent, or was changed") from error


class FakeNoticeSource:
    """``NoticeSource`` whose notices a test pushes; ``break_link`` ends every stream."""

    def __init__(self) -> None:
        self._streams: list[trio.MemorySendChannel[Notice]] = []

    async def push(self, topic: str) -> None:
        """Sends a notice to every stream that is open."""
        for stream in list(self._streams):
            await stream.send(Notice(topic=topic))

    async def break_link(self) -> None:
        """Ends every stream that is open."""
        for stream in list(self._streams):
            await stream.aclose()

    async def notices(self) -> AsyncIterator[Notice]:
        """Notices pushed from now on."""
        send, receive = trio.open_memory_channel[Notice](_PENDING)
        self._streams.append(send)
        try:
            async for notice in receive:
                yield notice
        finally:
            self._streams.remove(send)
