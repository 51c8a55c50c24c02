"""Frames between the agent and a renderer: one byte of kind, four of length, the payload.

- The order (with the document's key) travels in the first frames on standard input, never in arguments, environment or
  on disk.
- Lengths are bounded: the renderer works on hostile documents and is not trusted either.
"""

from __future__ import annotations

import base64
import json
import struct
import uuid
from enum import IntEnum
from typing import Final, Self

import attrs

from tympan.plugin import SharedDocument
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._limits import FRAME_BYTES

HEAD: Final = struct.Struct(">BI")


class Kind(IntEnum):
    """What a frame carries."""

    ORDER = 1
    """To the renderer: the plan and where the sealed document is."""
    SEALED = 2
    """To the renderer: a piece of sealed bytes that are in no file."""
    DATA = 3
    """From it: rendered bytes."""
    PAGE = 4
    """From it: one more page is complete."""
    DONE = 5
    """From it: the end."""
    FAILED = 6
    """From it: JSON with ``reason`` and ``cause``."""
    COUNT = 7
    """From it, first: how many pages the whole document will have, as four bytes."""


class BadFrame(ValueError):
    """The other side does not keep to the frames."""


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(kind, len(payload)) + payload


def parse_head(head: bytes) -> tuple[Kind, int]:
    """Kind and payload length; raises ``BadFrame``."""
    kind, size = HEAD.unpack(head)
    if kind not in tuple(Kind) or size > FRAME_BYTES:
        raise BadFrame(f"a frame of kind {kind} and {size} bytes")
    return Kind(kind), size


@attrs.frozen(kw_only=True)
class Order:
    """What a renderer is to do.

    Attributes:
        plan: How to render.
        key: The document's key.
        document: The uuid it is sealed under.
        path: The sealed file, "" when the sealed bytes follow in ``SEALED`` frames.
        sealed_bytes: How many of those follow.
        share, shares: Of so many renderers this is the one that draws every page whose place leaves ``share``.
    """

    plan: RenderPlan
    key: bytes = attrs.field(repr=False)
    document: uuid.UUID
    path: str = ""
    sealed_bytes: int = 0
    share: int = 0
    shares: int = 1

    @classmethod
    def of(cls, plan: RenderPlan, shared: SharedDocument, *, share: int = 0, shares: int = 1) -> Self:
        """The order to render a document."""
        return cls(
            plan=plan,
            key=shared.key,
            document=shared.document,
            path=shared.path,
            sealed_bytes=0 if shared.path else len(shared.inline),
            share=share,
            shares=shares,
        )

    def encode(self) -> bytes:
        """As JSON."""
        fields = {
            "plan": attrs.asdict(self.plan),
            "key": base64.b64encode(self.key).decode(),
            "document": str(self.document),
            "path": self.path,
            "sealed_bytes": self.sealed_bytes,
            "share": self.share,
            "shares": self.shares,
        }
        return json.dumps(fields).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """What ``encode`` wrote."""
        fields = json.loads(data)
        plan = fields["plan"]
        plan["page_ranges"] = tuple((low, high) for low, high in plan["page_ranges"])
        plan["media_um"] = tuple(plan["media_um"]) if plan["media_um"] else None
        return cls(
            plan=RenderPlan(**plan),
            key=base64.b64decode(fields["key"]),
            document=uuid.UUID(fields["document"]),
            path=fields["path"],
            sealed_bytes=fields["sealed_bytes"],
            share=fields["share"],
            shares=fields["shares"],
        )
