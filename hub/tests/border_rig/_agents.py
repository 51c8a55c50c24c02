"""The agent: how it joined, its key, what it is to do and may do, and which versions it has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import attrs
from hub_rig import BIRTH

from border_rig._ground import LATER, Goods, Ground
from tympan_hub.domain.agents import Agent, EnrolmentToken, SelfReport
from tympan_hub.domain.audit import Entry
from tympan_hub.domain.commands import Command
from tympan_hub.domain.ids import AgentId, CapabilityKey, CommandId, ProcessId, hash_of
from tympan_hub.domain.key_book import KeyEntry
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import AgentPolicy, Edition, Verdict
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Installed, Step, Stop, Toll, Update, UpdateRules

PROCESS: Final = ProcessId("0" * 32)


async def agents(ground: Ground) -> Goods:
    """The agent as the hub knows it, at a process of the hub."""
    hub, tenant, agent = ground.hub, ground.tenant, ground.agent_id
    unused = await hub.services.agents.make_token(tenant, CONSOLE)
    asked = await hub.services.queues.install(tenant, ground.admin.actor, ground.printer.id, agent)
    ruled = await _ruled(ground)
    updated = await _updated(ground)
    await ground.agent.rekey(b"a key", proof="")
    async with hub.units.writing() as unit:
        token = await unit.enrolments.get(tenant, hash_of(unused))
        known = await unit.agents.get(tenant, agent)
        key_entry = await unit.key_book.newest(tenant)
        assert key_entry
        await unit.processes.beat(tenant, PROCESS, BIRTH)
        await unit.presences.add(tenant, PROCESS, [agent])
    return Goods(
        {
            AgentId: agent,
            Collection[AgentId]: [agent],
            Agent: known,
            SelfReport: SelfReport(at=LATER, release="forged"),
            EnrolmentToken: token,
            KeyEntry: attrs.evolve(key_entry, number=99),
            CommandId: asked.id,
            Command: asked,
            ProcessId: PROCESS,
            Collection[ProcessId]: [PROCESS],
            **ruled.by_type,
            **updated.by_type,
        },
        {"token": hash_of(unused), "version": "2.0.0"},
    )


async def _ruled(ground: Ground) -> Goods:
    """What it may do."""
    hub, tenant, by = ground.hub, ground.tenant, ground.admin.actor
    await hub.services.policy.switch(tenant, by, "document.stats", Verdict.OFF)
    await hub.services.policy.switch(tenant, by, "spool.cups", Verdict.OFF, group=ground.group.id)
    await ground.agent.desired()
    async with hub.units.writing() as unit:
        edition, entry = await unit.policies.current(tenant), await unit.audit.last(tenant)
        policy = await unit.agent_policies.get(tenant, ground.agent_id)
        assert policy
    return Goods(
        {
            Edition: edition,
            CapabilityKey: CapabilityKey("document.stats"),
            AgentPolicy: attrs.evolve(policy, number=99),
            Entry: entry,
        }
    )


async def _updated(ground: Ground) -> Goods:
    """A version that it has and that harmed it."""
    tenant, agent = ground.tenant, ground.agent_id
    has = Installed(agent=agent, installed="2.0.0", plugins={}, healthy=False, heard_at=BIRTH)
    update = Update(agent=agent, subject="7", version="2.0.0", step=Step.SWITCHED, at=BIRTH, told_at=BIRTH)
    stop = Stop(tenant=tenant, subject="7", version="2.0.0", at=BIRTH, toll=Toll(taken=1, failing=1))
    async with ground.hub.units.writing() as unit:
        await unit.updates.keep_floor(tenant, UpdateFloor(latest="2.0.0"))
        await unit.updates.keep_rules(tenant, UpdateRules(canary=(ground.group.id,)))
        await unit.updates.keep_installed(tenant, has)
        await unit.updates.keep(tenant, agent, [update])
        await unit.updates.keep_stop(tenant, stop)
    return Goods(
        {
            UpdateRules: UpdateRules(paused=True),
            UpdateFloor: UpdateFloor(paused=True),
            Installed: attrs.evolve(has, installed="forged"),
            Collection[Update]: [attrs.evolve(update, version="forged")],
            Stop: attrs.evolve(stop, by="forged"),
        }
    )
