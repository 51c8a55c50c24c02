"""The loopback application port, and the request it is given, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import attrs
import trio

from tympan._errors import Overloaded
from tympan._ports import LocalCaller, LocalRequest, LocalResponse

_PIECE_BYTES = 4096


@attrs.frozen(kw_only=True)
class FakeLocalRequest:
    """``LocalRequest`` whose parts are given; header names in any case."""

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content: bytes = b""
    first: bool = True
    owner: int | None = None

    async def uid(self) -> int | None:
        """The ``owner`` given."""
        await trio.lowlevel.checkpoint()
        return self.owner

    def header(self, name: str) -> str | None:
        """A header's value."""
        return {key.lower(): value for key, value in self.headers.items()}.get(name.lower())

    async def stream(self) -> AsyncIterator[bytes]:
        """The body in pieces of 4 KiB."""
        for start in range(0, len(self.content), _PIECE_BYTES):
            await trio.lowlevel.checkpoint()
            yield self.content[start : start + _PIECE_BYTES]

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body; too large raises ``Overloaded``, which the site answers with 413."""
        await trio.lowlevel.checkpoint()
        if len(self.content) > limit_bytes:
            raise Overloaded(f"the body has more than {limit_bytes} bytes")
        return self.content


class FakeLocalApp:
    """``LocalApp`` that echoes a POST and answers 404 and 405 as it should; it keeps its ``requests``."""

    prefix = "/fake"
    callers = frozenset({LocalCaller.TOKEN})

    def __init__(self) -> None:
        self.requests: list[LocalRequest] = []

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers a request."""
        self.requests.append(request)
        if request.path != self.prefix:
            return LocalResponse(status=404)
        if request.method != "POST":
            return LocalResponse(status=405, headers=(("Allow", "POST"),))
        return LocalResponse(headers=(("Content-Type", "text/plain"),), body=await request.body(1 << 20))
