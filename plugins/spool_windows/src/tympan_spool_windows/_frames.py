"""Frames between the agent and a press: one byte of kind, four of length, the payload.

- A document is whole when END came, and not before: an agent that dies leaves a pipe that ends without it, and the
  press gives the job up. So half a document is never printed.
- What a press answers is bounded as well: it runs a driver, and a renderer on somebody's document.
"""

from __future__ import annotations

import base64
import json
import struct
from enum import IntEnum, StrEnum
from typing import BinaryIO, Final, Self

import attrs

from tympan_spool_windows._limits import FRAME_BYTES

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
HEAD: Final = struct.Struct(">BI")


class Kind(IntEnum):
    """What a frame carries."""

    ORDER = 1
    """To the press: what it is to print on, and how."""
    DATA = 2
    """To it: a piece of the document."""
    END = 3
    """To it: the document is whole."""
    STARTED = 4
    """From it: the spooler's number of the job, decimal."""
    PAGE = 5
    """From it: one more page went to the spooler."""
    DONE = 6
    """From it: the job is in the spooler's hands."""
    FAILED = 7
    """From it: a sentence for the user. Nothing is printed."""


GAVE_UP: Final = 3
"""Status of a press that took its job back, or began none; one that broke off has another."""


class BadFrame(ValueError):
    """The other side does not keep to the frames."""


class Way(StrEnum):
    """How a document gets on paper."""

    STRAIGHT = "straight"
    """As it is, past the driver."""
    RENDERED = "rendered"
    """Page by page through the driver."""


@attrs.frozen(kw_only=True)
class Order:
    """What a press is to do.

    Attributes:
        queue: Its name.
        title: What the job's document is called.
        way: How.
        datatype: For the spooler, when it goes straight: ``RAW`` or ``XPS_PASS``.
        media_type: Of the document.
        devmode: Settings for the driver.
        copies: How often the pages are sent.
        pages: ``page-ranges``, "" for all.
        gray: Whether pages are rendered without colour.
        dpi: At most.
    """

    queue: str
    title: str
    way: Way
    datatype: str = "RAW"
    media_type: str = ""
    devmode: bytes = b""
    copies: int = 1
    pages: str = ""
    gray: bool = False
    dpi: int = 600

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps({**attrs.asdict(self), "devmode": base64.b64encode(self.devmode).decode()}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """What ``encode`` wrote."""
        fields = json.loads(data)
        return cls(**{**fields, "devmode": base64.b64decode(fields["devmode"]), "way": Way(fields["way"])})


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(kind, len(payload)) + payload


def parse_head(head: bytes) -> tuple[Kind, int]:
    """Kind and payload length; raises ``BadFrame``."""
    kind, size = HEAD.unpack(head)
    if kind not in tuple(Kind) or size > FRAME_BYTES:
        raise BadFrame(f"a frame of kind {kind} and {size} bytes")
    return Kind(kind), size


def read_frame(source: BinaryIO) -> tuple[Kind, bytes] | None:
    """The next frame of a pipe that blocks; None when it ended, within a frame or between two."""
    head = source.read(HEAD.size)
    if len(head) != HEAD.size:
        return None
    kind, size = parse_head(head)
    payload = source.read(size)
    return (kind, payload) if len(payload) == size else None
