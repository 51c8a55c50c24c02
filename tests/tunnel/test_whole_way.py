"""From ``lp`` at home to the paper in the office, through a hub that holds nothing it could read."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from release_rig import below, content
from rig import connected, standing_on, story
from tunnel_rig import (
    DEVICE,
    HOME,
    LETTER,
    LOBBY,
    MARKER,
    OFFICE,
    PAGES,
    Sites,
    marked_document,
    pieces_of,
    sites,
    text_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]
TITLE = "Salaries of everybody"
SEALED = b"TYMPSEAL"


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sites]:
    async with sites(tmp_path_factory.mktemp("sites"), titles=False) as made:
        yield made


async def test_home_has_no_way_to_the_device_and_the_office_prints_on_it(here: Sites) -> None:
    with standing_on(here.hosts[HOME]), pytest.raises(OSError) as refused:
        await connected(str(here.hosts[DEVICE].address), 631)
    assert refused.value.errno == errno.ENETUNREACH
    await here.agents[OFFICE[0]].tympan("print", str(LETTER), "--printer", LOBBY, "--title", "Near")
    assert (await here.come_out("Near")).ended == "completed"


async def test_what_lp_prints_at_home_comes_out_in_the_office_and_the_hub_holds_nothing_of_it(
    here: Sites, tmp_path: Path
) -> None:
    document = marked_document(tmp_path / "salaries.pdf")
    await here.home.tympan("printers", "install", LOBBY)
    for name in OFFICE:
        here.program(name).pause()  # so that it rests at the hub
    number = await here.lp(document, TITLE, sides="two-sided-long-edge", copies="2")

    async def rests() -> bool:
        job = (await here.jobs()).get(TITLE)
        return job is not None and here.crossing(job.uuid)[0] in ("waiting", "taken")

    await here.until(rests, "it to rest at the hub")
    assert found_at_hub(here, [SEALED]) == {SEALED}, "sealed"
    unread = [MARKER, TITLE.encode(), *pieces_of(document.read_bytes()), *keys_of(here)]
    assert found_at_hub(here, unread) == set()
    for name in OFFICE:
        here.program(name).resume()

    assert await here.ended_at_cups(number) == "completed"
    [paper] = here.journal(TITLE)
    assert (paper.ended, paper.pages, paper.impressions) == ("completed", PAGES, 2 * PAGES)
    assert paper.ticket["sides"] == ["two-sided-long-edge"]
    assert text_of(Path(paper.file)) == text_of(document)
    job = await here.over(TITLE)
    told = [line.why for line in await story(here.home, job.number)]
    assert "cloud_tunnel takes it there: through the hub, as all jobs of this printer" in told
    came = Path(paper.file).read_bytes()
    assert found_at_hub(here, [*unread, *pieces_of(came), paper.sha256.encode()]) == set()
    assert [path for path in below(here.hub.home / "blobs") if path.is_file()] == [], "nothing is left"


async def test_the_device_is_given_the_very_bytes_that_home_was_given(here: Sites, tmp_path: Path) -> None:
    document = marked_document(tmp_path / "as it is.pdf", seed=2)
    await here.send("As it is", document=document)
    paper = await here.come_out("As it is")
    assert paper.sha256 == hashlib.sha256(document.read_bytes()).hexdigest()
    assert (await here.over("As it is")).state == "completed"


def found_at_hub(here: Sites, wanted: Sequence[bytes]) -> set[bytes]:
    """Which of these stand in any file of the hub: its storage, its database, its log."""
    files = [content(path) for path in (*below(here.hub.home), here.hub.program.log)]
    return {each for each in wanted if any(each in file for file in files)}


def keys_of(here: Sites) -> list[bytes]:
    """The agents' own keys: of their stores, and those that envelopes are opened with."""
    names = ("store", "transport_https.recipient", "transport_https.agent")
    return [content(ours.home / "keys" / name) for ours in here.agents.values() for name in names]
