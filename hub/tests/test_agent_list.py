"""Lists of agents: found by words, told in pages, and read no further than they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench

from tympan_hub.adapters.sql import agents as adapter
from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.ids import AgentId, TenantId, new_id
from tympan_hub.domain.people import CONSOLE

pytestmark = pytest.mark.anyio
NAMES = ("attic", "Cellar", "hall", "Lobby", "Öffice 100%")


@attrs.define
class Read:
    """How many agents were read from the database."""

    agents: int = 0

    def taken(self) -> int:
        """How many since it was asked last."""
        taken, self.agents = self.agents, 0
        return taken


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    counted, made = Read(), adapter._agent

    def counting(row: Any) -> Agent:
        counted.agents += 1
        return made(row)

    monkeypatch.setattr(adapter, "_agent", counting)
    yield counted


async def fleet(hub: Bench, tenant: TenantId, *names: str) -> list[Agent]:
    """Agents of these names, without their doing."""
    made = [
        Agent(
            id=AgentId(new_id()), tenant=tenant, name=name, public_key=b"", certificate="", enrolled_at=BIRTH,
            seen_at=BIRTH,
        )
        for name in names
    ]  # fmt: skip
    async with hub.units.writing() as unit:
        for agent in made:
            await unit.agents.add(tenant, agent)
    return made


async def names(hub: Bench, tenant: TenantId, wanted: AgentFilter) -> list[str]:
    """The names of those found."""
    found = await hub.services.agents.find(tenant, CONSOLE, wanted)
    return [shown.agent.name for shown in found.agents]


async def test_agents_are_found_by_words_of_their_name_as_it_is_now(hub: Bench) -> None:
    tenant = await hub.tenant()
    attic = (await fleet(hub, tenant, *reversed(NAMES)))[-1]
    assert await names(hub, tenant, AgentFilter()) == list(NAMES)
    assert await names(hub, tenant, AgentFilter(text=" öff 100%")) == ["Öffice 100%"]
    assert await names(hub, tenant, AgentFilter(text="%")) == ["Öffice 100%"]
    assert await names(hub, tenant, AgentFilter(text="hall lobby")) == []
    await hub.services.agents.rename(tenant, CONSOLE, attic.id, "Tower")
    assert await names(hub, tenant, AgentFilter(text="attic")) == []
    assert await names(hub, tenant, AgentFilter(text="TOWER")) == ["Tower"]


async def test_those_revoked_come_last_and_can_be_told_apart(hub: Bench) -> None:
    tenant = await hub.tenant()
    attic = (await fleet(hub, tenant, *NAMES))[0]
    await hub.services.agents.revoke(tenant, CONSOLE, attic.id)
    assert await names(hub, tenant, AgentFilter()) == [*NAMES[1:], "attic"]
    assert await names(hub, tenant, AgentFilter(revoked=False)) == list(NAMES[1:])
    assert await names(hub, tenant, AgentFilter(revoked=True)) == ["attic"]


async def test_a_list_is_read_a_page_at_a_time_and_past_its_end_the_last_one(hub: Bench, read: Read) -> None:
    tenant = await hub.tenant()
    await fleet(hub, tenant, *NAMES)
    for first, shown in ((-9, NAMES[:2]), (2, NAMES[2:4]), (4, NAMES[4:]), (60, NAMES[4:]), (10**30, NAMES[4:])):
        found = await hub.services.agents.find(tenant, CONSOLE, AgentFilter(first=first, limit=2))
        assert (found.total, tuple(each.agent.name for each in found.agents)) == (5, shown)
        assert read.taken() == len(shown)


async def test_what_follows_a_place_is_what_was_not_told_yet(hub: Bench, read: Read) -> None:
    tenant = await hub.tenant()
    await fleet(hub, tenant, *NAMES, "hall", "HALL")
    told: list[Agent] = []
    place = None
    while page := await hub.services.agents.following(tenant, CONSOLE, AgentFilter(limit=2), place):
        assert read.taken() == len(page)
        told += [shown.agent for shown in page]
        place = told[-1].name, told[-1].id
    assert len({agent.id for agent in told}) == len(told) == 7
    assert [agent.name.casefold() for agent in told] == sorted(agent.name.casefold() for agent in told)


async def test_an_agent_is_told_with_whose_place_it_took_and_no_other_is_read(hub: Bench, read: Read) -> None:
    tenant = await hub.tenant()
    old, *_ = await fleet(hub, tenant, *NAMES)
    new = attrs.evolve(old, id=AgentId(new_id()), replaces=old.id)
    async with hub.units.writing() as unit:
        await unit.agents.add(tenant, new)
    read.taken()
    lineage = await hub.services.agents.lineage(tenant, CONSOLE, old.id)
    assert (lineage.replaces, lineage.replaced_by) == (None, new)
    lineage = await hub.services.agents.lineage(tenant, CONSOLE, new.id)
    assert (lineage.replaces, lineage.replaced_by) == (old, None)
    assert read.taken() == 4


async def test_names_are_told_of_those_asked_for_without_reading_the_agents(hub: Bench, read: Read) -> None:
    tenant = await hub.tenant()
    attic, *_ = await fleet(hub, tenant, *NAMES)
    wanted = [attic.id, AgentId(new_id())]
    assert await hub.services.agents.names(tenant, CONSOLE, wanted) == {attic.id: "attic"}
    assert read.taken() == 0
