"""What the hub has written down, and the desk from which an administrator asks it for things."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import attrs
import httpx
import trio
from portal_rig import PASSWORD

from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.commands import Command, CommandState
from tympan_hub.domain.errors import Unavailable
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.jobs import Job, JobFilter
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import QueueSeen
from tympan_hub.domain.usage import By, Tally, UsageFilter
from tympan_hub.ports import Unit

T = TypeVar("T")
TENANT = TenantId("acme")
_DAY = dt.timedelta(days=1)
_SO_ALREADY, _AWAY = 409, 503
_ANSWER_S, _AGAIN_S = 30.0, 0.05
_WAIT_S = 120.0
"""For what is asked for again until the hub has it: one that was killed answers anew within some seconds."""


@attrs.frozen(kw_only=True)
class Books:
    """All the hub knows of a tenant."""

    agents: dict[str, Agent]
    jobs: tuple[Job, ...]
    commands: tuple[Command, ...]
    queues: tuple[QueueSeen, ...]
    used: Tally
    edition: int

    def of(self, agent: str) -> Books:
        """One agent's part; sums and edition are everybody's."""
        return attrs.evolve(
            self,
            agents={agent: self.agents[agent]} if agent in self.agents else {},
            jobs=tuple(job for job in self.jobs if job.agent == agent),
            commands=tuple(one for one in self.commands if one.agent == agent),
            queues=tuple(seen for seen in self.queues if seen.agent == agent),
        )

    def installed(self) -> set[str]:
        """Printers that have a queue."""
        return {seen.printer for seen in self.queues if seen.installed}

    def obeyed(self, agent: str) -> list[int]:
        """Which editions of the tenant's policy an agent says it obeys."""
        told = self.agents[agent].told
        return [one.number for one in told.policy if one.scope == "tenant"] if told else []

    def open(self) -> list[Command]:
        """Commands nobody has ended."""
        return [one for one in self.commands if one.state in (CommandState.WAITING, CommandState.LEASED)]


@attrs.frozen(kw_only=True)
class Desk:
    """An administrator's program: it asks through the API, and asks again when the hub died over it.

    Attributes:
        home: The hub's state folder, and where its database is.
        url: Where the hub answers.
        token: Of the API.
        printer: The id of the tenant's printer.
        invitations: Enrolment tokens.
    """

    home: Home
    url: str
    token: str
    printer: str
    invitations: list[str]

    async def books(self) -> Books:
        """What the hub has written down, whether it runs or not."""
        return await trio.to_thread.run_sync(lambda: asyncio.run(_read(self.home)))

    async def want(self, agent: str, order: str) -> None:
        """Asks once for a queue to be made (``install``) or removed (``uninstall``)."""
        kind = {"install": "install-queue", "uninstall": "remove-queue"}[order]
        with trio.fail_after(_WAIT_S):
            while not await self._stands(agent, kind):
                await self._ask("POST", f"/printers/{self.printer}/{order}", {"agent": agent})

    async def _stands(self, agent: str, kind: str) -> bool:
        """Whether such a command is written down; no where the database is away."""
        try:
            return any(one.order == kind for one in (await self.books()).of(agent).commands)
        except Unavailable:
            await trio.sleep(_AGAIN_S)
            return False

    async def switch(self, key: str, verdict: str) -> None:
        """Moves a switch of policy; a hub that was killed before it answered may say that it stands so already."""
        with trio.fail_after(_WAIT_S):
            while not await self._ask("PUT", f"/policy/switches/{key}", {"verdict": verdict}):
                await trio.sleep(_AGAIN_S)

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> bool:
        """Whether the hub did it, or says that it is so already; no where it or its database is away."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with httpx.AsyncClient(timeout=_ANSWER_S, trust_env=False) as client:
                answer = await client.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)
        except httpx.TransportError:
            await trio.sleep(_AGAIN_S)
            return False
        assert answer.is_success or answer.status_code in (_SO_ALREADY, _AWAY), answer.text
        return answer.status_code != _AWAY


async def _read(home: Home) -> Books:
    async def all_of(unit: Unit) -> Books:
        agents = {agent.id: agent for agent in await unit.agents.find(TENANT, AgentFilter(limit=PAGE_MOST))}
        names = [AgentId(name) for name in agents]
        jobs = await unit.jobs.find(TENANT, JobFilter(limit=200), None)
        printers = [printer.id for printer in await unit.printers.names(TENANT)]
        today = dt.datetime.now(dt.UTC).date()
        sums = await unit.usage.sums(TENANT, UsageFilter(since=today - _DAY, until=today), By.PRINTER, 100)
        edition = await unit.policies.current(TENANT)
        return Books(
            agents={str(name): agent for name, agent in agents.items()},
            jobs=jobs,
            commands=await unit.commands.at(TENANT, names, [*printers, *(str(job.id) for job in jobs)]),
            queues=await unit.printers.queues_at(TENANT, names),
            used=sum((row.tally for row in sums), Tally()),
            edition=edition.number if edition else 0,
        )

    return await _in_unit(home, all_of)


async def _in_unit(home: Home, act: Callable[[Unit], Awaitable[T]]) -> T:
    database = Database(home.where)
    try:
        async with SqlUnits(database).reading() as unit:
            return await act(unit)
    finally:
        await database.close()


async def opened(home: Home, port: int, device: str, agents: int) -> Desk:
    """A hub made ready: a tenant, an administrator with a token, a printer, and tokens for so many agents."""
    desk = Desk(home=home, url=f"http://127.0.0.1:{port}", token="", printer="", invitations=[])
    return await trio.to_thread.run_sync(lambda: asyncio.run(_open(desk, device, agents)))


async def _open(desk: Desk, device: str, agents: int) -> Desk:
    async with hub(desk.home) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        ada = await services.people.add(
            tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        token, _ = await services.api_tokens.make(
            tenant, ada.actor, name="desk", role=Role.ADMINISTRATOR, validity=_DAY
        )
        await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
        printer = await services.printers.add(tenant, ada.actor, name="Front desk", uri=device)
        invitations = [await services.agents.make_token(tenant, CONSOLE) for _ in range(agents)]
        return attrs.evolve(desk, token=token, printer=printer.id, invitations=invitations)
