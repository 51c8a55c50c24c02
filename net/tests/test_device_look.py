"""Looking at devices that answer, that do not, and that mean harm."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio

from tympan_net.device_look import DeviceLook, Silence, look_at
from tympan_net.http_server import Request, Response
from tympan_net.tls import fetch_fingerprint
from tympan_wire.ipp import Group, GroupTag, Message, Status, attr, decode, encode

pytestmark = pytest.mark.anyio


def printer(name: str = "Laser 9", *, at: str = "/ipp/print", asked: list[str] | None = None) -> Any:
    """A handler that answers Get-Printer-Attributes at one path, and 404 elsewhere."""

    async def handle(request: Request) -> Response:
        if asked is not None:
            asked.append(request.path)
        if request.path != at:
            return Response(status=404)
        message = decode(await request.body(1 << 16))[0]
        group = Group(GroupTag.PRINTER, [attr.text("printer-make-and-model", name), attr.enum("printer-state", 3)])
        answer = Message.response(message, Status.SUCCESSFUL_OK, group)
        return Response(headers=(("content-type", "application/ipp"),), body=encode(answer))

    return handle


async def test_takes_the_encrypted_address_and_tells_its_fingerprint(running: Any, server_tls: ssl.SSLContext) -> None:
    async with running(printer(), ssl_context=server_tls) as bound:
        port = bound.port
        look = await look_at([f"ipp://127.0.0.1:{port}", f"ipps://127.0.0.1:{port}"])
        assert isinstance(look, DeviceLook)
        assert look.uri == f"ipps://127.0.0.1:{port}/ipp/print"
        assert look.fingerprint == await fetch_fingerprint("127.0.0.1", port)
        assert (look.description.make_and_model, look.description.state) == ("Laser 9", "idle")


async def test_falls_back_to_the_plain_address(running: Any) -> None:
    async with running(printer()) as bound:
        look = await look_at([f"ipps://127.0.0.1:{bound.port}", f"ipp://127.0.0.1:{bound.port}"])
        assert isinstance(look, DeviceLook)
        assert (look.uri, look.fingerprint) == (f"ipp://127.0.0.1:{bound.port}/ipp/print", "")


async def test_asks_over_a_connection_that_is_open_already(running: Any) -> None:
    """And over new ones once that has gone."""
    async with running(printer()) as bound:
        uris = [f"ipps://127.0.0.1:{bound.port}", f"ipp://127.0.0.1:{bound.port}"]
        opened = await trio.open_tcp_stream("127.0.0.1", bound.port)
        assert isinstance(await look_at(uris[1:], opened=opened), DeviceLook)
        with pytest.raises(trio.ClosedResourceError):
            await opened.send_all(b"x")
        again = await trio.open_tcp_stream("127.0.0.1", bound.port)
        assert isinstance(await look_at(uris, opened=again), DeviceLook)


async def test_tries_the_usual_paths_only_where_none_is_told(running: Any) -> None:
    asked: list[str] = []
    async with running(printer(at="/", asked=asked)) as bound:
        look = await look_at([f"ipp://127.0.0.1:{bound.port}/"])
        assert isinstance(look, DeviceLook)
        assert asked == ["/ipp/print", "/ipp/printer", "/ipp", "/"]
        asked.clear()
        assert isinstance(await look_at([f"ipp://127.0.0.1:{bound.port}/printers/a"]), Silence)
        assert isinstance(await look_at([f"ipp://127.0.0.1:{bound.port}"], usual_paths=False), DeviceLook)
        assert asked == ["/printers/a", "/"]


async def test_a_server_that_is_not_there_is_asked_once() -> None:
    look = await look_at(["ipp://127.0.0.1:1"])
    assert isinstance(look, Silence)
    assert "cannot be reached" in look.why


async def test_tells_of_the_address_that_came_furthest(running: Any) -> None:
    async with running(printer(at="/elsewhere")) as bound:
        look = await look_at(["ipp://127.0.0.1:1", f"ipp://127.0.0.1:{bound.port}"])
        assert isinstance(look, Silence)
        assert "404" in look.why


@pytest.mark.parametrize("uri", ["", "ipp://", "ipp://[", "file:///etc/passwd", "ipp://h:99999/", "socket://h:9100"])
async def test_what_is_no_address_is_no_device(uri: str) -> None:
    assert isinstance(await look_at([uri]), Silence)


async def test_no_address_is_no_device() -> None:
    assert await look_at([]) == Silence(why="No address was told.")


async def test_follows_no_redirect(running: Any) -> None:
    asked: list[str] = []
    async with running(printer(asked=asked)) as target:

        async def elsewhere(request: Request) -> Response:
            return Response(status=307, headers=(("location", f"http://127.0.0.1:{target.port}/ipp/print"),))

        async with running(elsewhere) as bound:
            assert isinstance(await look_at([f"ipp://127.0.0.1:{bound.port}"]), Silence)
    assert asked == []


async def test_an_answer_without_attributes_is_no_device(running: Any) -> None:
    async def nothing(request: Request) -> Response:
        message = decode(await request.body(1 << 16))[0]
        answer = Message.response(message, Status.SUCCESSFUL_OK)
        return Response(headers=(("content-type", "application/ipp"),), body=encode(answer))

    async with running(nothing) as bound:
        assert isinstance(await look_at([f"ipp://127.0.0.1:{bound.port}"]), Silence)


async def test_a_device_that_answers_one_byte_at_a_time_ends_at_the_deadline(running: Any) -> None:
    served = 0

    async def drop_by_drop() -> AsyncIterator[bytes]:
        nonlocal served
        while True:
            yield b"\x02"
            served += 1
            await trio.sleep(0.01)

    async def slowly(request: Request) -> Response:
        return Response(headers=(("content-type", "application/ipp"),), body=drop_by_drop())

    async with running(slowly) as bound:
        with trio.fail_after(20):
            look = await look_at([f"ipp://127.0.0.1:{bound.port}"], within_s=0.5)
    assert isinstance(look, Silence)
    assert served


async def test_an_endless_answer_ends_at_its_bound(running: Any) -> None:
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1 << 16
            yield bytes(1 << 16)

    async def endless(request: Request) -> Response:
        return Response(headers=(("content-type", "application/ipp"),), body=flood())

    async with running(endless) as bound:
        look = await look_at([f"ipp://127.0.0.1:{bound.port}/ipp/print"])
    assert isinstance(look, Silence)
    assert "longer than" in look.why
    assert sent < 32 << 20  # what was on its way in the buffers of two sockets


async def test_the_reason_is_one_clean_line(running: Any) -> None:
    async def rude(request: Request) -> Response:
        message = decode(await request.body(1 << 16))[0]
        said = attr.text("status-message", "\x1b[2J<script>\n" + "x" * 900)
        answer = Message(
            message.version, Status.SERVER_ERROR_BUSY, message.request_id, [Group(GroupTag.OPERATION, [said])]
        )
        return Response(headers=(("content-type", "application/ipp"),), body=encode(answer))

    async with running(rude) as bound:
        look = await look_at([f"ipp://127.0.0.1:{bound.port}/ipp/print"])
    assert isinstance(look, Silence)
    assert look.why.isprintable()
    assert len(look.why) <= 500


@pytest.mark.system
async def test_describes_debians_ippeveprinter(ippeveprinter: Callable[..., int], until_up: Any) -> None:
    from tympan_net.ipp_client import IppClient

    port = ippeveprinter("-f", "application/pdf,image/urf", "-M", "Acme", "-m", "Laser 9", "-l", "Room 4", "-2")
    async with IppClient(f"ipp://localhost:{port}/ipp/print") as client:
        await until_up(client)
    look = await look_at([f"ipps://localhost:{port}", f"ipp://localhost:{port}"])
    assert isinstance(look, DeviceLook)
    assert look.uri == f"ipps://localhost:{port}/ipp/print"
    assert len(look.fingerprint) == 64
    told = look.description
    assert (told.make_and_model, told.location, told.state) == ("Acme Laser 9", "Room 4", "idle")
    assert "application/pdf" in told.formats
    assert "two-sided-long-edge" in told.sides
    assert len(told.uuid) == 36
    assert told.supplies
