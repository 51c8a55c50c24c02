"""A job's whole way: from a computer without a driver, sealed through the real hub, to a queue of another computer.

Hub, both agents and the print system are processes; the device is a backend that keeps what it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import attrs
import trio
from joined_rig import HubProcess, hub_process
from portal_rig import PASSWORD
from rig import KEEPER, Agent, AgentJob, Cupsd, Kept, agent, agent_jobs, kept_in, private_cupsd, wait_until

from sharing_rig._machine import add_queue_of
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, PrinterId, TenantId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.shares import SharedFor, SharingRules
from tympan_hub.service import Services
from tympan_hub.service.sharing import ShareShown
from tympan_net.ipp_client import IppClient
from tympan_wire.ipp import Attribute, attr

T = TypeVar("T")
QUEUE: Final = "laser"
LETTER: Final = Path(__file__).parents[2] / "documents" / "01-a4-1p-gray.pdf"
WAIT_S: Final = 120.0
_SETTINGS: Final = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.02
poll_s = 1.0
[cloud_tunnel]
poll_s = 1.0
[printer_sharing]
look_s = 1.0
"""
_SPOOLER: Final = """
[spool_cups]
server = "{server}"
watch_interval_s = 0.5
"""


@attrs.frozen(kw_only=True)
class SharedWay:
    """Hub, the computer that prints and the one that shares, both print systems, and what the hub calls the share."""

    hub: HubProcess
    home: Agent
    near: Agent
    cups: Cupsd
    home_cups: Cupsd
    folder: Path
    printer: str
    ada: Actor

    async def at_hub(self, act: Callable[[Services, TenantId, Actor], Awaitable[T]]) -> T:
        """What an administrator sees or does in the portal."""
        tenant = self.ada.tenant
        assert tenant is not None
        return await _inside(self.hub.home, lambda services: act(services, tenant, self.ada))

    async def shown(self) -> ShareShown:
        """The share as the portal shows it on its printer's page."""
        printer = PrinterId(self.printer)
        found = await self.at_hub(lambda services, tenant, by: services.sharing.of_printer(tenant, by, printer))
        assert found is not None
        return found

    async def known_at_home(self) -> bool:
        """Whether the other computer may print on it."""
        return self.printer in {row["id"] for row in await self.home.ask("printers.list")}

    async def print(self, title: str, *ticket: Attribute, document: Path = LETTER) -> None:
        """Somebody prints at home; the job is durable when it returns."""
        body = await trio.Path(document).read_bytes()
        async with IppClient(f"ipp://localhost:{self.home.port}/ipp/print/{self.printer}", user="ben") as client:
            await client.print_job(body, "application/pdf", [attr.name_("job-name", title)], ticket)

    def printed(self, title: str = "") -> list[Kept]:
        """What came out."""
        return [one for one in kept_in(self.folder) if title in ("", one.title)]

    async def jobs(self, of: Agent | None = None) -> dict[str, AgentJob]:
        """The jobs of a computer, of home unless told, by title."""
        return {job.name: job for job in await agent_jobs(of or self.home)}

    async def over(self, title: str) -> AgentJob:
        """Waits until a job has its end at home."""

        async def ended() -> AgentJob | None:
            job = (await self.jobs()).get(title)
            return job if job is not None and job.over else None

        try:
            return await wait_until(ended, f"{title} to end", timeout_s=WAIT_S, every_s=0.1)
        except TimeoutError as error:
            for ours in (self.home, self.near):
                for job in await agent_jobs(ours):
                    error.add_note(await ours.tympan("job", str(job.number)))
            raise


async def until(look: Callable[[], Awaitable[object]], what: str) -> None:
    """Waits for something."""
    await wait_until(look, what, timeout_s=WAIT_S, every_s=0.1)


async def _inside(home: Path, act: Callable[[Services], Awaitable[T]]) -> T:
    async def done() -> T:
        async with hub(Home(home)) as services:
            return await act(services)

    return await trio.to_thread.run_sync(lambda: asyncio.run(done()))


async def _furnish(services: Services) -> tuple[Actor, Sequence[str]]:
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    added = services.people.add(
        tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.ADMINISTRATOR, login="ada", password=PASSWORD
    )
    ada = (await added).actor
    for key in (TUNNEL_SEND, TUNNEL_RECEIVE, "share.queues"):
        await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
    await services.policy.switch(tenant, ada, "agent.require-sign-in", Verdict.OFF)
    await services.sharing.change_rules(tenant, ada, SharingRules(audience=SharedFor.EVERYBODY))
    return ada, [await services.agents.make_token(tenant, CONSOLE) for _ in range(2)]


@asynccontextmanager
async def shared_way(folder: Path) -> AsyncIterator[SharedWay]:
    """All of it, everybody acquainted."""
    async with AsyncExitStack() as stack:
        cups = await stack.enter_async_context(private_cupsd(backends={"keep": KEEPER}))
        home_cups = await stack.enter_async_context(private_cupsd())
        kept = cups.root / "kept"
        kept.mkdir()
        kept.chmod(0o777)
        await add_queue_of(cups, kept, QUEUE, 1)
        ada, tokens = await _inside(folder / "hub", _furnish)
        serving = await stack.enter_async_context(hub_process(folder / "hub"))
        await serving.start()
        agents = []
        for name, token, spooler in zip(("home", "near"), tokens, (home_cups, cups), strict=True):
            settings = _SETTINGS + _SPOOLER.format(server=spooler.socket)
            env = {"TYMPAN_KEYS": "file"}
            ours = await stack.enter_async_context(agent(folder / name, env=env, settings=settings, started=False))
            await ours.start()
            await ours.tympan("hub", "enrol", serving.url, "--token", token)
            agents.append(ours)
        printer = await _ready(*agents)
        yield SharedWay(
            hub=serving,
            home=agents[0],
            near=agents[1],
            cups=cups,
            home_cups=home_cups,
            folder=kept,
            printer=printer,
            ada=ada,
        )


async def _ready(home: Agent, near: Agent) -> str:
    """The printer's id, once both computers know how it is reached."""
    told: list[str] = []

    async def known() -> bool:
        here = {row["id"]: row for row in await home.ask("printers.list")}
        there = [row for row in await near.ask("printers.list") if row["uri"].startswith("tympan-share:")]
        told[:] = [
            row["id"]
            for row in there
            if row["serves"] and row["device"] and row["device"]["reachable"] and row["id"] in here
        ]
        return bool(told) and here[told[0]]["reach"] == "tunnel"

    await until(known, "both computers to know how the printer is reached")
    return told[0]
