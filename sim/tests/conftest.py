"""Virtual printers on loopback, and a plain IPP caller that shares no code with the printers' own HTTP."""

import contextlib
import functools
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
import trio

from tympan_sim import Profile, Site, run_printers
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, attr, decode, encode

DEADLINE_S = 20.0
DOCUMENTS = Path(__file__).resolve().parents[2] / "tests" / "documents"


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def documents() -> Path:
    return DOCUMENTS


@attrs.frozen
class Answer:
    """One HTTP answer, whole; `status` 0 when the connection ended without one."""

    status: int
    body: bytes

    @property
    def ipp(self) -> Message:
        return decode(self.body)[0]


class Caller:
    """Builds IPP requests for one URI and sends each on a socket of its own."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self.uri, self.host, self.port, self.path = uri, parts.hostname or "", parts.port or 0, parts.path
        self.tls = parts.scheme == "ipps"
        self.certificate = b""

    def message(
        self, operation: int, *more: Attribute, ticket: tuple[Attribute, ...] = (), request_id: int = 7
    ) -> Message:
        named = (attr.uri("printer-uri", self.uri), attr.name_("requesting-user-name", "ada"))
        groups = [Group(GroupTag.OPERATION, (*named, *more))]
        if ticket:
            groups.append(Group(GroupTag.JOB, ticket))
        return Message.request(operation, request_id, *groups)

    async def ask(
        self, operation: int, *more: Attribute, ticket: tuple[Attribute, ...] = (), document: bytes = b""
    ) -> Message:
        answer = await self.post(encode(self.message(operation, *more, ticket=ticket)) + document)
        assert answer.status == 200, answer
        return answer.ipp

    async def print(self, document: bytes = b"%PDF-1.4 /Type /Page ", media_type: str = "application/pdf") -> Message:
        return await self.ask(Operation.PRINT_JOB, attr.mime("document-format", media_type), document=document)

    async def post(
        self, body: bytes, *, path: str | None = None, kind: str = "application/ipp", method: str = "POST"
    ) -> Answer:
        head = (
            f"{method} {path or self.path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with trio.fail_after(DEADLINE_S):
            stream = await self._connect()
            async with stream:
                return _answer(await _exchange(stream, head.encode() + body))

    async def _connect(self) -> Any:
        stream = await trio.open_tcp_stream(self.host, self.port)
        if not self.tls:
            return stream
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secured = trio.SSLStream(stream, context, https_compatible=True)
        await secured.do_handshake()
        self.certificate = secured.getpeercert(binary_form=True) or b""
        return secured


async def _exchange(stream: Any, request: bytes) -> bytes:
    received = bytearray()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_send, stream, request)
        with contextlib.suppress(trio.BrokenResourceError):
            while data := await stream.receive_some(65536):
                received += data
        nursery.cancel_scope.cancel()
    return bytes(received)


async def _send(stream: Any, request: bytes) -> None:
    with contextlib.suppress(trio.BrokenResourceError):
        await stream.send_all(request)


def _answer(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]) if head else 0, body)


@pytest.fixture
def caller() -> Callable[[str], Caller]:
    return Caller


@pytest.fixture
def printers() -> Callable[..., contextlib.AbstractAsyncContextManager[Site]]:
    """Runs printers for the length of an `async with`."""

    @contextlib.asynccontextmanager
    async def run(*profiles: Profile, **options: Any) -> AsyncIterator[Site]:
        async with trio.open_nursery() as nursery:
            yield await nursery.start(functools.partial(run_printers, profiles or (Profile(),), **options))
            nursery.cancel_scope.cancel()

    return run


@pytest.fixture
def command() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `tympan-sim` with arguments; whatever still runs at the end is killed by its id."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tympan_sim", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=DEADLINE_S)
