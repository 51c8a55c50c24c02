"""The service on loopback, beside devices made of a few sockets that say what a test tells them to."""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from tympan.plugin import Sighting
from tympan.testing import FakeHost
from tympan_discovery_wsd import _service, _sockets
from tympan_discovery_wsd._asking import Look
from tympan_discovery_wsd._codec import Heard, Kind, read
from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._model import WsdSettings
from tympan_discovery_wsd._names import METADATA, OASIS, PRINT, PUBLICATION, SOAP, USUAL, Wording
from tympan_discovery_wsd._service import WsdService
from tympan_discovery_wsd._sockets import GROUP4
from tympan_net.device_look import look_at

_ALL = 49


def envelope(wording: Wording, action: str, body: str, relates_to: str = "", message: str = "") -> bytes:
    """A SOAP message, with prefixes of this rig's own."""
    relates = f"<wsa:RelatesTo>{relates_to}</wsa:RelatesTo>" if relates_to else ""
    return (
        f'<?xml version="1.0"?><soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{wording.addressing}" '
        f'xmlns:wsd="{wording.discovery}" xmlns:x="{wording.profile}" xmlns:pr="{PRINT}" xmlns:pub="{PUBLICATION}" '
        f'xmlns:mex="{METADATA}"><soap:Header><wsa:Action>{action}</wsa:Action>'
        f"<wsa:MessageID>{message or uuid.uuid4().urn}</wsa:MessageID>{relates}</soap:Header>"
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def about(kind: str, endpoint: str, types: str = "", xaddrs: str = "", version: int = 1) -> str:
    """A device in the body of a message."""
    return (
        f"<wsd:{kind}><wsa:EndpointReference><wsa:Address>{endpoint}</wsa:Address></wsa:EndpointReference>"
        + (f"<wsd:Types>{types}</wsd:Types>" if types else "")
        + (f"<wsd:XAddrs>{xaddrs}</wsd:XAddrs>" if xaddrs else "")
        + f"<wsd:MetadataVersion>{version}</wsd:MetadataVersion></wsd:{kind}>"
    )


def described(
    wording: Wording, name: str = "Front", serial: str = "SN1", services: str = "pr:PrinterServiceType"
) -> bytes:
    """Metadata."""
    section = f'<mex:MetadataSection Dialect="{wording.profile}/{{}}">{{}}</mex:MetadataSection>'
    device = (
        f"<x:ThisDevice><x:FriendlyName>{name}</x:FriendlyName><x:FirmwareVersion>1.2</x:FirmwareVersion>"
        f"<x:SerialNumber>{serial}</x:SerialNumber></x:ThisDevice>"
    )
    model = (
        "<x:ThisModel><x:Manufacturer>Acme</x:Manufacturer><x:ModelName>Laser 9</x:ModelName>"
        "<x:PresentationUrl>http://127.0.0.1/</x:PresentationUrl></x:ThisModel>"
    )
    hosted = (
        "<x:Relationship><x:Hosted><wsa:EndpointReference><wsa:Address>http://127.0.0.1/wsd</wsa:Address>"
        f"</wsa:EndpointReference><x:Types>{services}</x:Types></x:Hosted></x:Relationship>"
    )
    parts = (
        section.format("ThisDevice", device),
        section.format("ThisModel", model),
        section.format("Relationship", hosted),
    )
    return envelope(
        wording,
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
        f"<mex:Metadata>{''.join(parts)}</mex:Metadata>",
    )


@attrs.define(kw_only=True, eq=False)
class Responder:
    """A device on an address of loopback; every part of what it says can be replaced.

    Attributes:
        address: Where it is.
        types: QNames with the prefixes of ``envelope``.
        tells_where: Whether matches have XAddrs.
        xaddrs: What they have.
        answer: Datagrams in place of the usual one.
        serve: What its HTTP server does with a connection.
        heard: Questions it was asked.
        fetched: Connections its HTTP server had.
    """

    address: str
    endpoint: str = attrs.field(factory=lambda: uuid.uuid4().urn)
    wording: Wording = USUAL
    types: str = "x:Device pr:PrintDeviceType"
    tells_where: bool = True
    xaddrs: str = ""
    name: str = "Front"
    serial: str = "SN1"
    services: str = "pr:PrinterServiceType"
    answer: Callable[[Heard, bytes], Iterable[bytes]] = lambda _, usual: (usual,)
    serve: Callable[[trio.SocketStream], Any] | None = None
    heard: list[Heard] = attrs.field(factory=list)
    fetched: int = 0
    port: int = 0
    _voice: trio.socket.SocketType | None = None

    @property
    def where(self) -> str:
        """Its metadata's address."""
        return self.xaddrs or f"http://{self.address}:{self.port}/{self.endpoint[-12:]}"

    def match(self, kind: str, *, told: bool = True) -> str:
        """Itself, in a message."""
        return about(kind, self.endpoint, self.types, self.where if told else "")

    async def say(self, kind: str, *, told: bool = False) -> None:
        """A Hello or a Bye."""
        await self.send(envelope(self.wording, f"{self.wording.discovery}/{kind}", self.match(kind, told=told)))

    async def send(self, packet: bytes, to: tuple[str, int] | None = None) -> None:
        """A datagram from its address."""
        assert self._voice is not None
        await self._voice.sendto(packet, to or (GROUP4, _sockets.PORT))

    def answers(self, question: Heard) -> list[bytes]:
        """To one."""
        kind = {Kind.PROBE: "ProbeMatch", Kind.RESOLVE: "ResolveMatch"}.get(question.kind)
        if kind is None or question.wording is not self.wording:
            return []
        if question.kind is Kind.RESOLVE and question.matches[0].endpoint != self.endpoint:
            return []
        self.heard.append(question)
        told = self.tells_where or question.kind is Kind.RESOLVE
        body = f"<wsd:{kind}es>{self.match(kind, told=told)}</wsd:{kind}es>"
        usual = envelope(self.wording, f"{self.wording.discovery}/{kind}es", body, question.id)
        return list(self.answer(question, usual))

    async def handle(self, stream: trio.SocketStream) -> None:
        """One HTTP connection."""
        self.fetched += 1
        try:
            if self.serve is not None:
                await self.serve(stream)
                return
            await request_of(stream)
            await stream.send_all(http(described(self.wording, self.name, self.serial, self.services)))
        except (trio.BrokenResourceError, OSError):
            pass
        finally:
            await trio.aclose_forcefully(stream)


async def request_of(stream: trio.SocketStream) -> bytes:
    """A whole request."""
    request = b""
    while b"Envelope>" not in request and (piece := await stream.receive_some(65_536)):
        request += piece
    return request


def http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    """An answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n".encode() + body


@asynccontextmanager
async def responding(*responders: Responder) -> AsyncIterator[None]:
    """They answer."""
    async with trio.open_nursery() as nursery:
        ears = trio.socket.from_stdlib_socket(_ears())
        with ears:
            for one in responders:
                voice = trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                voice.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                await voice.bind((one.address, 0))
                one._voice = voice
                listeners = await trio.open_tcp_listeners(0, host=one.address)
                one.port = listeners[0].socket.getsockname()[1]
                nursery.start_soon(trio.serve_listeners, one.handle, listeners)
            nursery.start_soon(_answer, ears, responders)
            yield
            nursery.cancel_scope.cancel()
    for one in responders:
        if one._voice is not None:
            one._voice.close()


async def _answer(ears: trio.socket.SocketType, responders: Iterable[Responder]) -> None:
    while True:
        packet, where = await ears.recvfrom(65_536)
        try:
            question = read(packet)
        except WsdError:
            continue
        for one in responders:
            for answer in one.answers(question):
                await one.send(answer, where)


def _ears() -> socket.socket:
    ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    ears.bind((GROUP4, _sockets.PORT))
    ears.setsockopt(socket.IPPROTO_IP, _ALL, 0)
    group = socket.inet_aton(GROUP4) + socket.inet_aton("127.0.0.1")
    ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    return ears


@attrs.define(eq=False)
class Bench:
    """What a test holds."""

    host: FakeHost
    service: WsdService

    async def until(self, condition: Callable[[], object]) -> Any:
        """Polls."""
        with trio.fail_after(20):
            while not (found := condition()):
                await trio.sleep(0.005)
        return found

    async def until_seen(self, count: int = 1) -> list[Sighting]:
        """Printers, once there are so many."""
        await self.until(lambda: len(self.service._view.sightings()) == count)
        return list(await self.service.sightings())

    async def swept(self) -> None:
        """One more sweep, begun after this was called, to its end."""
        number = self.service._sweep_number
        self.service._wanted.set()
        await self.until(lambda: self.service._sweep_number > number)
        before = self.service._standing
        await self.until(lambda: self.service._standing is not before)


def settings_of(**others: object) -> dict[str, object]:
    """Settings of tests: loopback alone."""
    made = WsdSettings(interfaces=("lo",), ports=("9",))
    return attrs.asdict(attrs.evolve(made, **others))  # type: ignore[arg-type]


@asynccontextmanager
async def running(look: Look = look_at, **others: object) -> AsyncIterator[Bench]:
    """Runs the service."""
    host = FakeHost("discovery_wsd", settings=settings_of(**others))
    service = WsdService(look)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(service.run, host)
        await host.ready_event.wait()
        yield Bench(host, service)
        nursery.cancel_scope.cancel()


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps of a fraction of a second, for loopback answers at once; on a port of this test's own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.bind(("", 0))
        monkeypatch.setattr(_sockets, "PORT", asked.getsockname()[1])
    monkeypatch.setattr(_service, "SWEEP_S", 0.3)
    monkeypatch.setattr(_service, "GAP_FIRST_S", (0.01, 0.02))
    monkeypatch.setattr(_service, "RESOLVE_S", 0.3)


__all__ = ["OASIS", "USUAL"]
