"""The IPP client against printers that misbehave in ways no real one can be ordered to."""

import contextlib
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from tympan_net.http_server import HangUp, Request, Response
from tympan_net.ipp_client import (
    ClientLimits,
    Compression,
    HttpStatusError,
    IppClient,
    IppStatusError,
    PeerMisbehaved,
    Retry,
    TimedOut,
    Unreachable,
)
from tympan_wire.ipp import Decoder, Group, GroupTag, Message, Operation, Status, attr, encode

pytestmark = pytest.mark.anyio

IPP = (("content-type", "application/ipp"),)
JOB = Group(GroupTag.JOB, (attr.integer("job-id", 7), attr.uri("job-uri", "ipp://x/7"), attr.enum("job-state", 3)))

Reply = Callable[[Message, bytes], Awaitable[Response]]


def answer(request: Message, status: int, *groups: Group) -> Response:
    return Response(headers=IPP, body=encode(Message.response(request, status, *groups)))


class Printer:
    """Reads each request whole, keeps it, and answers as told."""

    def __init__(self, reply: Reply) -> None:
        self.requests: list[Message] = []
        self.documents: list[bytes] = []
        self.peers: list[int] = []
        self.headers: list[dict[bytes, bytes]] = []
        self._reply = reply

    async def __call__(self, request: Request) -> Response:
        decoder = Decoder()
        document = b""
        message = None
        async for piece in request.stream():
            if message is None:
                message = decoder.feed(piece)
                document += decoder.rest
            else:
                document += piece
        assert message is not None
        self.requests.append(message)
        self.documents.append(document)
        self.peers.append(request.peer.port)
        self.headers.append(dict(request.headers))
        return await self._reply(message, document)


async def accept(request: Message, document: bytes) -> Response:
    return answer(request, Status.SUCCESSFUL_OK, JOB)


def client(port: int, **options: Any) -> IppClient:
    return IppClient(f"ipp://127.0.0.1:{port}/ipp/print", **options)


async def pieces(count: int, size: int = 65536) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


async def test_one_connection_serves_many_requests(running: Any) -> None:
    printer = Printer(accept)
    async with running(printer) as bound, client(bound.port, user="ann") as ipp:
        await ipp.validate_job([attr.name_("job-name", "a")])
        await ipp.print_job(pieces(3), "application/pdf")
        handle = await ipp.create_job(job=[attr.integer("copies", 2)])
    assert (handle.job_id, handle.job_uri, handle.job_uuid, handle.state) == (7, "ipp://x/7", None, 3)
    assert len(set(printer.peers)) == 1
    assert [request.request_id for request in printer.requests] == [1, 2, 3]
    assert printer.documents == [b"", bytes(3 * 65536), b""]
    names = [attribute.name for attribute in printer.requests[0].operation]
    assert names == [
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
        "requesting-user-name",
        "job-name",
    ]
    assert [b"transfer-encoding" in headers for headers in printer.headers] == [False, True, False]
    assert printer.headers[0][b"host"] == f"127.0.0.1:{bound.port}".encode()


@pytest.mark.parametrize(("name", "bits"), [("gzip", 31), ("deflate", -15)])
async def test_compression_covers_the_document_alone(running: Any, name: str, bits: int) -> None:
    printer = Printer(accept)
    async with running(printer) as bound, client(bound.port) as ipp:
        await ipp.send_document(7, pieces(9), "image/jpeg", compression=Compression(name), last=False)
    sent = printer.requests[0].operation
    assert (sent.string("compression"), sent.boolean("last-document"), sent.integer("job-id")) == (name, False, 7)
    assert zlib.decompress(printer.documents[0], bits) == bytes(9 * 65536)


@pytest.mark.parametrize("status", [Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, Status.CLIENT_ERROR_BAD_REQUEST, None])
async def test_falls_back_to_ipp_1_1_and_remembers(running: Any, status: Status | None) -> None:
    async def old(request: Message, document: bytes) -> Response:
        if request.version != (1, 1):
            return answer(request, status) if status else Response(status=400)
        return answer(request, 0, Group(GroupTag.PRINTER, (attr.enum("printer-state", 3),)))

    printer = Printer(old)
    async with running(printer) as bound, client(bound.port) as ipp:
        assert (await ipp.get_printer_attributes("printer-state")).integer("printer-state") == 3
        await ipp.get_printer_attributes()
    assert [request.version for request in printer.requests] == [(2, 0), (1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("status", "retry"),
    [(0x0502, "later"), (0x0507, "later"), (0x0506, "later"), (0x0500, "never"), (0x040A, "never"), (0x0508, "never")],
)
async def test_a_no_says_whether_to_come_again(running: Any, status: int, retry: str) -> None:
    async def refuse(request: Message, document: bytes) -> Response:
        return answer(request, status, Group(GroupTag.UNSUPPORTED, (attr.keyword("sides", "x"),)))

    async with running(Printer(refuse)) as bound, client(bound.port) as ipp:
        with pytest.raises(IppStatusError, match="sides") as caught:
            await ipp.create_job()
        assert caught.value.retry is Retry(retry)
        assert (await ipp.request(ipp.build(Operation.CREATE_JOB))).code == status


async def test_an_early_refusal_ends_the_upload(running: Any) -> None:
    """The handler answers without reading on, once by HTTP and once by IPP; the endless document stops."""

    async def by_http(request: Request) -> Response:
        return Response(status=401)

    async def by_ipp(request: Request) -> Response:
        message = None
        decoder = Decoder()
        async for piece in request.stream():
            if message := decoder.feed(piece):
                break
        assert message is not None
        return answer(message, Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65536)

    for handler, error in ((by_http, HttpStatusError), (by_ipp, IppStatusError)):
        async with running(handler) as bound, client(bound.port) as ipp:
            for _ in range(5):
                with pytest.raises(error) as caught:
                    await ipp.print_job(endless(), "application/pdf")
                assert getattr(caught.value, "status", None) in (401, 0x040A)


@contextlib.asynccontextmanager
async def eager_printer(status: int) -> AsyncIterator[tuple[int, list[int]]]:
    """Answers as soon as it knows the request, then reads on for as long as anything comes."""
    received: list[int] = []

    async def eager(stream: trio.SocketStream) -> None:
        first = await stream.receive_some(100_000)  # may hold the beginning of the document too
        received.append(len(first))
        request_id = int.from_bytes(first.partition(b"\r\n\r\n")[2].partition(b"\r\n")[2][4:8], "big")
        body = encode(Message.response(Message((2, 0), 2, request_id), status, JOB))
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        with contextlib.suppress(trio.BrokenResourceError):
            while piece := await stream.receive_some(1 << 20):
                received.append(len(piece))

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, eager, 0)
        with trio.fail_after(30):
            yield listeners[0].socket.getsockname()[1], received
        nursery.cancel_scope.cancel()


async def test_an_early_yes_still_gets_the_whole_document() -> None:
    async with eager_printer(0) as (port, received), client(port) as ipp:
        assert (await ipp.print_job(pieces(100), "application/pdf")).job_id == 7
        while sum(received) < 100 * 65536:
            await trio.sleep(0.01)


async def test_an_early_no_stops_a_document_that_the_printer_would_read_for_ever() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65536)

    async with eager_printer(0x040A) as (port, _), client(port) as ipp:
        with pytest.raises(IppStatusError) as caught:
            await ipp.print_job(endless(), "application/pdf")
    assert caught.value.status == 0x040A


async def test_answers_that_cannot_be_used_are_named(running: Any) -> None:
    async def wrong_id(request: Message, document: bytes) -> Response:
        return answer(Message(request.version, request.code, 999, request.groups), 0)

    async def web_page(request: Message, document: bytes) -> Response:
        return Response(headers=(("content-type", "text/html"),), body=b"<html>")

    async def truncated(request: Message, document: bytes) -> Response:
        return Response(headers=IPP, body=b"\2\0\0")

    async def endless(request: Message, document: bytes) -> Response:
        async def flood() -> AsyncIterator[bytes]:
            while True:
                yield bytes(65536)

        return Response(headers=IPP, body=flood())

    async def not_found(request: Message, document: bytes) -> Response:
        return Response(status=404)

    expected: list[tuple[Reply, type[Exception], str]] = [
        (wrong_id, PeerMisbehaved, "another request"),
        (web_page, PeerMisbehaved, "text/html"),
        (truncated, PeerMisbehaved, "ends before"),
        (endless, PeerMisbehaved, "longer than"),
        (not_found, HttpStatusError, "404 Not Found; check the path"),
    ]
    for reply, error, text in expected:
        async with running(Printer(reply)) as bound, client(bound.port) as ipp:
            with pytest.raises(error, match=text):
                await ipp.get_jobs()
            with pytest.raises(error, match=text):
                await ipp.print_job(b"x", "text/plain")


async def test_silence_and_a_printer_that_stops_reading_are_bounded() -> None:
    limits = ClientLimits(answer_timeout_s=0.2, send_timeout_s=0.3, printing_timeout_s=0.2)

    async def never_read(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, never_read, 0)
        async with client(listeners[0].socket.getsockname()[1], limits=limits) as ipp:
            with trio.fail_after(30):
                with pytest.raises(TimedOut, match="answer"):
                    await ipp.get_jobs()
                with pytest.raises(TimedOut, match="take the request"):
                    await ipp.print_job(pieces(1000), "application/pdf")
                with pytest.raises(TimedOut, match="answer"):
                    await ipp.print_job(b"small", "application/pdf")
        nursery.cancel_scope.cancel()


async def test_garbage_in_place_of_an_answer_never_hangs() -> None:
    replies = [
        b"",
        b"\0" * 100,
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc",
        b"x" * 200_000,
    ]

    for reply in replies:

        async def garble(stream: trio.SocketStream, reply: bytes = reply) -> None:
            async with stream:
                await stream.receive_some(1000)
                # The client may hang up on the garbage before all of it is sent.
                with contextlib.suppress(trio.BrokenResourceError):
                    await stream.send_all(reply)

        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(trio.serve_tcp, garble, 0)
            async with client(listeners[0].socket.getsockname()[1]) as ipp:
                with trio.fail_after(30):
                    with pytest.raises((Unreachable, PeerMisbehaved)):
                        await ipp.get_jobs()
                    with pytest.raises((Unreachable, PeerMisbehaved)):
                        await ipp.print_job(pieces(50), "application/pdf")
            nursery.cancel_scope.cancel()


async def test_a_kept_connection_that_died_is_replaced_and_nothing_is_sent_twice(running: Any) -> None:
    """The server drops the second request on each connection unanswered: looking again is safe, creating is not."""
    seen: dict[int, int] = {}

    async def moody(request: Request) -> Response:
        message = Decoder().feed(await request.body(10_000))
        assert message is not None
        seen[request.peer.port] = seen.get(request.peer.port, 0) + 1
        if seen[request.peer.port] == 2:
            raise HangUp
        return answer(message, 0, JOB)

    async with running(moody) as bound, client(bound.port) as ipp:
        await ipp.get_jobs()
        await ipp.get_jobs()
        assert sorted(seen.values()) == [1, 2]
        with pytest.raises(Unreachable):
            await ipp.create_job()
        assert sorted(seen.values()) == [2, 2]


async def test_a_server_that_hangs_up_on_a_second_request_gets_no_second_one(running: Any) -> None:
    """A request that must not be repeated is lost once, and never again."""
    seen: set[int] = set()

    async def once_a_connection(request: Request) -> Response:
        if request.peer.port in seen:
            raise HangUp
        seen.add(request.peer.port)
        return await printer(request)

    printer = Printer(accept)
    async with running(once_a_connection) as bound, client(bound.port) as ipp:
        await ipp.validate_job()
        with pytest.raises(Unreachable):
            await ipp.create_job()
        for _ in range(3):
            await ipp.validate_job()
            await ipp.create_job()
            await ipp.print_job(pieces(2), "application/pdf")
    assert len(printer.requests) == 10 and len(set(printer.peers)) == 10


async def test_a_failing_document_is_never_sent_as_if_it_were_complete(running: Any) -> None:
    ended: list[str] = []

    async def reader(request: Request) -> Response:
        try:
            async for _ in request.stream():
                pass
        except Exception as error:
            ended.append(type(error).__name__)
            raise
        ended.append("complete")
        return Response()

    async def broken() -> AsyncIterator[bytes]:
        yield bytes(100_000)
        raise ZeroDivisionError

    async with running(reader) as bound, client(bound.port) as ipp:
        with pytest.raises(ZeroDivisionError):
            await ipp.print_job(broken(), "application/pdf")
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert ended == ["ClientGone"]


async def test_speaks_through_a_unix_socket(running: Any, tmp_path: Path) -> None:
    sock = trio.socket.socket(socket.AF_UNIX)
    await sock.bind(str(tmp_path / "cups.sock"))
    sock.listen()
    printer = Printer(accept)
    path = str(tmp_path / "cups.sock")
    async with running(printer, listeners=[trio.SocketListener(sock)]), IppClient("ipp://x/", socket_path=path) as ipp:
        assert (await ipp.request(ipp.build(Operation.CUPS_GET_DEFAULT))).code == 0
    assert printer.headers[0][b"host"] == b"localhost"
    async with IppClient("ipp://localhost/", socket_path=str(tmp_path / "none")) as ipp:
        with pytest.raises(Unreachable, match="none"):
            await ipp.get_jobs()


@pytest.mark.parametrize(
    ("uri", "target", "printer_uri"),
    [
        ("ipp://Host/ipp/print", ("host", 631, False, "/ipp/print"), "ipp://host/ipp/print"),
        ("ipps://h:8631/a?b=c", ("h", 8631, True, "/a?b=c"), "ipps://h:8631/a?b=c"),
        ("http://u:p@h/x", ("h", 80, False, "/x"), "ipp://h:80/x"),
        ("https://[::1]", ("::1", 443, True, "/"), "ipps://[::1]:443/"),
    ],
)
def test_reads_printer_uris(uri: str, target: tuple[Any, ...], printer_uri: str) -> None:
    from tympan_net._endpoint import Endpoint

    endpoint = Endpoint.parse(uri)
    assert (endpoint.host, endpoint.port, endpoint.secure, endpoint.path) == target
    assert endpoint.printer_uri == printer_uri


@pytest.mark.parametrize("uri", ["", "lpd://h/x", "ipp:///x", "ipp://h:99999/", "ipp://h/a b", "ipp://h/\r\nx: y"])
def test_refuses_what_is_no_printer_uri(uri: str) -> None:
    with pytest.raises(ValueError):
        IppClient(uri)
