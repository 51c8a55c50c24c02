"""The whole way of a phone: a page seals documents, the real hub carries them, and a computer beside the device prints.

Nothing but what the hub is asked to convert is ever readable in its folder; each document comes out once, also where
the computer that was to print it is killed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hall_rig import DOCUMENTS, EMAIL, MARKER, WAIT_S, Hall, drawn, files_with, hall, marked
from portal_rig import Browsing, Look, browsing
from rig import agent_jobs, wait_until
from submission_pictures import SAME, apart, pictures

pytestmark = [pytest.mark.anyio, pytest.mark.system]
PHONE = Look(name="phone", width=390)
NOTES = b"Milk, bread and the secret of the universe\n" * 8


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
