"""The HTTP server under honest, slow, broken and hostile clients, on real sockets."""

import contextlib
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import trio
import trio.testing

from tympan_net.http_server import HangUp, PortTaken, Request, Response, ServerLimits, open_listeners, serve

pytestmark = pytest.mark.anyio

POST = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


async def handler(request: Request) -> Response:
    match request.path:
        case "/echo":
            return Response(body=await request.body(1 << 20))
        case "/count":
            return Response.json(sum([len(piece) async for piece in request.stream()]))
        case "/refuse":
            return Response.text("no", status=401)
        case "/first":
            return Response.json(request.first)
        case "/uid":
            return Response.json(await request.peer.uid())
        case "/flood":
            return Response(body=_flood())
        case "/broken":
            return Response(body=_broken())
        case "/boom":
            raise ZeroDivisionError
        case "/header":
            return Response(headers=(("x-bad", "a\r\nb"),))
        case "/hangup":
            raise HangUp
        case "/sleep":
            await trio.sleep_forever()
    return Response.json([request.method, request.path, request.query, request.secure])


async def _flood() -> AsyncIterator[bytes]:
    while True:
        yield bytes(65536)


async def _broken() -> AsyncIterator[bytes]:
    yield b"first"
    raise ZeroDivisionError


async def read_until(stream: trio.SocketStream, end: bytes) -> bytes:
    data = b""
    with trio.fail_after(20):
        while not data.endswith(end):
            piece = await stream.receive_some()
            assert piece, data
            data += piece
    return data


async def test_keeps_a_connection_and_answers_pipelined_requests_in_order(running: Any, raw_exchange: Any) -> None:
    async with running(handler) as bound:
        one = POST + b"Content-Length: 1\r\n\r\n"
        data = await raw_exchange(bound.port, one + b"1" + one + b"2" + POST + b"Connection: close\r\n\r\n")
    assert data.count(b"HTTP/1.1 200 OK") == 3
    assert data.index(b"\r\n\r\n1") < data.index(b"\r\n\r\n2")


async def test_tells_the_first_request_of_each_connection(running: Any, raw_exchange: Any) -> None:
    one = b"GET /first HTTP/1.1\r\nHost: x\r\n"
    async with running(handler) as bound:
        for _ in range(2):
            data = await raw_exchange(bound.port, one + b"\r\n" + one + b"\r\n" + one + b"Connection: close\r\n\r\n")
            told = [answer[-5:].strip() for answer in data.split(b"HTTP/1.1 200 OK")[1:]]
            assert told == [b"true", b"false", b"false"]


async def test_says_what_was_asked(running: Any) -> None:
    async with running(handler) as bound, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{bound.port}/a%20b?c=d&e")
        assert answer.json() == ["GET", "/a%20b", "c=d&e", False]


async def test_takes_chunked_and_counted_bodies(running: Any) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for size in (1, 70_000, 300_000):
            yield bytes(size)

    async with running(handler) as bound, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{bound.port}/count"
        assert (await client.post(url, content=pieces())).json() == 370_001
        assert (await client.post(url, content=bytes(1_000_000))).json() == 1_000_000


async def test_head_has_the_headers_and_no_body(running: Any, raw_exchange: Any) -> None:
    async with running(handler) as bound:
        data = await raw_exchange(bound.port, b"HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"content-length: 22" in data
    assert data.endswith(b"\r\n\r\n")


async def test_continue_comes_only_when_the_body_is_read(running: Any) -> None:
    head = b"Host: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    async with running(handler) as bound:
        stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
        async with stream:
            await stream.send_all(b"POST /echo HTTP/1.1\r\n" + head)
            assert (await read_until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
            await stream.send_all(b"abc")
            assert b" 200 OK" in await read_until(stream, b"abc")
        stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
        async with stream:
            await stream.send_all(b"POST /refuse HTTP/1.1\r\n" + head)
            refusal = await read_until(stream, b"no")
    assert refusal.startswith(b"HTTP/1.1 401 ")
    assert b" 100 " not in refusal


async def test_an_early_401_is_seen_by_a_client_in_the_middle_of_a_large_upload(running: Any) -> None:
    async with running(handler) as bound:
        for _ in range(10):
            stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
            async with stream:
                await stream.send_all(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
                for _ in range(20):
                    await stream.send_all(bytes(1_000_000))
                data = await read_until(stream, b"no")
            assert data.startswith(b"HTTP/1.1 401 ")
            assert b"connection: close" in data


async def test_a_body_that_is_too_large_gets_413_before_it_is_sent(running: Any, raw_exchange: Any) -> None:
    async with running(handler) as bound:
        counted = POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
        data = await raw_exchange(bound.port, counted)
        chunked = (
            POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + b"80000\r\n" + bytes(0x80000) + b"\r\n"
        )
        late = await raw_exchange(bound.port, chunked + b"90000\r\n" + bytes(0x90000) + b"\r\n0\r\n\r\n")
    assert data.startswith(b"HTTP/1.1 413 ")
    assert late.startswith(b"HTTP/1.1 413 ")


async def test_a_failing_handler_is_a_500_told_of_and_the_server_lives(running: Any) -> None:
    told: list[tuple[str, str]] = []

    def on_error(request: Request, error: Exception) -> None:
        told.append((request.path, type(error).__name__))

    async with running(handler, on_error=on_error) as bound, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{bound.port}"
        assert (await client.get(url + "/boom")).status_code == 500
        assert (await client.get(url + "/header")).status_code == 500
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url + "/broken")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url + "/hangup")
        assert (await client.get(url + "/fine")).status_code == 200
    assert told == [("/boom", "ZeroDivisionError"), ("/header", "LocalProtocolError"), ("/broken", "ZeroDivisionError")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01garbage\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: " + b"b" * 40_000, b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"b" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"431"),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"505"),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"400"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", b"400"),
        (POST + b"Content-Length: -1\r\n\r\nx", b"400"),
        (POST + b"Transfer-Encoding: gzip\r\n\r\nx", b"501"),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
    ],
)
async def test_malformed_requests_are_answered_and_closed(
    running: Any, raw_exchange: Any, data: bytes, status: bytes
) -> None:
    async with running(handler, limits=ServerLimits(linger_timeout_s=0.1)) as bound:
        answer = await raw_exchange(bound.port, data)
    assert answer.startswith(b"HTTP/1.1 " + status + b" ")
    assert b"connection: close" in answer.lower()


async def test_garbage_never_hangs_the_server(running: Any) -> None:
    """Seeded noise, a valid request in between; every connection is ended by the server or by us, none is held."""
    noise = random.Random(2)
    valid = POST + b"Content-Length: 3\r\n\r\nabc"
    async with running(handler, limits=ServerLimits(linger_timeout_s=0.2)) as bound, httpx.AsyncClient() as client:
        for _ in range(300):
            data = bytearray(valid if noise.random() < 0.7 else noise.randbytes(200))
            for _ in range(noise.randrange(1, 6)):
                data[noise.randrange(len(data))] = noise.randrange(256)
            stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
            async with stream:
                with contextlib.suppress(trio.BrokenResourceError), trio.fail_after(10):
                    await stream.send_all(bytes(data))
                    await stream.send_eof()
                    while await stream.receive_some():
                        pass
        url = f"http://127.0.0.1:{bound.port}/echo"
        assert (await client.post(url, content=b"alive")).content == b"alive"


async def test_slow_headers_get_408_however_they_trickle(running: Any) -> None:
    async with running(handler, limits=ServerLimits(header_timeout_s=0.3, linger_timeout_s=0.1)) as bound:
        stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
        async with stream, trio.open_nursery() as nursery:

            async def trickle() -> None:
                with contextlib.suppress(trio.BrokenResourceError):
                    await stream.send_all(b"GET / HTTP/1.1\r\n")
                    while True:
                        await stream.send_all(b"x: y\r\n")
                        await trio.sleep(0.02)

            nursery.start_soon(trickle)
            data = await stream.receive_some()
            nursery.cancel_scope.cancel()
    assert data.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_stalls_gets_408_and_half_a_body_is_no_body(running: Any, raw_exchange: Any) -> None:
    limits = ServerLimits(body_timeout_s=0.2, linger_timeout_s=0.1)
    async with running(handler, limits=limits) as bound:
        data = await raw_exchange(bound.port, POST + b"Content-Length: 10\r\n\r\nabc")
        assert data.startswith(b"HTTP/1.1 408 ")
        stream = await trio.open_tcp_stream("127.0.0.1", bound.port)
        async with stream:
            await stream.send_all(POST + b"Content-Length: 10\r\n\r\nabc")
            await stream.send_eof()
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 400 ")


async def test_an_idle_connection_is_closed(running: Any, raw_exchange: Any) -> None:
    async with running(handler, limits=ServerLimits(idle_timeout_s=0.2)) as bound:
        assert await raw_exchange(bound.port, b"") == b""
        assert b"200 OK" in await raw_exchange(bound.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


@pytest.mark.parametrize("request_bytes", [b"", b"GET /flood", b"GET /sleep", b"POST /echo", b"GET /fl"])
async def test_stops_at_once_whatever_its_clients_do(request_bytes: bytes) -> None:
    """Idle, not reading an endless answer, waiting for a handler, half a body sent, half a header sent."""
    head = b" HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n" if request_bytes not in (b"", b"GET /fl") else b""
    client = socket.socket()
    with client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with trio.open_nursery() as nursery:
            bound = await nursery.start(_serve_task)
            await trio.to_thread.run_sync(client.connect, ("127.0.0.1", bound.port))
            client.sendall(request_bytes + head)
            if request_bytes == b"GET /flood":
                await trio.to_thread.run_sync(client.recv, 10)
            await trio.testing.wait_all_tasks_blocked(0.05)
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 5) as bounded:
                while _listening(bound.port):
                    await trio.sleep(0.01)
        assert not bounded.cancelled_caught


async def _serve_task(task_status: trio.TaskStatus[Any] = trio.TASK_STATUS_IGNORED) -> None:
    await serve(handler, task_status=task_status)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_at_the_cap_the_idle_make_room_and_the_busy_do_not(running: Any, raw_exchange: Any) -> None:
    limits = ServerLimits(connections=2, linger_timeout_s=0.2)
    quick = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with running(handler, limits=limits) as bound:
        idle = [await trio.open_tcp_stream("127.0.0.1", bound.port) for _ in range(2)]
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert b"200 OK" in await raw_exchange(bound.port, quick)
        assert await idle[0].receive_some() == b""
        busy = [await trio.open_tcp_stream("127.0.0.1", bound.port) for _ in range(2)]
        for stream in busy:
            await stream.send_all(b"GET /sleep HTTP/1.1\r\nHost: x\r\n\r\n")
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert (await raw_exchange(bound.port, quick)).startswith(b"HTTP/1.1 503 ")
        for stream in (*idle, *busy):
            await stream.aclose()


async def test_speaks_tls_and_plain_on_one_port(running: Any, server_tls: Any, client_tls: Any) -> None:
    async with running(handler, ssl_context=server_tls) as bound, httpx.AsyncClient(verify=client_tls) as client:
        plain = await client.get(f"http://localhost:{bound.port}/x")
        secure = await client.get(f"https://localhost:{bound.port}/x")
        assert plain.json()[3] is False
        assert secure.json()[3] is True
        refused = await client.post(f"https://localhost:{bound.port}/refuse", content=bytes(3_000_000))
        assert refused.status_code == 401


async def test_a_client_that_never_shakes_hands_is_closed(running: Any, raw_exchange: Any, server_tls: Any) -> None:
    async with running(handler, ssl_context=server_tls, limits=ServerLimits(header_timeout_s=0.2)) as bound:
        assert await raw_exchange(bound.port, b"") == b""
        assert await raw_exchange(bound.port, b"\x16\x03\x01") == b""


async def test_a_port_in_use_is_named(running: Any) -> None:
    async with running(handler) as bound:
        with pytest.raises(PortTaken, match=f"Port {bound.port} .* in use") as caught:
            await serve(handler, port=bound.port)
        assert "choose another port" in caught.value.user_message


async def test_listens_on_several_hosts_with_one_port_and_on_given_listeners(running: Any) -> None:
    async with running(handler, host=("127.0.0.1", "127.0.0.2")) as bound:
        assert bound.addresses == (("127.0.0.1", bound.port), ("127.0.0.2", bound.port))
    listeners = await open_listeners(["127.0.0.1"], 0)
    async with running(handler, listeners=listeners) as bound:
        assert bound.port == listeners[0].socket.getsockname()[1]


def test_importing_the_server_does_not_load_httpx() -> None:
    program = "import sys, tympan_net.http_server, tympan_net.ipp_client; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
