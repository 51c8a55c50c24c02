"""The stream of notices: opened, proved alive, found dead, opened again."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
import trio
from https_hub import FakeHub, away, hub_on_loopback, no
from https_rig import QUICK, Parts, parts

from tympan_transport_https import _stream
from tympan_wire.hub import Code

pytestmark = pytest.mark.anyio
IMPATIENT = attrs.evolve(QUICK, echo_wait_s=0.1)


async def until(condition: Callable[[], object]) -> None:
    with trio.fail_after(20):
        while not condition():
            await trio.sleep(0.005)


async def heard(made: Parts, topics: list[str]) -> None:
    """Keeps the topics of one stream, and "end" when it breaks; then of the next."""
    while True:
        async for notice in made.stream.notices():
            topics.append(notice.topic)  # noqa: PERF401 - one by one: a test looks meanwhile
        topics.append("end")


async def test_notices_come_live_and_an_opening_says_look_at_everything(hub: FakeHub, address: str) -> None:
    topics: list[str] = []
    async with parts() as made, trio.open_nursery() as nursery:
        nursery.start_soon(heard, made, topics)
        await made.membership.join(address, "once")
        await until(lambda: topics == ["desired"])
        await hub.push("printers-of-tomorrow")
        await until(lambda: topics == ["desired", "printers-of-tomorrow"])
        await hub.break_streams()
        await until(lambda: topics == ["desired", "printers-of-tomorrow", "end", "desired"])
        nursery.cancel_scope.cancel()


async def test_a_living_stream_is_proved_and_stays(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await until(lambda: hub.asked.count("echo") >= 5)
    assert hub.opened == 1


async def test_a_stream_that_goes_dead_silently_is_noticed_by_its_own_echo(hub: FakeHub, address: str) -> None:
    topics: list[str] = []
    async with parts(settings=IMPATIENT) as made, trio.open_nursery() as nursery:
        nursery.start_soon(heard, made, topics)
        await made.membership.join(address, "once")
        await until(lambda: topics[:1] == ["desired"])
        hub.silent = True
        await until(lambda: "no sign of life" in made.host.noted)
        heard_before = len(topics)
        await until(lambda: topics[heard_before:][-2:] == ["end", "desired"])
        hub.silent = False
        await until(lambda: "enrolled at" in made.host.noted)
        nursery.cancel_scope.cancel()


async def test_a_stream_that_never_says_hello_is_dead(
    hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_stream, "HELLO_S", 0.1)
    hub.mute = True
    async with parts() as made:
        await made.membership.join(address, "once")
        await until(lambda: "no sign of life for 0.1 s" in made.host.noted)
        hub.mute = False
        await until(lambda: "enrolled at" in made.host.noted)


@pytest.mark.parametrize("line", [b"<html>", b'{"kind": "look"}', b'{"kind": 7}', b"x" * 70_000, b"\xff"])
async def test_garbage_on_the_stream_breaks_it_and_nothing_else(hub: FakeHub, address: str, line: bytes) -> None:
    topics: list[str] = []
    async with parts() as made, trio.open_nursery() as nursery:
        nursery.start_soon(heard, made, topics)
        await made.membership.join(address, "once")
        await until(lambda: topics == ["desired"])
        await hub.push(line)
        await until(lambda: topics == ["desired", "end", "desired"])
        nursery.cancel_scope.cancel()


async def test_news_of_a_newer_hub_is_passed_over(hub: FakeHub, address: str) -> None:
    topics: list[str] = []
    async with parts() as made, trio.open_nursery() as nursery:
        nursery.start_soon(heard, made, topics)
        await made.membership.join(address, "once")
        await until(lambda: topics == ["desired"])
        await hub.push(b'{"kind": "fireworks", "color": "red"}')
        await hub.push("desired")
        await until(lambda: topics == ["desired", "desired"])
        nursery.cancel_scope.cancel()


async def test_an_expired_token_is_renewed_for_the_stream(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await until(lambda: hub.opened == 1)
        hub.access.clear()
        await hub.break_streams()
        await until(lambda: hub.opened == 2)
        assert hub.asked.count("token") >= 2


async def test_a_revoked_agents_stream_rests_until_it_belongs_elsewhere(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await until(lambda: hub.opened == 1)
        hub.revoked = True
        hub.faults["notices"] = lambda request: no(403, Code.REVOKED, "this agent was revoked").response
        await hub.break_streams()
        await until(lambda: "this agent was revoked" in made.host.noted)
        hub.faults.clear()
        hub.revoked = False
        hub.tokens.add("twice")
        await made.membership.leave()
        await made.membership.join(address, "twice")
        await until(lambda: hub.opened == 2)


async def test_leaving_closes_the_stream(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await until(lambda: hub.streams)
        await made.membership.leave()
        with trio.fail_after(20):
            while hub.streams:  # a server sees it when it writes
                await hub.push("desired")
                await trio.sleep(0.01)


async def test_a_hub_that_was_away_is_heard_again(hub: FakeHub) -> None:
    topics: list[str] = []
    async with parts() as made, trio.open_nursery() as nursery:
        nursery.start_soon(heard, made, topics)
        async with hub_on_loopback(hub) as address:
            await made.membership.join(address, "once")
            await until(lambda: topics == ["desired"])
            hub.faults["notices"] = away
        await until(lambda: topics == ["desired", "end"])
        await until(lambda: "Printing goes on" in made.host.noted)
        hub.faults.clear()
        async with hub_on_loopback(hub, port=int(address.rpartition(":")[2])):
            await until(lambda: topics == ["desired", "end", "desired"])
        nursery.cancel_scope.cancel()
