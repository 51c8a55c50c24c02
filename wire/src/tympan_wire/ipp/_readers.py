"""Readers: bytes that the scanner has approved, turned into values.

- They check nothing: every length, size and nesting was checked by ``_scanner`` before.
- Values come in "bare" form: tag, two zero bytes, length, value; as they stand in a 1setOf and in collections.
"""

import struct
from collections.abc import Callable

from tympan_wire.ipp._tags import FIXED_BYTES, LOCALIZED, OUT_OF_BAND, STRINGS, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, StrayValue, Value

_LENGTH_AT_3 = struct.Struct(">3xH").unpack_from
_I32 = struct.Struct(">i").unpack
_RANGE = struct.Struct(">ii").unpack
_RESOLUTION = struct.Struct(">iib").unpack

Reader = Callable[[bytes], object]


def read_text(raw: bytes) -> str:
    """Read UTF-8; bytes that are none become lone surrogates, from which the writer restores them."""
    return raw.decode("utf-8", "surrogateescape")


def _read_integer(raw: bytes) -> int:
    number: int = _I32(raw)[0]
    return number


def _read_boolean(raw: bytes) -> int:
    return raw[0] == 1 if raw[0] < 2 else raw[0]


def _read_range(raw: bytes) -> Range:
    return Range._make(_RANGE(raw))


def _read_resolution(raw: bytes) -> Resolution:
    return Resolution._make(_RESOLUTION(raw))


def _read_localized(raw: bytes) -> LocalizedText:
    split = 2 + int.from_bytes(raw[:2], "big")
    return LocalizedText(read_text(raw[split + 2 :]), read_text(raw[2:split]))


def _read_none(_: bytes) -> None:
    return None


def _table() -> tuple[Reader, ...]:
    readers: list[Reader] = [bytes] * 256
    typed: list[Reader] = [_read_integer, _read_boolean, _read_integer, DateTime, _read_resolution, _read_range]
    for tag, reader in zip(FIXED_BYTES, typed, strict=True):
        readers[tag] = reader
    for text in STRINGS:
        readers[text] = read_text
    for localized in LOCALIZED:
        readers[localized] = _read_localized
    for out_of_band in OUT_OF_BAND:
        readers[out_of_band] = _read_none
    return tuple(readers)


_READ = _table()


def read_values(bare: bytes) -> tuple[Value, ...]:
    """Read all values of an attribute from their bare form."""
    values: list[Value] = []
    at, end = 0, len(bare)
    while at < end:
        value, at = _read_value(bare, at)
        values.append(value)
    return tuple(values)


def _read_value(bare: bytes, at: int) -> tuple[Value, int]:
    tag = bare[at]
    if tag == Tag.BEG_COLLECTION:
        collection, at = _read_collection(bare, at + 5)
        return Value(tag, collection), at
    start = at + 5
    end = start + _LENGTH_AT_3(bare, at)[0]
    raw = bare[start:end]
    if raw and tag in OUT_OF_BAND:
        return StrayValue.of(tag, raw), end
    return Value(tag, _READ[tag](raw)), end


def _read_collection(bare: bytes, at: int) -> tuple[Collection, int]:
    members: list[tuple[str, tuple[Value, ...]]] = []
    while bare[at] != Tag.END_COLLECTION:
        end = at + 5 + _LENGTH_AT_3(bare, at)[0]
        name = read_text(bare[at + 5 : end])
        values: list[Value] = []
        at = end
        while bare[at] not in (Tag.MEMBER_ATTR_NAME, Tag.END_COLLECTION):
            value, at = _read_value(bare, at)
            values.append(value)
        members.append((name, tuple(values)))
    return Collection(members), at + 5
