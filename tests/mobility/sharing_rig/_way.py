"""A job's whole way: from a computer without a driver, sealed through the real hub, to a queue of another computer.

Hub, both agents and the print system are processes; the device is a backend that keeps what it was sent. The hub has
the share as a printer whose address names it, and whose jobs only its own computer prints.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
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
from tympan_hub.domain.ids import SERVICE, AgentId, PrinterId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.service import Services
from tympan_net.ipp_client import IppClient
from tympan_wire.ipp import Attribute, attr

T = TypeVar("T")
QUEUE: Final = "laser"
SHARED: Final = "shared"
"""The id of the printer at the hub."""
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
_NO_SPOOLER: Final = "127.0.0.1:1"


@attrs.frozen(kw_only=True)
class SharedWay:
    """Hub, the computer that prints, the one that shares, and its print system."""

    hub: HubProcess
    home: Agent
    near: Agent
    cups: Cupsd
    folder: Path

    async def print(self, title: str, *ticket: Attribute, document: Path = LETTER) -> None:
        """Somebody prints at home; the job is durable when it returns."""
        body = await trio.Path(document).read_bytes()
        async with IppClient(f"ipp://localhost:{self.home.port}/ipp/print/{SHARED}", user="ben") as client:
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
    await services.printers.add(tenant, ada, name=SHARED.title(), uri="ipp://192.0.2.1/ipp/print")
    return ada, [await services.agents.make_token(tenant, CONSOLE) for _ in range(2)]


async def _only_near(services: Services, ada: Actor, near: str) -> None:
    assert ada.tenant is not None
    group = await services.groups.add(ada.tenant, ada, name="Near")
    await services.groups.join_agent(ada.tenant, ada, group.id, AgentId(near))
    choice = TunnelChoice(use=TunnelUse.ALWAYS, group=group.id)
    await services.tunnel_use.choose(ada.tenant, ada, PrinterId(SHARED), choice)


def _name_share(home: Path, share: str) -> None:
    """Gives the printer the address of a share, as a hub does that registers shares."""
    with closing(sqlite3.connect(home / "hub.db", timeout=30)) as database, database:
        changed = database.execute("UPDATE printers SET uri = ? WHERE id = ?", (f"tympan-share:{share}", SHARED))
        assert changed.rowcount == 1


@asynccontextmanager
async def shared_way(folder: Path) -> AsyncIterator[SharedWay]:
    """All of it, everybody acquainted."""
    async with AsyncExitStack() as stack:
        cups = await stack.enter_async_context(private_cupsd(backends={"keep": KEEPER}))
        kept = cups.root / "kept"
        kept.mkdir()
        kept.chmod(0o777)
        await add_queue_of(cups, kept, QUEUE, 1)
        ada, tokens = await _inside(folder / "hub", _furnish)
        serving = await stack.enter_async_context(hub_process(folder / "hub"))
        await serving.start()
        agents, names = [], []
        for name, token in zip(("home", "near"), tokens, strict=True):
            env = {"TYMPAN_KEYS": "file", **({"CUPS_SERVER": _NO_SPOOLER} if name == "home" else {})}
            settings = _SETTINGS + (_SPOOLER.format(server=cups.socket) if name == "near" else "")
            ours = await stack.enter_async_context(agent(folder / name, env=env, settings=settings, started=False))
            await ours.start()
            enrolled = await ours.tympan("hub", "enrol", serving.url, "--token", token, "--json")
            names.append(json.loads(enrolled)["agent"])
            agents.append(ours)
        found = SharedWay(hub=serving, home=agents[0], near=agents[1], cups=cups, folder=kept)
        await _inside(folder / "hub", lambda services: _only_near(services, ada, names[1]))
        _name_share(folder / "hub", await _share(found))
        await _inside(folder / "hub", lambda services: _touch(services, ada))
        await _ready(found)
        yield found


async def _touch(services: Services, ada: Actor) -> None:
    """Something else changes, so that agents are told what there is."""
    assert ada.tenant is not None
    await services.printers.add(ada.tenant, ada, name="Other", uri="ipp://192.0.2.2/ipp/print")


async def _share(found: SharedWay) -> str:
    told: list[str] = []

    async def listed() -> bool:
        try:
            row = json.loads(await found.near.tympan("shares", "--json"))
        except Exception:
            return False
        told[:] = [one["share"] for one in row["queues"] if one["queue"] == QUEUE and one["share"]]
        return bool(told)

    await until(listed, "the queue to be found")
    return told[0]


async def _ready(found: SharedWay) -> None:
    async def known() -> bool:
        here = [row for row in await found.home.ask("printers.list") if row["id"] == SHARED]
        there = [row for row in await found.near.ask("printers.list") if row["id"] == SHARED]
        if not here or not there:
            return False
        serving = there[0]["serves"] and there[0]["uri"].startswith("tympan-share:")
        seen = bool(there[0]["device"]) and there[0]["device"]["reachable"]
        return bool(here[0]["reach"] != "direct" and serving and seen)

    await until(known, "both computers to know how the printer is reached")
