"""The HTTP client: bounds, deadlines, and errors that are ours."""

import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from tympan_net.http_client import (
    AnswerTooLarge,
    ClientLimits,
    HttpClient,
    PeerMisbehaved,
    TimedOut,
    Unreachable,
)
from tympan_net.http_server import HangUp, Request, Response

pytestmark = pytest.mark.anyio


async def handler(request: Request) -> Response:
    match request.path:
        case "/count":
            total = sum([len(piece) async for piece in request.stream()])
            return Response.json([total, request.header("content-length"), request.header("x-a")])
        case "/refuse":
            return Response.text("no", status=401, headers=(("WWW-Authenticate", "Bearer"),))
        case "/big":
            return Response(body=bytes(100_000))
        case "/sleep":
            await trio.sleep_forever()
        case "/hangup":
            raise HangUp
        case "/away":
            return Response(status=302, headers=(("location", "/big"),))
    return Response()


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(65536)


async def test_posts_bytes_and_streams(running: Any) -> None:
    async with running(handler) as bound, HttpClient() as client:
        url = f"http://127.0.0.1:{bound.port}"
        assert (await client.post_stream(url + "/count", {"x-a": "b"}, b"abc")).body == b'[3,"3","b"]'
        assert (await client.post_stream(url + "/count", None, pieces(16))).body == b"[1048576,null,null]"
        assert (await client.get(url + "/away")).status == 302


async def test_an_early_401_in_a_large_upload_is_the_answer(running: Any) -> None:
    async with running(handler) as bound, HttpClient() as client:
        answer = await client.post_stream(f"http://127.0.0.1:{bound.port}/refuse", None, pieces(400))
    assert answer.status == 401
    assert ("www-authenticate", "Bearer") in answer.headers


async def test_errors_are_our_own(running: Any) -> None:
    limits = ClientLimits(answer_bytes=50_000, answer_timeout_s=0.3)
    async with running(handler) as bound, HttpClient(limits=limits) as client:
        url = f"http://127.0.0.1:{bound.port}"
        with pytest.raises(AnswerTooLarge):
            await client.get(url + "/big")
        with pytest.raises(TimedOut, match="answer"):
            await client.get(url + "/sleep")
        with pytest.raises(PeerMisbehaved):
            await client.get(url + "/hangup")
        with pytest.raises(ValueError, match="not an http"):
            await client.get("ftp://x/")
        assert (await client.get(url + "/")).status == 200
    async with HttpClient() as client:
        with pytest.raises(Unreachable):
            await client.get(url)


async def test_a_stream_is_read_as_it_comes_and_outlives_the_deadline_of_answers(running: Any) -> None:
    more = trio.Event()

    async def news() -> AsyncIterator[bytes]:
        yield b"first"
        await more.wait()
        yield b"second"
        raise HangUp

    async def streaming(request: Request) -> Response:
        return Response(status=203, body=news())

    limits = ClientLimits(answer_timeout_s=0.2)
    async with running(streaming) as bound, HttpClient(limits=limits) as client:
        async with client.stream(f"http://127.0.0.1:{bound.port}/", {"x-a": "b"}) as stream:
            assert stream.status == 203
            assert await anext(stream.pieces) == b"first"
            with trio.move_on_after(0.6) as waited:  # three times the deadline of a whole answer
                await anext(stream.pieces)
            assert waited.cancelled_caught
        async with client.stream(f"http://127.0.0.1:{bound.port}/") as stream:
            assert await anext(stream.pieces) == b"first"
            more.set()
            assert await anext(stream.pieces) == b"second"
            with pytest.raises(PeerMisbehaved):
                await anext(stream.pieces)
    with pytest.raises(Unreachable):
        async with HttpClient() as client, client.stream(f"http://127.0.0.1:{bound.port}/"):
            raise AssertionError("nobody listens there")


async def test_what_the_source_raises_comes_through(running: Any) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    async def stuck() -> AsyncIterator[bytes]:
        yield b"x"
        await trio.sleep_forever()

    async with running(handler) as bound, HttpClient(limits=ClientLimits(document_timeout_s=0.2)) as client:
        url = f"http://127.0.0.1:{bound.port}/count"
        with pytest.raises(ZeroDivisionError):
            await client.post_stream(url, None, broken())
        with pytest.raises(TimedOut, match="source"):
            await client.post_stream(url, None, stuck())


async def test_the_proxy_of_the_system_is_not_used_for_loopback(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def proxy(request: Request) -> Response:
        seen.append(request.target)
        return Response.text("from the proxy")

    async with running(handler) as bound, running(proxy) as relay:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{relay.port}")
        async with HttpClient() as client:
            assert (await client.get(f"http://127.0.0.1:{bound.port}/")).body == b""
            assert (await client.get("http://printer.invalid/x")).body == b"from the proxy"
    assert seen == ["http://printer.invalid/x"]


def test_importing_it_brings_no_command_line() -> None:
    """With it come rich and pygments, 4 MiB that an agent has no use for; who wants it gets it all the same."""
    code = """
import sys
import tympan_net.http_client
assert not {"rich", "pygments", "click"} & set(sys.modules), "the command line was imported"
import httpx._main
"""
    subprocess.run([sys.executable, "-c", code], check=True)
