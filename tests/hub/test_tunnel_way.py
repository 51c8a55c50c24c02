"""A job through the real hub: from a computer that reaches no device to paper, by another one, sealed all the way.

Both agents, the hub and the device are processes or stand-ins of the product's own; either agent is killed on the way.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import attrs
import pytest
import trio
from joined_rig import HubProcess, hub_process
from portal_rig import PASSWORD
from rig import Agent, agent, agent_jobs, simulator, wait_until
from submission_pictures import DPI, SAME, apart, paper_pictures, pictures

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, AgentId, PrinterId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.service import Services
from tympan_net.ipp_client import IppClient
from tympan_sim import PrinterHandle, Profile
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]
T = TypeVar("T")
LOBBY, WAIT_S = "lobby", 90.0
LETTER = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
MARKER = b"nobody but its owner reads this line of the document. "
URF_ONLY = Profile(name=LOBBY, formats=("image/urf",), resolutions_dpi=(DPI,))
TITLE = "Secret plans of everybody"
SETTINGS = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.02
poll_s = 1.0
[cloud_tunnel]
poll_s = 1.0
"""


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@attrs.frozen(kw_only=True)
class Way:
    """Hub, device, the computer that prints, and the one beside the device."""

    hub: HubProcess
    device: PrinterHandle
    home: Agent
    near: Agent

    async def print(self, title: str = TITLE) -> None:
        """Somebody prints at home; the job is durable when it returns."""
        body = LETTER.read_bytes() + b"\n%" + MARKER * 40_000
        async with IppClient(f"ipp://localhost:{self.home.port}/ipp/print/{LOBBY}", user="ben") as client:
            await client.print_job(body, "application/pdf", [attr.name_("job-name", title)])

    @property
    def papers(self) -> list[str]:
        """What came out, by title; what a job is told from its like by at the device is left out."""
        return [record.name.partition(" [")[0] for record in self.device.journal]

    async def came_out(self) -> bool:
        return bool(self.papers)

    async def over(self) -> bool:
        """Whether the job at home has its end."""
        return all(job.over for job in await agent_jobs(self.home))

    async def stories(self, of: Agent) -> list[str]:
        """What the jobs of a computer tell of themselves."""
        return [await of.tympan("job", str(job.number), "--json") for job in await agent_jobs(of)]


async def until(look: Callable[[], Awaitable[object]], what: str) -> None:
    await wait_until(look, what, timeout_s=WAIT_S, every_s=0.1)


async def beside(home: Path, act: Callable[[Services], Awaitable[T]]) -> T:
    """Does something inside the hub, beside its process."""

    async def done() -> T:
        async with hub(Home(home)) as services:
            return await act(services)

    return await trio.to_thread.run_sync(lambda: asyncio.run(done()))


async def _furnish(services: Services, device: str) -> tuple[Actor, list[str]]:
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    added = services.people.add(
        tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.ADMINISTRATOR, login="ada", password=PASSWORD
    )
    ada = (await added).actor
    for key in (TUNNEL_SEND, TUNNEL_RECEIVE):
        await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
    await services.policy.switch(tenant, ada, "agent.require-sign-in", Verdict.OFF)
    await services.printers.add(tenant, ada, name="Lobby", uri=device)
    return ada, [await services.agents.make_token(tenant, CONSOLE) for _ in range(2)]


async def _through_the_hub(services: Services, ada: Actor, near: str, use: TunnelUse) -> None:
    assert ada.tenant is not None
    group = await services.groups.add(ada.tenant, ada, name="Near")
    await services.groups.join_agent(ada.tenant, ada, group.id, AgentId(near))
    await services.tunnel_use.choose(ada.tenant, ada, PrinterId(LOBBY), TunnelChoice(use=use, group=group.id))


@asynccontextmanager
async def way(
    folder: Path,
    use: TunnelUse = TunnelUse.ALWAYS,
    device: Profile = Profile(name=LOBBY),  # noqa: B008  # frozen
) -> AsyncIterator[Way]:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(simulator(folder / "devices", device))
        ada, tokens = await beside(folder / "hub", lambda services: _furnish(services, site[LOBBY].uri))
        serving = await stack.enter_async_context(hub_process(folder / "hub"))
        await serving.start()
        agents, names = [], []
        for name, token in zip(("home", "near"), tokens, strict=True):
            made = agent(folder / name, env={"TYMPAN_KEYS": "file"}, settings=SETTINGS, started=False)
            ours = await stack.enter_async_context(made)
            await ours.start()
            names.append(
                json.loads(await ours.tympan("hub", "enrol", serving.url, "--token", token, "--json"))["agent"]
            )
            agents.append(ours)
        await beside(folder / "hub", lambda services: _through_the_hub(services, ada, names[1], use))
        found = Way(hub=serving, device=site[LOBBY], home=agents[0], near=agents[1])
        await _ready(found)
        yield found


async def _ready(found: Way) -> None:
    async def known() -> bool:
        [here] = [row for row in await found.home.ask("printers.list") if row["id"] == LOBBY]
        there = [row for row in await found.near.ask("printers.list") if row["id"] == LOBBY]
        plugins = [await each.ask("plugins") for each in (found.home, found.near)]
        run = all({row["id"]: row["status"] for row in rows}["cloud_tunnel"] == "running" for rows in plugins)
        return run and here["reach"] != "direct" and bool(there) and bool(there[0]["serves"])

    await until(known, "both computers to know how the printer is reached")


def files_with(folder: Path, secret: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


async def test_a_job_comes_out_where_its_own_computer_reaches_no_device_and_the_hub_read_nothing(
    tmp_path: Path,
) -> None:
    async with way(tmp_path, device=URF_ONLY) as here:
        await here.print()
        await until(here.came_out, "the job to come out")
        await until(here.over, "its owner's computer to know")
        assert here.papers == [TITLE]
        [paper] = here.device.journal
        [page] = paper_pictures(Path(paper.file).read_bytes(), paper.format, tmp_path)
        assert paper.format == "image/urf"
        assert apart(page, pictures(LETTER.read_bytes())[0]) < SAME, "drawn by the computer beside the device"
        [job] = await agent_jobs(here.home)
        assert job.state == "completed"
        [story] = await here.stories(here.home)
        assert "through the hub, as all jobs of this printer" in story
    for place in ("hub", "home", "near"):
        assert files_with(tmp_path / place, MARKER) == []


async def test_a_job_whose_own_computer_is_killed_on_the_way_comes_out_once(tmp_path: Path) -> None:
    async with way(tmp_path) as here:
        await here.near.kill9()
        await here.print()

        async def given() -> bool:
            return any("given to the hub" in story for story in await here.stories(here.home))

        await until(given, "the job to be at the hub")
        await here.home.kill9()
        await here.near.start()
        await until(here.came_out, "the job to come out")
        await here.home.start()
        await until(here.over, "its owner's computer to know")
        assert here.papers == [TITLE]


async def test_a_job_whose_receiving_computer_is_killed_on_the_way_comes_out_once(tmp_path: Path) -> None:
    async with way(tmp_path) as here:
        await here.print()

        async def coming() -> bool:
            return bool(await here.near.ask("jobs.list"))

        await until(coming, "the job to come in")
        await here.near.kill9()
        await here.near.start()
        await until(here.over, "the job to have an end")
        assert here.papers == [TITLE]


async def test_a_device_that_answers_is_printed_on_directly_and_one_that_does_not_through_the_hub(
    tmp_path: Path,
) -> None:
    async with way(tmp_path, TunnelUse.FALLBACK) as here:
        await here.print()
        await until(here.over, "the job to come out")
        [story] = await here.stories(here.home)
        assert "takes it there: over IPP" in story
        assert here.papers == [TITLE]
