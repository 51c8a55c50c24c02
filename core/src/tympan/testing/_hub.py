"""The hub link and the notice source in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import trio

from tympan._errors import BadInput
from tympan._ports import Notice

_PENDING = 64


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
    """``HubUploads`` to a hub in memory; ``uploads`` has what came, by reference."""

    def __init__(self) -> None:
        self.uploads: dict[str, bytes] = {}

    async def upload(self, name: str, body: AsyncIterator[bytes], *, size_bytes: int, user: str) -> str:
        """Keeps the body; one of another size is refused."""
        content = b"".join([piece async for piece in body])
        if len(content) != size_bytes:
            raise BadInput(f"{name} has {len(content)} bytes, not {size_bytes}")
        reference = f"upload/{name}"
        self.uploads[reference] = content
        return reference


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
