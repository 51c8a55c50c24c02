"""A hand-written WSD device: tasks of the test, with sockets on a host of a world.

It answers Probe and Resolve as firmware does, says Hello and Bye, and serves its metadata. What it answers can be
replaced, byte by byte: that is how a hostile one is made.
"""

from __future__ import annotations

import re
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from xml.sax.saxutils import escape

import attrs
import trio

from discovery_rig._world import Host

PORT = 3702
GROUP, GROUP_V6 = "239.255.255.250", "ff02::c"
_METADATA_PORT = 5357
_SPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "dp": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
    "wprt": "http://schemas.microsoft.com/windows/2006/08/wdp/print",
    "mex": "http://schemas.xmlsoap.org/ws/2004/09/mex",
}
_TYPES = "dp:Device wprt:PrintDeviceType"
_ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_TO_ALL = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
_MESSAGE_ID = re.compile(rb"<(?:\w+:)?MessageID[^>]*>\s*([^<\s]+)\s*<")
_ACTION = re.compile(rb"<(?:\w+:)?Action[^>]*>\s*[^<\s]*/(\w+)\s*<")
_ADDRESS = re.compile(rb"<(?:\w+:)?Address[^>]*>\s*(urn:uuid:[^<\s]+)\s*<")
_DATAGRAM = 65_535
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n"


@attrs.define(kw_only=True)
class Device:
    """What a responder says.

    Attributes:
        host: Where it stands.
        id: Its endpoint, stable.
        name: Friendly name.
        model: Model.
        types: QNames, with the prefixes used here.
        tells_where: False: matches have no XAddrs, as Windows does it; who wants them asks Resolve.
        answer: Takes a request and what would be answered; gives the datagrams that are sent instead.
        asked: The actions it was asked, in order.
    """

    host: Host
    id: uuid.UUID = attrs.field(factory=uuid.uuid4)
    name: str = "Hand-written device"
    model: str = "WSD 1"
    types: str = _TYPES
    tells_where: bool = True
    answer: Callable[[bytes, bytes], Iterable[bytes]] = lambda _, usual: (usual,)
    asked: list[str] = attrs.field(factory=list)

    @property
    def xaddrs(self) -> str:
        """Where its metadata is."""
        return f"http://{self.host.address}:{_METADATA_PORT}/{self.id} http://[{self.host.address_v6}]:{_METADATA_PORT}/{self.id}"

    def answered(self, request: bytes) -> list[bytes]:
        """The datagrams that answer a request."""
        action, message = _ACTION.search(request), _MESSAGE_ID.search(request)
        kind = action[1].decode() if action else ""
        self.asked.append(kind)
        if message is None or kind not in ("Probe", "Resolve"):
            return []
        if kind == "Resolve" and f"urn:uuid:{self.id}".encode() not in _ADDRESS.findall(request):
            return []
        usual = self._matches(kind, message[1].decode(), told=self.tells_where or kind == "Resolve")
        return list(self.answer(request, usual))

    def _matches(self, kind: str, relates_to: str, *, told: bool) -> bytes:
        where = f"<d:XAddrs>{self.xaddrs}</d:XAddrs>" if told else ""
        body = (
            f"<d:{kind}Matches><d:{kind}Match>{self._endpoint()}<d:Types>{self.types}</d:Types>{where}"
            f"<d:MetadataVersion>1</d:MetadataVersion></d:{kind}Match></d:{kind}Matches>"
        )
        return envelope(f"{_SPACES['d']}/{kind}Matches", body, to=_ANONYMOUS, relates_to=relates_to)

    def farewell(self) -> bytes:
        """A Bye."""
        return envelope(f"{_SPACES['d']}/Bye", f"<d:Bye>{self._endpoint()}</d:Bye>", to=_TO_ALL)

    def hello(self) -> bytes:
        """A Hello without addresses."""
        told = f"<d:Types>{self.types}</d:Types><d:MetadataVersion>1</d:MetadataVersion>"
        return envelope(f"{_SPACES['d']}/Hello", f"<d:Hello>{self._endpoint()}{told}</d:Hello>", to=_TO_ALL)

    def _endpoint(self) -> str:
        return f"<a:EndpointReference><a:Address>urn:uuid:{self.id}</a:Address></a:EndpointReference>"

    def metadata(self, request: bytes) -> bytes:
        """What its page of metadata answers."""
        message = _MESSAGE_ID.search(request)
        section = "{0}/{1}".format
        body = (
            "<mex:Metadata>"
            f'<mex:MetadataSection Dialect="{section(_SPACES["dp"], "ThisDevice")}"><dp:ThisDevice>'
            f"<dp:FriendlyName>{escape(self.name)}</dp:FriendlyName><dp:FirmwareVersion>1</dp:FirmwareVersion>"
            f"<dp:SerialNumber>{self.id.hex[:8]}</dp:SerialNumber></dp:ThisDevice></mex:MetadataSection>"
            f'<mex:MetadataSection Dialect="{section(_SPACES["dp"], "ThisModel")}"><dp:ThisModel>'
            f"<dp:Manufacturer>Rig</dp:Manufacturer><dp:ModelName>{escape(self.model)}</dp:ModelName>"
            "</dp:ThisModel></mex:MetadataSection>"
            f'<mex:MetadataSection Dialect="{section(_SPACES["dp"], "Relationship")}">'
            f'<dp:Relationship Type="{_SPACES["dp"]}/host"><dp:Hosted><a:EndpointReference>'
            f"<a:Address>http://{self.host.address}:{_METADATA_PORT}/print</a:Address></a:EndpointReference>"
            "<dp:Types>wprt:PrinterServiceType</dp:Types><dp:ServiceId>urn:print</dp:ServiceId></dp:Hosted>"
            "</dp:Relationship></mex:MetadataSection></mex:Metadata>"
        )
        action = "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse"
        return envelope(action, body, to=_ANONYMOUS, relates_to=message[1].decode() if message else "")


def envelope(action: str, body: str, *, to: str, relates_to: str = "") -> bytes:
    """A SOAP 1.2 message."""
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
    relates = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {spaces}><s:Header>'
        f"<a:To>{to}</a:To><a:Action>{action}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{relates}"
        f'<d:AppSequence InstanceId="1" MessageNumber="1"/></s:Header><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


@asynccontextmanager
async def responder(device: Device) -> AsyncIterator[Device]:
    """A device that answers until the block ends, and says Bye then."""
    v4, v6 = (trio.socket.from_stdlib_socket(device.host.namespace.inside(make)) for make in (_ears, _ears_v6))
    door = device.host.namespace.inside(_door)
    with v4, v6:
        async with trio.open_nursery() as nursery:
            listener = trio.SocketListener(trio.socket.from_stdlib_socket(door))
            nursery.start_soon(trio.serve_listeners, partial(_serve_metadata, device), [listener])
            nursery.start_soon(_answer, device, v4)
            nursery.start_soon(_answer, device, v6)
            await _tell_all(v4, v6, device.hello())
            try:
                yield device
            finally:
                with trio.CancelScope(shield=True):
                    await _tell_all(v4, v6, device.farewell())
                nursery.cancel_scope.cancel()


async def _tell_all(v4: trio.socket.SocketType, v6: trio.socket.SocketType, said: bytes) -> None:
    """Over IPv4, or over IPv6 where it has no address of the other."""
    try:
        await v4.sendto(said, (GROUP, PORT))
    except OSError:
        await v6.sendto(said, (GROUP_V6, PORT))


async def _answer(device: Device, ears: trio.socket.SocketType) -> None:
    while True:
        request, sender = await ears.recvfrom(_DATAGRAM)
        with suppress(OSError):  # whoever has no address of a kind hears what is asked over it all the same
            for datagram in device.answered(request):
                await ears.sendto(datagram, sender)


async def _serve_metadata(device: Device, stream: trio.SocketStream) -> None:
    request = b""
    try:
        while b"Envelope>" not in request and (piece := await stream.receive_some(_DATAGRAM)):
            request += piece
        body = device.metadata(request)
        await stream.send_all(_HEAD.format(len(body)).encode() + body)
    except (trio.BrokenResourceError, OSError):
        pass
    finally:
        await trio.aclose_forcefully(stream)


def _ears() -> socket.socket:
    ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ears.bind(("", PORT))
    link = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), socket.if_nametoindex("eth0"))
    ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, link)
    ears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, link)
    return ears


def _ears_v6() -> socket.socket:
    ears = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    ears.bind(("::", PORT))
    link = struct.pack("16si", socket.inet_pton(socket.AF_INET6, GROUP_V6), socket.if_nametoindex("eth0"))
    ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, link)
    ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth0"))
    return ears


def _door() -> socket.socket:
    door = socket.create_server(("::", _METADATA_PORT), family=socket.AF_INET6, dualstack_ipv6=True)
    door.setblocking(False)
    return door
