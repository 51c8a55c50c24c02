"""Conversion: what a device does not take is rendered, what it takes is not touched."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterable

import attrs
import pytest
from submission_bench import DOCUMENTS, pdf, ticket, virtual

from tympan.plugin import Aborted, Completed
from tympan.testing import FakeDocument
from tympan_ipp_submission._device import Device, Shipment, Taken
from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._renderer import open_renderer
from tympan_sim import Profile
from tympan_wire.ipp import Range, attr
from tympan_wire.raster import RasterPage, RasterWalker

pytestmark = pytest.mark.anyio

A4 = (210_000, 297_000)
RASTER_ONLY = Profile(formats=("image/pwg-raster",))


async def rendered(content: bytes, plan: RenderPlan) -> bytes:
    pieces = []
    async with open_renderer(plan, FakeDocument(content=content).share()) as renderer:
        await renderer.wait_first()
        async for piece in renderer.stream():
            pieces.append(piece)  # noqa: PERF401
    return b"".join(pieces)


def walked(raster: bytes) -> list[RasterPage]:
    walker = RasterWalker()
    pages = walker.feed(raster)
    walker.finish()
    return pages


def numbers(pages: Iterable[RasterPage]) -> list[int]:
    return [page.number for page in pages if page.has_color]


@pytest.mark.parametrize("color", [True, False])
async def test_pages_have_their_size_and_colour(color: bool) -> None:
    plan = RenderPlan(format="image/pwg-raster", dpi=72, color=color)
    pages = walked(await rendered(pdf("02-a4-100p-10color.pdf"), plan))
    assert len(pages) == 100 and len(numbers(pages)) == (10 if color else 0)
    assert {(page.header.width_px, page.header.height_px) for page in pages} == {(595, 842)}
    assert {page.header.total_page_count for page in pages} == {100}


async def test_pages_are_turned_and_fit_to_the_paper_asked_for() -> None:
    plan = RenderPlan(format="image/pwg-raster", dpi=100, color=True, media_um=A4, page_ranges=((2, 3),), duplex=True)
    pages = walked(await rendered(pdf("04-landscape-color-duplex-1.7.pdf"), plan))
    assert [(page.header.width_px, page.header.height_px) for page in pages] == [(827, 1169)] * 2
    assert all(page.header.duplex and not page.header.tumble for page in pages)


async def test_a_back_side_is_turned_as_the_device_wants_it() -> None:
    double = RenderPlan(format="image/pwg-raster", dpi=72, color=True, duplex=True, sheet_back="rotated")
    pages = walked(await rendered(pdf("02-a4-100p-10color.pdf"), double))
    transforms = [(page.header.cross_feed_transform, page.header.feed_transform) for page in pages[:4]]
    assert transforms == [(1, 1), (-1, -1), (1, 1), (-1, -1)]


async def test_one_page_becomes_a_jpeg() -> None:
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(await rendered(pdf(), RenderPlan(format="image/jpeg", dpi=100, color=True))))
    assert (image.format, image.size) == ("JPEG", (826, 1169))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("06-encrypted-user-rc4.pdf", "document-password-error"),
        ("25-truncated.pdf", "document-format-error"),
        ("26-empty.bin", "document-format-error"),
    ],
)
async def test_a_document_that_cannot_be_rendered_says_why(name: str, reason: str) -> None:
    with pytest.raises(RenderFailed) as failed:
        await rendered((DOCUMENTS / name).read_bytes(), RenderPlan(format="image/pwg-raster", dpi=72, color=False))
    assert failed.value.reason == reason and failed.value.cause.endswith(".")


async def test_a_page_without_extent_is_named() -> None:
    """A crop box outside of the media box: nothing of the page is left."""
    cropped = pdf().replace(b"/Resources", b"/CropBox[9000 9000 9999 9999]/Resources", 1)
    with pytest.raises(RenderFailed, match=r"Page 1 .* no extent") as failed:
        await rendered(cropped, RenderPlan(format="image/pwg-raster", dpi=72, color=False))
    assert failed.value.reason == "document-format-error"


async def test_a_pdf_reaches_a_raster_device_and_the_timeline_says_so() -> None:
    order = ticket(attr.keyword("media", "iso_a4_210x297mm"), attr.range_("page-ranges", Range(1, 2)))
    async with virtual(RASTER_ONLY) as parts:
        delivery = parts.delivery(pdf("04-landscape-color-duplex-1.7.pdf"), ticket=order)
        assert await parts.deliver(delivery) == Completed(impressions=2)
        assert [(record.format, record.pages) for record in parts.device.journal] == [("image/pwg-raster", 2)]
        assert "page-ranges" not in parts.device.journal[0].ticket
        assert any(
            what == "note" and "rendered to image/pwg-raster, 300 dpi" in text for what, text, _ in delivery.trail
        )


async def test_a_format_refused_though_listed_is_rendered() -> None:
    async with virtual() as parts:
        parts.device.order("reject:application/pdf")
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
        assert [record.format for record in parts.device.journal] == ["image/pwg-raster"]
        assert parts.device.printer.active == ()


async def test_what_the_device_takes_is_not_touched() -> None:
    content = (DOCUMENTS / "16-color-1200x900.jpg").read_bytes()
    async with virtual() as parts:
        delivery = parts.delivery(content, media_type="application/octet-stream")
        assert isinstance(await parts.deliver(delivery), Completed)
        assert [(record.format, record.bytes) for record in parts.device.journal] == [("image/jpeg", len(content))]


async def test_plain_text_is_refused_with_a_reason_where_the_device_lacks_it() -> None:
    async with virtual(RASTER_ONLY) as parts:
        outcome = await parts.deliver(parts.delivery(b"hello", media_type="text/plain"))
        assert isinstance(outcome, Aborted) and outcome.reason == "unsupported-document-format"
        assert "text/plain" in outcome.detail and parts.device.jobs == ()


async def test_a_locked_pdf_never_reaches_a_raster_device() -> None:
    async with virtual(RASTER_ONLY) as parts:
        outcome = await parts.deliver(parts.delivery(pdf("06-encrypted-user-rc4.pdf")))
        assert isinstance(outcome, Aborted) and outcome.reason == "document-password-error"
        assert parts.device.jobs == ()


async def test_a_compressed_document_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_submission._attempt.compression", lambda *_, **__: "gzip")
    content, wire, real = pdf("02-a4-100p-10color.pdf"), bytearray(), Device.send_document

    async def tapped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            wire.extend(piece)
            yield piece

    async def send(device: Device, job_id: int, user: str, shipment: Shipment) -> Taken:
        return await real(device, job_id, user, attrs.evolve(shipment, pieces=tapped(shipment.pieces)))

    monkeypatch.setattr(Device, "send_document", send)
    async with virtual() as parts:
        assert isinstance(await parts.deliver(parts.delivery(content)), Completed)
        assert [record.bytes for record in parts.device.journal] == [len(content)]
    assert zlib.decompress(bytes(wire), 31) == content
