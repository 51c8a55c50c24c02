"""Policy of groups: how it reaches agents, what wins, and that nothing of it outlives a membership. And the dry run."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report

from tympan_hub.domain.errors import Conflict, NotFound
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import SERVICE, AgentId, CapabilityKey, GroupId, TenantId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.policy import Effect, Scope, Verdict
from tympan_hub.ports import Bearer
from tympan_wire.hub import AgentReport, PluginStanding, SignInCodeRequest, SignInQuestion

pytestmark = pytest.mark.anyio
KEY = CapabilityKey("document.stats")


async def site(hub: Bench, name: str = "Site") -> tuple[TenantId, Actor, Group]:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    return tenant, admin, await hub.services.groups.add(tenant, admin, name=name)


async def group_document(agent: RemoteAgent) -> dict[str, Any] | None:
    """The document of the group scope an agent gets; None when it gets none."""
    found = [_payload(envelope) for envelope in (await agent.desired()).policies]
    return next((payload for payload in found if payload["scope"] == "group"), None)


def _payload(envelope: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return payload


async def has(agent: RemoteAgent, *, status: str = "running", used_at: dt.datetime | None = None) -> None:
    plugin = PluginStanding(id="stats", status=status, capabilities=(KEY,), used_at=used_at)
    await agent.report(report(AgentReport(release="1", plugins=(plugin,))))


async def test_a_groups_policy_reaches_the_agents_in_it_and_no_other(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    inside, outside = await hub.agent(tenant, "a"), await hub.agent(tenant, "b")
    await hub.services.groups.join_agent(tenant, admin, group.id, AgentId(inside.id))
    assert await group_document(inside) is None
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF, group=group.id)
    document = await group_document(inside)
    assert document is not None
    assert (document["name"], document["number"], document["rules"]) == (inside.id, 1, {KEY: "off"})
    assert document["origins"] == {KEY: "Site"}
    assert await group_document(outside) is None


async def test_an_agent_that_leaves_gets_a_newer_document_without_the_groups_rules(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    agent = await hub.agent(tenant)
    await hub.services.groups.join_agent(tenant, admin, group.id, AgentId(agent.id))
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF, group=group.id)
    first = await group_document(agent)
    await hub.services.groups.leave_agent(tenant, admin, group.id, AgentId(agent.id))
    after = await group_document(agent)
    assert first is not None and after is not None
    assert (after["number"], after["rules"]) == (first["number"] + 1, {})
    assert await group_document(agent) == after


async def test_a_removed_group_binds_nobody(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    agent = await hub.agent(tenant)
    await hub.services.groups.join_agent(tenant, admin, group.id, AgentId(agent.id))
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF, group=group.id)
    await group_document(agent)
    await hub.services.groups.remove(tenant, admin, group.id)
    after = await group_document(agent)
    assert after is not None and after["rules"] == {}


async def test_of_several_groups_the_stricter_one_decides_each_key(hub: Bench) -> None:
    tenant, admin, first = await site(hub, "Lax")
    second = await hub.services.groups.add(tenant, admin, name="Strict")
    agent = await hub.agent(tenant)
    said = {(first.id, "a.b"): Verdict.ON, (second.id, "a.b"): Verdict.OFF, (first.id, "c.d"): Verdict.USER}
    said[second.id, "c.d"] = Verdict.ON
    for group in (first, second):
        await hub.services.groups.join_agent(tenant, admin, group.id, AgentId(agent.id))
    for (group_id, key), verdict in said.items():
        await hub.services.policy.switch(tenant, admin, key, verdict, group=group_id)
    document = await group_document(agent)
    assert document is not None
    assert document["rules"] == {"a.b": "off", "c.d": "on"}
    assert document["origins"] == {"a.b": "Strict", "c.d": "Strict"}


async def test_what_a_wider_scope_decided_a_group_cannot_change(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    await hub.services.policy.switch(SERVICE, CONSOLE, "a.b", Verdict.OFF)
    await hub.services.policy.switch(tenant, admin, "c.d", Verdict.ON)
    await hub.services.policy.switch(tenant, admin, "e.f", Verdict.USER)
    for key in ("a.b", "c.d"):
        with pytest.raises(Conflict):
            await hub.services.policy.switch(tenant, admin, key, Verdict.OFF, group=group.id)
    await hub.services.policy.switch(tenant, admin, "e.f", Verdict.OFF, group=group.id)
    agent = await hub.agent(tenant)
    await has(agent)
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF)
    shown = {str(switch.key): switch for switch in await hub.services.policy.switches(tenant, admin, group=group.id)}
    assert (shown["e.f"].verdict, shown["e.f"].wider) == (Verdict.OFF, None)
    assert (shown[KEY].wider, shown[KEY].wider_scope) == (Verdict.OFF, Scope.TENANT)


async def test_each_group_has_its_own_numbers_and_history(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF)
    edition = await hub.services.policy.switch(tenant, admin, "a.b", Verdict.OFF, group=group.id)
    assert (edition.number, edition.group, edition.envelope) == (1, group.id, "")
    assert await hub.services.policy.history(tenant, admin, group=group.id) == (edition,)
    assert [one.key for one in await hub.services.policy.history(tenant, admin)] == [KEY]
    with pytest.raises(NotFound):
        await hub.services.policy.switch(tenant, admin, "a.b", Verdict.OFF, group=GroupId("none"))


async def test_the_dry_run_tells_how_many_agents_it_touches_and_who_used_it_this_week(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    agents = [await hub.agent(tenant, name) for name in "abcd"]
    await has(agents[0], used_at=BIRTH - dt.timedelta(days=6))
    await has(agents[1], used_at=BIRTH - dt.timedelta(days=8))
    await has(agents[2], status="off")
    other = await hub.tenant("Other")
    await has(await hub.agent(other), used_at=BIRTH)
    off = await hub.services.policy.effect(tenant, admin, KEY, Verdict.OFF)
    assert off == Effect(verdict=Verdict.OFF, agents=3, running=2, used=1)
    shown = {switch.key: switch for switch in await hub.services.policy.switches(tenant, admin)}[KEY]
    assert (shown.agents, shown.running) == (3, 2)
    assert (off.changed, (await hub.services.policy.effect(tenant, admin, KEY, Verdict.ON)).changed) == (2, 1)
    everywhere = await hub.services.policy.effect(SERVICE, CONSOLE, KEY, Verdict.OFF)
    assert (everywhere.agents, everywhere.used) == (4, 2)
    await hub.services.groups.join_agent(tenant, admin, group.id, AgentId(agents[0].id))
    small = await hub.services.policy.effect(tenant, admin, KEY, Verdict.OFF, group=group.id)
    assert small == Effect(verdict=Verdict.OFF, agents=1, running=1, used=1)


async def test_a_restarted_agent_does_not_make_the_hub_forget_when_something_was_used(hub: Bench) -> None:
    tenant, admin, _ = await site(hub)
    agent = await hub.agent(tenant)
    await has(agent, used_at=BIRTH)
    await has(agent)
    assert (await hub.services.policy.effect(tenant, admin, KEY, Verdict.OFF)).used == 1


async def test_a_revoked_agent_counts_no_more(hub: Bench) -> None:
    tenant, admin, _ = await site(hub)
    agent = await hub.agent(tenant)
    await has(agent)
    await hub.services.agents.revoke(tenant, admin, AgentId(agent.id))
    assert (await hub.services.policy.effect(tenant, admin, KEY, Verdict.OFF)).agents == 0


async def test_a_groups_policy_reaches_the_agents_its_people_are_signed_in_at(hub: Bench) -> None:
    tenant, admin, group = await site(hub)
    person = await hub.person(tenant, Role.USER)
    agent = await hub.agent(tenant)
    bearer = Bearer(tenant=tenant, agent=AgentId(agent.id))
    shown = await hub.services.device_codes.begin_sign_in(bearer, SignInCodeRequest(user="ben"), source="x")
    await hub.services.device_codes.approve(tenant, person, shown.code.user_code, source="x")
    question = SignInQuestion(device_code=shown.secret, refresh_token="r" * 43)
    await hub.services.sign_ins.ask(bearer, question)
    await has(agent, used_at=BIRTH)
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF, group=group.id)
    assert await group_document(agent) is None
    await hub.services.groups.join(tenant, admin, group.id, person.id)
    document = await group_document(agent)
    assert document is not None and document["rules"] == {KEY: "off"}
    assert (await hub.services.policy.effect(tenant, admin, KEY, Verdict.OFF, group=group.id)).used == 1
    await hub.services.groups.leave(tenant, admin, group.id, person.id)
    after = await group_document(agent)
    assert after is not None and after["rules"] == {}
