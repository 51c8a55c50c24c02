"""Enrolment tokens in the portal: made, listed with what became of them, taken back, and bounded in number."""

from __future__ import annotations

import re

import httpx
import pytest
from hub_rig import BIRTH, AgentKey, Bench, RemoteAgent
from portal_steps import SignIn, send

from tympan_hub.domain.agents import EnrolmentFilter, EnrolmentToken, TokenStanding
from tympan_hub.domain.ids import AgentId, TenantId, TokenHash
from tympan_hub.domain.limits.agents import ENROLMENT_TOKEN_MOST, ENROLMENT_TOKENS
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Role
from tympan_wire.hub import Operation

pytestmark = pytest.mark.anyio

REVOKE = re.compile(r'href="(/agents/tokens/[0-9a-f]{64}/revoke)"')


def stranger(hub: Bench) -> RemoteAgent:
    return RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())


def token_of(page: httpx.Response) -> str:
    found = re.search(r"--token=([\w-]+)<", page.text)
    assert found, page.text
    return found[1]


async def keep(hub: Bench, tenant: TenantId, count: int) -> None:
    """So many tokens that nobody used."""
    async with hub.units.writing() as unit:
        for number in range(count):
            token = EnrolmentToken(
                hash=TokenHash(f"{number:064x}"), tenant=tenant, name=f"desk {number}", made_by="ada",
                made_at=BIRTH, expires_at=BIRTH + ENROLMENT_TOKEN_MOST,
            )  # fmt: skip
            await unit.enrolments.add(tenant, token)


async def test_a_token_is_made_with_its_purpose_listed_and_used(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    assert "No token waits for a computer" in (await client.get("/agents/tokens")).text
    secret = token_of(await send(client, "/agents/new", name="Reception, second PC", days="7"))
    page = (await client.get("/agents/tokens")).text
    assert "Reception, second PC" in page
    assert admin.email in page
    assert secret not in page
    assert "Unused" in page
    await stranger(hub).enrol(secret)
    assert "Reception, second PC" not in (await client.get("/agents/tokens")).text
    used = (await client.get("/agents/tokens?state=used")).text
    wanted = EnrolmentFilter(standing=TokenStanding.USED)
    [agent] = [token.agent for token in await hub.services.agents.tokens(tenant, admin.actor, wanted)]
    assert f'href="/agents/{agent}"' in used
    assert REVOKE.search(used) is None


async def test_a_token_that_is_taken_back_lets_nobody_in(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    secret = token_of(await send(client, "/agents/new", name="Lost slip"))
    question = REVOKE.search((await client.get("/agents/tokens")).text)
    assert question
    assert "Lost slip" in (await client.get(question[1])).text
    assert "No computer can join with it" in (await send(client, question[1])).text
    agent = stranger(hub)
    assert (await agent.post(Operation.ENROL, agent.enrol_request(secret))).status_code == 401
    assert "Withdrawn" in (await client.get("/agents/tokens?state=revoked")).text
    assert "nothing is changed" in (await send(client, question[1])).text


async def test_a_token_ends_when_it_says(hub: Bench, sign_in: SignIn) -> None:
    admin = await hub.person(await hub.tenant())
    await send(await sign_in(admin), "/agents/new", name="Weekly", days="7")
    hub.clock.forward(days=6)
    assert "Weekly" in (await (await sign_in(admin)).get("/agents/tokens")).text
    hub.clock.forward(days=1)
    client = await sign_in(admin)
    assert "Weekly" not in (await client.get("/agents/tokens")).text
    assert "Weekly" in (await client.get("/agents/tokens?state=expired")).text


async def test_whose_place_a_token_takes_stands_with_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    before = AgentId((await hub.agent(tenant)).id)
    client = await sign_in(await hub.person(tenant))
    await send(client, "/agents/new", replaces=before)
    page = (await client.get("/agents/tokens")).text
    assert f'href="/agents/{before}"' in page
    assert "Computer installed anew" in page


async def test_the_list_is_shown_in_pages(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    await keep(hub, tenant, PAGE + 1)
    client = await sign_in(await hub.person(tenant))
    assert len(REVOKE.findall((await client.get("/agents/tokens")).text)) == PAGE
    assert len(REVOKE.findall((await client.get("/agents/tokens?page=2")).text)) == 1
    assert len(REVOKE.findall((await client.get(f"/agents/tokens?page={10**30}")).text)) == 1


async def test_there_are_so_many_tokens_that_nobody_used_and_no_more(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    await keep(hub, tenant, ENROLMENT_TOKENS)
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    full = await send(client, "/agents/new", name="One more")
    assert full.status_code == 422
    assert "as there may be" in full.text
    assert 'value="One more"' in full.text
    hub.clock.forward(days=ENROLMENT_TOKEN_MOST.days)
    assert token_of(await send(await sign_in(admin), "/agents/new", name="One more"))


@pytest.mark.parametrize("name", ["x" * 200, "a\tb"])
async def test_a_purpose_that_cannot_be_kept_is_told(hub: Bench, sign_in: SignIn, name: str) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await send(client, "/agents/new", name=name)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.USER])
async def test_only_who_manages_computers_sees_tokens(hub: Bench, sign_in: SignIn, role: Role) -> None:
    tenant = await hub.tenant()
    await keep(hub, tenant, 1)
    client = await sign_in(await hub.person(tenant, role))
    assert (await client.get("/agents/tokens")).status_code == 403
    assert (await client.get(f"/agents/tokens/{0:064x}/revoke")).status_code == 403
