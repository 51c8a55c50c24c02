"""A hub, a device and computers beside it that print what people and programs hand in."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

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
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, Verdict
from tympan_hub.service import Services
from tympan_sim import PrinterHandle, Profile

LOBBY, WAIT_S = "lobby", 90.0
EMAIL = "ada@acme.example"
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
    """A hub, a device, and computers beside it.

    Attributes:
        hub: It.
        device: Which they print on.
        agents: Of the computers.
        token: Of a program of Ada's.
    """

    hub: HubProcess
    device: PrinterHandle
    agents: tuple[Agent, ...]
    token: str

    @property
    def papers(self) -> list[str]:
        """What came out, by title."""
        return [record.name.partition(" [")[0] for record in self.device.journal]

    async def came_out(self, title: str) -> None:
        """Waits for it."""

        async def there() -> bool:
            return title in self.papers

        await wait_until(there, f"{title} to come out", timeout_s=WAIT_S, every_s=0.1)


async def _furnish(services: Services, device: str, places: Sequence[str]) -> tuple[str, list[str]]:
    """The program's token, and one for each place to enrol with."""
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    ada = await services.people.add(
        tenant, CONSOLE, email=EMAIL, name="Ada", role=Role.ADMINISTRATOR, login="ada", password=PASSWORD
    )
    await services.policy.switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.ON)
    await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
    await services.printers.add(tenant, ada.actor, name="Lobby", uri=device)
    secret, _ = await services.api_tokens.make(
        tenant, ada.actor, name="program", role=Role.USER, validity=dt.timedelta(days=1)
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
        agents = []
        for name, token in zip(places, tokens, strict=True):
            made = agent(folder / name, env={"TYMPAN_KEYS": "file"}, settings=SETTINGS, started=False)
            ours = await stack.enter_async_context(made)
            await ours.start()
            await ours.tympan("hub", "enrol", serving.url, "--token", token)
            agents.append(ours)
        found = Hall(hub=serving, device=site[LOBBY], agents=tuple(agents), token=secret)
        await wait_until(lambda: _ready(found), "all computers to serve the printer", timeout_s=WAIT_S)
        yield found


async def _ready(found: Hall) -> bool:
    rows = [row for ours in found.agents for row in await ours.ask("printers.list") if row["id"] == LOBBY]
    return len(rows) == len(found.agents) and all(row["serves"] for row in rows)


def marked(pages: int) -> bytes:
    """A document whose marker stands in it as it is."""
    source = DOCUMENTS / "01-a4-1p-gray.pdf"
    with pikepdf.open(source) as one, pikepdf.new() as made:
        for _ in range(pages):
            made.pages.append(one.pages[0])
        into = io.BytesIO()
        made.save(into)
    return into.getvalue() + b"\n%" + MARKER * 2_000


def files_with(folder: Path, secret: bytes) -> list[Path]:
    """Files below a folder in which it stands."""
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def drawn(found: Hall, title: str, folder: Path) -> list[Image.Image]:
    """The pages that came out under a title."""
    [paper] = [one for one in found.device.journal if one.name.partition(" [")[0] == title]
    return paper_pictures(Path(paper.file).read_bytes(), paper.format, folder)
