"""Readers: bytes that the scanner has approved, turned into values.

- They check nothing: every length, size and nesting was checked by ``_scanner`` before.
- Values come in "bare" form: tag, two zero bytes, length, value; as they stand in a 1setOf and in collections.
"""

import struct
from collections.abc import Callable
from operator import methodcaller

from tympan_wire.ipp._known import Known
from tympan_wire.ipp._tags import FIXED_BYTES, LOCALIZED, STRINGS, WORDS, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, StrayValue, Value

_NAME = struct.Struct(">BH").unpack_from
_LENGTH = struct.Struct(">H").unpack_from
_HEAD = struct.Struct(">B2xH").unpack_from
_BEGIN, _END, _MEMBER = int(Tag.BEG_COLLECTION), int(Tag.END_COLLECTION), int(Tag.MEMBER_ATTR_NAME)
_I32 = struct.Struct(">i").unpack
_RANGE = struct.Struct(">ii").unpack
_RESOLUTION = struct.Struct(">iib").unpack

Reader = Callable[[bytes], object]
_new: Callable[[type[Value], tuple[int, object]], Value] = tuple.__new__  # a third faster than calling Value


_read_text: Callable[[bytes], str] = methodcaller("decode", "utf-8", "surrogateescape")
"""Read UTF-8; bytes that are none become lone surrogates, from which the writer restores them."""

read_name: Callable[[bytes], str] = Known(_read_text).__getitem__
"""Read the name of an attribute or member."""


def _read_integer(raw: bytes) -> object:
    return _I32(raw)[0]


def _read_boolean(raw: bytes) -> int:
    return raw[0] == 1 if raw[0] < 2 else raw[0]


def _read_range(raw: bytes) -> Range:
    return Range._make(_RANGE(raw))


def _read_resolution(raw: bytes) -> Resolution:
    return Resolution._make(_RESOLUTION(raw))


def _read_localized(raw: bytes) -> LocalizedText:
    split = 2 + int.from_bytes(raw[:2], "big")
    return LocalizedText(_read_text(raw[split + 2 :]), _read_text(raw[2:split]))


def _typed(tag: int, read: Reader) -> Callable[[bytes], Value]:
    number = int(tag)  # not a Tag, which is slower wherever it is looked up
    return lambda raw: _new(Value, (number, read(raw)))


def _known(tag: int, read: Reader) -> Callable[[bytes], Value]:
    return Known(_typed(tag, read)).__getitem__


def _out_of_band(tag: int) -> Callable[[bytes], Value]:
    return lambda raw: StrayValue.of(tag, raw) if raw else Value(tag, None)


def _table() -> tuple[Callable[[bytes], Value], ...]:
    readers = [_typed(tag, bytes) for tag in range(256)]
    readers[0x10:0x20] = map(_out_of_band, range(0x10, 0x20))
    numbers: list[Reader] = [_read_integer, _read_boolean, _read_integer, DateTime, _read_resolution, _read_range]
    for tag, read in zip(FIXED_BYTES, numbers, strict=True):
        readers[tag] = _known(tag, read)
    for tag in LOCALIZED:
        readers[tag] = _typed(tag, _read_localized)
    for tag in STRINGS:
        readers[tag] = (_known if tag in WORDS else _typed)(tag, _read_text)
    return tuple(readers)


_READ = _table()
"""How to read each tag."""


def read_attribute(wire: bytes) -> tuple[Value, ...]:
    """Read all values of an attribute, whose name comes behind the tag of the first."""
    values: list[Value] = []
    tag, named = _NAME(wire)
    at, size = 5 + named, len(wire)
    (length,) = _LENGTH(wire, at - 2)
    while True:
        end = at + length
        if tag == _BEGIN:
            collection, end = _read_collection(wire, at)
            values.append(_new(Value, (tag, collection)))
        else:
            values.append(_READ[tag](wire[at:end]))
        if end == size:
            return tuple(values)
        tag, length = _HEAD(wire, end)
        at = end + 5


def _read_collection(wire: bytes, at: int) -> tuple[Collection, int]:
    """Read a collection whose begin lies before ``at``; give it and the offset behind its end."""
    members: list[tuple[str, list[Value]]] = []
    values: list[Value] = []
    while True:
        tag, length = _HEAD(wire, at)
        at += 5
        end = at + length
        if tag == _MEMBER:
            values = []
            members.append((read_name(wire[at:end]), values))
        elif tag == _BEGIN:
            collection, end = _read_collection(wire, at)
            values.append(_new(Value, (tag, collection)))
        elif tag == _END:
            return Collection.of(tuple([(name, tuple(found)) for name, found in members])), at
        else:
            values.append(_READ[tag](wire[at:end]))
        at = end
