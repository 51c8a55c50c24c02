"""Lines of notices on a real connection: straight out while there is room, in order and bounded when there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from hub_rig import HEADERS, Bench, notices

from tympan_hub.cli.connections import timely
from tympan_hub.cli.server import SaidServer
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.notices import STREAM_LINES, STREAMS_AT_ONCE
from tympan_hub.domain.limits.requests import ANSWER_S, REQUEST_S
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.http.agent.notices import NoticeLines
from tympan_hub.ports import Bearer
from tympan_hub.service.notices import Stream
from tympan_wire.hub import NOTICES_PATH, Look, Topic

pytestmark = pytest.mark.anyio
_WAIT_S = 20.0
_ENOUGH = 1_000
"""Lines of 64 KiB: more than any system holds for a connection nobody reads."""


@asynccontextmanager
async def listening(
    hub: Bench, token: str, answer_s: float = ANSWER_S
) -> AsyncIterator[tuple[AsyncIterator[str], uvicorn.Server]]:
    """The lines of a stream, and who serves them; what is not asked for is not read from the connection."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings: dict[str, Any] = {"lifespan": "off", "log_level": "error", "http": timely(REQUEST_S, answer_s)}
    config = uvicorn.Config(hub.app, port=0, timeout_graceful_shutdown=1, **settings)
    server = SaidServer(config, ready=ready.set_result)
    serving = asyncio.create_task(server.serve())
    headers = {**HEADERS, "Authorization": f"Bearer {token}"}
    try:
        async with (
            asyncio.timeout(_WAIT_S),
            httpx.AsyncClient(base_url=await ready) as client,
            client.stream("GET", NOTICES_PATH, headers=headers) as answer,
        ):
            yield answer.aiter_lines(), server
    finally:
        server.should_exit = True
        await serving


async def opened(hub: Bench, lines: AsyncIterator[str]) -> Stream:
    """The service's side of the only stream, once its reader has heard the first line."""
    assert '"hello"' in await anext(lines)
    [stream] = [each for agents in hub.services.notices._streams.values() for [each] in agents.values()]
    return stream


def filled(stream: Stream) -> list[str]:
    """Says lines until one finds no room; all of them."""
    said = []
    for number in range(_ENOUGH):
        said.append(f"{number:08}" * 8192)
        if not stream.say(said[-1].encode() + b"\n"):
            return said
    raise AssertionError("there was room for ever")


async def test_what_finds_no_room_follows_in_order_and_then_there_is_room_again(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with listening(hub, agent.token) as (lines, _):
        stream = await opened(hub, lines)
        said = filled(stream)
        stream.look()
        stream.look()
        stream.say(b"last\n")
        assert [await anext(lines) for _ in said] == said
        assert [await anext(lines), await anext(lines)] == ['{"kind":"look","topic":"desired"}', "last"]
        assert stream.say(b"at once\n")
        assert await anext(lines) == "at once"


async def test_nothing_overtakes_a_line_that_waits_or_is_being_sent(hub: Bench) -> None:
    room, straight = False, list[bytes]()

    def write(line: bytes) -> bool:
        if room:
            straight.append(line)
        return room

    stream = hub.services.notices.open(Bearer(tenant=await hub.tenant(), agent=AgentId("desk")), write)
    lines = stream.lines()
    await anext(lines)
    stream.say(b"1\n")
    room = True
    stream.say(b"2\n")
    async with asyncio.timeout(_WAIT_S):
        assert [await anext(lines), await anext(lines)] == [b"1\n", b"2\n"]
    stream.say(b"3\n")
    async with asyncio.timeout(_WAIT_S):
        assert (await anext(lines), straight) == (b"3\n", [])
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    stream.say(b"4\n")
    assert straight == [b"4\n"]
    stream.end()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_a_reader_that_never_reads_is_hung_up_on_and_forgotten_without_its_help(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with listening(hub, agent.token, answer_s=0.1) as (lines, server):
        stream = await opened(hub, lines)
        filled(stream)
        for _ in range(STREAM_LINES):
            stream.say(b"too much\n")
        while hub.services.notices.count or server.server_state.connections:
            await asyncio.sleep(0.01)
        with pytest.raises(httpx.TransportError):
            assert not [line async for line in lines if "too much" in line], "what waited is not sent any more"


async def test_a_reader_that_is_hung_up_on_and_reads_on_hears_what_was_sent_before(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with listening(hub, agent.token) as (lines, _):
        stream = await opened(hub, lines)
        said = filled(stream)
        for _ in range(STREAM_LINES):
            stream.say(b"too much\n")
        assert [line async for line in lines] == said[:-1], "what waited is not sent any more"
    assert hub.services.notices.count == 0


async def test_a_connection_that_fails_ends_alone(hub: Bench) -> None:
    tenant = await hub.tenant()
    broken, well = await hub.agent(tenant), await hub.agent(tenant, "desk-2")

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if b"look" in message.get("body", b""):
            raise OSError("gone")

    answer = NoticeLines(hub.services.notices, await hub.services.tokens.bearer(broken.token), {})
    ending = asyncio.create_task(answer({"type": "http"}, receive, send))
    async with notices(hub.app, well.token) as stream:
        await stream.line()
        hub.services.notices._heard(tenant, LookAgain())
        assert await stream.line() == Look(topic=Topic.DESIRED)
        with pytest.raises(OSError, match="gone"):
            await ending
        assert hub.services.notices.count == 1


async def test_thousands_are_told_in_slices_and_others_have_their_turn_between(hub: Bench) -> None:
    tenant, service, told = await hub.tenant(), hub.services.notices, 0

    def write(_: bytes) -> bool:
        nonlocal told
        told += 1
        return True

    async def read(stream: Stream) -> None:
        async for _ in stream.lines():
            pass

    bearers = [Bearer(tenant=tenant, agent=AgentId(str(number))) for number in range(3 * STREAMS_AT_ONCE + 1)]
    reading = [asyncio.create_task(read(service.open(bearer, write))) for bearer in bearers]
    await asyncio.sleep(0)
    service._heard(tenant, LookAgain())
    turns = [told]
    while told < len(bearers):
        await asyncio.sleep(0)
        turns.append(told)
    assert turns == [STREAMS_AT_ONCE, 2 * STREAMS_AT_ONCE, 3 * STREAMS_AT_ONCE, len(bearers)]
    service.end_all()
    await asyncio.gather(*reading)
