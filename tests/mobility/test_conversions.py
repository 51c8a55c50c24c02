"""Documents of every kind become PDFs by the real programs, and hostile ones come to nothing."""

from __future__ import annotations

import asyncio
import io
import resource
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from conversion_rig import (
    DOCUMENTS,
    HEIC,
    Desk,
    Shell,
    at_desk,
    bomb,
    corners,
    document_of,
    docx,
    listening,
    page_that_fetches,
    unlike,
    until_gone,
    written,
)
from conversion_rig._documents import odt, picture

from tympan_hub.converters import html, office
from tympan_hub.converters._program import Program
from tympan_hub.domain.errors import NotConverted, Trouble
from tympan_hub.ports.conversion import Found

pytestmark = pytest.mark.system
SHORT = {"letter.docx", "slides.odp", "page.html", "drawing.svg", "text.txt", "old.txt", "wide.txt", "notes.md"}
"""What `make test` converts: an office starts for two of them."""

A4_MM = (210, 297)
WRITTEN = {
    "letter.doc": "letter.odt",
    "table.xls": "table.ods",
    "slides.ppt": "slides.odp",
    "slides.pptx": "slides.odp",
}
"""What only an office writes, and of which document here."""

COLORS_MOST = 6.0
"""Mean difference of two pictures, of 255: what a loss and scaling leave."""

RED, BLUE = (255, 0, 0), (0, 0, 255)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_that_says(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def pdf_with(objects: int) -> bytes:
    """A page, and so many objects that nothing needs."""
    content, places = io.BytesIO(), []
    content.write(b"%PDF-1.4\n")
    needed = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    )
    for number, each in enumerate((*needed, *(b"<</A 1>>" for _ in range(objects))), 1):
        places.append(content.tell())
        content.write(b"%d 0 obj%sendobj\n" % (number, each))
    table = content.tell()
    content.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    content.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    content.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, table))
    return content.getvalue()


def locked_pdf() -> bytes:
    content = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(content, encryption=pikepdf.Encryption(user="a", owner="b"))
    return content.getvalue()


def lying(content: bytes) -> bytes:
    """The same, and its directory says that each part has 100 bytes."""
    changed, place = bytearray(content), content.find(b"PK\x01\x02")
    while place >= 0:
        changed[place + 24 : place + 28] = struct.pack("<I", 100)
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in SHORT else pytest.mark.soak) for each in DOCUMENTS]
)
def test_each_kind_has_its_pages_and_its_text(tmp_path: Path, name: str) -> None:
    content, pages = DOCUMENTS[name]

    async def convert(here: Desk) -> None:
        made = await here.convert(content, name)
        assert (made.pages, "Grüße" in made.text) == (pages, True)
        assert made.sheet == A4_MM or name.startswith("slides"), "none of them names a sheet"

    at_desk(tmp_path, convert)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each == "letter.doc" else pytest.mark.soak) for each in WRITTEN]
)
def test_each_kind_that_only_an_office_writes_has_its_pages_and_its_text(tmp_path: Path, name: str) -> None:
    source = WRITTEN[name]
    first, pages = DOCUMENTS[source]
    content = written(first, source, name.partition(".")[2], tmp_path)

    async def convert(here: Desk) -> None:
        made = await here.convert(content)
        assert (made.pages, "Grüße" in made.text) == (pages, True)

    at_desk(tmp_path, convert)


@pytest.mark.parametrize("view", [b'viewBox="0 0 2000 1000"', pytest.param(b"", id="it does not say what it shows")])
def test_a_drawing_larger_than_the_sheet_is_made_as_large_as_it(tmp_path: Path, view: bytes) -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="1000" ' + view + b">"
        b'<rect width="1000" height="1000" fill="red"/><rect x="1000" width="1000" height="1000" fill="blue"/></svg>'
    )

    async def convert(here: Desk) -> None:
        made = await here.convert(drawing)
        [page] = pypdfium2.PdfDocument(made.content)
        shown = page.render(scale=1).to_pil().convert("RGB")
        assert [shown.getpixel((shown.width * part // 8, shown.height // 2)) for part in (2, 6)] == [RED, BLUE]

    at_desk(tmp_path, convert)


def test_a_picture_of_a_phone_has_its_colours_in_its_corners(tmp_path: Path) -> None:
    async def convert(here: Desk) -> None:
        [page] = pypdfium2.PdfDocument((await here.convert(HEIC)).content)
        assert page.get_width() > page.get_height(), "it lies along the paper"
        assert unlike(page.render(scale=1).to_pil(), corners()) < COLORS_MOST

    at_desk(tmp_path, convert)


@pytest.mark.parametrize(
    ("form", "frames", "pages"),
    [("PNG", 1, 1), ("JPEG", 1, 1), ("GIF", 2, 1), ("WEBP", 1, 1), ("TIFF", 3, 3), ("BMP", 1, 1), ("AVIF", 1, 1)],
)
def test_each_kind_of_picture_is_a_page_that_is_red(tmp_path: Path, form: str, frames: int, pages: int) -> None:
    async def convert(here: Desk) -> None:
        made = await here.convert(picture(form, frames))
        assert made.pages == pages
        with pikepdf.open(io.BytesIO(made.content)) as document:
            image: Any = next(iter(document.pages[0].get_images().values()))
            drawn: Any = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
        red, green, blue = drawn.getpixel((30, 20))
        assert red > 240 and green < 15 and blue < 15

    at_desk(tmp_path, convert)


def test_a_jpeg_keeps_its_bytes_and_a_pdf_every_one_of_its_own(tmp_path: Path) -> None:
    async def convert(here: Desk) -> None:
        taken, pdf = picture("JPEG"), pdf_with(3)
        assert taken in (await here.convert(taken)).content
        assert (await here.convert(pdf)).content == pdf

    at_desk(tmp_path, convert)


def test_letters_that_the_font_of_text_lacks_are_there_all_the_same(tmp_path: Path) -> None:
    async def convert(here: Desk) -> None:
        assert "שלום" in (await here.convert("Grüße שלום 漢\n".encode(), "a.txt")).text

    at_desk(tmp_path, convert)


TROUBLES: dict[str, tuple[Callable[[], bytes], Trouble]] = {
    "a bomb": (lambda: bomb(1024), Trouble.TOO_LARGE),
    "a bomb that lies": (lambda: lying(bomb(64)), Trouble.BROKEN),
    "a picture of 100,000 by 100,000": (lambda: png_that_says(100_000, 100_000), Trouble.TOO_LARGE),
    "half a picture": (lambda: picture("PNG", size=(900, 900))[:400], Trouble.BROKEN),
    "a PDF with a password": (locked_pdf, Trouble.PASSWORD),
    "half a package": (lambda: docx()[:700], Trouble.BROKEN),
    "nonsense that says it is a PDF": (lambda: b"%PDF-1.7\n" + b"nonsense " * 99, Trouble.BROKEN),
    "nothing": (lambda: b"", Trouble.BROKEN),
    "a program": (lambda: b"\x7fELF\0\0\0" * 99, Trouble.UNSUPPORTED),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_told_apart_and_costs_the_hub_no_memory(tmp_path: Path, name: str) -> None:
    make, trouble = TROUBLES[name]
    content = make()

    async def convert(here: Desk) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(NotConverted) as told:
            await here.convert(content)
        assert told.value.why is trouble
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10

    at_desk(tmp_path, convert)


def test_a_pdf_with_a_million_objects_passes_and_costs_the_hub_no_memory(tmp_path: Path) -> None:
    content = pdf_with(1_000_000)

    async def convert(here: Desk) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert (await here.convert(content)).pages == 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10  # the test itself reads it

    at_desk(tmp_path, convert)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [("for(;;){}", {Trouble.TOO_LONG}), ("for(;;)document.body.append('x'.repeat(1e6))", set(Trouble))],
    ids=["a script that never ends", "a page without an end"],
)
def test_an_endless_page_ends_in_an_error(tmp_path: Path, script: str, trouble: set[Trouble]) -> None:
    async def convert(here: Desk) -> None:
        with pytest.raises(NotConverted) as told:
            await here.convert(f"<html><body>x<script>{script}</script>".encode())
        assert told.value.why in trouble & {Trouble.TOO_LONG, Trouble.TOO_LARGE}

    at_desk(tmp_path, convert, seconds=8)


def test_documents_of_others_are_converted_while_all_of_one_tenant_hang(tmp_path: Path) -> None:
    async def convert(here: Desk) -> None:
        other = await here.another("Other")
        endless = b"<html><body>x<script>for(;;){}</script>"
        hanging = [asyncio.create_task(here.convert(endless)) for _ in range(4)]
        await asyncio.sleep(0)
        assert (await other.convert(picture("PNG"))).pages == 1
        assert not any(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    at_desk(tmp_path, convert)


HOSTILE: dict[str, tuple[Callable[[str], bytes], Program]] = {
    "page.html": (page_that_fetches, html.CONVERTER),
    "letter.docx": (lambda url: docx(linked=f"{url}/picture.png"), office.CONVERTER),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_malicious_document_fetches_nothing_where_it_would_outside(tmp_path: Path, name: str) -> None:
    make, converter = HOSTILE[name]
    with listening() as listener:

        async def convert(here: Desk) -> None:
            assert "Grüße" in (await here.convert(make(listener.url), name)).text

        at_desk(tmp_path, convert)
        assert listener.asked == []
        outside(tmp_path / name, make(listener.url), converter.command)
        assert listener.asked


def outside(source: Path, content: bytes, command: Callable[[Path, Path], object]) -> str:
    """What a converter makes of a document without the sandbox."""
    source.write_bytes(content)
    (source.parent / "out").mkdir()
    into = source.parent / "out" / "document.pdf"
    subprocess.run(command(source, into), check=True, capture_output=True, timeout=120)  # type: ignore[call-overload]
    return str(subprocess.run(["pdftotext", into, "-"], capture_output=True, text=True, check=True).stdout)


READING: dict[str, tuple[Callable[[Path], bytes], Program]] = {
    "page.html": (
        lambda secret: f"<h1>Grüße</h1><iframe src='{secret.as_uri()}'></iframe>".encode(),
        html.CONVERTER,
    ),
    "drawing.svg": (
        lambda secret: (
            '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><text y="20">Grüße</text><foreignObject '
            f'width="300" height="200"><iframe xmlns="http://www.w3.org/1999/xhtml" src="{secret.as_uri()}"/>'
            "</foreignObject></svg>"
        ).encode(),
        html.CONVERTER,
    ),
    "letter.odt": (lambda secret: odt(linked=secret.as_uri()), office.CONVERTER),
}


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.soak if each == "drawing.svg" else ()) for each in READING]
)
def test_a_document_that_reads_the_hubs_files_finds_none(tmp_path: Path, name: str) -> None:
    make, converter = READING[name]
    secret = tmp_path / "secret.txt"
    secret.write_text("THE-HUBS-OWN")

    async def convert(here: Desk) -> None:
        text = (await here.convert(make(secret), name)).text
        assert "Grüße" in text and "THE-HUBS-OWN" not in text

    at_desk(tmp_path, convert)
    if name != "letter.odt":  # an office asks a person before it reads one
        assert "THE-HUBS-OWN" in outside(tmp_path / name, make(secret), converter.command)


LINGER = "sleep {mark} & setsid sleep {mark} & (sleep {mark} &) ; {rest}"


@pytest.mark.parametrize(
    ("mark", "rest", "seconds"),
    [("7301", "cp $1 $2", 60.0), ("7302", "wait", 2.0), ("7303", "exit 9", 60.0)],
    ids=["it ends well", "it never ends", "it fails"],
)
def test_what_a_converter_leaves_behind_is_killed(tmp_path: Path, mark: str, rest: str, seconds: float) -> None:
    shell = Shell(LINGER.format(mark=mark, rest=rest))

    async def convert(here: Desk) -> None:
        try:
            async with here.service.pdf(here.tenant, here.person, document_of(b"text")) as made:
                assert made.size == 4
        except NotConverted as error:
            assert rest != "cp $1 $2"
            assert error.why is (Trouble.TOO_LONG if rest == "wait" else Trouble.BROKEN)
        await until_gone(mark)

    at_desk(tmp_path, convert, seconds=seconds, found=(Found(name="shell", converter=shell),))


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("head -c 2000000000 /dev/zero > $2", Trouble.TOO_LARGE),
        ("echo x > /usr/here; echo x > /etc/here; echo x > /here; echo x > $1; cp $1 $2", None),
        ("cat /proc/net/dev | grep -qv -e lo: -e face -e Inter && exit 4; cp $1 $2", None),
        ("while :; do sleep 9 & done", Trouble.TOO_LARGE),
    ],
    ids=["it fills the disk", "it writes elsewhere", "there is no network but its own loopback", "it forks for ever"],
)
def test_a_converter_is_kept_within_its_bounds(tmp_path: Path, script: str, trouble: Trouble | None) -> None:
    async def convert(here: Desk) -> None:
        why, made = None, b""
        try:
            async with here.service.pdf(here.tenant, here.person, document_of(b"text")) as pdf:
                made = await asyncio.to_thread(pdf.path.read_bytes)
        except NotConverted as error:
            why = error.why
        assert (why, made) == (trouble, b"" if trouble else b"text")

    at_desk(tmp_path, convert, found=(Found(name="shell", converter=Shell(script)),))
