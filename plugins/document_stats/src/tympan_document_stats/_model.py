"""Values that cross between agent and worker: the order and the facts, and their JSON."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final, Self

import attrs

from tympan_document_stats._errors import BadFrame
from tympan_document_stats._limits import (
    COLOR_PAGES_MAX,
    COLOR_S,
    DOCUMENT_PAGES,
    DOCUMENT_SIZES,
    INLINE_BYTES,
    WORKER_CPU_S,
)

EMPTY_FORMAT: Final = "application/octet-stream"
ONE_SIDED: Final = "one-sided"
LONG_EDGE: Final = "two-sided-long-edge"
SHORT_EDGE: Final = "two-sided-short-edge"
SIDES: Final = frozenset({ONE_SIDED, LONG_EDGE, SHORT_EDGE})
_TEXT_CHARACTERS: Final = 1000


@attrs.frozen(kw_only=True)
class Bounds:
    """How long colour is searched for in a PDF: at most so many pages and seconds."""

    color_pages_max: int = COLOR_PAGES_MAX
    color_s: float = COLOR_S
    cpu_s: int = WORKER_CPU_S


@attrs.frozen(kw_only=True)
class Order:
    """What a worker is to read; the key and the inline bytes travel beside it, never in JSON.

    Attributes:
        document: The uuid it is sealed under.
        path: The sealed file; "" when ``inline_bytes`` sealed bytes follow the key.
        inline_bytes: How many.
        declared: Media type given by the sender.
        bounds: For the search for colour.
    """

    document: uuid.UUID
    path: str = ""
    inline_bytes: int = 0
    declared: str = EMPTY_FORMAT
    bounds: Bounds = attrs.field(factory=Bounds)

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps({**attrs.asdict(self), "document": str(self.document)}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """From JSON; raises ``BadFrame``."""
        try:
            told = json.loads(data)
            order = cls(
                **{**told, "document": uuid.UUID(told["document"]), "bounds": Bounds(**told["bounds"])},
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadFrame("an order that cannot be understood") from error
        if not 0 <= order.inline_bytes <= INLINE_BYTES:
            raise BadFrame("an order with too many bytes")
        return order


@attrs.frozen(kw_only=True)
class Facts:
    """What a worker found in a document, before any ticket.

    Attributes:
        format: Media type as recognised from the bytes.
        pages: Pages; None when unreadable.
        sizes: PWG self-describing names in order of first use.
        color_pages: 1-based; None when unknown.
        duplex: ``sides`` keyword the document asks for.
        binding: Whether a printer obeys ``duplex`` where the ticket is silent (PostScript, raster), or takes it for
            advice to a viewer (PDF).
        laid_out: Whether pages are already the sides to be printed (raster).
        problem: Sentence part; "" when all is well.
    """

    format: str
    pages: int | None = None
    sizes: tuple[str, ...] = ()
    color_pages: tuple[int, ...] | None = None
    duplex: str | None = None
    binding: bool = False
    laid_out: bool = False
    problem: str = ""

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(attrs.asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """From JSON, trusting nothing: the worker has met foreign bytes. Raises ``BadFrame``."""
        try:
            told = json.loads(data)
            facts = cls(
                format=_text(told["format"]),
                pages=None if told["pages"] is None else _count(told["pages"]),
                sizes=tuple(_text(size) for size in _listed(told["sizes"], DOCUMENT_SIZES)),
                color_pages=_numbers(told["color_pages"]),
                duplex=None if told["duplex"] not in SIDES else told["duplex"],
                binding=told["binding"] is True,
                laid_out=told["laid_out"] is True,
                problem=_text(told["problem"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadFrame("an answer that cannot be understood") from error
        return facts


def unreadable(media_type: str, why: str, sizes: tuple[str, ...] = ()) -> Facts:
    """Facts of a document that cannot be read; ``why`` is a sentence part."""
    return Facts(format=media_type, sizes=sizes, problem=f"unreadable: {why}")


def cut_short(facts: Facts, why: str) -> Facts:
    """What is left when reading ended before its time: pages that were counted stay counted."""
    if facts.pages is None:
        return unreadable(facts.format, why, facts.sizes)
    return attrs.evolve(facts, problem=f"partly read: {why}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value[:_TEXT_CHARACTERS]


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError("not a count")
    return value


def _listed(value: Any, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise ValueError("not a list")
    return value


def _numbers(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(_count(number) for number in _listed(value, DOCUMENT_PAGES))
