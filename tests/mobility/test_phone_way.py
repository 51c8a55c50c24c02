"""The whole way of a phone: a page seals documents, the real hub carries them, and a computer beside the device prints.

Nothing but what the hub is asked to convert is ever readable in its folder; each document comes out once, also where
the computer that was to print it is killed.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pikepdf
import pytest
import trio
from joined_rig import HubProcess, hub_process
from PIL import Image
from portal_rig import PASSWORD, Browsing, Look, browsing
from rig import Agent, agent, agent_jobs, simulator, wait_until
from submission_pictures import DPI, SAME, apart, paper_pictures, pictures

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import TUNNEL_RECEIVE, Verdict
from tympan_hub.service import Services
from tympan_sim import PrinterHandle, Profile

pytestmark = [pytest.mark.anyio, pytest.mark.system]
LOBBY, WAIT_S = "lobby", 90.0
PHONE = Look(name="phone", width=390)
EMAIL = "ada@acme.example"
DOCUMENTS = Path(__file__).parents[1] / "documents"
MARKER = b"nobody but its owner reads this line of the document. "
NOTES = b"Milk, bread and the secret of the universe\n" * 8
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
    """A hub, a device, and two computers beside it."""

    hub: HubProcess
    device: PrinterHandle
    agents: tuple[Agent, ...]

    @property
    def papers(self) -> list[str]:
        """What came out, by title."""
        return [record.name.partition(" [")[0] for record in self.device.journal]

    async def came_out(self, title: str) -> None:
        """Waits for it."""

        async def there() -> bool:
            return title in self.papers

        await wait_until(there, f"{title} to come out", timeout_s=WAIT_S, every_s=0.1)


async def _furnish(services: Services, device: str) -> list[str]:
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    ada = await services.people.add(
        tenant, CONSOLE, email=EMAIL, name="Ada", role=Role.ADMINISTRATOR, login="ada", password=PASSWORD
    )
    await services.policy.switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.ON)
    await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
    await services.printers.add(tenant, ada.actor, name="Lobby", uri=device)
    return [await services.agents.make_token(tenant, CONSOLE) for _ in range(2)]


@asynccontextmanager
async def hall(folder: Path, device: Profile = URF_ONLY) -> AsyncIterator[Hall]:
    """Agents print for whoever hands in; nothing was chosen of the printer."""

    async def furnished() -> list[str]:
        async with hub(Home(folder / "hub")) as services:
            return await _furnish(services, site[LOBBY].uri)

    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(simulator(folder / "devices", device))
        tokens = await trio.to_thread.run_sync(lambda: asyncio.run(furnished()))
        serving = await stack.enter_async_context(hub_process(folder / "hub"))
        await serving.start()
        agents = []
        for name, token in zip(("east", "west"), tokens, strict=True):
            made = agent(folder / name, env={"TYMPAN_KEYS": "file"}, settings=SETTINGS, started=False)
            ours = await stack.enter_async_context(made)
            await ours.start()
            await ours.tympan("hub", "enrol", serving.url, "--token", token)
            agents.append(ours)
        found = Hall(hub=serving, device=site[LOBBY], agents=tuple(agents))
        await wait_until(lambda: _ready(found), "both computers to serve the printer", timeout_s=WAIT_S)
        yield found


async def _ready(found: Hall) -> bool:
    rows = [row for ours in found.agents for row in await ours.ask("printers.list") if row["id"] == LOBBY]
    return len(rows) == len(found.agents) and all(row["serves"] for row in rows)


@attrs.frozen
class Phone:
    """Somebody before the page."""

    here: Browsing

    def print(self, name: str, content: bytes, *, convert: bool = False) -> None:
        """Chooses a file, and prints it; returns on the page of its job."""
        page = self.here.page
        self.here.go("/app/print")
        page.locator("#printer option").first.wait_for(state="attached")
        file: Any = {"name": name, "mimeType": "", "buffer": content}
        page.locator("#files").set_input_files([file])
        entry = page.locator("#documents li", has_text=name)
        if convert:
            entry.get_by_role("button", name="Let the hub convert it").click()
        entry.locator("[data-state=sealed]:not([hidden]), [data-state=converted]:not([hidden])").first.wait_for()
        page.locator("#print:not([disabled])").click()
        page.wait_for_url(re.compile("/jobs/"))

    def sees(self, words: str) -> None:
        """Waits until the job's page says so."""
        self.here.page.get_by_text(words).first.wait_for(timeout=WAIT_S * 1000)


async def on_the_phone(found: Hall, do: Callable[[Phone], None]) -> None:
    """Signs in with a browser, and does something there."""

    def done() -> None:
        with browsing(found.hub.url) as opened:
            here = opened(PHONE)
            here.sign_in(EMAIL)
            do(Phone(here))

    await trio.to_thread.run_sync(done)


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
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def drawn(found: Hall, title: str, folder: Path) -> list[Image.Image]:
    [paper] = [one for one in found.device.journal if one.name.partition(" [")[0] == title]
    return paper_pictures(Path(paper.file).read_bytes(), paper.format, folder)


async def test_documents_and_pictures_leave_the_phone_sealed_and_come_out_as_they_are(tmp_path: Path) -> None:
    photo = (DOCUMENTS / "16-color-1200x900.jpg").read_bytes()
    document = marked(2)

    def do(phone: Phone) -> None:
        phone.print("Plans.pdf", document)
        phone.sees("Printed")
        phone.print("Photo.jpg", photo)
        phone.sees("Printed")
        phone.print("Notes.txt", NOTES, convert=True)
        phone.sees("Printed")

    async with hall(tmp_path) as found:
        await on_the_phone(found, do)
        assert found.papers == ["Plans.pdf", "Photo.jpg", "Notes.txt"]
        shown = drawn(found, "Plans.pdf", tmp_path)
        assert len(shown) == 2
        [original, *_] = pictures((DOCUMENTS / "01-a4-1p-gray.pdf").read_bytes())
        assert all(apart(page, original) < SAME for page in shown)
        [shown_photo] = drawn(found, "Photo.jpg", tmp_path)
        red, green, blue = (band.tobytes() for band in shown_photo.convert("RGB").split())
        assert red != green != blue, "it is a picture in colour"
        [notes] = drawn(found, "Notes.txt", tmp_path)
        assert min(notes.convert("L").tobytes()) < 64, "there is ink on it"
    assert files_with(tmp_path / "hub", NOTES.splitlines()[0]) == [], "what the hub converted it has erased"
    assert files_with(tmp_path / "hub", MARKER) == []
    assert files_with(tmp_path / "hub", photo[2_000:2_064]) == []
    for place in ("east", "west"):
        assert files_with(tmp_path / place, MARKER) == []


async def test_what_waits_sealed_at_the_hub_is_printed_once_by_the_computer_that_comes_back(tmp_path: Path) -> None:
    async with hall(tmp_path) as found:
        for ours in found.agents:
            await ours.kill9()
        await on_the_phone(found, lambda phone: phone.print("Letter.pdf", marked(1)))
        assert found.papers == []
        waits = [path for path in (tmp_path / "hub").rglob("*") if path.is_file() and path.stat().st_size > 100_000]
        assert waits, "it lies there"
        assert files_with(tmp_path / "hub", MARKER) == []
        await found.agents[1].start()
        await found.came_out("Letter.pdf")
        await found.agents[0].start()

        async def over() -> bool:
            return [job.state for job in await agent_jobs(found.agents[1])] == ["completed"]

        await wait_until(over, "the job to be over", timeout_s=WAIT_S)
        assert await agent_jobs(found.agents[0]) == []
        assert found.papers == ["Letter.pdf"]
