"""Enrolment: one token, one agent; a lost answer is asked for again, and nobody else gets in."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hub_rig import AgentKey, Bench, RemoteAgent, problem

from tympan_hub.domain.agents import AgentFilter, EnrolmentFilter, TokenStanding
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, hash_of
from tympan_hub.domain.people import CONSOLE
from tympan_wire.hub import Code, EnrolRequest, Operation

pytestmark = pytest.mark.anyio


def stranger(hub: Bench) -> RemoteAgent:
    return RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())


async def refused(agent: RemoteAgent, request: EnrolRequest) -> tuple[int, Code]:
    answer = await agent.post(Operation.ENROL, request)
    return answer.status_code, problem(answer).code


async def test_an_agent_enrols_and_gets_what_it_must_pin(hub: Bench) -> None:
    tenant = await hub.tenant("Acme")
    agent = stranger(hub)
    enrolled = await agent.enrol(await hub.services.agents.make_token(tenant, CONSOLE))
    assert (enrolled.tenant, enrolled.tenant_name, enrolled.hub) == (tenant, "Acme", hub.secrets.identity)
    assert {key.id: base64.b64decode(key.public) for key in enrolled.policy_keys} == dict(hub.secrets.policy_keys())
    shown = await hub.services.agents.get(tenant, CONSOLE, AgentId(enrolled.agent))
    assert (shown.agent.name, shown.agent.platform, shown.agent.public_key) == ("desk-1", "linux", agent.key.public)


async def test_the_certificate_is_for_the_agents_key_and_names_agent_and_tenant(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    assert agent.enrolled is not None
    certificate = x509.load_pem_x509_certificate(agent.enrolled.certificate.encode())
    assert certificate.subject.rfc4514_string() == f"O={tenant},CN={agent.id}"
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert certificate.public_key().public_bytes(*spki) == agent.key.public
    assert certificate.not_valid_before_utc < hub.clock.now() < certificate.not_valid_after_utc
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


async def test_a_token_used_twice_is_refused_and_makes_no_second_agent(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    await stranger(hub).enrol(token)
    other = stranger(hub)
    assert await refused(other, other.enrol_request(token)) == (401, Code.TOKEN_REFUSED)
    assert len((await hub.services.agents.find(tenant, CONSOLE, AgentFilter())).agents) == 1


async def test_an_agent_whose_answer_was_lost_asks_again_and_is_the_same_agent(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    agent = stranger(hub)
    assert await agent.enrol(token) == await agent.enrol(token)
    assert len((await hub.services.agents.find(tenant, CONSOLE, AgentFilter())).agents) == 1


async def test_an_agent_that_was_revoked_does_not_come_back_with_its_old_token(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    agent = stranger(hub)
    await agent.enrol(token)
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agent.id))
    assert await refused(agent, agent.enrol_request(token)) == (403, Code.REVOKED)


async def test_a_token_that_has_ended_is_refused_also_to_the_agent_that_used_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    used, unused = [await hub.services.agents.make_token(tenant, CONSOLE) for _ in range(2)]
    agent, late = stranger(hub), stranger(hub)
    await agent.enrol(used)
    hub.clock.forward(days=1)
    assert await refused(late, late.enrol_request(unused)) == (401, Code.TOKEN_REFUSED)
    assert await refused(agent, agent.enrol_request(used)) == (401, Code.TOKEN_REFUSED)


async def test_a_wrong_proof_is_refused_and_does_not_burn_the_token(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    thief, agent = stranger(hub), stranger(hub)
    forged = attrs.evolve(agent.enrol_request(token), proof=thief.key.proof(token))
    assert await refused(thief, forged) == (401, Code.TOKEN_REFUSED)
    assert (await agent.enrol(token)).tenant == tenant


async def test_an_unknown_token_is_refused(hub: Bench) -> None:
    agent = stranger(hub)
    assert await refused(agent, agent.enrol_request("guess")) == (401, Code.TOKEN_REFUSED)


def other_curve() -> str:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(spki).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_key": "!"},
        {"public_key": ""},
        {"public_key": base64.b64encode(b"no key").decode()},
        {"public_key": base64.b64encode(bytes(5000)).decode()[:4096]},
        {"public_key": other_curve()},
        {"proof": "é"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 128},
        {"recipient": "!"},
    ],
)
async def test_what_no_agent_can_have_is_a_bad_message(hub: Bench, wrong: dict[str, Any]) -> None:
    token = await hub.services.agents.make_token(await hub.tenant(), CONSOLE)
    agent = stranger(hub)
    assert await refused(agent, attrs.evolve(agent.enrol_request(token), **wrong)) == (400, Code.BAD_MESSAGE)


async def test_a_name_that_cannot_be_sent_as_utf8_is_mended(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = stranger(hub)
    agent.name = "desk"
    request = agent.enrol_request(await hub.services.agents.make_token(tenant, CONSOLE))
    answer = await agent.post(Operation.ENROL, attrs.evolve(request, name="desk\udc80", release="1\x00"))
    assert answer.status_code == 200
    shown = (await hub.services.agents.find(tenant, CONSOLE, AgentFilter())).agents[0].agent
    assert (shown.name, shown.release) == ("desk�", "1�")


async def test_a_token_for_many_lets_so_many_in_and_no_more(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE, name="Roll-out", computers=2)
    first, second, third = stranger(hub), stranger(hub), stranger(hub)
    assert (await first.enrol(token)).agent != (await second.enrol(token)).agent
    assert await refused(third, third.enrol_request(token)) == (401, Code.TOKEN_REFUSED)
    known = await hub.services.agents.token(tenant, CONSOLE, hash_of(token))
    assert (known.computers, known.joined, known.standing(hub.clock.now())) == (2, 2, TokenStanding.USED)
    used = await hub.services.agents.find_tokens(tenant, CONSOLE, EnrolmentFilter(standing=TokenStanding.USED))
    assert {one.agent for one in used.tokens} == {None, AgentId(first.id), AgentId(second.id)}


async def test_an_answer_to_a_token_for_many_that_was_lost_is_given_again_and_counts_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE, computers=2)
    agent = stranger(hub)
    assert (await agent.enrol(token)).agent == (await agent.enrol(token)).agent
    assert (await hub.services.agents.token(tenant, CONSOLE, hash_of(token))).joined == 1
    await stranger(hub).enrol(token)
    assert (await agent.enrol(token)).agent == agent.id, "also when no more may come"


async def test_computers_that_come_at_once_with_a_token_for_many_are_counted_one_by_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE, computers=3)
    agents = [stranger(hub) for _ in range(6)]
    answers = await asyncio.gather(*(agent.post(Operation.ENROL, agent.enrol_request(token)) for agent in agents))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [401] * 3


async def test_a_token_for_many_that_was_taken_back_lets_nobody_in(hub: Bench) -> None:
    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE, computers=5)
    await stranger(hub).enrol(token)
    await hub.services.agents.revoke_token(tenant, CONSOLE, hash_of(token))
    late = stranger(hub)
    assert await refused(late, late.enrol_request(token)) == (401, Code.TOKEN_REFUSED)


@pytest.mark.parametrize("computers", [0, -1, 10_001])
async def test_a_token_is_for_a_number_of_computers_that_can_be(hub: Bench, computers: int) -> None:
    tenant = await hub.tenant()
    with pytest.raises(BadInput):
        await hub.services.agents.make_token(tenant, CONSOLE, computers=computers)


async def test_one_computer_takes_the_place_of_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    with pytest.raises(BadInput):
        await hub.services.agents.make_token(tenant, CONSOLE, computers=2, replaces=AgentId(agent.id))
