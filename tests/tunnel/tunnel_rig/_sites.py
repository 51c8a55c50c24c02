"""Three sites: a computer at home, the hub in the middle, two computers and a device in the office.

- Home and office have a route to the cloud and none to each other.
- Agents reach the hub over TLS at its own address, over cables that can be slow, lossy or cut.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import attrs
import httpx
import trio
from discovery_rig import Host, Simulated
from fleet_rig import Place
from joined_rig import HubProcess
from rig import (
    Agent,
    AgentJob,
    Cupsd,
    Program,
    ProgramFailed,
    agent_jobs,
    run_lp,
    standing_on,
    wait_for_job,
    wait_until,
)

from tunnel_rig._attacker import Attacker
from tunnel_rig._cable import Cables
from tunnel_rig._furnish import LOBBY
from tympan_net.ipp_client import IppClient
from tympan_sim import Record, read_journal
from tympan_wire.ipp import Attribute, attr

HOME: Final = "desk"
OFFICE: Final = ("left", "right")
CLOUD: Final = "hub"
DEVICE: Final = "lobby"
USER: Final = "ben"
"""Who prints at home."""
LETTER: Final = Path(__file__).parents[2] / "documents" / "01-a4-1p-gray.pdf"
_MARK: Final = re.compile(r" \[[0-9a-f-]+\]$")
"""By which an agent asks the device whether another one brought it the same job."""
WAIT_S: Final = 120.0
"""Generous, because the machine may be busy with other tests."""


@attrs.define(kw_only=True)
class Sites:
    """All of it, running, every agent enrolled.

    Attributes:
        hosts: By name: of agents, of the hub, and of the device.
        cables: By the same names.
        hub: The hub's process.
        place: Whom it knows.
        agents: By the name of their host.
        cups: The spooler at home.
        device: The device's process.
        papers: Where the device writes down what came out of it.
        names: What the hub calls its agents, by the name of their host.
        spool: Where the agent at home takes jobs, for the test's own programs.
        attacker: What lies before the hub, where it does.
    """

    hosts: Mapping[str, Host]
    cables: Cables
    hub: HubProcess
    place: Place
    agents: Mapping[str, Agent]
    cups: Cupsd
    device: Simulated
    papers: Path
    names: Mapping[str, str]
    spool: str
    attacker: Attacker | None
    _client: httpx.AsyncClient

    @property
    def home(self) -> Agent:
        """The computer whose jobs go through the tunnel."""
        return self.agents[HOME]

    def program(self, host: str) -> Program:
        """What runs on a host."""
        if host in self.agents:
            return self.agents[host].program
        return self.hub.program if host == CLOUD else self.device.program

    async def start(self, host: str) -> None:
        """Starts what runs on a host, as it was; returns when it answers."""
        if host in self.agents:
            await self.agents[host].start()
        elif host == CLOUD:
            await self.hub.start()
        else:
            await self.device.start()

    def journal(self, title: str = "") -> list[Record]:
        """What came out of the device, all of it or what has that title; the mark of a shared job is left out."""
        papers = [attrs.evolve(record, name=_MARK.sub("", record.name)) for record in read_journal(self.papers)]
        return [record for record in papers if title in ("", record.name)]

    async def api(self, method: str, path: str, *, owner: bool = False, **body: Any) -> Any:
        """Asks the hub's API as the administrator or as the service owner, who must be answered well."""
        token = self.place.owner_token if owner else self.place.tenant_token
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._client.request(method, f"/api/v1/{path}", json=body or None, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def until(self, look: Callable[[], Awaitable[Any]], what: str, timeout_s: float = WAIT_S) -> Any:
        """Waits for something, and returns it; where it does not come, says how every job of every agent stands."""
        try:
            return await wait_until(look, what, timeout_s=timeout_s, every_s=0.1)
        except TimeoutError as error:
            for name, ours in self.agents.items():
                error.add_note(f"{name}: {await _jobs(ours)}")
            raise

    async def send(self, *titles: str, document: Path = LETTER, job: Sequence[Attribute] = ()) -> None:
        """Prints at home under each title; returns when the agent has taken all, which is when they are durable."""
        body = await trio.Path(document).read_bytes()
        async with IppClient(f"{self.spool}/ipp/print/{LOBBY}", user=USER) as client:
            for title in titles:
                await client.print_job(body, "application/pdf", [attr.name_("job-name", title)], job)

    async def jobs(self, host: str = HOME) -> dict[str, AgentJob]:
        """The jobs an agent knows, by title."""
        return {job.name: job for job in await agent_jobs(self.agents[host])}

    async def job_at(self, host: str, title: str) -> AgentJob | None:
        """A job of home as another agent has it, which is shown no titles of what others sent."""
        own = (await self.jobs()).get(title)
        there = await agent_jobs(self.agents[host])
        return next((job for job in there if own is not None and job.uuid == own.uuid), None)

    async def lp(self, document: Path, title: str, **options: str) -> int:
        """Prints with ``lp`` at home; option names with ``_`` for ``-``. Returns the number of the job at CUPS."""
        given = {name.replace("_", "-"): value for name, value in options.items()}
        with standing_on(self.hosts[HOME]):
            return await run_lp(self.cups.server, LOBBY, document, given, title=title)

    async def ended_at_cups(self, number: int) -> str:
        """How CUPS at home says a job ended, once it did."""
        with standing_on(self.hosts[HOME]):
            return (await wait_for_job(self.cups.server, number)).state

    def crossing(self, uuid: str) -> tuple[str, str]:
        """State and holder, by the name of its host, of a job's newest crossing as the hub's database has it."""
        by_name = {name: host for host, name in self.names.items()}
        with closing(sqlite3.connect(self.hub.home / "hub.db", timeout=30)) as database:
            row = database.execute(
                "SELECT state, holder FROM crossings WHERE job = ? ORDER BY offered_at DESC", (UUID(uuid).hex,)
            ).fetchone()
        return (row[0], by_name.get(row[1] or "", "")) if row else ("", "")

    async def over(self, title: str, timeout_s: float = WAIT_S) -> AgentJob:
        """Waits until a job of home has ended."""

        async def ended() -> AgentJob | None:
            job = (await self.jobs()).get(title)
            return job if job is not None and job.over else None

        found: AgentJob = await self.until(ended, f"{title} to end", timeout_s)
        return found

    async def come_out(self, title: str) -> Record:
        """Waits until something of that title came out."""

        async def there() -> Record | None:
            return next(iter(self.journal(title)), None)

        found: Record = await self.until(there, f"{title} to come out")
        return found

    async def ready(self, tunneled: bool) -> None:
        """Waits until everybody knows the printer, and, where jobs may come through the hub, the office prints them."""

        async def known() -> bool:
            rows = {name: await self._printer(name) for name in self.agents}
            serving = not tunneled or all(rows[name].get("serves") for name in OFFICE)
            return all(rows.values()) and serving

        await self.until(known, "everybody to know the printer")

    async def _printer(self, host: str) -> Mapping[str, Any]:
        rows = await self.agents[host].ask("printers.list")
        return next((row for row in rows if row["id"] == LOBBY), {})

    def lead_home(self) -> None:
        """Gives home a route to the office, as a notebook has that is carried there."""
        self._route("add")

    def lead_away(self) -> None:
        """Takes it away again."""
        self._route("del")

    def _route(self, how: str) -> None:
        for one, other in ((HOME, DEVICE), (DEVICE, HOME)):
            here, there = self.hosts[one].subnet, self.hosts[other].subnet
            self.hosts[one].namespace.ip(f"route {how} {there.network} via {here.network[1]}")


async def _jobs(ours: Agent) -> object:
    try:
        return await ours.ask("jobs.list")
    except ProgramFailed as error:
        return error
