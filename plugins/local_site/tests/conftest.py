"""What the site is tested with: a fake host with controls, and requests over real sockets."""

import contextlib
import functools
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import attrs
import pytest
import trio

from tympan.plugin import LocalCaller, LocalRequest, LocalResponse, NotFound
from tympan.testing import FakeHost
from tympan_local_site._service import LocalSite
from tympan_net import _given

TOKEN = "s3cret-t0ken"


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@attrs.define
class FakeControl:
    """``Control`` that answers with what it was asked, or raises what a test says."""

    token: str = TOKEN
    asked: list[tuple[str, dict[str, object]]] = attrs.field(factory=list)
    announced: list[int | None] = attrs.field(factory=list)
    failure: Exception | None = None

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        await trio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure
        if operation == "missing":
            raise NotFound("there is no such thing", next_step="Look elsewhere.")
        self.asked.append((operation, dict(arguments)))
        return {"operation": operation, "arguments": dict(arguments)}

    def announce(self, port: int) -> None:
        self.announced.append(port)

    def withdraw(self) -> None:
        self.announced.append(None)


@attrs.define
class Echo:
    """An application that answers with what it was sent, and counts."""

    prefix: str = "/echo"
    callers: frozenset[LocalCaller] = frozenset({LocalCaller.SPOOLER})
    seen: int = 0

    async def handle(self, request: LocalRequest) -> LocalResponse:
        self.seen += 1
        body = await request.body(1 << 20)
        return LocalResponse(status=200, headers=(("x-app", self.prefix),), body=body or request.path.encode())


@attrs.define
class Site:
    """A running site, and a client that speaks to it by hand."""

    host: FakeHost
    control: FakeControl
    port: int

    async def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        host: str | None = None,
        to: str = "127.0.0.1",
        **headers: str,
    ) -> tuple[int, bytes]:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'localhost:{self.port}'}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
        with trio.fail_after(10):
            async with await trio.open_tcp_stream(to, self.port) as stream:
                await stream.send_all(head + body)
                answer = b"".join([piece async for piece in stream])
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body

    async def control_ask(
        self, operation: str, body: bytes = b"", method: str = "POST", token: str = TOKEN
    ) -> tuple[int, Any]:
        status, answer = await self.ask(
            f"/api/v1/{operation}", method=method, body=body, authorization=f"Bearer {token}"
        )
        return status, json.loads(answer)


def new_host(*apps: object, **settings: object) -> tuple[FakeHost, FakeControl]:
    control = FakeControl()
    known = {"port": 0, "pages_port": 0, "users": (), **settings}
    return FakeHost("local_site", settings=known, ports=apps, control=control), control


@contextlib.asynccontextmanager
async def open_site(*apps: object, **settings: object) -> AsyncIterator[Site]:
    host, control = new_host(*apps, **settings)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(LocalSite().run, host)
        with trio.fail_after(10):
            await host.ready_event.wait()
        port = control.announced[0]
        assert port is not None
        yield Site(host, control, port)
        nursery.cancel_scope.cancel()


OpenSite = Callable[..., contextlib.AbstractAsyncContextManager[Site]]


@pytest.fixture
def echo() -> Callable[..., Echo]:
    return functools.partial(Echo)


@pytest.fixture
def site() -> OpenSite:
    return open_site


@pytest.fixture
def host_of() -> Callable[..., tuple[FakeHost, FakeControl]]:
    return new_host


def is_open(port: int, family: socket.AddressFamily = socket.AF_INET, address: str = "127.0.0.1") -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


@pytest.fixture
def listening() -> Callable[[int], bool]:
    return is_open


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port that a service manager holds for this process, as it says in the environment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(_given, "FIRST", listening.fileno())
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDS", "1")
        yield listening.getsockname()[1]
