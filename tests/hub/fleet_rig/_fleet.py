"""A fleet on a served hub: enrolled, listening, half of it in a group."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
import httpx
from hub_rig import PASSWORD, AgentKey, RemoteAgent
from portal_rig import served

from fleet_rig._agent import FleetAgent
from fleet_rig._switches import LocalSwitches, Switches
from tympan._home import Home as AgentHome
from tympan._policy import Scope
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, AgentId, GroupId, TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.service import Services

_LIFE = dt.timedelta(days=1)
_OBEYED_S = 60.0
_AT_ONCE = 20
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: every client would make one, and none needs it on loopback."""


@attrs.frozen(kw_only=True)
class Place:
    """A hub's state folder, with what a fleet needs in it."""

    home: Path
    tenant: TenantId
    group: GroupId
    administrator: Person
    tokens: tuple[str, ...]
    tenant_token: str
    owner_token: str


@attrs.frozen(kw_only=True)
class Fleet:
    """Agents that listen; the first half of them is in the group."""

    agents: tuple[FleetAgent, ...]
    tenants: Switches
    groups: Switches
    owners: Switches
    machines: LocalSwitches
    users: LocalSwitches

    @property
    def grouped(self) -> tuple[FleetAgent, ...]:
        """Those in the group."""
        return self.agents[: len(self.agents) // 2]

    @property
    def others(self) -> tuple[FleetAgent, ...]:
        """Those outside."""
        return self.agents[len(self.agents) // 2 :]

    def switches(self, scope: Scope) -> Switches | LocalSwitches:
        """Those of a scope."""
        by_scope: dict[Scope, Switches | LocalSwitches] = {
            Scope.OWNER: self.owners,
            Scope.TENANT: self.tenants,
            Scope.GROUP: self.groups,
            Scope.MACHINE: self.machines,
            Scope.USER: self.users,
        }
        return by_scope[scope]

    async def obeys(self, agents: tuple[FleetAgent, ...], keys: frozenset[str], *, running: bool) -> None:
        """Waits until each of these agents runs all of these keys, or none of them."""
        async with asyncio.timeout(_OBEYED_S):
            while not all(agent.running & keys == (keys if running else frozenset()) for agent in agents):
                await asyncio.sleep(0.005)


async def furnished(folder: Path, size: int) -> Place:
    """Makes a hub with a tenant, a group, and as many enrolment tokens as the fleet is large."""
    async with hub(Home(folder)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Fleet")).id
        admin = await _person(services, tenant, "administrator@fleet.example", Role.ADMINISTRATOR)
        owner = await _person(services, SERVICE, "owner@hub.example", Role.OWNER)
        group = await services.groups.add(tenant, admin.actor, name="Site")
        tokens = [await services.agents.make_token(tenant, CONSOLE) for _ in range(size)]
        return Place(
            home=folder,
            tenant=tenant,
            group=group.id,
            administrator=admin,
            tokens=tuple(tokens),
            tenant_token=await _api_token(services, admin, Role.ADMINISTRATOR),
            owner_token=await _api_token(services, owner, Role.OWNER),
        )


async def _person(services: Services, tenant: TenantId, email: str, role: Role) -> Person:
    return await services.people.add(tenant, CONSOLE, email=email, name="Ada", role=role, password=PASSWORD)


async def _api_token(services: Services, person: Person, role: Role) -> str:
    made, _ = await services.api_tokens.make(person.tenant, person.actor, name="fleet", role=role, validity=_LIFE)
    return made


@asynccontextmanager
async def fleet(place: Place) -> AsyncIterator[Fleet]:
    """Serves the hub and lets the fleet run; each agent has two connections of its own, as on machines of their own."""
    with served(place.home) as running:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(_client(running.url)) for _ in range(len(place.tokens) + 1)]
            agents = tuple(_agent(*one, place.home) for one in enumerate(clients[:-1]))
            gate = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(_enrol(gate, *pair, running.url) for pair in zip(agents, place.tokens, strict=True)))
            await _put_in(clients[-1], place, agents[: len(agents) // 2])
            group = await stack.enter_async_context(asyncio.TaskGroup())
            tasks = [group.create_task(life) for agent in agents for life in (agent.run(), agent.watch(), agent.tell())]
            await asyncio.gather(*(agent.streaming.wait() for agent in agents))
            yield Fleet(
                agents=agents,
                tenants=Switches(clients[-1], place.tenant_token),
                groups=Switches(clients[-1], place.tenant_token, place.group),
                owners=Switches(clients[-1], place.owner_token),
                machines=LocalSwitches(agents, Scope.MACHINE),
                users=LocalSwitches(agents, Scope.USER),
            )
            for task in tasks:
                task.cancel()


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=60, verify=_NO_TLS)


def _agent(number: int, client: httpx.AsyncClient, beside: Path) -> FleetAgent:
    name = f"desk-{number:03}"
    remote = RemoteAgent(client=client, clock=SystemClock(), key=AgentKey.new(), name=name)
    return FleetAgent(remote, home=AgentHome(beside.parent / name))


async def _enrol(gate: asyncio.Semaphore, agent: FleetAgent, token: str, address: str) -> None:
    async with gate:
        await agent.enrol(token, address)


async def _put_in(client: httpx.AsyncClient, place: Place, agents: tuple[FleetAgent, ...]) -> None:
    headers = {"Authorization": f"Bearer {place.tenant_token}"}
    for agent in agents:
        path = f"/api/v1/groups/{place.group}/agents/{AgentId(agent.remote.id)}"
        answer = await client.put(path, headers=headers)
        assert answer.status_code == 204, answer.text
