"""Pages as they come out: raster documents read back by programs that are not ours, and compared as pictures."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Final

import attrs
import pytest
from PIL import Image, ImageOps
from submission_bench import DOCUMENTS, pdf, ticket, virtual
from submission_pictures import DPI, SAME, apart, nearest, paper_pictures, pictures, turned
from test_conversion import rendered, walked

from tympan.plugin import Aborted, Completed
from tympan.testing import FakeDocument
from tympan_ipp_submission import _pictures
from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._frames import HEAD, Kind, Order, parse_head
from tympan_ipp_submission._renderer import open_renderer
from tympan_ipp_submission._worker import render
from tympan_sim import Profile
from tympan_wire.ipp import Attribute, Range, attr

pytestmark = pytest.mark.anyio

PWG, URF, JPEG = "image/pwg-raster", "image/urf", "image/jpeg"
HUNDRED, DUPLEX = "02-a4-100p-10color.pdf", "04-landscape-color-duplex-1.7.pdf"
A4: Final = (210_000, 297_000)


def drawn_here(content: bytes, plan: RenderPlan) -> bytes:
    """What a renderer gives, without a process of its own."""
    shared = FakeDocument(content=content).share()
    found, frames, at = b"", b"".join(render(Order.of(plan, shared), shared.inline)), 0
    while at < len(frames):
        kind, size = parse_head(frames[at : at + HEAD.size])
        at += HEAD.size + size
        found += frames[at - size : at] if kind is Kind.DATA else b""
    return found


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("media_type", [PWG, URF])
async def test_cups_reads_the_pages_that_were_drawn(media_type: str, color: bool, tmp_path: Path) -> None:
    plan = RenderPlan(
        format=media_type, dpi=DPI, color=color, grays=not color, page_ranges=((1, 3), (20, 20)), media_um=A4
    )
    shown = paper_pictures(await rendered(pdf(HUNDRED), plan), media_type, tmp_path)
    expected = pictures(pdf(HUNDRED), only=(0, 1, 2, 19))
    if not color:
        expected = [ImageOps.grayscale(page).convert("RGB") for page in expected]
    assert len(shown) == 4
    assert all(apart(*pair) < SAME for pair in zip(shown, expected, strict=True))


def test_the_comparison_tells_pages_apart() -> None:
    page = pictures(pdf(DUPLEX), only=(0,))[0]
    assert apart(page, page) == 0
    assert apart(page, page.transpose(Image.Transpose.ROTATE_180)) > 1
    assert apart(page, ImageOps.mirror(page)) > 1
    assert apart(page, ImageOps.flip(page)) > 1


BACKS = [
    ("normal", "long", lambda page: page),
    ("normal", "short", lambda page: page),
    ("flipped", "long", ImageOps.flip),
    ("flipped", "short", ImageOps.mirror),
    ("rotated", "long", lambda page: page.transpose(Image.Transpose.ROTATE_180)),
    ("rotated", "short", lambda page: page),
    ("manual-tumble", "long", lambda page: page),
    ("manual-tumble", "short", lambda page: page.transpose(Image.Transpose.ROTATE_180)),
]
"""How the pixels of a back stand, by PWG 5102.4 table 10 and the key DM of URF."""


@pytest.mark.parametrize(("sheet_back", "edge", "as_wanted"), BACKS)
@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("media_type", [PWG, URF])
def test_backs_stand_as_the_device_wants_them(
    media_type: str, color: bool, sheet_back: str, edge: str, as_wanted: object
) -> None:
    assert callable(as_wanted)
    plan = RenderPlan(
        format=media_type,
        dpi=DPI,
        color=color,
        grays=not color,
        duplex=True,
        tumble=edge == "short",
        sheet_back=sheet_back,
        page_ranges=((1, 2),),
        media_um=A4,
    )
    raster = drawn_here(pdf(DUPLEX), plan)
    front, back = pixels_of(raster)
    expected = [turned(page) for page in pictures(pdf(DUPLEX), only=(0, 1))]
    if not color:
        expected = [ImageOps.grayscale(page).convert("RGB") for page in expected]
    assert apart(front, expected[0]) < SAME
    assert apart(back, as_wanted(expected[1])) < SAME
    header = walked(raster)[1].header
    assert (header.duplex, header.tumble) == (True, edge == "short")


def pixels_of(raster: bytes) -> list[Image.Image]:
    """A reader of its own, as plain as the specification: every line, code by code."""
    heads = {b"RaS2": (4, 1796), b"UNIR": (12, 32)}
    at, head_bytes = heads[raster[:4]]
    found, sizes = (
        [],
        [(page.header.width_px, page.header.height_px, page.header.num_colors) for page in walked(raster)],
    )
    for width, height, colors in sizes:
        at += head_bytes
        lines: list[bytes] = []
        while len(lines) < height:
            repeat, at, line = raster[at] + 1, at + 1, bytearray()
            while len(line) < width * colors:
                code, at = raster[at], at + 1
                count, times = (1, code + 1) if code < 128 else (257 - code, 1)
                line += raster[at : at + count * colors] * times
                at += count * colors
            lines += [bytes(line)] * repeat
        found.append(Image.frombytes("RGB" if colors == 3 else "L", (width, height), b"".join(lines)).convert("RGB"))
    assert at == len(raster)
    return found


@attrs.frozen(kw_only=True)
class Device:
    """A kind of device that takes one format, and what a job in two pages must become there."""

    profile: Profile
    pages: tuple[int, ...]
    gray: bool = False


DEVICES = {
    "urf-color": Device(profile=Profile(formats=(URF,), resolutions_dpi=(DPI, 300)), pages=(1, 2)),
    "urf-gray": Device(profile=Profile(formats=(URF,), resolutions_dpi=(DPI,), color=False), pages=(1, 2), gray=True),
    "pwg-color": Device(profile=Profile(formats=(PWG,), resolutions_dpi=(DPI, 300)), pages=(1, 2)),
    "jpeg": Device(profile=Profile(formats=(JPEG,), resolutions_dpi=(DPI, 300)), pages=(2,)),
}


@pytest.mark.parametrize("kind", DEVICES)
async def test_a_device_of_one_format_prints_the_pages_asked_for(kind: str, tmp_path: Path) -> None:
    device = DEVICES[kind]
    order = ticket(
        attr.keyword("media", "iso_a4_210x297mm"),
        attr.enum("print-quality", 3),  # the lowest of its resolutions
        attr.range_("page-ranges", Range(device.pages[0], device.pages[-1])),
    )
    async with virtual(device.profile, directory=tmp_path) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf(DUPLEX), ticket=order)), Completed)
        [record] = parts.device.journal
    assert (record.format, record.pages) == (device.profile.formats[0], len(device.pages))
    shown = paper_pictures(Path(record.file).read_bytes(), record.format, tmp_path)
    whole = [turned(page) for page in pictures(pdf(DUPLEX))]
    if device.gray:
        whole = [ImageOps.grayscale(page).convert("RGB") for page in whole]
    assert tuple(nearest(page, whole) for page in shown) == device.pages
    assert all(apart(page, whole[number - 1]) < SAME for page, number in zip(shown, device.pages, strict=True))


async def test_a_device_of_pictures_only_is_told_that_pages_go_one_at_a_time() -> None:
    async with virtual(Profile(formats=(JPEG,))) as parts:
        outcome = await parts.deliver(parts.delivery(pdf(HUNDRED)))
        assert isinstance(outcome, Aborted) and outcome.reason == "unsupported-document-format"
        assert "100 pages" in outcome.detail and "one page at a time" in outcome.detail
        assert parts.device.jobs == ()


@pytest.mark.parametrize("formats", [(JPEG, URF), (JPEG, PWG), (JPEG, URF, PWG)])
async def test_a_document_of_many_pages_never_becomes_a_picture_where_there_is_another_way(
    formats: tuple[str, ...],
) -> None:
    async with virtual(Profile(formats=formats, resolutions_dpi=(DPI,))) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf(DUPLEX))), Completed)
        assert [record.format for record in parts.device.journal] == [formats[-1]]


@pytest.mark.parametrize("asked", [attr.keyword("print-color-mode", "monochrome"), None])
@pytest.mark.parametrize("media_type", [PWG, URF])
async def test_grays_are_drawn_where_they_are_asked_for(media_type: str, asked: Attribute | None) -> None:
    async with virtual(Profile(formats=(media_type,), resolutions_dpi=(DPI,))) as parts:
        delivery = parts.delivery(pdf(DUPLEX), ticket=ticket(*([asked] if asked else [])))
        assert isinstance(await parts.deliver(delivery), Completed)
        told = [text for what, text, _ in delivery.trail if what == "note"]
    assert any(("gray" if asked else "colour") in text and media_type in text for text in told)


def test_a_device_without_gray_pixels_gets_grays_in_colour() -> None:
    plan = RenderPlan(format=URF, dpi=DPI, color=True, grays=True, page_ranges=((1, 1),))
    [page] = walked(drawn_here(pdf(DUPLEX), plan))
    assert (page.header.num_colors, page.has_color) == (3, False)


@pytest.mark.parametrize("processors", [1, 3])
@pytest.mark.parametrize("media_type", [PWG, URF])
async def test_pages_of_several_renderers_come_in_order(
    media_type: str, processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    plan = RenderPlan(format=media_type, dpi=36, color=False, page_ranges=((1, 11),))
    assert await rendered(pdf(HUNDRED), plan) == drawn_here(pdf(HUNDRED), plan)


async def test_a_page_that_another_renderer_cannot_draw_is_told_in_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fourth of nine pages, the first of what the second renderer draws after its first."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    whole = pdf(HUNDRED)
    at = [match.start() for match in re.finditer(rb"/MediaBox", whole)]
    assert len(at) == 100
    broken = whole[: at[3]] + b"/CropBox [9000 9000 9999 9999] " + whole[at[3] :]
    plan = RenderPlan(format=URF, dpi=36, color=False, page_ranges=((1, 9),))
    async with open_renderer(plan, FakeDocument(content=broken).share()) as renderer:
        await renderer.wait_first()
        with pytest.raises(RenderFailed, match=r"Page 4 .* no extent"):
            async for _ in renderer.stream():
                pass
        assert renderer.pages == 3


def photo(orientation: int) -> tuple[bytes, Image.Image]:
    """A picture that stands upright when it is turned as Exif says, and how it is seen then."""
    with Image.open(DOCUMENTS / "16-color-1200x900.jpg") as opened:
        lying = opened.convert("RGB")
    seen = lying.transpose(Image.Transpose.ROTATE_90)
    kept = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    way, exif, out = kept[orientation], Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    (seen.transpose(way) if way is not None else seen).save(out, "JPEG", quality=95, dpi=(150, 150), exif=exif)
    return out.getvalue(), seen


def on_a4(seen: Image.Image) -> Image.Image:
    """A picture of 150 dpi in the middle of a sheet."""
    sheet = Image.new("RGB", (round(8.27 * DPI), round(11.69 * DPI)), "white")
    drawn = seen.resize((seen.width * DPI // 150, seen.height * DPI // 150))
    sheet.paste(drawn, ((sheet.width - drawn.width) // 2, (sheet.height - drawn.height) // 2))
    return sheet


@pytest.mark.parametrize(("media_type", "orientation"), [*((PWG, each) for each in range(1, 9)), (URF, 6)])
def test_a_picture_is_drawn_as_it_was_held_where_the_device_takes_none(
    media_type: str, orientation: int, tmp_path: Path
) -> None:
    jpeg, seen = photo(orientation)
    [page] = paper_pictures(drawn_here(jpeg, RenderPlan(format=media_type, dpi=DPI, color=True)), media_type, tmp_path)
    expected = on_a4(seen).resize(page.size)
    assert apart(page, expected) < SAME
    for otherwise in (Image.Transpose.ROTATE_180, Image.Transpose.FLIP_LEFT_RIGHT):
        assert apart(page, expected.transpose(otherwise)) > SAME


async def test_a_device_of_raster_alone_prints_a_picture() -> None:
    async with virtual(Profile(formats=(URF,), resolutions_dpi=(DPI,))) as parts:
        assert isinstance(await parts.deliver(parts.delivery(photo(1)[0], media_type=JPEG)), Completed)
        [record] = parts.device.journal
    assert (record.format, record.pages) == (URF, 1)


@pytest.mark.parametrize("jpeg", [b"\xff\xd8\xff", photo(1)[0][:900]])
def test_a_picture_that_is_damaged_is_told(jpeg: bytes) -> None:
    with pytest.raises(RenderFailed, match="The picture is damaged"):
        drawn_here(jpeg, RenderPlan(format=URF, dpi=DPI, color=True))


def test_attack_a_picture_of_too_many_pixels_is_never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pictures, "PICTURE_PIXELS", 1_000)
    with pytest.raises(RenderFailed, match="too many pixels"):
        drawn_here(photo(1)[0], RenderPlan(format=URF, dpi=DPI, color=True))
