"""The whole way of a program: it gives documents in clear or seals them, over HTTP, and a computer prints each once.

The hub is killed at moments that can be told apart: the same id again is the same job, whatever had become of it.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import attrs
import httpx
import pytest
import trio
from hall_rig import DOCUMENTS, LOBBY, MARKER, WAIT_S, Hall, files_with, hall, marked
from rig import agent_jobs, run, wait_until
from submission_pictures import SAME, apart, pictures

pytestmark = [pytest.mark.anyio, pytest.mark.system]
NOTES: Final = b"Milk, bread and the secret of the universe\n" * 8
GUIDE: Final = Path(__file__).parents[2] / "docs" / "guides" / "printing-from-a-program.md"
PDF, TEXT = "application/pdf", "text/plain"
IN_CLEAR: Final = {PDF: marked(1), TEXT: NOTES}


@attrs.frozen
class Given:
    """A document that a program gives in clear."""

    title: str
    media_type: str
    content: bytes
    job: uuid.UUID = attrs.field(factory=uuid.uuid4)


@attrs.frozen
class Program:
    """Asks the hub."""

    here: Hall
    client: httpx.AsyncClient

    def asked(self, given: Given) -> httpx.Request:
        """A document, to be printed."""
        query = {"job": str(given.job), "printer": LOBBY, "title": given.title}
        headers = {"Content-Type": given.media_type}
        return self.client.build_request(
            "POST", "/hand-ins/documents", params=query, content=given.content, headers=headers
        )

    async def give(self, given: Given) -> None:
        """Asks until it is answered."""

        async def answered() -> bool:
            try:
                answer = await self.client.send(self.asked(given))
            except httpx.TransportError:
                return False
            assert answer.status_code == 201, answer.text
            assert answer.json()["id"] == str(given.job)
            return True

        await wait_until(answered, f"{given.title} to be taken", timeout_s=WAIT_S, every_s=0.5)

    async def over(self, given: Given) -> None:
        """Waits until the hub says that it was printed."""
        assert await self.here.over(given.job) == "completed"


@pytest.fixture(scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with hall(tmp_path_factory.mktemp("program"), places=("east",)) as here:
        headers = {"Authorization": f"Bearer {here.token}"}
        async with httpx.AsyncClient(base_url=f"{here.hub.url}/api/v1", headers=headers, timeout=WAIT_S) as client:
            yield Program(here, client)


async def test_documents_in_clear_come_out_as_they_are_and_the_hub_keeps_nothing_of_them(
    program: Program, tmp_path: Path
) -> None:
    here = program.here
    plans = Given("Plans", PDF, marked(2))
    notes = Given("Notes", TEXT, NOTES)
    for given in (plans, notes):
        await program.give(given)
        await program.over(given)
    [original, *_] = pictures((DOCUMENTS / "01-a4-1p-gray.pdf").read_bytes())
    pages = here.drawn("Plans")
    assert len(pages) == 2
    assert all(apart(page, original) < SAME for page in pages)
    [page] = here.drawn("Notes")
    assert min(page.convert("L").tobytes()) < 64, "there is ink on it"
    for secret in (MARKER, NOTES.splitlines()[0]):
        assert files_with(here.hub.home, secret) == []


@pytest.fixture
async def converters_off(program: Program) -> AsyncIterator[None]:
    switch = "/policy/switches/mobility.convert"
    assert (await program.client.put(switch, json={"verdict": "off"})).status_code == 200
    yield
    assert (await program.client.put(switch, json={"verdict": None})).status_code == 200


@pytest.mark.usefixtures("converters_off")
async def test_a_picture_in_clear_comes_out_where_the_hub_may_convert_nothing(program: Program) -> None:
    """The device takes no pictures: the computer beside it draws the page."""
    photo = Given("Photo", "image/jpeg", (DOCUMENTS / "16-color-1200x900.jpg").read_bytes())
    await program.give(photo)
    refused = await program.client.send(program.asked(Given("Letter", TEXT, NOTES)))
    assert (refused.status_code, refused.json()["next_step"]) == (403, "Save it as PDF, and print that.")
    await program.over(photo)
    [page] = program.here.drawn("Photo")
    red, green, blue = (band.tobytes() for band in page.convert("RGB").split())
    assert red != green != blue, "it is a picture in colour"


async def test_what_a_program_sealed_as_the_guide_says_comes_out_and_no_page_of_it_is_ever_at_the_hub(
    program: Program, tmp_path: Path
) -> None:
    here = program.here
    [source] = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    example, document = tmp_path / "seal.py", tmp_path / "Sealed.pdf"
    example.write_text(source, "utf-8")
    document.write_bytes(marked(1))
    job = str(uuid.uuid4())
    for _ in range(2):  # the second is who got no answer
        await run([sys.executable, str(example), here.hub.url, here.token, LOBBY, str(document), job])
    await program.over(Given("Sealed.pdf", PDF, b"", uuid.UUID(job)))
    [page] = here.drawn("Sealed.pdf")
    [original, *_] = pictures((DOCUMENTS / "01-a4-1p-gray.pdf").read_bytes())
    assert apart(page, original) < SAME
    assert files_with(here.hub.home, MARKER) == []


async def stored(program: Program, before: frozenset[Path]) -> None:
    """Until bytes of it lie at the hub, sealed; its job is told of right after."""

    async def lies() -> bool:
        return bool(sealed_files(program.here) - before)

    await wait_until(lies, "sealed bytes at the hub", timeout_s=WAIT_S, every_s=0.001)


def sealed_files(here: Hall) -> frozenset[Path]:
    """What lies in the hub's store of blobs."""
    return frozenset(path for path in (here.hub.home / "blobs").rglob("*") if path.is_file())


async def killed_as_it_is_stored(program: Program, given: Given) -> None:
    """The answer does not come any more."""
    before = sealed_files(program.here)

    async def ask() -> None:
        try:
            await program.client.send(program.asked(given))
        except httpx.TransportError:
            return

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await stored(program, before)
        await program.here.hub.program.kill9()


async def killed_in_the_answer(program: Program, given: Given) -> None:
    """Its head came, and no more."""
    answer = await program.client.send(program.asked(given), stream=True)
    await program.here.hub.program.kill9()
    await answer.aclose()


async def killed_while_it_prints(program: Program, given: Given) -> None:
    """The answer got lost, and the device has it already."""
    await program.client.send(program.asked(given))
    await program.here.came_out(given.title)
    await program.here.hub.program.kill9()


KILLS: Final[tuple[Callable[[Program, Given], Awaitable[None]], ...]] = (
    killed_as_it_is_stored,
    killed_in_the_answer,
    killed_while_it_prints,
)


@pytest.mark.parametrize(
    "types",
    [
        pytest.param((PDF, TEXT, PDF), id="one-of-each"),
        pytest.param((TEXT, PDF, TEXT), id="the-others", marks=pytest.mark.soak),
    ],
)
async def test_a_document_is_printed_once_whenever_the_hub_is_killed_before_its_program_has_the_answer(
    program: Program, types: tuple[str, ...]
) -> None:
    given = []
    for kill, media_type in zip(KILLS, types, strict=True):
        one = Given(f"{kill.__name__} {media_type}", media_type, IN_CLEAR[media_type])
        given.append(one)
        await kill(program, one)
        await program.here.hub.start()
        await program.give(one)
    for one in given:
        await program.over(one)
        await program.give(one)  # still the same job, though it is over
    assert {job.state for job in await agent_jobs(program.here.agents["east"])} == {"completed"}
    came_out = Counter(program.here.titles)
    assert {one.title: came_out[one.title] for one in given} == {one.title: 1 for one in given}
