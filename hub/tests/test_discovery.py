"""How ways of finding devices stand: who switched one off, and when, by the scope that decides."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench, report

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.policy import DISCOVERY_KEYS, Scope, Verdict
from tympan_wire.hub import AgentReport, PluginStanding

pytestmark = pytest.mark.anyio
WSD = "discovery.wsd"


async def test_the_widest_scope_that_decides_is_named_and_no_person_of_the_service_owner(hub: Bench) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("Other")
    admin, owner = await hub.person(tenant), await hub.owner()
    group = await hub.services.groups.add(tenant, admin.actor, name="Post")

    async def standing() -> tuple[Scope | None, str, list[str]]:
        found = await hub.services.discovery.methods(tenant, admin.actor)
        assert [method.key for method in found] == list(DISCOVERY_KEYS)
        off = found[1].off
        return off.scope if off else None, off.by if off else "", [each.group for each in found[1].groups]

    assert await standing() == (None, "", [])
    switch = hub.services.policy.switch
    await switch(tenant, admin.actor, WSD, Verdict.OFF, group=group.id)
    assert await standing() == (None, "", ["Post"])
    await switch(tenant, admin.actor, WSD, Verdict.OFF)
    assert await standing() == (Scope.TENANT, admin.email, [])
    await switch(SERVICE, owner.actor, WSD, Verdict.OFF)
    assert await standing() == (Scope.OWNER, "", [])
    await switch(SERVICE, owner.actor, WSD, Verdict.USER)
    assert await standing() == (Scope.TENANT, admin.email, [])
    await switch(SERVICE, owner.actor, WSD, Verdict.ON)
    assert await standing() == (None, "", []), "on for everybody: no group says otherwise"
    theirs = (await hub.person(other)).actor
    assert not any(method.off or method.groups for method in await hub.services.discovery.methods(other, theirs))


async def test_it_is_told_since_when_and_on_how_many_agents_it_runs(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    for name, status in (("one", "running"), ("two", "failed")):
        agent = await hub.agent(tenant, name)
        plugin = PluginStanding(id="wsd", status=status, capabilities=(WSD,))
        await agent.report(report(AgentReport(release="1", plugins=(plugin,))))
    hub.clock.forward(minutes=5)
    await hub.services.policy.switch(tenant, admin.actor, WSD, Verdict.OFF)
    found = (await hub.services.discovery.methods(tenant, admin.actor))[1]
    assert (found.agents, found.running) == (2, 1)
    assert found.off
    assert (found.off.at - BIRTH).total_seconds() == 300
