"""A hub, a device and computers beside it that print what people and programs hand in."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pikepdf
import trio
from joined_rig import HubProcess, hub_process
from PIL import Image
from portal_rig import PASSWORD
from rig import Agent, agent, simulator, wait_until
from submission_pictures import DPI, paper_pictures

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.jobs import ENDED
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, Verdict
from tympan_hub.service import Services
from tympan_sim import PrinterHandle, Profile, Record

LOBBY, WAIT_S = "lobby", 90.0
EMAIL, OTHER = "ada@acme.example", "bob@other.example"
DOCUMENTS = Path(__file__).parents[1] / "documents"
MARKER = b"nobody but its owner reads this line of the document. "
URF_ONLY = Profile(name=LOBBY, formats=("image/urf",), resolutions_dpi=(DPI,))
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


@attrs.frozen(kw_only=True)
class Hall:
    """A hub, a device, and two computers beside it.

    Attributes:
        folder: Where all of them have their own.
        agents: By name.
        names: What the hub calls them, by name.
        token: Of a program of Ada's.
    """

    folder: Path
    hub: HubProcess
    device: PrinterHandle
    agents: Mapping[str, Agent]
    names: Mapping[str, str]
    token: str

    @property
    def titles(self) -> list[str]:
        """What came out, by title."""
        return [record.name.partition(" [")[0] for record in self.device.journal]

    def papers(self, title: str) -> list[Record]:
        """What came out of a document, in order."""
        return [record for record in self.device.journal if record.name.partition(" [")[0] == title]

    async def came_out(self, *titles: str) -> None:
        """Waits for each."""

        async def there() -> bool:
            return all(map(self.papers, titles))

        await wait_until(there, f"{titles} to come out", timeout_s=WAIT_S, every_s=0.1)

    async def over(self, job: UUID) -> str:
        """Waits until a job has ended; how."""

        async def ended() -> str:
            state = self.state(job)
            return state if state in ENDED else ""

        return await wait_until(ended, "the job to end", timeout_s=WAIT_S, every_s=0.1)

    def drawn(self, title: str) -> list[Image.Image]:
        """Its pages as they lie in the tray; it came out once."""
        [paper] = self.papers(title)
        return paper_pictures(Path(paper.file).read_bytes(), paper.format, self.folder)

    def crossing(self, job: UUID) -> tuple[str, str]:
        """State and holder of a job's crossing as the hub's database has it; "" for what is not there."""
        by_name = {name: place for place, name in self.names.items()}
        asked = "SELECT state, holder FROM crossings WHERE job = ? ORDER BY offered_at DESC"
        row = self._row(asked, job)
        return (row[0], by_name.get(row[1] or "", "")) if row else ("", "")

    def newest(self) -> UUID | None:
        """The job of the newest crossing."""
        row = self._row("SELECT job FROM crossings ORDER BY offered_at DESC")
        return UUID(row[0]) if row else None

    def state(self, job: UUID) -> str:
        """State of a job, likewise."""
        row = self._row("SELECT standing FROM jobs WHERE id = ?", job)
        return row[0] if row else ""

    def _row(self, asked: str, *jobs: UUID) -> Any:
        with closing(sqlite3.connect(self.hub.home / "hub.db", timeout=30)) as database:
            return database.execute(asked, [job.hex for job in jobs]).fetchone()


async def _furnish(services: Services, device: str, places: Sequence[str]) -> tuple[str, list[str]]:
    """The program's token, and one for each place to enrol with."""
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    other = (await services.tenants.add(CONSOLE, "Other")).id
    ada, _ = [
        await services.people.add(
            place, CONSOLE, email=email, name=name, role=Role.ADMINISTRATOR, login=name.lower(), password=PASSWORD
        )
        for place, name, email in ((tenant, "Ada", EMAIL), (other, "Bob", OTHER))
    ]
    await services.policy.switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.ON)
    await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
    await services.printers.add(tenant, ada.actor, name="Lobby", uri=device)
    secret, _ = await services.api_tokens.make(
        tenant, ada.actor, name="program", role=Role.ADMINISTRATOR, validity=dt.timedelta(days=1)
    )
    return secret, [await services.agents.make_token(tenant, CONSOLE) for _ in places]


@asynccontextmanager
async def hall(
    folder: Path, device: Profile = URF_ONLY, places: Sequence[str] = ("east", "west")
) -> AsyncIterator[Hall]:
    """Agents print for whoever hands in; nothing was chosen of the printer."""

    async def furnished() -> tuple[str, list[str]]:
        async with hub(Home(folder / "hub")) as services:
            return await _furnish(services, site[LOBBY].uri, places)

    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(simulator(folder / "devices", device))
        secret, tokens = await trio.to_thread.run_sync(lambda: asyncio.run(furnished()))
        serving = await stack.enter_async_context(hub_process(folder / "hub"))
        await serving.start()
        agents = {}
        for name in places:
            made = agent(folder / name, env={"TYMPAN_KEYS": "file"}, settings=SETTINGS, started=False)
            agents[name] = await stack.enter_async_context(made)
        names: dict[str, str] = {}

        async def starts(name: str, token: str) -> None:
            await agents[name].start()
            joined = await agents[name].tympan("hub", "enrol", serving.url, "--token", token, "--json")
            names[name] = json.loads(joined)["agent"]

        async with trio.open_nursery() as nursery:
            for name, token in zip(agents, tokens, strict=True):
                nursery.start_soon(starts, name, token)
        found = Hall(folder=folder, hub=serving, device=site[LOBBY], agents=agents, names=names, token=secret)
        await wait_until(lambda: _ready(found), "all computers to serve the printer", timeout_s=WAIT_S)
        yield found


async def _ready(found: Hall) -> bool:
    rows = [row for ours in found.agents.values() for row in await ours.ask("printers.list") if row["id"] == LOBBY]
    return len(rows) == len(found.agents) and all(row["serves"] for row in rows)


def marked(pages: int, more: int = 2_000) -> bytes:
    """A document whose marker stands in it as it is, so often."""
    source = DOCUMENTS / "01-a4-1p-gray.pdf"
    with pikepdf.open(source) as one, pikepdf.new() as made:
        for _ in range(pages):
            made.pages.append(one.pages[0])
        made.Root.Kept = made.make_indirect(pikepdf.Stream(made, MARKER * more))
        into = io.BytesIO()
        made.save(into, compress_streams=False)
    return into.getvalue()


def files_with(folder: Path, secret: bytes) -> list[Path]:
    """Files below a folder in which it stands."""
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]
