"""Frames of the pipe: a head of JSON, and the bytes of its values behind it, unchanged.

- A frame is ``kind, head length, tail length`` (1 + 4 + 4 octets, big-endian), the head, and the tail.
- Both lengths are looked at before anything is read, and a frame that is not as it must be ends the pipe.
- In the head a text of bytes stands as an object with the one name NUL and its length; its octets stand in the tail,
  in the same order.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, Final

import attrs

from tympan._errors import PluginFault
from tympan._outside._limits import BLOBS, HEAD_BYTES

_HEAD: Final = struct.Struct("!BII")
_MARK: Final = "\0"


class Kind(IntEnum):
    """What a frame is."""

    CALL = 1
    ANSWER = 2
    FAULT = 3
    CANCEL = 4
    FORGET = 5


class BadFrame(PluginFault):
    """The other end sent what is no frame, or one that is too large."""


@attrs.frozen
class Frame:
    """A frame; ``head`` is a JSON object with bytes among its values."""

    kind: Kind
    head: dict[str, Any]

    def call(self) -> int:
        """The number of the call it is about; raises ``BadFrame``."""
        number = self.head.get("call")
        if type(number) is not int:
            raise BadFrame("a frame names no call")
        return number

    def refs(self) -> list[object]:
        """What it gives back; raises ``BadFrame``."""
        found = self.head.get("refs")
        if not isinstance(found, list):
            raise BadFrame("a frame gives nothing back")
        return found


def encode(frame: Frame, limit_bytes: int) -> bytes:
    """A frame as it goes over the pipe; raises ``BadFrame`` when it is larger than the other end takes."""
    tail: list[bytes] = []

    def mark(value: object) -> dict[str, int]:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"a {type(value).__name__} does not go over the pipe")
        tail.append(bytes(value))
        return {_MARK: len(value)}

    head = json.dumps(frame.head, default=mark, separators=(",", ":"), allow_nan=False).encode()
    size = sum(map(len, tail))
    if len(head) > HEAD_BYTES or len(head) + size > limit_bytes or len(tail) > BLOBS:
        raise BadFrame(f"an answer or a question of {len(head) + size} bytes is too large for the pipe")
    return b"".join((_HEAD.pack(frame.kind, len(head), size), head, *tail))


class Frames:
    """Takes bytes as they come, and gives whole frames."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now; raises ``BadFrame``."""
        self._held += data
        while (whole := self._whole()) is not None:
            kind, head, tail = whole
            yield Frame(kind, _head(head, tail))

    def _whole(self) -> tuple[Kind, bytes, bytes] | None:
        if len(self._held) < _HEAD.size:
            return None
        number, head, tail = _HEAD.unpack_from(self._held)
        if head > HEAD_BYTES or head + tail > self._limit:
            raise BadFrame(f"a frame of {head + tail} bytes came over the pipe")
        end = _HEAD.size + head + tail
        if len(self._held) < end:
            return None
        middle = _HEAD.size + head
        parts = bytes(self._held[_HEAD.size : middle]), bytes(self._held[middle:end])
        del self._held[:end]
        try:
            return Kind(number), *parts
        except ValueError as error:
            raise BadFrame(f"a frame of the unknown kind {number} came over the pipe") from error


def _head(head: bytes, tail: bytes) -> dict[str, Any]:
    at = 0

    def put(table: dict[str, Any]) -> Any:
        nonlocal at
        if len(table) != 1 or _MARK not in table:
            return table
        size = table[_MARK]
        if type(size) is not int or size < 0 or at + size > len(tail):
            raise BadFrame("a frame's bytes are not where it says")
        at += size
        return tail[at - size : at]

    try:
        told = json.loads(head.decode(), object_hook=put)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"what came over the pipe is no frame: {type(error).__name__}") from error
    if not isinstance(told, dict) or at != len(tail):
        raise BadFrame("what came over the pipe is no frame")
    return told
