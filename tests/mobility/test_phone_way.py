"""The whole way of a phone: a page seals documents, the real hub carries them, and a computer beside the device prints.

Nothing but what the hub is asked to convert is ever readable in its folder; each document comes out once, also where
the computer that was to print it is killed.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import attrs
import psutil
import pytest
import trio
from conversion_rig import (
    BLOCKS,
    HEIC,
    blocks,
    bomb,
    corners,
    docx,
    encoded,
    held_turned,
    listening,
    page_that_fetches,
    unlike,
)
from hall_rig import DOCUMENTS, MARKER, OTHER, WAIT_S, Hall, files_with, hall, marked
from phone_rig import Desks, Phone, on_phones
from PIL import Image
from portal_rig import Look
from rig import agent_jobs, wait_until
from submission_pictures import SAME, apart, pictures

from tympan_hub.domain.limits.conversions import CONVERSION_S

pytestmark = [pytest.mark.anyio, pytest.mark.system]
PICTURES = os.environ.get("TYMPAN_PICTURES", "")
SECRET = "Milk, bread and the secret of the universe"
COLORS_MOST = 8.0
"""Mean difference of two pictures, of 255: what JPEG, scaling and 72 dpi leave."""
LETTERS_MOST = 40.0
"""The same where the original is drawn with letters, between whose lines there is a little white. A picture that is
turned or mirrored has more than 80."""
ONCE = (("completed", 1), ("unknown", 0), ("unknown", 1))
"""How a job may end whose computer was killed while it printed, and how often it is on paper."""
SLOWLY = 1_000
"""Bytes a second a device takes: a page is under way for some seconds."""
SHOWN_MOST = 0.6
"""Share of the ink that lies elsewhere on the page's small picture, of a page with one word; a white one has 1."""


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with hall(tmp_path_factory.mktemp("hall")) as found:
        yield found


LOCKED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0")
    + (9).to_bytes(2, "little").ljust(482, b"\0")
    + "EncryptedPackage\0".encode("utf-16-le").ljust(512, b"\0")
)
"""The beginning of an office document with a password ([MS-OFFCRYPTO] 2.1): ciphertext in a compound file."""

EATS = """<!doctype html><p>x<script>
for (;;) { for (let spun = 0; spun < 5e7; spun++); document.body.append("x".repeat(16e6)); }
</script>"""
"""A page that is never done, and wants more memory after each while."""

SPINS = "<!doctype html><p>x<script>for (;;);</script>"
"""A page that is never done, for as long as a conversion may take."""

TROUBLES: dict[str, tuple[Callable[[], bytes], str]] = {
    "locked.pdf": ((DOCUMENTS / "06-encrypted-user-rc4.pdf").read_bytes, "password"),
    "broken.pdf": (lambda: b"%PDF-1.7 and then nothing that is one", "broken"),
    "locked.docx": (lambda: LOCKED, "password"),
    "broken.docx": (lambda: docx()[:700], "broken"),
    "bomb.docx": (lambda: bomb(1024), "too-large"),
}
"""What goes wrong with which document; those that are no PDF are told by the hub."""

WORDS = {
    "en-GB": {
        "password": "This document opens only with a password",
        "broken": "is damaged",
        "too-large": "is too large",
    },
    "de-DE": {
        "password": "Dieses Dokument lässt sich nur mit einem Passwort",
        "broken": "ist beschädigt",
        "too-large": "ist zu groß",
    },
}


@attrs.frozen
class Sort:
    """A sort of document.

    Attributes:
        content: A file of it.
        pages: How many it has.
        original: The picture on its first page; None for one that is compared whole.
        unlike: How far from it the page may be.
        converts: Whether the hub has to convert it.
    """

    content: bytes
    pages: int = 1
    original: Image.Image | None = attrs.field(factory=corners)
    unlike: float = COLORS_MOST
    converts: bool = True


def sorts(url: str) -> dict[str, Sort]:
    """One of each; those that could ask a server for something ask this one."""
    shown = encoded(corners(), "PNG")
    return {
        "plans.pdf": Sort(marked(2), 2, None, converts=False),
        "camera.jpg": Sort(held_turned(6), converts=False),
        "drawing.png": Sort(shown, converts=False),
        "phone.heic": Sort(HEIC),
        "notes.txt": Sort(f"{BLOCKS}\f{SECRET}\n".encode(), 2, blocks(), LETTERS_MOST),
        "readme.md": Sort(f"```\n{BLOCKS}```\n".encode(), 1, blocks(), LETTERS_MOST),
        "page.html": Sort(page_that_fetches(url, shown), 2),
        "letter.docx": Sort(docx(linked=f"{url}/picture.png", held=shown), 2),
    }


async def test_each_sort_of_document_is_previewed_and_comes_out_as_it_is(here: Hall) -> None:
    with listening() as listener:
        chosen = sorts(listener.url)

        def do(desks: Desks) -> dict[str, list[Image.Image]]:
            phone = desks.phone()
            phone.chooses({name: sort.content for name, sort in chosen.items()})
            for name, sort in chosen.items():
                if sort.converts:
                    phone.is_in(name, "convert")
                    phone.agrees(name)
            for name, sort in chosen.items():
                phone.is_in(name, "converted" if sort.converts else "sealed")
            shown = {name: phone.previews(name) for name in chosen}
            keep_picture(phone, "way-chosen")
            phone.prints(len(chosen))
            assert phone.here.complaints == []
            return shown

        previews = await on_phones(here, do)
        await here.came_out(*chosen)
        assert listener.asked == [], "what a document names is not fetched"
    for name, sort in chosen.items():
        compare(name, sort, previews[name], here.drawn(name))
    for secret in (MARKER, SECRET.encode(), chosen["camera.jpg"].content[-64:]):
        for place in ("hub", *here.agents):
            assert files_with(here.folder / place, secret) == [], f"{secret!r} at {place}"


def compare(name: str, sort: Sort, previews: list[Image.Image], papers: list[Image.Image]) -> None:
    """Fails where the paper is not what the page showed, or that is not the original."""
    assert len(previews) == len(papers) == sort.pages, name
    lying = [preview.width > preview.height for preview in previews]
    upright = [page.rotate(90, expand=True) if lies else page for page, lies in zip(papers, lying, strict=True)]
    for preview, page in zip(previews, upright, strict=True):
        assert apart(page.resize(preview.size), preview) < SHOWN_MOST, f"{name} is as the page showed it"
    if sort.original is None:
        for page, original in zip(upright, pictures(sort.content), strict=True):
            assert apart(page, original) < SAME, f"{name} is as it was"
    else:
        assert unlike(upright[0], sort.original) < sort.unlike, f"{name} is as it was"


def keep_picture(phone: Phone, name: str) -> None:
    if PICTURES:
        phone.here.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_what_waits_sealed_at_the_hub_is_printed_once_by_the_computer_that_comes_back(here: Hall) -> None:
    before = len(await agent_jobs(here.agents["east"]))
    for ours in here.agents.values():
        await ours.kill9()
    [job] = await on_phones(here, lambda desks: hands_in(desks, "Letter.pdf", marked(1)))
    assert here.papers("Letter.pdf") == []
    waits = [path for path in (here.folder / "hub").rglob("*") if path.is_file() and path.stat().st_size > 100_000]
    assert waits, "it lies there"
    assert files_with(here.folder / "hub", MARKER) == []
    await here.agents["west"].start()
    await here.came_out("Letter.pdf")
    await here.agents["east"].start()
    assert await here.over(job) == "completed"
    assert len(await agent_jobs(here.agents["east"])) == before
    assert len(here.papers("Letter.pdf")) == 1


def hands_in(desks: Desks, name: str, content: bytes) -> list[UUID]:
    phone = desks.phone()
    phone.chooses({name: content})
    phone.is_in(name, "sealed")
    return phone.prints()


async def killed_when(here: Hall, name: str, content: bytes, *states: str) -> tuple[UUID, str, str]:
    """Prints from a phone, and kills who holds the job as soon as it stands in one of these states.

    Returns:
        The job; where it stood when its holder was dead; who that was.
    """
    before = here.newest()

    async def hand_in() -> None:
        await on_phones(here, lambda desks: hands_in(desks, name, content))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hand_in)
        with trio.fail_after(WAIT_S):
            while (job := here.newest()) == before or job is None or here.crossing(job)[0] not in states:
                await trio.sleep(0.002)
        _, holder = here.crossing(job)
        await here.agents[holder].kill9()
        stood, _ = here.crossing(job)
    return job, stood, holder


async def test_another_computer_prints_what_one_had_only_fetched_when_it_was_killed(here: Hall) -> None:
    job, stood, holder = await killed_when(here, "Fetched.pdf", marked(1, more=60_000), "taken", "begun")
    if stood == "taken":
        assert await here.over(job) == "completed"
        assert len(here.papers("Fetched.pdf")) == 1
    await here.agents[holder].start()
    assert (await here.over(job), len(here.papers("Fetched.pdf"))) in ONCE


@pytest.mark.soak
async def test_what_a_killed_computer_was_printing_comes_out_once_or_is_told_as_unknown(here: Hall) -> None:
    here.device.order(f"slow:{SLOWLY}")
    job, _, holder = await killed_when(here, "Begun.pdf", marked(1), "begun")
    here.device.clear()
    await here.agents[holder].start()
    assert (await here.over(job), len(here.papers("Begun.pdf"))) in ONCE


def troubled(phone: Phone, name: str, content: bytes, word: str, words: str) -> None:
    """Chooses what cannot be printed, and reads what the phone says of it."""
    phone.chooses({name: content})
    phone.is_in(name, "bad", "convert")
    if not name.endswith(".pdf"):
        phone.agrees(name)
    said = phone.told(word)
    phone.is_in(name, "bad")
    assert words in said and f"{name}:" in said
    assert phone.here.page.locator("#print").is_disabled()


@pytest.mark.parametrize(
    "language", [pytest.param("de-DE"), pytest.param("en-GB", marks=() if PICTURES else pytest.mark.soak)]
)
async def test_what_is_broken_locked_or_a_bomb_is_told_on_the_phone(here: Hall, language: str) -> None:
    def do(desks: Desks) -> None:
        phone = desks.phone(look=Look(name="phone", width=390, language=language))
        for name, (make, word) in TROUBLES.items():
            troubled(phone, name, make(), word, WORDS[language][word])
            keep_picture(phone, f"trouble-{name}-{language[:2]}")
            phone.drops(name)
        phone.chooses({"notes.txt": SECRET.encode()})
        phone.agrees("notes.txt")
        phone.is_in("notes.txt", "converted")

    await on_phones(here, do)
    assert files_with(here.hub.home, SECRET.encode()) == []


async def test_others_are_served_while_a_page_without_an_end_is_converted_whose_sender_is_told(here: Hall) -> None:
    def do(desks: Desks) -> str:
        mean, kind = desks.phone(), desks.phone(OTHER)
        mean.chooses({"endless.html": EATS.encode()})
        mean.agrees("endless.html")
        mean.is_in("endless.html", "converting")
        kind.chooses({"notes.txt": SECRET.encode()})
        kind.agrees("notes.txt")
        kind.is_in("notes.txt", "converted")
        mean.is_in("endless.html", "converting")
        mean.is_in("endless.html", "bad", timeout_s=CONVERSION_S + WAIT_S)
        keep_picture(mean, "trouble-endless")
        said = mean.told("too-large", "too-long")
        mean.chooses({"spins.html": SPINS.encode()})
        mean.agrees("spins.html")
        trio.from_thread.run(converting, here, True)
        mean.opens()  # the page anew, which waits for nothing of before
        trio.from_thread.run(converting, here, False)
        return said

    assert "endless.html:" in await on_phones(here, do)
    assert files_with(here.hub.home, b"let spun") == []


async def converting(here: Hall, wanted: bool) -> None:
    """Waits until the hub has a browser running that converts, or none; well before that would end by itself."""

    async def seen() -> bool:
        running = psutil.Process(here.hub.program.pid).children(recursive=True)
        return any("chromium" in name_of(each) for each in running) is wanted

    await wait_until(seen, "a browser to run" if wanted else "no browser to run", timeout_s=CONVERSION_S / 2)


def name_of(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return str(process.name())
    return ""
