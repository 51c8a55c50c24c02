"""Pages of a tenant with more computers than any page shows: none reads them all, and each is found."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench
from portal_steps import SignIn, send

from tympan_hub.adapters.sql import agents as storage
from tympan_hub.domain.agents import Agent, AgentFilter, SelfReport
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId, new_id
from tympan_hub.domain.limits.agents import SILENT
from tympan_hub.domain.limits.commands import CHECKERS
from tympan_hub.domain.limits.pages import CALLS, COMPUTERS, PAGE
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import DeviceSeen, QueueSeen
from tympan_wire.hub import DeviceCodeRequest

pytestmark = pytest.mark.anyio
OFFICE = PrinterId("office")
URI = "ipp://office.example/ipp/print"
MANY = 4 * PAGE


@attrs.frozen
class Fleet:
    """A tenant with a printer and many computers, all of which look at it."""

    hub: Bench
    tenant: TenantId
    admin: Person
    agents: tuple[AgentId, ...]


@pytest.fixture
async def fleet(hub: Bench) -> Fleet:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    agents = tuple(AgentId(new_id()) for _ in range(MANY))
    async with hub.units.writing() as unit:
        for number, agent in enumerate(agents):
            silent = number >= MANY - 3 * CALLS
            made = Agent(
                id=agent, tenant=tenant, name=f"desk-{number:03}", public_key=agent.encode(), certificate="",
                enrolled_at=BIRTH, seen_at=BIRTH - SILENT - dt.timedelta(1) if silent else BIRTH,
            )  # fmt: skip
            await unit.agents.add(tenant, made)
            seen = DeviceSeen(printer=OFFICE, agent=agent, reachable=True, observed_at=BIRTH)
            await unit.printers.saw_device(tenant, seen)
        for agent in agents[: 2 * CALLS]:
            await unit.agents.describe(tenant, agent, SelfReport(at=BIRTH, release="1", problems=("Full.",)))
    return Fleet(hub, tenant, admin, agents)


async def test_no_page_reads_more_computers_than_it_shows(
    fleet: Fleet, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await fleet.hub.services.groups.add(fleet.tenant, fleet.admin.actor, name="Post")
    asked = await fleet.hub.services.device_codes.begin(DeviceCodeRequest(name="desk-new"), source="x")
    client = await sign_in(fleet.admin)
    read: list[Agent] = []
    made = storage._agent

    def counted(row: Any) -> Agent:
        read.append(made(row))
        return read[-1]

    monkeypatch.setattr(storage, "_agent", counted)
    for path in (
        "/", "/printers", "/printers/office", "/printers/office?computer=desk", "/printers/new", "/agents",
        "/agents/tokens", f"/agents/{fleet.agents[0]}", f"/activate?code={asked.code.user_code}", "/jobs", "/usage",
        "/policy", f"/groups/{group.id}/computers?q=desk", "/audit", "/webhooks", "/account",
    ):  # fmt: skip
        read.clear()
        assert (await client.get(path)).status_code == 200, path
        assert len(read) <= PAGE + 1, path
    read.clear()
    await send(client, "/device-checks", uri=URI)  # and to the form again, which offers as many to choose from
    assert len(read) <= PAGE + 2 * CHECKERS


async def test_a_computer_is_found_by_its_name_on_the_page_of_a_printer(fleet: Fleet, sign_in: SignIn) -> None:
    client = await sign_in(fleet.admin)
    page = (await client.get("/printers/office")).text
    assert page.count('id="place-') == COMPUTERS
    assert f"{COMPUTERS} of {MANY} computers are shown" in page
    found = (await client.get("/printers/office?computer=DESK-17")).text
    assert found.count('id="place-') == 10
    assert "No computer fits" in (await client.get("/printers/office?computer=tower")).text


async def test_who_looks_at_an_address_is_found_by_name(fleet: Fleet, sign_in: SignIn) -> None:
    client = await sign_in(fleet.admin)
    page = (await client.get("/printers/new")).text
    assert page.count("<option") < MANY
    assert "There are more." in page
    found = (await send(client, "/device-checks/computers", name="Attic", uri=URI, computer="desk-199")).text
    assert fleet.agents[199] in found
    assert fleet.agents[0] not in found
    assert 'value="Attic"' in found
    chosen = (await send(client, "/device-checks/computers", agent=fleet.agents[7], computer="desk-199")).text
    assert f'value="{fleet.agents[7]}" selected' in chosen
    assert "No computer in use is called so" in (await send(client, "/device-checks/computers", computer="x")).text


async def test_computers_where_something_goes_on_come_first(fleet: Fleet, sign_in: SignIn) -> None:
    waiting, has = fleet.agents[-1], fleet.agents[-2]
    await fleet.hub.services.queues.install(fleet.tenant, fleet.admin.actor, OFFICE, fleet.agents[-3])
    command = await fleet.hub.services.queues.install(fleet.tenant, fleet.admin.actor, OFFICE, waiting)
    await fleet.hub.services.agents.revoke(fleet.tenant, fleet.admin.actor, fleet.agents[-3])
    async with fleet.hub.units.writing() as unit:
        queue = QueueSeen(printer=OFFICE, agent=has, installed=True, usable=True, observed_at=BIRTH)
        await unit.printers.saw_queue(fleet.tenant, queue)
    client = await sign_in(fleet.admin)
    shown = re.findall(r'id="place-(\w+)"', (await client.get("/printers/office")).text)
    assert shown[:2] == [waiting, has]
    assert fleet.agents[-3] not in shown
    assert str(command.id) in (await client.get("/printers/office")).text


async def test_the_first_page_counts_all_and_names_a_few(fleet: Fleet, sign_in: SignIn) -> None:
    await fleet.hub.services.agents.revoke(fleet.tenant, fleet.admin.actor, fleet.agents[-1])
    operator = await fleet.hub.person(fleet.tenant, Role.OPERATOR)
    page = (await (await sign_in(operator)).get("/")).text
    assert f"of {MANY - 1}" in page
    assert page.count("Full.") == CALLS
    assert f"And {2 * CALLS + 3 * CALLS - 1 - CALLS} more." in page


async def test_an_address_is_looked_at_by_those_heard_of_last(fleet: Fleet) -> None:
    late = fleet.agents[MANY // 2]
    async with fleet.hub.units.writing() as unit:
        await unit.agents.saw(fleet.tenant, late, BIRTH + dt.timedelta(1))
    asked = await fleet.hub.services.checks.ask(fleet.tenant, fleet.admin.actor, URI)
    assert len(asked) == CHECKERS
    assert asked[0].agent == late


async def test_programs_get_the_computers_of_a_printer_in_pages(fleet: Fleet) -> None:
    queues, by = fleet.hub.services.queues, fleet.admin.actor
    names: list[str] = []
    after: tuple[str, AgentId] | None = None
    while page := await queues.following(fleet.tenant, by, OFFICE, after, 30):
        names += [place.agent.name for place in page]
        after = page[-1].agent.name, page[-1].agent.id
    assert names == [f"desk-{number:03}" for number in range(MANY)]
    filtered = await fleet.hub.services.agents.find(fleet.tenant, by, AgentFilter(troubled=True))
    assert filtered.total == 2 * CALLS
