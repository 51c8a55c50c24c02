"""Who is connected, told by every process of a hub: here by two sets of use cases on one database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hub_rig import Bench, notices
from sqlalchemy import event

from tympan_hub.adapters.openid import OpenIdClient
from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.adapters.rooms import Rooms
from tympan_hub.adapters.sandbox import ProcessSandbox
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.limits.notices import PRESENCE
from tympan_hub.domain.people import CONSOLE
from tympan_hub.service import Services, services

pytestmark = pytest.mark.anyio


def beside(hub: Bench) -> Services:
    """Another process of the same hub."""
    return services(
        units=hub.units,
        blobs=hub.blobs,
        clock=hub.clock,
        secrets=hub.secrets,
        passwords=Argon2(),
        wakeups=InProcess(),
        postman=HttpsPostman(),
        meter=hub.meter,
        sandbox=ProcessSandbox(Rooms(Path("never opened"))),
        converters=(),
        probes=[],
        pools=hub.database.pools,
        openid=OpenIdClient(),
    )


async def connected(process: Services, tenant: TenantId) -> list[str]:
    found = await process.agents.find(tenant, CONSOLE, AgentFilter())
    return [shown.agent.id for shown in found.agents if shown.connected]


async def test_an_agent_connected_to_one_process_is_connected_for_all(hub: Bench) -> None:
    tenant, other = await hub.tenant(), beside(hub)
    agent = await hub.agent(tenant)
    await other.presence.write()
    async with notices(hub.app, agent.token):
        assert await connected(hub.services, tenant) == [agent.id]
        await hub.services.presence.write()
        assert await connected(other, tenant) == [agent.id]
        assert (await other.agents.get(tenant, CONSOLE, AgentId(agent.id))).connected
    await hub.services.presence.write()
    assert await connected(other, tenant) == await connected(hub.services, tenant) == []


async def test_a_process_that_died_has_nobody_connected_and_is_swept_away(hub: Bench) -> None:
    tenant, other = await hub.tenant(), beside(hub)
    agent = await hub.agent(tenant)
    async with notices(hub.app, agent.token):
        await hub.services.presence.write()
        assert await connected(other, tenant) == [agent.id]
        hub.clock.moment += PRESENCE
        assert await connected(other, tenant) == [agent.id]
        hub.clock.forward(seconds=1)
        assert await connected(other, tenant) == []
        await other.housekeeping.tidy()
        async with hub.units.reading() as unit:
            assert await unit.processes.silent(SERVICE, hub.clock.now()) == ()
        async with hub.raw(tenant) as connection:
            assert (await connection.exec_driver_sql("SELECT count(*) FROM presences")).scalar() == 0


async def test_a_process_that_was_asleep_writes_everything_down_again(hub: Bench) -> None:
    tenant, other = await hub.tenant(), beside(hub)
    agent = await hub.agent(tenant)
    async with notices(hub.app, agent.token):
        await hub.services.presence.write()
        hub.clock.moment += 2 * PRESENCE
        await other.housekeeping.tidy()
        await hub.services.presence.write()
        assert await connected(other, tenant) == [agent.id]


async def test_a_process_that_ends_in_order_leaves_at_once(hub: Bench) -> None:
    tenant, other = await hub.tenant(), beside(hub)
    agent = await hub.agent(tenant)
    async with notices(hub.app, agent.token):
        await hub.services.presence.write()
        await hub.services.presence.leave()
        assert await connected(other, tenant) == []


async def test_streams_that_stay_open_cost_one_row_each_half_minute(hub: Bench) -> None:
    said: list[str] = []

    def heard(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "set_config" not in statement:
            said.append(statement.split()[0])

    tenant = await hub.tenant()
    first, second = await hub.agent(tenant), await hub.agent(tenant, "desk-2")
    async with notices(hub.app, first.token), notices(hub.app, second.token):
        await hub.services.presence.write()
        event.listen(hub.database.writer.sync_engine, "before_cursor_execute", heard)
        for _ in range(59):
            hub.clock.moment += dt.timedelta(seconds=1)
            await hub.services.presence.write()
        assert [word for word in said if word != "BEGIN"] == ["UPDATE"]
