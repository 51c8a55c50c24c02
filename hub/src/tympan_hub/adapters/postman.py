"""Deliveries over HTTP/1.1: to the very address that was looked at, and to none of a private network.

- The name is resolved once and every address of it is looked at; the connection goes to one of those, so a name that
  leads elsewhere a moment later leads nowhere.
- Nothing is followed, nothing is kept open, and little of the answer is read. One deadline is around all of it.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, cast
from urllib.parse import SplitResult, urlsplit

import h11

from tympan_hub.domain.addresses import is_public
from tympan_hub.domain.limits.webhooks import DELIVERY_ANSWER_BYTES, DELIVERY_S
from tympan_hub.domain.webhooks import Answer

_READ: Final = 4096
_HEAD_BYTES: Final = 16 << 10


class HttpsPostman:
    """``Postman``."""

    def __init__(self, *, to_private: bool = False, seconds: float = DELIVERY_S) -> None:
        self._to_private = to_private
        self._seconds = seconds

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # made when first needed: reading what the system trusts takes long

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As the port says."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(urlsplit(url), headers, body)
        except TimeoutError:
            return Answer(detail=f"no answer within {self._seconds:g} s")
        except (OSError, ValueError, h11.ProtocolError) as error:
            return Answer(detail=_short(str(error) or type(error).__name__))

    async def _post(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> Answer:
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        found = await self._found(host, port)
        if isinstance(found, Answer):
            return found
        tls = {"ssl": self._tls, "server_hostname": host} if url.scheme == "https" else {}
        reader, writer = await _connected(found, port, tls)
        try:
            return await _asked(reader, writer, _request(url, headers, body), body)
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _found(self, host: str, port: int) -> list[str] | Answer:
        """Where a name leads; an answer when it must not be gone there."""
        loop = asyncio.get_running_loop()
        entries = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        if not self._to_private and not all(is_public(ipaddress.ip_address(each)) for each in addresses):
            return Answer(detail="refused: the address leads into a private network")
        return addresses


async def _connected(
    addresses: list[str], port: int, tls: Mapping[str, object]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first address that takes one."""
    error: OSError = OSError("the name has no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(address, port, limit=_HEAD_BYTES, **tls)  # type: ignore[arg-type]
        except OSError as failed:
            error = failed
    raise error


def _request(url: SplitResult, headers: Mapping[str, str], body: bytes) -> h11.Request:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [
        ("host", url.netloc),
        ("content-length", str(len(body))),
        ("connection", "close"),
        *headers.items(),
    ]
    return h11.Request(method="POST", target=target, headers=lines)


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Answer:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
    for event in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    await writer.drain()
    status, said = None, b""
    while len(said) < DELIVERY_ANSWER_BYTES:
        event = cast("Any", connection.next_event())
        if event is h11.NEED_DATA:
            data = await reader.read(_READ)
            if not data and status is None:
                break
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            said += event.data
        elif isinstance(event, h11.InformationalResponse):
            continue
        else:
            break
    if status is None:
        return Answer(detail="the connection ended without an answer")
    return Answer(status=status, detail=_short(said.decode("utf-8", "replace")))


def _short(text: str) -> str:
    """What stands in the log of deliveries: one line, nothing a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:200]).strip()
