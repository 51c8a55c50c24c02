"""Providers of tenants lead into no private network, unless who runs the hub allows it; those of the service may."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import attrs
import httpx2
import pytest
from issuer_rig import Contoso

from tympan_hub.adapters.openid import OpenIdClient, wire
from tympan_hub.adapters.openid.wire import Bounded, Outside
from tympan_hub.domain.errors import ProviderTrouble
from tympan_hub.domain.ids import SERVICE

pytestmark = pytest.mark.anyio


async def test_a_tenants_provider_in_here_is_not_asked(contoso: Contoso) -> None:
    strict, now = OpenIdClient(), contoso.hub.clock.now()
    with pytest.raises(ProviderTrouble, match="private network") as told:
        await strict.documents(contoso.provider, now)
    assert "--providers-to-private" in told.value.next_step
    assert contoso.issuer.hits == {}
    assert (await strict.documents(attrs.evolve(contoso.provider, tenant=SERVICE), now)).keys == 1
    with pytest.raises(ProviderTrouble, match="private network"):  # nor told what the service has read there
        await strict.documents(attrs.evolve(contoso.provider, issuer=contoso.issuer.url), now, afresh=True)
    assert (await OpenIdClient(to_private=True).documents(contoso.provider, now)).keys == 1


@attrs.define
class Below(httpx2.AsyncBaseTransport):
    """What would be connected to."""

    refused: set[str] = attrs.field(factory=set)
    asked: list[httpx2.Request] = attrs.field(factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if request.url.host in self.refused:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200)


def leads(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """What a name leads to, each time it is asked for."""
    given = list(answers)

    async def found(_: object, host: str, port: int, **options: Any) -> list[Any]:
        assert host == "login.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in given.pop(0)]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", found)


def request() -> httpx2.Request:
    return httpx2.Request("POST", "https://login.example:8443/token?x=1", content=b"code=7")


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fd00::1", "fe80::1%1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
    ],
)
async def test_a_name_one_of_whose_addresses_is_inside_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    below = Below()
    leads(monkeypatch, ["93.184.215.14", inside])
    with pytest.raises(ProviderTrouble, match="private network"):
        await Outside(below).handle_async_request(request())
    assert below.asked == []


async def test_attack_a_name_that_leads_elsewhere_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is asked for once: the connection goes to what was looked at, and TLS asks for the name."""
    below = Below()
    leads(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    assert (await Outside(below).handle_async_request(request())).status_code == 200
    (asked,) = below.asked
    assert str(asked.url) == "https://93.184.215.14:8443/token?x=1"
    assert asked.headers["host"] == "login.example:8443"
    assert asked.extensions["sni_hostname"] == "login.example"
    assert await asked.aread() == b"code=7"
    with pytest.raises(ProviderTrouble, match="private network"):
        await Outside(below).handle_async_request(request())


async def test_the_next_address_is_tried_when_one_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    below = Below({"2600:1406::1"})
    leads(monkeypatch, ["2600:1406::1", "93.184.215.14"], [])
    assert (await Outside(below).handle_async_request(request())).status_code == 200
    assert [each.url.host for each in below.asked] == ["2600:1406::1", "93.184.215.14"]
    with pytest.raises(OSError, match="no address"):
        await Outside(below).handle_async_request(request())


@attrs.define
class Endless(httpx2.AsyncByteStream):
    """A body of which nothing more comes after its beginning."""

    closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.closed = True


async def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Endless()
    monkeypatch.setattr(wire, "PROVIDER_WAIT_S", 0.01)
    given = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=body))
    with pytest.raises(TimeoutError):
        await Bounded(given).handle_async_request(request())
    assert body.closed


@pytest.mark.parametrize(("inside", "connections"), [(False, 2), (True, 1)])
async def test_attack_a_connection_kept_for_one_name_serves_another(
    contoso: Contoso, monkeypatch: pytest.MonkeyPatch, inside: bool, connections: int
) -> None:
    """Pools go by address where one is asked in a name's place, and TLS asks for a name once a connection."""
    taken = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        taken += 1
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    async def found(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(wire, "_outside", found)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, wire.client_of(contoso.provider, "", "none", inside=inside) as client:
        port = server.sockets[0].getsockname()[1]
        for host in ("127.0.0.1", "127.0.0.1" if inside else "localhost"):
            assert await wire.document(client, f"http://{host}:{port}/") == {}
    assert taken == connections
