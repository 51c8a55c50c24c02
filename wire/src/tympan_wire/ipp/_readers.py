"""Readers: bytes that the scanner has approved, turned into values.

- They check nothing: every length, size and nesting was checked by ``_scanner`` before.
- Values come in "bare" form: tag, two zero bytes, length, value; as they stand in a 1setOf and in collections.
"""

import struct
from collections.abc import Callable

from tympan_wire.ipp._tags import FIXED_BYTES, LOCALIZED, STRINGS, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, StrayValue, Value

_HEAD = struct.Struct(">B2xH").unpack_from
_BEGIN, _END, _MEMBER = int(Tag.BEG_COLLECTION), int(Tag.END_COLLECTION), int(Tag.MEMBER_ATTR_NAME)
_I32 = struct.Struct(">i").unpack
_RANGE = struct.Struct(">ii").unpack
_RESOLUTION = struct.Struct(">iib").unpack

Reader = Callable[[int, bytes], Value]
_new: Callable[[type[Value], tuple[int, object]], Value] = tuple.__new__  # a third faster than calling Value


def read_text(raw: bytes) -> str:
    """Read UTF-8; bytes that are none become lone surrogates, from which the writer restores them."""
    return raw.decode("utf-8", "surrogateescape")


def _read_bytes(tag: int, raw: bytes) -> Value:
    return Value(tag, raw)


def _read_integer(tag: int, raw: bytes) -> Value:
    return _new(Value, (tag, _I32(raw)[0]))


def _read_boolean(tag: int, raw: bytes) -> Value:
    return _new(Value, (tag, raw[0] == 1 if raw[0] < 2 else raw[0]))


def _read_date(tag: int, raw: bytes) -> Value:
    return Value(tag, DateTime(raw))


def _read_range(tag: int, raw: bytes) -> Value:
    return Value(tag, Range._make(_RANGE(raw)))


def _read_resolution(tag: int, raw: bytes) -> Value:
    return Value(tag, Resolution._make(_RESOLUTION(raw)))


def _read_localized(tag: int, raw: bytes) -> Value:
    split = 2 + int.from_bytes(raw[:2], "big")
    return Value(tag, LocalizedText(read_text(raw[split + 2 :]), read_text(raw[2:split])))


def _read_out_of_band(tag: int, raw: bytes) -> Value:
    return StrayValue.of(tag, raw) if raw else Value(tag, None)


def _table() -> tuple[Reader | None, ...]:
    readers: list[Reader | None] = [_read_bytes] * 256
    readers[0x10:0x20] = [_read_out_of_band] * 0x10
    typed: list[Reader] = [_read_integer, _read_boolean, _read_integer, _read_date, _read_resolution, _read_range]
    for tag, reader in zip(FIXED_BYTES, typed, strict=True):
        readers[tag] = reader
    for localized in LOCALIZED:
        readers[localized] = _read_localized
    for text in STRINGS:
        readers[text] = None
    return tuple(readers)


_READ = _table()
"""How to read each tag; None for the strings, which are so common that they are read without a call."""


def read_values(bare: bytes) -> tuple[Value, ...]:
    """Read all values of an attribute from their bare form."""
    values: list[Value] = []
    at, end = 0, len(bare)
    while at < end:
        tag, length = _HEAD(bare, at)
        at += 5
        if tag == _BEGIN:
            collection, at = _read_collection(bare, at)
            values.append(_new(Value, (tag, collection)))
        else:
            raw = bare[at : at + length]
            at += length
            if (read := _READ[tag]) is None:
                values.append(_new(Value, (tag, raw.decode("utf-8", "surrogateescape"))))
            else:
                values.append(read(tag, raw))
    return tuple(values)


def _read_collection(bare: bytes, at: int) -> tuple[Collection, int]:
    """Read a collection whose begin lies before ``at``; give it and the offset behind its end."""
    members: list[tuple[str, list[Value]]] = []
    values: list[Value] = []
    while True:
        tag, length = _HEAD(bare, at)
        at += 5
        if tag == _END:
            return Collection.of(tuple([(name, tuple(found)) for name, found in members])), at
        if tag == _BEGIN:
            collection, at = _read_collection(bare, at)
            values.append(_new(Value, (tag, collection)))
            continue
        raw = bare[at : at + length]
        at += length
        if tag == _MEMBER:
            values = []
            members.append((raw.decode("utf-8", "surrogateescape"), values))
        elif (read := _READ[tag]) is None:
            values.append(_new(Value, (tag, raw.decode("utf-8", "surrogateescape"))))
        else:
            values.append(read(tag, raw))
