"""One agent's kept connection to the hub, with a client that costs as little as it can."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from tympan_wire.hub import (
    BLOBS_PATH,
    HEADER,
    NOTICES_PATH,
    PREFIX,
    PROTOCOL,
    SHAPES,
    Operation,
    decode,
    digest_header,
    encode,
    part_path,
)
from tympan_wire.hub import DIGEST_HEADER as DIGEST

_LIMIT = 8 << 20
"""Of one answer: orders bear envelopes."""


_TUNNEL = b'"tunnel"'
"""In a line of the stream of notices: somebody shall look at the tunnel."""


_AGAIN_S = 0.1


class HubBusy(Exception):
    """The hub answered that it is to be asked again."""


class NotThere(Exception):
    """The hub has nothing of the kind for this agent."""


class Asker:
    """Asks as one agent. Owns: the connection, until ``close``."""

    def __init__(self, port: int, agent: str, token: str) -> None:
        self.agent = agent
        self.refused = 0
        self._port = port
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._usual = f"Host: hub\r\nAuthorization: Bearer {token}\r\n{HEADER}: {PROTOCOL}\r\n"

    @classmethod
    async def open(cls, port: int, agent: str, token: str) -> Asker:
        """Connects."""
        made = cls(port, agent, token)
        await made._connect()
        return made

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()

    async def hear(self, told: asyncio.Event) -> None:
        """Sets an event with each notice of the tunnel, until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"GET {NOTICES_PATH} HTTP/1.1\r\n{self._usual}\r\n".encode())
            while line := await reader.readline():
                if _TUNNEL in line:
                    told.set()
            raise ConnectionError("a stream of notices ended")
        finally:
            writer.close()

    async def ask(self, operation: Operation, asked: object) -> Any:
        """Asks, and returns the answer; again when the hub is too busy, as agents do. Raises when it refuses."""
        while True:
            try:
                path, kind = f"{PREFIX}{operation}", "Content-Type: application/json\r\n"
                return decode(SHAPES[operation].answer, await self._say("POST", path, encode(asked), kind))
            except HubBusy:
                self.refused += 1
                await asyncio.sleep(_AGAIN_S)

    async def put(self, upload: str, number: int, part: bytes) -> str:
        """Sends a part; returns its checksum."""
        digest = hashlib.sha256(part).hexdigest()
        header = f"{DIGEST}: {digest_header(digest)}\r\nContent-Type: application/octet-stream\r\n"
        await self._say("POST", part_path(upload, number), part, header)
        return digest

    async def fetch(self, upload: str, size: int) -> bytes | None:
        """A whole small document; None when this agent may not read it any more."""
        try:
            return await self._say("GET", f"{BLOBS_PATH}{upload}", b"", f"Range: bytes=0-{size - 1}\r\n")
        except NotThere:
            return None

    async def _say(self, method: str, path: str, body: bytes, headers: str) -> bytes:
        if self._reader.at_eof():  # the hub hangs up on who says nothing for seconds
            self.close()
            await self._connect()
        opening = f"{method} {path} HTTP/1.1\r\n{self._usual}{headers}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(opening.encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        answer = await self._reader.readexactly(int(lengths[0].partition(b":")[2])) if lengths else b""
        if head.startswith(b"HTTP/1.1 503"):
            raise HubBusy(f"{path}: {answer!r:.300}")
        if head.startswith(b"HTTP/1.1 404"):
            raise NotThere(f"{path}: {answer!r:.300}")
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{path}: {head.splitlines()[0]!r} {answer!r:.300}")
        return answer

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_LIMIT)
