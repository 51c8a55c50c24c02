"""Access: assertions are good once and for a short while; tokens of agents that were ended are good no longer."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hub_rig import AgentKey, Bench, RemoteAgent, problem

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.people import CONSOLE
from tympan_wire.hub import Code, DesiredRequest, Operation, TokenRequest

pytestmark = pytest.mark.anyio


async def refused(agent: RemoteAgent, assertion: str) -> tuple[int, Code]:
    answer = await agent.post(Operation.TOKEN, TokenRequest(assertion=assertion))
    return answer.status_code, problem(answer).code


async def desired(agent: RemoteAgent) -> tuple[int, Code | None]:
    answer = await agent.post(Operation.DESIRED, DesiredRequest())
    return answer.status_code, None if answer.status_code == 200 else problem(answer).code


async def test_a_token_opens_the_hub_until_it_ends(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    hub.clock.forward(minutes=9, seconds=59)
    assert await desired(agent) == (200, None)
    hub.clock.forward(seconds=1)
    assert await desired(agent) == (401, Code.NOT_SIGNED_IN)
    await agent.renew()
    assert await desired(agent) == (200, None)


async def test_a_replayed_assertion_is_refused(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    assertion = agent.key.assertion(agent.claims())
    assert (await agent.post(Operation.TOKEN, TokenRequest(assertion=assertion))).status_code == 200
    assert await refused(agent, assertion) == (401, Code.TOKEN_REFUSED)


async def test_an_assertion_stays_spent_over_housekeeping_until_it_has_ended(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    now = int(hub.clock.now().timestamp())
    assertion = agent.key.assertion(agent.claims(exp=now + 300))
    assert (await agent.post(Operation.TOKEN, TokenRequest(assertion=assertion))).status_code == 200
    hub.clock.forward(seconds=299)
    await hub.services.housekeeping.tidy()
    assert await refused(agent, assertion) == (401, Code.TOKEN_REFUSED)
    hub.clock.forward(seconds=1)
    assert await refused(agent, assertion) == (401, Code.TOKEN_REFUSED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": -1},
        {"exp": 0},
        {"exp": 301},
        {"exp": "soon"},
        {"exp": None},
        {"aud": "another-hub"},
        {"aud": None},
        {"aud": ["another-hub"]},
        {"sub": "another-agent"},
        {"jti": ""},
        {"jti": None},
        {"jti": 7},
        {"jti": "x" * 201},
        {"jti": "\x00"},
    ],
    ids=str,
)
async def test_an_assertion_that_says_anything_else_is_refused(hub: Bench, wrong: dict[str, Any]) -> None:
    agent = await hub.agent(await hub.tenant())
    if type(wrong.get("exp")) is int:
        wrong = {"exp": int(hub.clock.now().timestamp()) + wrong["exp"]}
    claims = {name: value for name, value in agent.claims(**wrong).items() if value is not None}
    assert await refused(agent, agent.key.assertion(claims)) == (401, Code.TOKEN_REFUSED)


async def test_an_assertion_by_another_agents_key_is_refused(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent, other = await hub.agent(tenant), await hub.agent(tenant, "desk-2")
    assert await refused(agent, other.key.assertion(agent.claims())) == (401, Code.TOKEN_REFUSED)
    assert await refused(agent, AgentKey.new().assertion(agent.claims())) == (401, Code.TOKEN_REFUSED)


def unsigned(claims: dict[str, Any], alg: str) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": alg}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256"])
async def test_an_assertion_without_signature_is_refused(hub: Bench, alg: str) -> None:
    agent = await hub.agent(await hub.tenant())
    assert await refused(agent, unsigned(agent.claims(), alg)) == (401, Code.TOKEN_REFUSED)


@pytest.mark.parametrize("garbage", ["", "a", "a.b.c", "..", "é.é.é", "a." + "[" * 2000 + ".c", "\udc80.\udc80.x"])
async def test_garbage_is_no_assertion(hub: Bench, garbage: str) -> None:
    agent = await hub.agent(await hub.tenant())
    assert await refused(agent, garbage) == (401, Code.TOKEN_REFUSED)


async def test_a_revoked_agent_is_out_at_once_here_and_within_5_s_elsewhere(hub: Bench) -> None:
    tenant = await hub.tenant()
    here, elsewhere = await hub.agent(tenant), await hub.agent(tenant, "desk-2")
    assert await desired(here) == await desired(elsewhere) == (200, None)
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(here.id))
    assert await desired(here) == (403, Code.REVOKED)
    async with hub.units.writing() as unit:  # as another process does: no wake reaches this one
        await unit.agents.revoke(tenant, AgentId(elsewhere.id), hub.clock.now())
    hub.clock.forward(seconds=5)
    assert await desired(elsewhere) == (403, Code.REVOKED)
    assert await refused(elsewhere, elsewhere.key.assertion(elsewhere.claims())) == (403, Code.REVOKED)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
async def test_garbage_is_no_access_token(hub: Bench, token: str) -> None:
    agent = await hub.agent(await hub.tenant())
    answer = await hub.client.post(
        "/agent/v1/desired",
        content=b"{}",
        headers=[(b"Tympan-Protocol", b"1"), (b"Authorization", b"Bearer " + token.encode())],
    )
    assert (answer.status_code, problem(answer).code) == (401, Code.NOT_SIGNED_IN)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert agent.token


async def test_an_assertion_is_no_access_token(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    agent.token = agent.key.assertion(agent.claims())
    assert await desired(agent) == (401, Code.NOT_SIGNED_IN)


async def test_a_token_of_another_hub_is_refused(hub: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tympan_hub.adapters.secrets import FileSecrets
    from tympan_hub.ports import Bearer

    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    bearer = Bearer(tenant=tenant, agent=AgentId(agent.id))
    other = FileSecrets(tmp_path_factory.mktemp("other"))
    now = hub.clock.now()
    agent.token = other.access_token(bearer, now, now.replace(year=2027))
    assert await desired(agent) == (401, Code.NOT_SIGNED_IN)
