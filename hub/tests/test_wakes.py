"""Wakes through PostgreSQL: every kind crosses whole, a lost connection is made again, nothing breaks a listener."""

from __future__ import annotations

import asyncio
import contextlib
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from hub_rig import PostgreSQL

from tympan_hub.adapters.sql import SharedWakeUps
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.limits.notices import NONCE_CHARS
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE
from tympan_hub.domain.wakes import (
    EndAgent,
    LookAgain,
    LookAtKeys,
    LookAtReleases,
    LookAtShares,
    LookAtTunnel,
    LookAtUpdates,
    SayEcho,
    Wake,
)

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
ACME, AGENT = TenantId("acme"), AgentId("a" * 32)
WAIT_S = 60.0
EVERY: list[Wake] = [
    LookAgain(),
    LookAgain(agent=AGENT),
    LookAtReleases(agents=(AGENT,) * JOBS_AT_ONCE),
    LookAtTunnel(agents=(AGENT,) * JOBS_AT_ONCE),
    LookAtKeys(),
    LookAtShares(agent=AGENT),
    LookAtUpdates(),
    SayEcho(agent=AGENT, stream="s", nonce="\ud800\x00\U0001f5a8" * (NONCE_CHARS // 3)),
    EndAgent(agent=AGENT),
]


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[SharedWakeUps, asyncio.Queue[tuple[TenantId, Wake]]]]:
    """A process that hears the others; it has said by itself that all is to be looked at."""
    wakeups, heard = SharedWakeUps(url), asyncio.Queue[tuple[TenantId, Wake]]()
    wakeups.listen(lambda tenant, wake: heard.put_nowait((tenant, wake)))
    task = asyncio.create_task(wakeups.run())
    async with asyncio.timeout(WAIT_S):
        assert await heard.get() == (SERVICE, LookAgain())
    yield wakeups, heard
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await wakeups.close()


async def test_every_kind_is_tried_here(database_url: str) -> None:
    assert {type(wake) for wake in EVERY} == set(typing.get_args(Wake))


async def test_each_wake_is_heard_once_in_every_process(database_url: str) -> None:
    async with listening(database_url) as (one, ours), listening(database_url) as (_, theirs):
        for wake in EVERY:
            await one.send(ACME, wake)
        async with asyncio.timeout(WAIT_S):
            assert [await ours.get() for _ in EVERY] == [(ACME, wake) for wake in EVERY]
            assert [await theirs.get() for _ in EVERY] == [(ACME, wake) for wake in EVERY]
        assert ours.empty()


async def test_after_a_lost_connection_everybody_looks_again(server: PostgreSQL, database_url: str) -> None:
    async with listening(database_url) as (_, heard):
        await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ 'wakes'")
        async with asyncio.timeout(WAIT_S):
            assert await heard.get() == (SERVICE, LookAgain())
        sender = SharedWakeUps(database_url)
        await sender.send(ACME, EndAgent(agent=AGENT))
        async with asyncio.timeout(WAIT_S):
            assert await heard.get() == (ACME, EndAgent(agent=AGENT))
        await sender.close()


@pytest.mark.parametrize("payload", ["", "[]", "{}", '["x", "acme", "Unknown", {}]', '["x", "acme", "EndAgent", 3]'])
async def test_what_is_not_understood_breaks_nothing(database_url: str, payload: str) -> None:
    async with listening(database_url) as (_, heard):
        connection = await asyncpg.connect(database_url)
        await connection.execute("SELECT pg_notify('tympan_wakes', $1)", payload)
        await connection.close()
        sender = SharedWakeUps(database_url)
        await sender.send(ACME, LookAgain())
        async with asyncio.timeout(WAIT_S):
            assert await heard.get() == (ACME, LookAgain())
        await sender.close()


async def test_a_database_that_is_away_fails_nobody(database_url: str) -> None:
    heard: list[Wake] = []
    alone = SharedWakeUps("postgresql://nobody@127.0.0.1:1/none")
    alone.listen(lambda _, wake: heard.append(wake))
    await alone.send(ACME, LookAgain())
    assert heard == [LookAgain()]
