"""Pages of agents, with more of them than one page shows."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench
from portal_steps import SignIn

from tympan_hub.adapters.sql.people import SqlPeople
from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, TenantId, new_id
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Role
from tympan_wire.hub import DeviceCodeRequest

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


async def test_the_place_a_new_computer_takes_is_searched_among_many(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    last = (await fleet(hub, tenant, 2 * PAGE))[-1]
    client = await sign_in(await hub.person(tenant))
    asked = await hub.services.device_codes.begin(DeviceCodeRequest(name="desk-new"), source="x")
    code = asked.code.user_code
    page = (await client.get("/activate", params={"code": code})).text
    assert page.count("<option") == PAGE + 1
    assert "There are more. Type more of the name." in page
    found = (await client.get("/activate", params={"code": code, "q": last.name.upper()})).text
    assert found.count("<option") == 2
    assert f'value="{last.id}"' in found
    assert "There are more." not in found
    none = (await client.get("/activate", params={"code": code, "q": "tower"})).text
    assert none.count("<option") == 1
    assert "No computer in use is called so." in none


async def test_a_computer_for_a_group_is_searched_among_those_outside(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    inside, *_ = await fleet(hub, tenant, 60)
    admin = await hub.person(tenant)
    group = await hub.services.groups.add(tenant, admin.actor, name="Post")
    await hub.services.groups.join_agent(tenant, admin.actor, group.id, inside.id)
    client = await sign_in(admin)
    page = (await client.get(f"/groups/{group.id}/computers?q=desk")).text
    assert "There are more. Type more of the name." in page
    assert page.count(f'value="{inside.id}"') == 1
    few = (await client.get(f"/groups/{group.id}/computers?q=DESK-00")).text
    assert few.count('name="agent"') == 10


async def test_names_of_people_are_read_for_those_alone_who_may_see_them(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: object) -> None:
        raise AssertionError("names were read")

    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant, Role.USER))
    monkeypatch.setattr(SqlPeople, "all", none)
    for told_apart in ("user", "group"):
        assert (await client.get(f"/usage?by={told_apart}")).status_code == 200
