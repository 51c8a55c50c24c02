"""Messages on the pipes between agent and worker: kind, length, payload.

- Order: one ORDER frame, one KEY frame, then the sealed bytes in SEALED frames where the order announces any.
- Answer: any number of PART frames, each fuller than the one before, then one LAST frame.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from tympan_document_stats._errors import BadFrame
from tympan_document_stats._limits import FRAME_BYTES

HEAD: Final = struct.Struct(">BI")


class Kind(IntEnum):
    """What a frame carries."""

    READY = 1
    ORDER = 2
    KEY = 3
    SEALED = 4
    PART = 5
    LAST = 6


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """A frame's bytes."""
    return HEAD.pack(kind, len(payload)) + payload


def parse_head(head: bytes) -> tuple[Kind, int]:
    """Kind and length of the payload; raises ``BadFrame``."""
    number, size = HEAD.unpack(head)
    if size > FRAME_BYTES:
        raise BadFrame(f"a frame of {size} bytes")
    try:
        return Kind(number), size
    except ValueError as error:
        raise BadFrame(f"a frame of kind {number}") from error


def read_frame(read: Callable[[int], bytes]) -> tuple[Kind, bytes] | None:
    """The next frame from a blocking pipe; None at its end. Raises ``BadFrame``."""
    head = read(HEAD.size)
    if not head:
        return None
    if len(head) != HEAD.size:
        raise BadFrame("the other side went away")
    kind, size = parse_head(head)
    payload = read(size) if size else b""
    if len(payload) != size:
        raise BadFrame("the other side went away")
    return kind, payload
