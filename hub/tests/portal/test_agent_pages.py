"""Pages of agents, with more of them than one page shows."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench
from portal_steps import SignIn

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, TenantId, new_id
from tympan_hub.domain.limits import PAGE

pytestmark = pytest.mark.anyio


async def fleet(hub: Bench, tenant: TenantId, count: int) -> list[Agent]:
    """So many agents, by name."""
    made = [
        Agent(
            id=AgentId(new_id()), tenant=tenant, name=f"desk-{number:03}", public_key=b"", certificate="",
            enrolled_at=BIRTH, seen_at=BIRTH,
        )
        for number in range(count)
    ]  # fmt: skip
    async with hub.units.writing() as unit:
        for agent in made:
            await unit.agents.add(tenant, agent)
    return made


async def test_the_list_is_shown_in_pages_and_searched(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    await fleet(hub, tenant, 2 * PAGE + 1)
    client = await sign_in(await hub.person(tenant))
    first = (await client.get("/agents")).text
    assert first.count('id="agent-') == PAGE
    assert 'href="/agents?page=2"' in first
    last = (await client.get(f"/agents?page={10**30}")).text
    assert last.count('id="agent-') == 1
    found = (await client.get("/agents?q=DESK-07")).text
    assert found.count('id="agent-') == 10
    assert "No computer fits" in (await client.get("/agents?q=tower")).text
    assert "No computer fits" in (await client.get("/agents?state=revoked")).text
