"""In which format a document goes to a device, and how it is rendered where the device does not take it. Pure."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from tympan_ipp_submission._limits import RENDER_DPI
from tympan_ipp_submission._model import COLOR, GRAY, DeviceFacts, RasterOffer
from tympan_ipp_submission._sniff import JPEG, OCTETS, PDF, PWG, URF
from tympan_ipp_submission._ticket import Ticket

_MONOCHROME: Final = frozenset({"monochrome", "auto-monochrome", "process-monochrome", "bi-level", "process-bi-level"})
RENDERED: Final = frozenset({PDF, JPEG})
"""What is drawn for a device that does not take it."""

_HIGH, _DRAFT = 5, 3
"""``print-quality`` (RFC 8011 section 5.2.13)."""


@attrs.frozen(kw_only=True)
class Direct:
    """Send the bytes as they are, under this ``document-format``."""

    format: str


@attrs.frozen(kw_only=True)
class RenderPlan:
    """How a PDF, or a picture, becomes pages of pixels.

    Attributes:
        format: ``image/pwg-raster``, ``image/urf`` or ``image/jpeg``.
        dpi: Resolution of both axes.
        color: Whether pixels are sRGB; else gray.
        grays: Whether nothing but grays is drawn, whatever the pixels can hold.
        duplex: Whether both sides of a sheet are printed.
        tumble: Whether the back is turned over the short edge.
        sheet_back: How back sides are wanted, in words of ``pwg-raster-document-sheet-back``.
        page_ranges: 1-based inclusive ranges; () is every page.
        media_um: Paper to fit pages on; None keeps each page's own size, upright.
        media_name: Its PWG name, for page headers.
        quality: ``print-quality``, 0 for the default.
    """

    format: str
    dpi: int
    color: bool
    grays: bool = False
    duplex: bool = False
    tumble: bool = False
    sheet_back: str = "normal"
    page_ranges: tuple[tuple[int, int], ...] = ()
    media_um: tuple[int, int] | None = None
    media_name: str = ""
    quality: int = 0


@attrs.frozen(kw_only=True)
class Unprintable:
    """The device takes nothing this document can be made into, and why."""

    detail: str
    reason: Literal["unsupported-document-format"] = "unsupported-document-format"


def choose(media_type: str, facts: DeviceFacts, ticket: Ticket) -> Direct | RenderPlan | Unprintable:
    """How a document of ``media_type`` reaches the device: as it is wherever the device takes it."""
    formats = facts.formats
    listed = _as_listed(media_type, formats) if formats else media_type
    if listed:
        return Direct(format=listed)
    plan = render_plan(facts, ticket) if media_type in RENDERED else None
    if plan is not None:
        return plan
    if media_type == OCTETS and OCTETS in formats:
        return Direct(format=OCTETS)
    return Unprintable(detail=_why_not(media_type, formats))


def _as_listed(media_type: str, formats: frozenset[str]) -> str:
    """The device's own spelling, with parameters where it has some (``text/plain; charset=utf-8``); "" for none."""
    if media_type in formats:
        return media_type
    return next((listed for listed in sorted(formats) if listed.partition(";")[0].strip() == media_type), "")


def _why_not(media_type: str, formats: frozenset[str]) -> str:
    what = "a document of unknown format" if media_type == OCTETS else media_type
    return f"The device does not take {what}; it takes {', '.join(sorted(formats))}. Send it as one of these or as PDF."


def render_plan(facts: DeviceFacts, ticket: Ticket) -> RenderPlan | None:
    """How a PDF is rendered for the device; None when it takes no format we render to.

    JPEG is the last choice: it holds one page, and knows no back sides.
    """
    target = _target(facts)
    if target is None:
        return None
    offer = _offer(facts, target)
    sides = ticket.keyword("sides") if target != JPEG else ""
    quality = ticket.integer("print-quality") or 0
    wanted = facts.color and ticket.keyword("print-color-mode") not in _MONOCHROME
    return RenderPlan(
        format=target,
        dpi=_dpi(offer, ticket, quality),
        color=COLOR in offer.types if wanted else GRAY not in offer.types,
        grays=not wanted,
        duplex=sides.startswith("two-sided"),
        tumble=sides == "two-sided-short-edge",
        sheet_back=offer.sheet_back,
        page_ranges=ticket.page_ranges,
        media_um=ticket.media_um,
        media_name=ticket.media_name,
        quality=quality if quality in (_DRAFT, 4, _HIGH) else 0,
    )


def _target(facts: DeviceFacts) -> str | None:
    if PWG in facts.formats and facts.raster.usable:
        return PWG
    if URF in facts.formats and facts.urf.usable:
        return URF
    return JPEG if JPEG in facts.formats else None


def _offer(facts: DeviceFacts, target: str) -> RasterOffer:
    """What is told of the target; a JPEG has any colours, and the resolution the device prints at."""
    if target == JPEG:
        return RasterOffer(dpi=facts.dpi or (RENDER_DPI,), types=frozenset({GRAY, COLOR}))
    return facts.raster if target == PWG else facts.urf


def _dpi(offer: RasterOffer, ticket: Ticket, quality: int) -> int:
    if ticket.dpi in offer.dpi:
        return ticket.dpi
    if quality == _HIGH:
        return offer.dpi[-1]
    if quality == _DRAFT:
        return offer.dpi[0]
    return min(offer.dpi, key=lambda dpi: (abs(dpi - RENDER_DPI), dpi))


def media_types(facts: DeviceFacts) -> tuple[str, ...]:
    """What may be submitted for the device: what it takes, and PDF where it can be rendered for it."""
    renders = PDF not in facts.formats and render_plan(facts, Ticket()) is not None
    return tuple(sorted(facts.formats | ({PDF} if renders else frozenset())))


def compression(facts: DeviceFacts, *, loopback: bool, media_type: str, size_bytes: int) -> str:
    """``gzip`` where the device lists it and it pays, else ``none``.

    PDF, JPEG and raster are compressed already; on loopback copying is faster than compressing; a short document
    fits in one packet anyway.
    """
    pays = media_type.startswith("text/") or media_type in ("application/postscript", OCTETS)
    return "gzip" if pays and not loopback and size_bytes > 4096 and "gzip" in facts.compressions else "none"
