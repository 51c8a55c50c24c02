"""What is found of the way to the hub."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from https_hub import FakeHub, busy
from https_rig import Parts, parts

from tympan.plugin import Examined, Health
from tympan.testing import ExaminerSuite
from tympan_transport_https import _examiner
from tympan_transport_https._examiner import HubExaminer, clock, proxy_of

pytestmark = pytest.mark.anyio
OK, NOTE, PROBLEM = Health.OK, Health.NOTE, Health.PROBLEM


async def found(running: Parts) -> dict[str, Examined]:
    return {one.topic: one for one in await HubExaminer(running.membership, running.link, running.stream).examine()}


class TestHubExaminer(ExaminerSuite):
    @pytest.fixture
    async def examiner(self, address: str) -> AsyncIterator[HubExaminer]:
        async with parts() as made:
            await made.membership.join(address, "once")
            yield HubExaminer(made.membership, made.link, made.stream)


async def test_without_a_hub_it_is_said_how_to_join_one() -> None:
    async with parts() as running:
        hub = (await found(running))["hub"]
    assert (hub.health, hub.then) == (NOTE, "Join one: tympan login URL")


async def test_a_hub_that_answers_is_well_by_each_way(hub: FakeHub, address: str) -> None:
    async with parts() as running:
        await running.membership.join(address, "once")
        async for _ in running.stream.notices():
            break  # the stream is open
        told = await found(running)
    assert {topic: one.health for topic, one in told.items()} == dict.fromkeys(("hub", "notices", "clock", "proxy"), OK)
    assert address in told["hub"].found


async def test_a_hub_that_is_away_is_a_problem_and_what_it_owes_is_not_asked(hub: FakeHub, address: str) -> None:
    async with parts() as running:
        await running.membership.join(address, "once")
        hub.faults["broker"] = busy
        told = await found(running)
    assert told["hub"].health is PROBLEM
    assert set(told) == {"hub", "proxy"}


async def test_a_stream_that_is_open_and_brings_no_echo_is_told_as_dead(
    hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_examiner, "ECHO_S", 0.05)
    async with parts() as running:
        await running.membership.join(address, "once")
        async for _ in running.stream.notices():
            break
        hub.silent = True
        told = (await found(running))["notices"]
    assert told.health is NOTE and "open and dead" in told.found


async def test_a_clock_that_is_off_is_a_problem(hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with parts() as running:
        await running.membership.join(address, "once")
        calls, hub.clock_s = running.membership.calls, 3600.0
        calls.look_at_clock(hub.now().strftime("%a, %d %b %Y %H:%M:%S GMT"))
        monkeypatch.setattr(calls, "look_at_clock", lambda date: None)  # its listener tells the true time
        told = (await found(running))["clock"]
    assert told.health is PROBLEM
    assert "s behind its hub's" in told.found


@pytest.mark.parametrize(
    ("behind_s", "health", "word"), [(59, OK, "agree"), (61, PROBLEM, "61 s behind"), (-90, PROBLEM, "90 s ahead of")]
)
def test_a_minute_is_the_bound(behind_s: int, health: Health, word: str) -> None:
    told = clock(dt.timedelta(seconds=behind_s))
    assert told.health is health
    assert word in told.found


@pytest.mark.parametrize(
    ("proxy", "address", "word"),
    [
        ("", "https://hub.example", "no proxy"),
        ("http://ada:secret@proxy.example:3128", "https://hub.example", "proxy.example:3128"),
        ("proxy.example:3128", "https://hub.example", "proxy.example:3128"),
        ("http://proxy.example:3128", "http://127.0.0.1:80", "no proxy"),
        ("http://ada:secret/word@proxy.example:3128", "https://hub.example", "cannot be read"),
        ("http://ada:secret@", "https://hub.example", "cannot be read"),
        ("http://[secret", "https://hub.example", "cannot be read"),
    ],
)
def test_the_proxy_is_named_without_its_password(
    proxy: str, address: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if proxy:
        monkeypatch.setenv("https_proxy", proxy)
    told = proxy_of(address)
    assert word in told.found
    assert "secret" not in told.found
